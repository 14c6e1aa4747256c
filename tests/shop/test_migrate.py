"""The migrations make exactly the tables the code reads."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection

from shop.connect import open_engine, open_shop
from shop.migrate import migrate
from shop.tables import metadata
from tests.shop.conftest import NewUrl

ROOT = Path(__file__).parents[2]


def _differences(opened: Connection) -> list[Any]:
    context = MigrationContext.configure(
        opened,
        opts={
            "version_table": "shop_alembic_version",
            "compare_type": True,
            "include_name": _is_no_full_text_index,
        },
    )
    return list(compare_metadata(context, metadata))


def _is_no_full_text_index(name: str | None, kind: str, _parents: object) -> bool:
    """Each database has its own, written by the migration alone."""
    named = name or ""
    return not named.startswith(("shop_passage_fts", "ix_shop_passage_search")) and not (
        kind == "column" and named == "search"
    )


async def test_the_tables_are_those_of_the_code(empty_url: str) -> None:
    await migrate(empty_url)
    async with open_engine(empty_url) as engine, engine.connect() as opened:
        assert await opened.run_sync(_differences) == []


async def test_migrating_again_changes_nothing(empty_url: str) -> None:
    await migrate(empty_url)
    await migrate(empty_url)
    async with open_shop(empty_url) as shop:
        await shop.check()


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    command = (sys.executable, "-m", "shop", "migrate", "--url", empty_url)
    both = [await asyncio.create_subprocess_exec(*command, cwd=ROOT) for _ in range(2)]
    assert [await one.wait() for one in both] == [0, 0]
    async with open_shop(empty_url) as shop:
        await shop.check()


async def test_the_folder_of_the_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await migrate("sqlite+aiosqlite:///var/deep/shop.db")
    assert os.listdir("var/deep")
    async with open_shop("sqlite+aiosqlite:///var/deep/shop.db") as shop:
        await shop.check()


async def test_it_lives_beside_other_tables_of_the_same_database(new_url: NewUrl) -> None:
    url = await asyncio.to_thread(new_url, "postgresql")
    async with open_engine(url) as engine:
        async with engine.begin() as opened:
            await opened.execute(text("CREATE TABLE customer (id int)"))
            await opened.execute(text("CREATE TABLE alembic_version (version_num text)"))
            await opened.execute(text("INSERT INTO alembic_version VALUES ('elsewhere')"))
        await migrate(url)
        async with engine.connect() as opened:
            version = await opened.scalar(text("SELECT version_num FROM alembic_version"))
    assert version == "elsewhere"
