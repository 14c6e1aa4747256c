"""Failures of a shop's database become one error that names the fix."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from shop import connect
from shop.base import Shop
from shop.connect import connection, open_engine, open_shop
from shop.errors import ShopUnavailable
from shop.migrate import migrate
from shop.seed import seed
from tests.postgres import PostgresServer
from tests.shop.conftest import TODAY, NewUrl

Question = Callable[[Shop], Awaitable[object]]
QUESTIONS: list[Question] = [
    lambda shop: shop.check(),
    lambda shop: shop.find_order("10482"),
    lambda shop: shop.prove_order("10482", "4821"),
    lambda shop: shop.orders_of_customer("demo-elif"),
    lambda shop: shop.search_products("kupa", "tr"),
    lambda shop: shop.find_articles("shipping", "kargo", "tr"),
]


@pytest.mark.parametrize("ask", QUESTIONS)
async def test_a_shop_without_tables_asks_to_be_migrated(empty_url: str, ask: Question) -> None:
    async with open_shop(empty_url) as shop:
        with pytest.raises(ShopUnavailable, match="python -m shop migrate") as caught:
            await ask(shop)
    assert caught.value.code == "shop_unavailable"


@pytest.mark.parametrize("ask", QUESTIONS)
async def test_a_server_that_is_not_there_is_named_without_its_password(ask: Question) -> None:
    url = "postgresql+asyncpg://shop:sesame@127.0.0.1:1/shop"
    async with open_shop(url) as shop:
        with pytest.raises(ShopUnavailable, match="start that server") as caught:
            await ask(shop)
    assert "127.0.0.1:1" in str(caught.value)
    assert "sesame" not in str(caught.value)


async def test_a_database_that_does_not_exist_is_unavailable(postgres: PostgresServer) -> None:
    async with open_shop(postgres.url("nowhere")) as shop:
        with pytest.raises(ShopUnavailable):
            await shop.check()


async def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    def open_it(file: Path, start: threading.Barrier) -> None:
        async def touch() -> None:
            async with open_engine(f"sqlite+aiosqlite:///{file}") as engine, connection(engine):
                pass

        start.wait()
        asyncio.run(touch())

    for number in range(30):  # without asking again about one opening in twenty-five fails
        start = threading.Barrier(3)
        file = tmp_path / f"{number}.db"
        await asyncio.gather(*(asyncio.to_thread(open_it, file, start) for _ in range(3)))


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    async with open_shop(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/shop.db") as shop:
        with pytest.raises(ShopUnavailable, match="cannot be opened"):
            await shop.check()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"not a database" * 100)
    async with open_shop(f"sqlite+aiosqlite:///{tmp_path}/shop.db") as shop:
        with pytest.raises(ShopUnavailable, match="check the file"):
            await shop.check()


async def test_a_locked_file_is_unavailable_and_readable_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    await migrate(url)
    monkeypatch.setattr(connect, "BUSY_MS", 10)
    other = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        async with open_shop(url) as shop:
            with pytest.raises(ShopUnavailable, match="locked"):
                await shop.check()
            other.execute("COMMIT")
            other.close()
            await shop.check()
    finally:
        other.close()


async def test_reading_goes_on_while_another_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    await migrate(url)
    await seed(url, TODAY)
    monkeypatch.setattr(connect, "BUSY_MS", 10)
    writer = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE shop_order SET status = 'cancelled'")
        async with open_shop(url) as shop:
            order = await shop.find_order("10482")
        assert order is not None
        assert order.status == "shipped"
    finally:
        writer.rollback()
        writer.close()


async def test_many_questions_at_once_are_all_answered(shop: Shop) -> None:
    orders = await asyncio.gather(*(shop.prove_order("10482", "4821") for _ in range(50)))
    assert {order.number for order in orders if order is not None} == {"10482"}
    assert len(orders) == 50


async def test_a_shop_comes_back_after_its_connections_were_cut(
    new_url: NewUrl, postgres: PostgresServer
) -> None:
    url = await asyncio.to_thread(new_url, "postgresql")
    await migrate(url)
    async with open_shop(url) as shop:
        await shop.check()
        elsewhere = make_url(postgres.url("postgres")).set(drivername="postgresql")
        other = await asyncpg.connect(elsewhere.render_as_string(hide_password=False))
        cut = await other.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1",
            make_url(url).database,
        )
        await other.close()
        assert cut >= 1
        await shop.check()


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite:///shop.db", "mysql://shop"])
async def test_an_address_of_no_shop_is_refused_with_the_forms_it_may_have(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite\+aiosqlite.*postgresql\+asyncpg"):
        async with open_shop(url):
            pass
