"""The database file: durable, one writer at a time, and no wait stops the event loop."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from handoff.store.changes import Change, Kind
from handoff.store.connect import open_store
from handoff.store.migrate import migrate


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devir.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def test_commits_survive_a_power_cut_and_readers_do_not_wait_for_writers(url: str) -> None:
    async with open_store(url, lambda _: None) as store, store.read() as tx:
        found = {
            name: (await tx.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}  # 2 is FULL


async def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    def open_it(file: Path, start: threading.Barrier) -> None:
        async def touch() -> None:
            async with open_store(f"sqlite+aiosqlite:///{file}", lambda _: None) as store:
                await store.check()

        start.wait()
        asyncio.run(touch())

    for number in range(30):  # without asking again about one opening in twenty-five fails
        start = threading.Barrier(3)
        file = tmp_path / f"{number}.db"
        await asyncio.gather(*(asyncio.to_thread(open_it, file, start) for _ in range(3)))


async def test_writer_waits_for_another_process_while_others_go_on(url: str, file: Path) -> None:
    await migrate(url)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    went_on = 0

    async with open_store(url, lambda _: None) as store:

        async def write() -> None:
            async with store.write() as tx:
                await tx.execute(text("DELETE FROM login_failure"))

        writing = asyncio.create_task(write())
        for _ in range(5):
            async with store.read() as tx:
                await tx.execute(text("SELECT count(*) FROM message"))
            await asyncio.sleep(0.01)
            went_on += 1
        assert not writing.done()
        other.execute("COMMIT")
        await writing
    other.close()
    assert went_on == 5


async def test_changes_are_told_after_the_commit_and_only_then(url: str) -> None:
    await migrate(url)
    told: list[Change] = []
    change = Change(Kind.MESSAGE, "some conversation")
    async with open_store(url, told.extend) as store:
        async with store.write() as tx:
            tx.announce(change)
            tx.announce(change)
            assert told == []
        assert told == [change]

        async def fail() -> None:
            async with store.write() as tx:
                tx.announce(change)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert told == [change]


async def test_what_is_on_disk_is_no_failure_whatever_the_listeners_do(url: str) -> None:
    await migrate(url)
    called: list[str] = []

    def fail(_: object = None) -> None:
        raise ZeroDivisionError

    async with open_store(url, fail) as store, store.write() as tx:
        await tx.execute(text("DELETE FROM login_failure"))
        tx.announce(Change(Kind.MESSAGE, "some conversation"))
        tx.afterwards(fail)
        tx.afterwards(lambda: called.append("the other"))
    assert called == ["the other"]


async def test_who_is_cancelled_during_the_commit_leaves_no_half_transaction(url: str) -> None:
    await migrate(url)
    told: list[Change] = []
    insert = text("INSERT INTO login_failure (id, login, address, at) VALUES (:id, 'a', 'b', :id)")

    async with open_store(url, told.extend) as store:

        async def write(name: str) -> None:
            async with store.write() as tx:
                await tx.execute(insert, {"id": name})
                tx.announce(Change(Kind.MESSAGE, name))

        for number in range(20):
            writing = asyncio.create_task(write(f"2026-01-01 00:00:{number:02}"))
            for _ in range(number % 5):
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        await write("2026-01-01 00:01:00")
        async with store.read() as tx:
            stored = set((await tx.execute(text("SELECT id FROM login_failure"))).scalars())
    assert {change.conversation_id for change in told} == stored
