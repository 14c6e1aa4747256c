"""Conversations in a file, for one process.

Statements run in the event loop's own thread: each takes some ten microseconds, and handing it to
another thread costs more than that (measured: 119 hand-overs a turn through a driver thread, and
about 10 ms of a turn's 16 ms). Only the commit, which waits for the disk, is done in a thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from handoff.store.base import Publish, Store, Transaction, tell
from handoff.store.changes import Change

BUSY_SECONDS = 10.0
"""How long another process may hold the file before a write is given up."""

_ASK_AGAIN_SECONDS = 0.02
_BEGIN = "devir_begin"


class SqliteStore(Store):
    """See Store."""

    shared = False

    def __init__(self, url: URL, publish: Publish) -> None:
        self._engine = _make_engine(url)
        self._publish = publish
        # One writer is all SQLite admits; whoever waits here does not wait in its busy handler.
        self._one_writer = asyncio.Lock()
        self._batch: _Batch | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See Store.

        Writers that come while the disk is busy are committed together, each in a savepoint of its
        own: what one rolls back leaves the others alone.
        """
        async with self._one_writer:
            batch = self._batch or await self._begin_batch()
            tx = Transaction(_on(batch.connection), shared=False)
            # SQLAlchemy's own savepoints have new names each, and compile anew for each.
            run = batch.connection.exec_driver_sql
            run("SAVEPOINT writer")
            try:
                yield tx
            except BaseException:
                run("ROLLBACK TO writer")
                run("RELEASE writer")
                raise
            run("RELEASE writer")
            batch.changes.extend(tx.changes)
            batch.callbacks.extend(tx.callbacks)
        # The commit goes through also when we are cancelled meanwhile.
        await asyncio.shield(batch.committed)

    async def _begin_batch(self) -> _Batch:
        connection = self._engine.connect()
        try:
            await _begin_write(connection)
        except BaseException:
            connection.close()
            raise
        batch = _Batch(connection)
        # Waits for the lock behind everybody who waits already, so that they join.
        batch.committed = asyncio.create_task(self._commit(batch), name="commit")
        self._batch = batch
        return batch

    async def _commit(self, batch: _Batch) -> None:
        async with self._one_writer:
            self._batch = None
            loop = asyncio.get_running_loop()
            try:
                await loop.run_in_executor(self._thread, _commit, batch.connection)
            finally:
                batch.connection.close()
        tell(self._publish, batch.changes, batch.callbacks)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """See Store."""
        with self._engine.connect().execution_options(**{_BEGIN: "BEGIN"}) as connection:
            yield Transaction(_on(connection), shared=False)

    async def run(self, work: Callable[[Connection], object]) -> None:
        """See Store."""
        with self._engine.connect() as connection:
            await _begin_write(connection)
            work(connection)
            connection.commit()

    async def close(self) -> None:
        """Commit what has been written, and close the file."""
        if self._batch is not None:
            await asyncio.gather(self._batch.committed, return_exceptions=True)
        self._thread.shutdown()
        self._engine.dispose()


@dataclass(slots=True)
class _Batch:
    """Writers that are committed together."""

    connection: Connection
    changes: list[Change] = field(default_factory=list)
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    committed: asyncio.Task[None] = field(init=False)


def _commit(connection: Connection) -> None:
    # A full disk makes SQLite roll back by itself, and the driver's commit then says nothing.
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        raise OSError("the database has rolled back by itself; is the disk full?")
    connection.commit()


def _on(connection: Connection) -> Callable[[Any, Any], Any]:
    async def run(statement: Any, parameters: Any) -> Any:
        return connection.execute(statement, parameters)

    return run


def _make_engine(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=QueuePool,
        # A pool that can be empty would make the event loop wait for itself.
        max_overflow=-1,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late and is deferred; `_begin` says which one is meant.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in (
        # A webhook is acknowledged after the commit, so the commit must survive a power cut, not
        # only a crash.
        "synchronous=FULL",
        "foreign_keys=ON",
        # From here on `_begin_write` waits for other processes: it does not stop the event loop.
        "busy_timeout=0",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Let readers and a writer work at once.

    Of several that switch a new file at the same moment SQLite tells some at once that it is busy,
    whatever the busy timeout (seen: 73 of 1,800).
    """
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > give_up:
                raise
            time.sleep(_ASK_AGAIN_SECONDS)
        else:
            return


def _is_busy(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorname", None) == "SQLITE_BUSY"


async def _begin_write(connection: Connection) -> None:
    """Begin a transaction that may write, waiting for another process that does (a migration)."""
    async with asyncio.timeout(BUSY_SECONDS):
        while True:
            try:
                connection.begin()
            except OperationalError as error:
                if not _is_busy(error.orig):
                    raise
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
            else:
                return


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))
