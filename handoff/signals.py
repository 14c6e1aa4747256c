"""Telling the parts of the service, and its other processes, what has been committed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import structlog
from sqlalchemy.engine import make_url

from handoff.store.changes import Change, Kind

log = structlog.get_logger(__name__)

Listener = Callable[[Change], None]

_RECONNECT_SECONDS = 2.0


class Signals:
    """Hands each committed change to every listener. Listeners return at once and never raise."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Let `listener` hear of every change from now on."""
        self._listeners.append(listener)

    def publish(self, changes: list[Change]) -> None:
        """Tell all listeners."""
        for change in changes:
            for listener in self._listeners:
                listener(change)


@asynccontextmanager
async def from_other_processes(url: str, signals: Signals) -> AsyncIterator[None]:
    """While the block runs, publish what other processes on the same PostgreSQL commit; nothing to
    do on SQLite.

    A lost connection is made anew; what is missed meanwhile is found by polling, which every worker
    does anyway.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        yield
        return
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    task = asyncio.create_task(_listen(dsn, signals), name="listen")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(dsn: str, signals: Signals) -> None:
    def heard(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        changes = [Change(Kind(kind), name) for kind, name in orjson.loads(str(payload))]
        signals.publish(changes)

    while True:
        try:
            connection = await asyncpg.connect(dsn)
        except (OSError, asyncpg.PostgresError) as error:
            log.warning("listen_failed", why=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)
            continue
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            await connection.add_listener("devir", heard)
            await lost.wait()
            log.warning("listen_lost")
        finally:
            await connection.close(timeout=2)
