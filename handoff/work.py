"""Doing what waits in the store, much of it at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff.store.base import Store, Transaction

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Wake:
    """An alarm that stays rung until somebody has waited for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Ring."""
        self._event.set()

    async def wait(self, at_most: float) -> None:
        """Return when it has been rung, or after `at_most` seconds."""
        try:
            async with asyncio.timeout(at_most):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


@asynccontextmanager
async def returning(
    store: Store,
    give_back: Callable[[Transaction, str | None], Awaitable[None]],
    worker: str,
    *,
    at_most: float,
) -> AsyncIterator[None]:
    """Give back at the block's end what `worker` has taken and not done: others need not wait for
    its lease to end. Takes `at_most` seconds; what raises is logged.

    Where one process owns the store, whatever is held at the beginning was left by one that died,
    and is given back too: `give_back` without a name.
    """
    if not store.shared:
        async with store.write() as tx:
            await give_back(tx, None)
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(at_most), store.write() as tx:
                await give_back(tx, worker)
        except (SQLAlchemyError, OSError):
            log.exception("work_not_given_back", work=give_back.__qualname__)


class Workers(Generic[T]):
    """Take what waits and do it, `at_once` at a time.

    `take` returns None when nothing waits; it is asked again when `wake` rings, or after `poll`
    seconds. What raises is logged and stops nothing else: the store may be away for a moment, and
    what was taken may be taken again when its lease has ended.
    """

    def __init__(
        self,
        take: Callable[[], Awaitable[T | None]],
        do: Callable[[T], Awaitable[None]],
        *,
        at_once: int,
        poll: float,
    ) -> None:
        self._take = take
        self._do = do
        self._poll = poll
        self._slots = asyncio.Semaphore(at_once)
        self._free = at_once
        self._group: asyncio.TaskGroup | None = None
        self.wake = Wake()

    @property
    def idle(self) -> bool:
        """Whether one could begin at once with what it is handed."""
        return self._group is not None and not self._slots.locked()

    @property
    def free(self) -> int:
        """How many more could begin at once."""
        return self._free if self._group is not None else 0

    def hand(self, taken: T) -> None:
        """Do what the caller has taken already; nothing when not running any more."""
        if self._group is not None:
            self._group.create_task(self._when_free(taken))

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await self._take_and_do(group)
            finally:
                self._group = None

    async def _take_and_do(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self._occupy()
            try:
                taken = await self._take()
            except Exception:
                log.exception("work_failed", work=self._take.__qualname__)
                taken = None
            if taken is None:
                self._leave()
                await self.wake.wait(self._poll)
            else:
                group.create_task(self._carry_out(taken))

    async def _occupy(self) -> None:
        await self._slots.acquire()
        self._free -= 1

    def _leave(self) -> None:
        self._free += 1
        self._slots.release()

    async def _when_free(self, taken: T) -> None:
        await self._occupy()
        await self._carry_out(taken)

    async def _carry_out(self, taken: T) -> None:
        try:
            await self._do(taken)
        except Exception:
            log.exception("work_failed", work=self._do.__qualname__)
        finally:
            self._leave()
