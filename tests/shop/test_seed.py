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
from shop.articles.written import Draft, Text
from shop.clock import shop_day
from shop.connect import connection, open_engine, open_library, open_shop
from shop.errors import ShopUnavailable
from shop.migrate import migrate
from shop.models import Order, OrderStatus, RefundStatus, ReturnStatus
from shop.outcomes import Invoice, Rule
from shop.reading import orders_with
from shop.rulebook import LEGAL
from shop.rules import Stage, complete, left, may_cancel, stage, warranty_until
from shop.seed import DEMO, Seeded, seed
from shop.sql import SqlShop
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
    assert first == Seeded(orders=352, campaigns=6, products=121, articles=48)
    assert again == Seeded(orders=352, campaigns=6, products=0, articles=0)


async def test_seeding_another_day_moves_the_orders_with_it(empty_url: str) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    await seed(empty_url, TODAY + timedelta(days=7))
    async with open_shop(empty_url) as shop:
        order = await shop.find_order("10482")
    assert order is not None
    assert order.shipment is not None
    assert order.shipment.expected_at == date(2026, 11, 30)


async def images_of(url: str) -> dict[str, str | None]:
    async with open_engine(url) as engine, connection(engine) as opened:
        rows = await opened.execute(select(tables.product.c.sku, tables.product.c.image))
        return {row.sku: row.image for row in rows}


async def test_products_have_the_pictures_of_the_service_that_shows_them(empty_url: str) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    assert set((await images_of(empty_url)).values()) == {None}
    for place in ("http://one.example.com", "http://two.example.com"):
        await seed(empty_url, TODAY, f"{place}/demo/pictures")
        images = await images_of(empty_url)
        assert all(image and image.startswith(place) for image in images.values())
    assert images["MUG-101"] == "http://two.example.com/demo/pictures/mug-b8493f.svg"


async def test_a_picture_of_a_shops_own_stays(empty_url: str) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    ours = "https://shop.example.com/mug.jpg"
    async with open_engine(empty_url) as engine, connection(engine) as opened:
        changed = update(tables.product).where(tables.product.c.sku == "MUG-101")
        await opened.execute(changed.values(image=ours))
    await seed(empty_url, TODAY, "http://one.example.com/demo/pictures")
    assert (await images_of(empty_url))["MUG-101"] == ours


async def test_articles_and_products_a_shop_has_changed_stay_changed(empty_url: str) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    ours = Draft("shipping", 0, reviewed=True, texts={"tr": Text("Kargo", "", "Ours.")})
    at = datetime(2026, 11, 22, tzinfo=UTC)
    async with open_library(empty_url) as library:
        await library.save("shipping-cost", ours, seen=1, by=None, at=at, publish=True)
    async with open_engine(empty_url) as engine, connection(engine) as opened:
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
    assert (await seed(empty_url, TODAY)).orders == 351
    assert (await seed(empty_url, TODAY)).orders == 351
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


async def every_order(url: str) -> list[Order]:
    async with open_engine(url) as engine, connection(engine) as opened:
        numbers = (await opened.execute(select(tables.order.c.number))).scalars().all()
        return await opened.run_sync(orders_with, numbers)


async def test_every_state_is_shown_and_every_order_makes_sense(demo_url: str) -> None:
    orders = await every_order(demo_url)
    midnight = datetime.combine(TODAY, time(), tzinfo=UTC)
    assert len(orders) >= 300
    states = Counter(order.status for order in orders)
    assert set(states) == set(OrderStatus)
    assert min(states.values()) >= 20
    for order in orders:
        assert order.lines
        assert order.total == sum(line.price * line.quantity for line in order.lines)
        assert all(line.category for line in order.lines)
        assert order.address is not None
        assert complete(order.address)
        moments = [order.placed_at]
        if order.shipment:
            moments += [event.at for event in order.shipment.events]
        if order.cancelled_at:
            moments.append(order.cancelled_at)
        assert moments == sorted(moments), order.number
        assert moments[-1] < midnight, "an event lies in the future on the day of seeding"
        shipped = order.status in (
            OrderStatus.SHIPPED,
            OrderStatus.DELIVERED,
            OrderStatus.RETURNED,
        )
        assert (order.shipment is not None) == shipped
        assert (order.cancelled_at is not None) == (order.status is OrderStatus.CANCELLED)
        if order.shipment:
            assert order.shipment.events
            arrived = order.shipment.delivered_at is not None
            assert arrived == (order.status is not OrderStatus.SHIPPED)


