"""Conversations in a PostgreSQL server, for one or several processes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import orjson
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from handoff.store.base import Publish, Store, Transaction, tell
from handoff.store.changes import Change

_NOTIFY = text("SELECT pg_notify('devir', :payload)")
_HINTS = 80
"""Changes in one notification, which PostgreSQL refuses from 8,000 bytes on."""


class PostgresStore(Store):
    """See Store."""

    shared = True

    def __init__(self, url: URL, publish: Publish) -> None:
        self._engine = create_async_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
        self._publish = publish

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See Store."""
        async with self._engine.connect() as connection:
            async with connection.begin():
                tx = Transaction(connection.execute, shared=True)
                yield tx
                if tx.changes:
                    await _notify(connection, tx.changes)
            tell(self._publish, tx.changes, tx.callbacks)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """See Store."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield Transaction(connection.execute, shared=True)

    async def run(self, work: Callable[[Connection], object]) -> None:
        """See Store."""
        async with self._engine.begin() as connection:
            await connection.run_sync(work)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


async def _notify(connection: AsyncConnection, changes: list[Change]) -> None:
    told = ((change.kind, change.conversation_id, change.contact_id) for change in changes)
    hints = list(dict.fromkeys(told))
    for first in range(0, len(hints), _HINTS):
        payload = orjson.dumps(hints[first : first + _HINTS]).decode()
        await connection.execute(_NOTIFY, {"payload": payload})
