"""What a transaction is, whichever database it runs on."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from handoff.store.changes import Change

log = structlog.get_logger(__name__)

Publish = Callable[[list[Change]], None]
Run = Callable[[Any, Any], Awaitable[Any]]


class Transaction:
    """One database transaction, and what is announced and called when it has been committed.

    `shared` tells that other transactions may write at the same time.
    """

    __slots__ = ("_run", "callbacks", "changes", "shared")

    def __init__(self, run: Run, *, shared: bool) -> None:
        self._run = run
        self.shared = shared
        self.changes: list[Change] = []
        self.callbacks: list[Callable[[], None]] = []

    def announce(self, change: Change) -> None:
        """Tell of `change` after the commit; several equal ones are told once."""
        if change not in self.changes:
            self.changes.append(change)

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Call `callback` after the commit, in this process alone. It returns at once."""
        self.callbacks.append(callback)

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """Run a statement in this transaction and return SQLAlchemy's result."""
        return await self._run(statement, parameters)


def tell(publish: Publish, changes: list[Change], callbacks: Iterable[Callable[[], None]]) -> None:
    """Announce what has been committed, and call who wanted to be called.

    Whatever one of them raises goes no further: what is on disk must not look like a failure to
    who wrote it.
    """
    calls = list(callbacks)
    if changes:
        calls.insert(0, partial(publish, changes))
    for call in calls:
        try:
            call()
        except Exception:
            log.exception("not_told")


class Store(ABC):
    """A database of conversations.

    Readers never wait. Writers say what they changed; it is announced only after the commit, so
    that whoever hears of a change also finds it.
    """

    shared: bool
    """Whether other processes may work on the same database."""

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Run a block in one transaction: committed at its end, rolled back when it raises."""

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Run a block that only reads, on one consistent state of the database."""

    @abstractmethod
    async def run(self, work: Callable[[Connection], object]) -> None:
        """Do `work` on a plain connection, in a transaction; for migrations."""

    async def check(self) -> None:
        """Ask the database something.

        Raises ConnectionError, with a sentence fit for anybody, when it does not answer.
        """
        try:
            async with self.read() as tx:
                await tx.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise ConnectionError(
                "does not answer; is it running, and is DEVIR_DATABASE_URL right?"
            ) from error
