"""Demo data: complete, repeatable, and careful with what a shop has made its own."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select, update

from shop import tables
from shop.connect import connection, open_engine, open_shop
from shop.errors import ShopUnavailable
from shop.migrate import migrate
from shop.models import OrderStatus
from shop.seed import DEMO, Seeded, seed
from tests.shop.conftest import TODAY


def demo(name: str) -> Any:
    return yaml.safe_load((Path(DEMO) / name).read_text(encoding="utf-8"))


async def rows_of(url: str) -> dict[str, list[Any]]:
    async with open_engine(url) as engine, connection(engine) as opened:
        return {
            table.name: sorted(map(tuple, await opened.execute(select(table))), key=repr)
            for table in tables.metadata.sorted_tables
        }


async def test_seeding_twice_leaves_the_same_rows(empty_url: str) -> None:
    await migrate(empty_url)
    first = await seed(empty_url, TODAY)
    rows = await rows_of(empty_url)
    again = await seed(empty_url, TODAY)
    assert await rows_of(empty_url) == rows
    assert first == Seeded(orders=44, products=48, articles=80)
    assert again == Seeded(orders=44, products=0, articles=0)


async def test_seeding_another_day_moves_the_orders_with_it(empty_url: str) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    await seed(empty_url, TODAY + timedelta(days=7))
    async with open_shop(empty_url) as shop:
        order = await shop.find_order("10482")
    assert order is not None
    assert order.shipment is not None
    assert order.shipment.expected_at == date(2026, 11, 30)


async def test_articles_and_products_a_shop_has_changed_stay_changed(empty_url: str) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    async with open_engine(empty_url) as engine, connection(engine) as opened:
        await opened.execute(update(tables.article).values(body="Ours."))
        await opened.execute(update(tables.product).values(price=1))
    await seed(empty_url, TODAY)
    async with open_shop(empty_url) as shop:
        (article,) = await shop.find_articles("shipping", "", "tr")
        (mug,) = await shop.search_products("kupa", "tr", limit=1)
    assert (article.body, mug.price) == ("Ours.", Decimal(1))


async def test_real_orders_are_left_alone_even_under_a_demo_number(empty_url: str) -> None:
    await migrate(empty_url)
    async with open_engine(empty_url) as engine, connection(engine) as opened:
        await opened.execute(
            tables.customer.insert().values(
                id="17", name="Ada", email="ada@example.com", phone="+905550100001"
            )
        )
        await opened.execute(
            tables.order.insert().values(
                number="10482",
                customer_id="17",
                placed_at=datetime(2026, 1, 1, tzinfo=UTC),
                status="received",
                total=5,
                currency="TRY",
            )
        )
    assert (await seed(empty_url, TODAY)).orders == 43
    assert (await seed(empty_url, TODAY)).orders == 43
    async with open_shop(empty_url) as shop:
        order = await shop.find_order("10482")
    assert order is not None
    assert (order.customer.id, order.status, order.lines, order.shipment) == (
        "17",
        OrderStatus.RECEIVED,
        (),
        None,
    )


async def test_a_shop_without_tables_is_not_seeded(empty_url: str) -> None:
    with pytest.raises(ShopUnavailable, match="migrate"):
        await seed(empty_url, TODAY)


async def test_every_state_is_shown_and_every_order_makes_sense(demo_url: str) -> None:
    numbers = [order["number"] for order in demo("orders.yml")["orders"]]
    async with open_shop(demo_url) as shop:
        orders = [await shop.find_order(number) for number in numbers]
    midnight = datetime.combine(TODAY, time(), tzinfo=UTC)
    assert min(Counter(order.status for order in orders if order).values()) >= 3
    assert {order.status for order in orders if order} == set(OrderStatus)
    for order in orders:
        assert order is not None
        assert order.lines
        assert order.total == sum(line.price * line.quantity for line in order.lines)
        moments = [order.placed_at]
        if order.shipment:
            moments += [event.at for event in order.shipment.events]
        assert moments == sorted(moments)
        assert moments[-1] < midnight, "an event lies in the future on the day of seeding"
        shipped = order.status in (
            OrderStatus.SHIPPED,
            OrderStatus.DELIVERED,
            OrderStatus.RETURNED,
        )
        assert (order.shipment is not None) == shipped
        if order.shipment:
            assert order.shipment.events
            arrived = order.shipment.delivered_at is not None
            assert arrived == (order.status is not OrderStatus.SHIPPED)


def test_people_and_addresses_are_invented() -> None:
    for customer in demo("orders.yml")["customers"]:
        assert customer["email"].rpartition("@")[2] in ("example.com", "example.org")
        assert customer["phone"].startswith("+90555010")
    phones = [customer["phone"][-4:] for customer in demo("orders.yml")["customers"]]
    assert len(set(phones)) == len(phones)


def test_the_catalogue_is_complete_in_both_languages() -> None:
    products = demo("products.yml")
    assert len(products) >= 40
    assert len({product["sku"] for product in products}) == len(products)
    for product in products:
        for field in ("name", "description"):
            assert set(product[field]) == {"tr", "en"}
            assert all(product[field].values())


def test_the_articles_cover_what_customers_ask_in_both_languages() -> None:
    articles = demo("articles.yml")
    assert {article["topic"] for article in articles} >= {
        "shipping",
        "returns",
        "payment",
        "invoice",
        "warranty",
        "contact",
        "privacy",
        "campaigns",
    }
    for article in articles:
        for language in ("tr", "en"):
            assert set(article[language]) == {"title", "keywords", "body"}
            assert 40 <= len(article[language]["body"]) <= 600, "too long for a chat bubble"