async def test_every_border_of_the_rules_has_an_order(demo_url: str) -> None:
    orders = await every_order(demo_url)
    stages = Counter(stage(order, TODAY) for order in orders)
    assert set(stages) == set(Stage) - {Stage.DELIVERED}
    rules = {may_cancel(order, TODAY, LEGAL).rule for order in orders}
    assert Rule.DELIVERY_OVERDUE in rules
    warranties = [warranty_until(order) for order in orders]
    assert any(until and until < TODAY for until in warranties)
    categories = {line.category for order in orders for line in order.lines}
    assert categories >= {"personal_care", "personalised", "software", "fresh_food", "digital"}


async def test_returns_and_refunds_are_shown_at_every_step(demo_url: str) -> None:
    orders = await every_order(demo_url)
    midnight = datetime.combine(TODAY, time(), tzinfo=UTC)
    returns = [(order, one) for order in orders for one in order.returns]
    assert {one.status for _, one in returns} == set(ReturnStatus)
    assert any(one.exchange_for for _, one in returns)
    for order, one in returns:
        assert order.shipment is not None
        steps = [order.shipment.delivered_at, one.opened_at, one.sent_at, one.arrived_at]
        came = [step for step in steps if step is not None]
        assert came == sorted(came), order.number
        assert came[-1] < midnight
        assert all(left(order, line) >= 0 for line in range(len(order.lines)))
        if order.status is OrderStatus.RETURNED:
            assert not any(left(order, line) for line in range(len(order.lines)))
    async with open_shop(demo_url) as shop:
        refunds = [one for order in orders for one in await shop.refund_status(order.number)]
    statuses = Counter(refund.status for refund in refunds)
    assert set(statuses) >= {
        RefundStatus.PAID,
        RefundStatus.PENDING,
        RefundStatus.AWAITING_RETURN,
    }
    for refund in refunds:
        if refund.paid_at and refund.since:
            assert refund.since <= shop_day(refund.paid_at) < TODAY


async def test_what_has_shipped_has_an_invoice_nobody_guesses(demo_url: str) -> None:
    async with open_shop(demo_url) as shop:
        for order in await every_order(demo_url):
            invoice = await shop.invoice_link(order.number)
            assert isinstance(invoice, Invoice) == (order.shipment is not None), order.number
            if isinstance(invoice, Invoice):
                assert order.number not in invoice.url


async def test_the_campaigns_of_today_are_told_and_those_that_end_first_first(
    demo_url: str,
) -> None:
    async with open_engine(demo_url) as engine:
        at = datetime.combine(TODAY, time(9), tzinfo=UTC)
        shop = SqlShop(lambda: connection(engine), clock=lambda: at)
        running = await shop.campaigns()
        assert [one.slug for one in running] == [
            "free-shipping",
            "kitchen-week",
            "first-order",
            "two-mugs",
        ]
        assert (running[2].coupon, running[2].ends) == ("MERHABA100", TODAY + timedelta(days=30))
        assert running[3].ends is None
        for day, slug, runs in ((1, "free-shipping", True), (2, "free-shipping", False)):
            later = at + timedelta(days=day)
            shop = SqlShop(lambda: connection(engine), clock=lambda: later)  # noqa: B023
            assert (slug in [one.slug for one in await shop.campaigns()]) == runs


async def test_people_and_addresses_are_invented(demo_url: str) -> None:
    async with open_engine(demo_url) as engine, connection(engine) as opened:
        customers = (await opened.execute(select(tables.customer))).all()
    assert len(customers) >= 100
    for customer in customers:
        assert customer.email.rpartition("@")[2] in ("example.com", "example.org")
        assert customer.email.isascii()
        assert customer.phone.startswith("+90555010")
    assert len({customer.phone[-4:] for customer in customers}) == len(customers)
    assert len({customer.email for customer in customers}) == len(customers)


def test_the_catalogue_is_complete_in_both_languages() -> None:
    products = demo("products.yml")
    assert len(products) >= 120
    assert len({product["sku"] for product in products}) == len(products)
    for product in products:
        for field in ("name", "description"):
            assert set(product[field]) == {"tr", "en"}
            assert all(product[field].values())
    assert sum(isinstance(product["stock"], dict) for product in products) >= 30


def test_the_articles_cover_what_customers_ask() -> None:
    assert {article["topic"] for article in demo("articles.yml")} >= {
        "shipping",
        "returns",
        "payment",
        "invoice",
        "warranty",
        "contact",
        "privacy",
        "campaigns",
        "orders",
        "products",
        "rights",
    }
