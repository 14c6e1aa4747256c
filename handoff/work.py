"""Doing what waits in the store, much of it at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

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


async def work(
    take: Callable[[], Awaitable[T | None]],
    do: Callable[[T], Awaitable[None]],
    wake: Wake,
    *,
    at_once: int,
    poll: float,
) -> None:
    """Take what waits and do it, `at_once` at a time, until cancelled.

    `take` returns None when nothing waits; it is asked again when `wake` rings, or after `poll`
    seconds. What raises is logged and stops nothing else: the store may be away for a moment, and
    what was taken may be taken again when its lease has ended.
    """
    slots = asyncio.Semaphore(at_once)

    async def carry_out(taken: T) -> None:
        try:
            await do(taken)
        except Exception:
            log.exception("work_failed", work=do.__qualname__)
        finally:
            slots.release()

    async with asyncio.TaskGroup() as group:
        while True:
            await slots.acquire()
            try:
                taken = await take()
            except Exception:
                log.exception("work_failed", work=take.__qualname__)
                taken = None
            if taken is None:
                slots.release()
                await wake.wait(poll)
            else:
                group.create_task(carry_out(taken))
