"""Looking for work costs the same however long the history is."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, make_url

from handoff.store import deliveries, turns
from handoff.store.base import Transaction
from handoff.store.connect import open_store
from tests.handoff.conftest import NewDatabase

NOW = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)

ACCOUNT = ("telegram", "shop_bot")

LOOKS: dict[str, Callable[[Transaction], Awaitable[Any]]] = {
    "is there a turn": lambda tx: turns.any_waiting(tx, NOW),
    "next turn": lambda tx: turns.take(tx, worker="w", now=NOW, lease_until=LATER),
    "is there a delivery": lambda tx: deliveries.any_waiting(tx, ACCOUNT, NOW),
    "next delivery": lambda tx: deliveries.next_waiting(tx, ACCOUNT, NOW, most=1),
}


@pytest.fixture
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database from here on, with its parameters."""
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        heard.append((sql, values))

    event.listen(Engine, "before_cursor_execute", hear)
    yield heard
    event.remove(Engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_looking_for_work_reads_only_what_is_open(
    look: Callable[[Transaction], Awaitable[Any]],
    statements: list[tuple[str, Any]],
    new_sqlite: NewDatabase,
) -> None:
    url = new_sqlite()
    async with open_store(url, lambda _: None) as store, store.write() as tx:
        statements.clear()
        await look(tx)
    ((sql, values),) = [found for found in statements if found[0].startswith("SELECT")]

    with sqlite3.connect(make_url(url).database or "") as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    reads = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    assert len(reads) == 2
    assert all("_open" in step for step in reads), plan
