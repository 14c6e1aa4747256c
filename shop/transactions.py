"""Running work on the tables: a function of a connection that does all it does in one go."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

Done = TypeVar("Done")


class Run(Protocol):
    """Runs work in a transaction of its own, committed when the work returns.

    Returns what the work does. May run it again from the beginning after another process was in
    the way. Raises ShopUnavailable, with a sentence naming the fix, when the database fails.
    """

    async def __call__(self, work: Callable[[Connection], Done], /) -> Done: ...


def through(connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]) -> Run:
    """Return what runs work with the connections `connect` gives."""

    async def run(work: Callable[[Connection], Done], /) -> Done:
        async with connect() as connection:
            return await connection.run_sync(work)

    return run
