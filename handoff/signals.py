"""Telling the parts of the service, and its other processes, what has been committed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
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
_ASK_SECONDS = 30.0


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
async def from_other_processes(
    url: str, signals: Signals, catch_up: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """While the block runs, publish what other processes on the same PostgreSQL commit.

    Whenever listening begins, `catch_up` is called: what was committed before has told nobody.
    There is nothing to do on SQLite.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        yield
        return
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    task = asyncio.create_task(_keep_listening(dsn, signals, catch_up), name="listen")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_listening(
    dsn: str, signals: Signals, catch_up: Callable[[], Awaitable[None]]
) -> None:
    while True:
        try:
            await _listen(dsn, signals, catch_up)
        except Exception:
            # Whatever it was: without this line customers would wait for what is already stored.
            log.exception("listen_failed")
            await asyncio.sleep(_RECONNECT_SECONDS)


async def _listen(dsn: str, signals: Signals, catch_up: Callable[[], Awaitable[None]]) -> None:
    """Publish what is heard until the connection is lost."""

    def heard(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        changes = [
            Change(Kind(kind), conversation_id, contact_id)
            for kind, conversation_id, contact_id in orjson.loads(str(payload))
        ]
        signals.publish(changes)

    connection = await asyncpg.connect(dsn)
    try:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener("devir", heard)
        await catch_up()
        while not lost.is_set():
            try:
                async with asyncio.timeout(_ASK_SECONDS):
                    await lost.wait()
            except TimeoutError:
                # A network may drop a silent connection without a word.
                await connection.execute("SELECT 1", timeout=_ASK_SECONDS)
        log.warning("listen_lost")
    finally:
        connection.terminate()
