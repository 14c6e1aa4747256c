"""Opening the database that an address names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url

from handoff.store.base import Publish, Store
from handoff.store.postgresql import PostgresStore
from handoff.store.sqlite import SqliteStore


@asynccontextmanager
async def open_store(url: str, publish: Publish) -> AsyncIterator[Store]:
    """Keep the database at `url` open while the block runs.

    `url` is sqlite+aiosqlite:///file or postgresql+asyncpg://…; `publish` hears of every committed
    change.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = SqliteStore(parsed, publish)
        try:
            yield file
        finally:
            await file.close()
        return
    server = PostgresStore(parsed, publish)
    try:
        yield server
    finally:
        await server.close()
