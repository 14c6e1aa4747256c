"""The migrations make the tables the code expects, on both databases, and the tables refuse what
may never be.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import bindparam, insert, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, StatementError

from handoff.store import cases
from handoff.store.base import Store
from handoff.store.connect import open_store
from handoff.store.migrate import VERSION_TABLE, check_current, migrate
from handoff.store.tables import (
    Instant,
    agent,
    contact,
    conversation,
    delivery,
    message,
    metadata,
    turn,
)

NOW = datetime(2026, 11, 22, 8, 15, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind without any table."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    postgres = request.getfixturevalue("postgres")
    url: str = postgres.url(postgres.new_database())
    return url


async def look(url: str, work: Any) -> Any:
    """Return what `work` finds on a plain connection."""
    found: list[Any] = []
    async with open_store(url, lambda _: None) as store:
        await store.run(lambda connection: found.append(work(connection)))
    return found[0]


async def test_empty_database_is_brought_to_the_newest_revision(empty_url: str) -> None:
    with pytest.raises(LookupError, match="run: python -m handoff migrate"):
        await check_current(empty_url)
    await migrate(empty_url)
    await check_current(empty_url)
    tables = await look(empty_url, lambda connection: set(inspect(connection).get_table_names()))
    assert tables == set(metadata.tables) | {VERSION_TABLE}


async def test_migrated_tables_are_those_the_code_expects(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        return list(compare_metadata(context, metadata))

    assert await look(database_url, differences) == []


async def test_checks_are_those_the_code_expects(database_url: str) -> None:
    """Alembic does not compare these."""

    def named(connection: Connection) -> set[str | None]:
        inspected = inspect(connection)
        return {
            check["name"]
            for table in metadata.tables
            for check in inspected.get_check_constraints(table)
        }

    expected = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    assert len(expected) >= 10
    assert await look(database_url, named) == expected


async def test_migrating_again_changes_nothing_and_loses_nothing(database_url: str) -> None:
    async with open_store(database_url, lambda _: None) as store, store.write() as tx:
        await tx.execute(insert(contact).values(id="c" * 32, language="tr", created_at=NOW))
    await migrate(database_url)
    await check_current(database_url)
    count = text("SELECT count(*) FROM contact")
    assert await look(database_url, lambda connection: connection.execute(count).scalar_one()) == 1


async def test_what_was_stored_at_the_first_revision_is_there_at_the_newest(empty_url: str) -> None:
    await migrate(empty_url, "0001")
    stored = {
        agent: AN_AGENT,
        contact: {"id": "c" * 32, "language": "tr", "created_at": NOW},
        conversation: a_conversation(control="human", agent_id="a" * 32),
        message: a_message(text="merhaba"),
        turn: a_turn(state="done", understanding={"intent": {"name": "greet"}}),
        delivery: {
            name: value
            for name, value in a_delivery().items()
            if name not in ("account", "part", "parts", "answer_lost")
        },
    }
    async with open_store(empty_url, lambda _: None) as opened, opened.write() as tx:
        for table, values in stored.items():
            await tx.execute(insert(table).values(**values))
    await migrate(empty_url)
    async with open_store(empty_url, lambda _: None) as opened, opened.read() as tx:
        for table, values in stored.items():
            (row,) = (await tx.execute(select(table))).mappings()
            assert {name: row[name] for name in values} == values


async def test_complaints_of_an_older_version_are_kept_as_cases(empty_url: str) -> None:
    await migrate(empty_url, "0003")
    async with open_store(empty_url, lambda _: None) as store, store.write() as tx:
        await tx.execute(insert(contact).values(id="c" * 32, language="tr", created_at=NOW))
        await tx.execute(insert(conversation).values(**a_conversation()))
        await tx.execute(insert(message).values(**a_message()))
        await tx.execute(insert(turn).values(**a_turn(state="done")))
        await tx.execute(
            text(
                "INSERT INTO complaint VALUES ('e', :conversation, :turn, 'S7K3F9QX', 'delivery',"
                " 'late', :now)"
            ).bindparams(bindparam("now", NOW, Instant)),
            {"conversation": "1" * 32, "turn": a_turn()["id"]},
        )
    await migrate(empty_url)
    async with open_store(empty_url, lambda _: None) as store, store.read() as tx:
        ((found, _),) = await cases.of_conversation(tx, "1" * 32)
    assert (found.reference, found.kind, found.category) == ("S7K3F9QX", "complaint", "delivery")
    assert (found.text, found.lines, found.created_at) == ("late", [], NOW)


async def test_several_that_migrate_at_once_wait_for_each_other(empty_url: str) -> None:
    async def migrate_in_a_process() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "handoff", "migrate", "--url", empty_url
        )
        return await process.wait()

    assert await asyncio.gather(*(migrate_in_a_process() for _ in range(3))) == [0, 0, 0]
    await check_current(empty_url)


async def test_migrating_waits_for_who_is_writing(tmp_path: Path) -> None:
    file = tmp_path / "devir.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    url = f"sqlite+aiosqlite:///{file}"
    migrating = asyncio.create_task(migrate(url))
    await asyncio.wait([migrating], timeout=0.2)
    assert not migrating.done()
    other.execute("COMMIT")
    other.close()
    await migrating
    await check_current(url)


async def test_older_revision_is_told_from_the_newest(database_url: str) -> None:
    older = text(f"UPDATE {VERSION_TABLE} SET version_num = '0000'")
    await look(database_url, lambda connection: connection.execute(older))
    with pytest.raises(LookupError, match="missing or old"):
        await check_current(database_url)


# What may never be


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A database with one agent and two customers."""
    async with open_store(database_url, lambda _: None) as opened:
        async with opened.write() as tx:
            await tx.execute(insert(agent).values(**AN_AGENT))
            for name in ("c" * 32, "d" * 32):
                await tx.execute(insert(contact).values(id=name, language="tr", created_at=NOW))
        yield opened


