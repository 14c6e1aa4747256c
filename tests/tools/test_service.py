"""The part of `make doctor` that asks the service's own code."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.store.migrate import migrate
from shop.migrate import migrate as migrate_shop
from tests.fakes.telegram import SECRET, TOKEN, FakeTelegram
from tools.doctor import Finding
from tools.service import examine


@pytest.fixture
async def telegram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    fake = FakeTelegram()
    await fake.start()
    database, shop = (f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("devir", "shop"))
    await asyncio.to_thread(lambda: asyncio.run(migrate(database)))
    await asyncio.to_thread(lambda: asyncio.run(migrate_shop(shop)))
    for name, value in {
        "DATABASE_URL": database,
        "SHOP_URL": shop,
        "BOT_TOKEN": "a secret for the tests",
        "PUBLIC_URL": "https://chat.shop.example",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_SECRET": SECRET,
        "TELEGRAM_API": fake.url,
    }.items():
        monkeypatch.setenv(f"DEVIR_{name}", value)
    yield fake
    await fake.stop()


async def of_telegram() -> dict[str, Finding]:
    found = {one.subject: one for one in await examine()}
    assert found["settings"].ok
    assert found["conversations"].ok
    return {name: one for name, one in found.items() if name.startswith("telegram ")}


async def test_account_on_a_platform_is_tried(telegram: FakeTelegram) -> None:
    found = await of_telegram()
    assert {name: one.ok for name, one in found.items()} == {
        "telegram token": True,
        "telegram webhook": False,
        "telegram clock": True,
    }
    assert found["telegram webhook"].fix == ".venv/bin/python -m handoff set-webhook"
    telegram.token = "7000000001:another"
    found = await of_telegram()
    assert [one.ok for one in found.values()] == [False]
    assert TOKEN not in str(found)


async def test_half_an_account_is_one_sentence(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEVIR_TELEGRAM_SECRET")
    (found,) = await examine()
    assert found.ok is False
    assert "DEVIR_TELEGRAM_SECRET is not set" in found.state
