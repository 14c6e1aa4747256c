"""Amounts and times come back from the database as they went in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.connect import open_engine
from shop.migrate import migrate

ORDER = {
    "number": "1",
    "customer_id": "ada",
    "placed_at": datetime(2026, 3, 29, 3, 30, 15, 123456, tzinfo=timezone(timedelta(hours=3))),
    "status": "received",
    "total": Decimal("20000000.07"),
    "currency": "TRY",
}


async def insert(opened: AsyncConnection, **changed: object) -> None:
    await opened.execute(
        tables.customer.insert().values(id="ada", name="Ada", email="a@example.com", phone="+90")
    )
    await opened.execute(tables.order.insert().values(**(ORDER | changed)))


async def test_amounts_and_times_are_exact(empty_url: str) -> None:
    await migrate(empty_url)
    async with open_engine(empty_url) as engine:
        async with engine.begin() as opened:
            await insert(opened)
        async with engine.connect() as opened:
            row = (await opened.execute(select(tables.order))).one()
    assert (row.total, str(row.total)) == (ORDER["total"], "20000000.07")
    assert row.placed_at == ORDER["placed_at"]
    assert row.placed_at.tzinfo is UTC


@pytest.mark.parametrize(
    "changed",
    [
        {"total": Decimal("1.005")},
        {"placed_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the mistake that must be refused
    ],
)
async def test_a_finer_amount_and_a_time_without_zone_are_refused(
    empty_url: str, changed: dict[str, object]
) -> None:
    await migrate(empty_url)
    async with open_engine(empty_url) as engine:
        with pytest.raises(StatementError):
            async with engine.begin() as opened:
                await insert(opened, **changed)


@pytest.mark.parametrize("changed", [{"status": "lost"}, {"customer_id": "nobody"}])
async def test_an_unknown_state_or_customer_is_refused(
    empty_url: str, changed: dict[str, object]
) -> None:
    await migrate(empty_url)
    async with open_engine(empty_url) as engine:
        with pytest.raises(IntegrityError):
            async with engine.begin() as opened:
                await insert(opened, **changed)