AN_AGENT = {
    "id": "a" * 32,
    "login": "deniz",
    "name": "Deniz",
    "role": "agent",
    "password_hash": "x",
    "created_at": NOW,
}


def a_conversation(**values: Any) -> dict[str, Any]:
    return {
        "id": "1" * 32,
        "contact_id": "c" * 32,
        "channel": "widget",
        "account": "default",
        "language": "tr",
        "control": "bot",
        "epoch": 0,
        "at_front": False,
        "last_seq": 0,
        "last_public_seq": 0,
        "customer_seen_seq": 0,
        "agent_seen_seq": 0,
        "created_at": NOW,
        "updated_at": NOW,
        **values,
    }


def a_message(**values: Any) -> dict[str, Any]:
    return {
        "id": "2" * 32,
        "conversation_id": "1" * 32,
        "seq": 1,
        "prev_seq": 0,
        "author": "customer",
        "visibility": "public",
        "suppressed": False,
        "content": {},
        "epoch": 0,
        "created_at": NOW,
        **values,
    }


def a_turn(**values: Any) -> dict[str, Any]:
    return {
        "id": "3" * 32,
        "conversation_id": "1" * 32,
        "message_id": "2" * 32,
        "seq": 1,
        "epoch": 0,
        "input": {"text": "hello"},
        "reset": True,
        "state": "running",
        "created_at": NOW,
        **values,
    }


def a_delivery(**values: Any) -> dict[str, Any]:
    return {
        "id": "4" * 32,
        "message_id": "2" * 32,
        "conversation_id": "1" * 32,
        "seq": 1,
        "channel": "telegram",
        "state": "queued",
        "attempts": 0,
        "next_try_at": NOW,
        "possibly_double": False,
        "updated_at": NOW,
        "account": "shop_bot",
        "part": 0,
        "parts": 1,
        "answer_lost": False,
        **values,
    }


