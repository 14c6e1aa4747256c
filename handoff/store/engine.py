"""Opening the database and running transactions on it.

Readers never wait. Writers take a transaction each and say what changed; it is announced only after
the commit, so that whoever hears of a change also finds it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiosqlite
import orjson
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from handoff.store.changes import Change

Publish = Callable[[list[Change]], None]

_BUSY_MS = 10_000
_BEGIN = "devir_begin"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One database transaction and what is to be announced when it has been committed."""

    connection: AsyncConnection
    changes: list[Change] = field(default_factory=list)

    def announce(self, change: Change) -> None:
        """Tell of `change` after the commit; several equal ones are told once."""
        if change not in self.changes:
            self.changes.append(change)

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """Run a statement in this transaction."""
        return await self.connection.execute(statement, parameters)


class Store:
    """A database of conversations. Make it with `open_store`."""

    def __init__(self, engine: AsyncEngine, publish: Publish) -> None:
        self.engine = engine
        self._publish = publish
        self.dialect = engine.dialect.name
        # SQLite admits one writer; waiting here costs nothing, waiting in its busy handler sleeps a
        # thread.
        self._one_writer = asyncio.Lock() if self.dialect == "sqlite" else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """Run a block in one transaction: committed at its end, rolled back when it raises."""
        if self._one_writer is None:
            async with self._write() as tx:
                yield tx
        else:
            async with self._one_writer, self._write() as tx:
                yield tx

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[Transaction]:
        async with self.engine.connect() as connection:
            async with connection.begin():
                tx = Transaction(connection)
                yield tx
                if tx.changes and self.dialect == "postgresql":
                    await _notify(connection, tx.changes)
            if tx.changes:
                self._publish(tx.changes)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Run a block that only reads, on one consistent state of the database."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: "BEGIN"})
            async with connection.begin():
                yield Transaction(connection)

    async def check(self) -> None:
        """Raise ConnectionError, with a sentence fit for anybody, when the database does not
        answer.
        """
        try:
            async with self.read() as tx:
                await tx.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise ConnectionError(
                "does not answer; is it running, and is DEVIR_DATABASE_URL right?"
            ) from error


@asynccontextmanager
async def open_store(url: str, publish: Publish) -> AsyncIterator[Store]:
    """Open the database at `url` for as long as the block runs; `publish` hears of every committed
    change.
    """
    engine = make_engine(url)
    try:
        yield Store(engine, publish)
    finally:
        await engine.dispose()


def make_engine(url: str) -> AsyncEngine:
    """Return an engine for `url` (sqlite+aiosqlite or postgresql+asyncpg) with the settings
    durability needs.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_size=10, max_overflow=20, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        parsed,
        pool_size=8,
        max_overflow=16,
        async_creator=lambda: _open_sqlite(parsed.database or ":memory:"),
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


async def _open_sqlite(file: str) -> aiosqlite.Connection:
    """Open a database file. Cancelled meanwhile, close it again before going on: its thread would
    otherwise find the loop gone that it is to report to.
    """
    opening = asyncio.ensure_future(aiosqlite.connect(file, check_same_thread=False))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await (await opening).close()
        raise


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late and is deferred; `_begin_sqlite` says which one is
    # meant.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        # A webhook is acknowledged after the commit, so the commit must survive a power cut, not
        # only a crash.
        "synchronous=FULL",
        f"busy_timeout={_BUSY_MS}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


async def _notify(connection: AsyncConnection, changes: list[Change]) -> None:
    payload = orjson.dumps([(change.kind, change.conversation_id) for change in changes]).decode()
    await connection.execute(text("SELECT pg_notify('devir', :payload)"), {"payload": payload})
