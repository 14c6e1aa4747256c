"""Conversations in a file, for one process.

Statements run in the event loop's own thread: each takes some ten microseconds, and handing it to
another thread costs more than that (measured: 119 hand-overs a turn through a driver thread, and
about 10 ms of a turn's 16 ms). Only the commit, which waits for the disk, is done in a thread.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from handoff.store.base import Publish, Store, Transaction

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
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See Store."""
        async with self._one_writer:
            with self._engine.connect() as connection:
                await _begin_write(connection)
                tx = Transaction(_on(connection), shared=False)
                try:
                    yield tx
                except BaseException:
                    connection.rollback()
                    raise
                try:
                    await self._in_thread(connection.commit)
                finally:
                    # Also when we were cancelled meanwhile: the commit went through.
                    if not connection.in_transaction() and tx.changes:
                        self._publish(tx.changes)

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

    async def _in_thread(self, work: Callable[[], Any]) -> None:
        """Do `work` in the thread, to its end even when we are cancelled meanwhile."""
        done = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise

    def close(self) -> None:
        """Close the file."""
        self._thread.shutdown()
        self._engine.dispose()


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
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        # A webhook is acknowledged after the commit, so the commit must survive a power cut, not
        # only a crash.
        "synchronous=FULL",
        "foreign_keys=ON",
        # From here on `_begin_write` waits for other processes: it does not stop the event loop.
        "busy_timeout=0",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _begin_write(connection: Connection) -> None:
    """Begin a transaction that may write, waiting for another process that does (a migration)."""
    async with asyncio.timeout(BUSY_SECONDS):
        while True:
            try:
                connection.begin()
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorname", None) != "SQLITE_BUSY":
                    raise
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
            else:
                return


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))