async def add(store: Store, table: Any, values: dict[str, Any]) -> None:
    async with store.write() as tx:
        await tx.execute(insert(table).values(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"control": "bot"},
        {"control": "queued", "queued_at": NOW},
        {"control": "human", "agent_id": "a" * 32},
        {"control": "closed", "closed_at": NOW},
    ],
)
async def test_conversation_has_what_its_holder_needs(store: Store, values: dict[str, Any]) -> None:
    await add(store, conversation, a_conversation(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"control": "human"},
        {"control": "bot", "agent_id": "a" * 32},
        {"control": "queued", "queued_at": NOW, "agent_id": "a" * 32},
        {"control": "queued"},
        {"control": "bot", "queued_at": NOW},
        {"control": "closed"},
        {"control": "bot", "closed_at": NOW},
        {"control": "nobody"},
        {"control": "human", "agent_id": "f" * 32},
        {"language": "de"},
        {"contact_id": "f" * 32},
    ],
)
async def test_conversation_that_contradicts_itself_is_refused(
    store: Store, values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        await add(store, conversation, a_conversation(**values))


async def test_customer_has_one_conversation_on_each_channel_account(store: Store) -> None:
    await add(store, conversation, a_conversation())
    with pytest.raises(IntegrityError):
        await add(store, conversation, a_conversation(id="9" * 32))
    await add(store, conversation, a_conversation(id="9" * 32, contact_id="d" * 32))


async def test_message_that_was_suppressed_cannot_be_public(store: Store) -> None:
    await add(store, conversation, a_conversation())
    with pytest.raises(IntegrityError):
        await add(store, message, a_message(suppressed=True, visibility="public"))
    await add(store, message, a_message(suppressed=True, visibility="internal"))


@pytest.mark.parametrize(
    "values",
    [
        {"author": "nobody"},
        {"visibility": "secret"},
        {"seq": 1},
        {"source": "widget:c", "source_id": "message-000001"},
        {"conversation_id": "f" * 32},
    ],
)
async def test_message_of_no_known_kind_or_that_is_there_already_is_refused(
    store: Store, values: dict[str, Any]
) -> None:
    await add(store, conversation, a_conversation())
    first = {"source": "widget:c", "source_id": "message-000001"}
    await add(store, message, a_message(**first))
    with pytest.raises(IntegrityError):
        await add(store, message, a_message(**{"id": "8" * 32, "seq": 2, **values}))
    await add(store, message, a_message(id="8" * 32, seq=2))


async def test_conversation_has_one_running_turn_at_most(store: Store) -> None:
    await add(store, conversation, a_conversation())
    for number in (1, 2):
        await add(store, message, a_message(id=str(number + 3) * 32, seq=number))
    await add(store, turn, a_turn(message_id="4" * 32))
    with pytest.raises(IntegrityError):
        await add(store, turn, a_turn(id="7" * 32, message_id="5" * 32, seq=2))
    await add(store, turn, a_turn(id="7" * 32, message_id="5" * 32, seq=2, state="pending"))
    with pytest.raises(IntegrityError):
        await add(store, turn, a_turn(id="6" * 32, message_id="5" * 32, state="done"))


async def test_message_is_delivered_by_one_entry_of_a_known_state(store: Store) -> None:
    await add(store, conversation, a_conversation())
    await add(store, message, a_message())
    with pytest.raises(IntegrityError):
        await add(store, delivery, a_delivery(state="lost"))
    await add(store, delivery, a_delivery())
    with pytest.raises(IntegrityError):
        await add(store, delivery, a_delivery(id="5" * 32))


async def test_times_keep_their_zone_and_naive_ones_are_refused(store: Store) -> None:
    await add(store, conversation, a_conversation())
    async with store.read() as tx:
        row = (await tx.execute(conversation.select())).one()
    assert row.created_at == NOW
    assert row.created_at.utcoffset() is not None
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="aware"):
        await add(store, contact, {"id": "e" * 32, "language": "tr", "created_at": naive})
