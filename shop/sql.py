"""A shop whose data lies in an SQL database."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.models import (
    Article,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Product,
    Shipment,
    ShipmentEvent,
    Text,
    Variant,
)
from shop.proof import proves
from shop.search import Entry, entry, rank_articles, rank_products

_NUMBER = re.compile(r"[0-9A-Za-z-]{1,32}")

# What a factor is compared with when there is no such order; no factor fits it.
_NOBODY = ("nobody@invalid", "----")


class SqlShop:
    """Fulfils `shop.base.Shop`. `connect` gives a connection and turns failures into our own."""

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]) -> None:
        self._connect = connect

    async def find_order(self, number: str) -> Order | None:
        """See `Shop.find_order`."""
        async with self._connect() as connection:
            return _only(await _orders(connection, [_tidy(number)]))

    async def prove_order(self, number: str, factor: str) -> Order | None:
        """See `Shop.prove_order`."""
        query = (
            select(tables.customer.c.email, tables.customer.c.phone)
            .join(tables.order, tables.order.c.customer_id == tables.customer.c.id)
            .where(tables.order.c.number == _tidy(number))
        )
        async with self._connect() as connection:
            owner = (await connection.execute(query)).one_or_none()
            email, phone = (owner.email, owner.phone) if owner else _NOBODY
            if not proves(factor, email, phone) or owner is None:
                return None
            return _only(await _orders(connection, [_tidy(number)]))

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        """See `Shop.orders_of_customer`."""
        query = (
            select(tables.order.c.number)
            .where(tables.order.c.customer_id == customer_id)
            .order_by(tables.order.c.placed_at.desc(), tables.order.c.number.desc())
            .limit(limit)
        )
        async with self._connect() as connection:
            numbers = (await connection.execute(query)).scalars().all()
            return await _orders(connection, numbers)

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:
        """See `Shop.search_products`."""
        in_stock = (
            select(tables.stock.c.sku)
            .where(tables.stock.c.sku == tables.product.c.sku, tables.stock.c.quantity > 0)
            .exists()
        )
        query = select(tables.product).order_by(in_stock.desc(), tables.product.c.sku)
        async with self._connect() as connection:
            rows = (await connection.execute(query)).all()
            best = rank_products(text, rows, lambda row: _product_entry(row, language))[:limit]
            variants = await _variants(connection, [row.sku for row in best])
        return [_product(row, variants[row.sku]) for row in best]

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """See `Shop.find_articles`."""
        query = (
            select(tables.article)
            .where(tables.article.c.language == language)
            .order_by(tables.article.c.position)
        )
        if topic is not None:
            query = query.where(tables.article.c.topic == topic)
        async with self._connect() as connection:
            rows = (await connection.execute(query)).all()
        best = rank_articles(text, rows, _article_entry, keep_all=topic is not None)[:limit]
        return [Article(row.slug, row.language, row.topic, row.title, row.body) for row in best]

    async def check(self) -> None:
        """See `Shop.check`."""
        async with self._connect() as connection:
            await connection.execute(select(tables.order.c.number).limit(1))
            await connection.execute(select(tables.article.c.slug).limit(1))


def _tidy(number: str) -> str:
    """An order number as it is stored; "" (which no order has) for what cannot be one."""
    bare = number.strip().lstrip("#")
    return bare if _NUMBER.fullmatch(bare) else ""


def _only(orders: list[Order]) -> Order | None:
    return orders[0] if orders else None


async def _orders(connection: AsyncConnection, numbers: Iterable[str]) -> list[Order]:
    """The orders with these numbers, in the same order, those that do not exist left out."""
    wanted = list(numbers)
    heads = await connection.execute(
        select(
            tables.order, tables.customer.c.name, tables.customer.c.email, tables.customer.c.phone
        )
        .join(tables.customer, tables.order.c.customer_id == tables.customer.c.id)
        .where(tables.order.c.number.in_(wanted))
    )
    lines = await connection.execute(
        select(tables.order_line)
        .where(tables.order_line.c.order_number.in_(wanted))
        .order_by(tables.order_line.c.position)
    )
    shipments = await connection.execute(
        select(tables.shipment).where(tables.shipment.c.order_number.in_(wanted))
    )
    events = await connection.execute(
        select(tables.shipment_event)
        .where(tables.shipment_event.c.order_number.in_(wanted))
        .order_by(tables.shipment_event.c.at, tables.shipment_event.c.position)
    )

    lines_of: defaultdict[str, list[OrderLine]] = defaultdict(list)
    for row in lines:
        lines_of[row.order_number].append(
            OrderLine(row.sku, Text(row.name_tr, row.name_en), row.variant, row.quantity, row.price)
        )
    events_of: defaultdict[str, list[ShipmentEvent]] = defaultdict(list)
    for row in events:
        events_of[row.order_number].append(
            ShipmentEvent(row.at, Text(row.status_tr, row.status_en), row.place)
        )
    shipment_of = {
        row.order_number: Shipment(
            row.carrier,
            row.tracking_number,
            row.tracking_url,
            row.expected_at,
            row.delivered_at,
            tuple(events_of[row.order_number]),
        )
        for row in shipments
    }
    found = {
        row.number: Order(
            row.number,
            Customer(row.customer_id, row.name, row.email, row.phone),
            row.placed_at,
            OrderStatus(row.status),
            row.total,
            row.currency,
            tuple(lines_of[row.number]),
            shipment_of.get(row.number),
        )
        for row in heads
    }
    return [found[number] for number in wanted if number in found]


async def _variants(
    connection: AsyncConnection, skus: list[str]
) -> defaultdict[str, list[Row[Any]]]:
    """The stock rows of these products, by SKU."""
    rows = await connection.execute(
        select(tables.stock).where(tables.stock.c.sku.in_(skus)).order_by(tables.stock.c.position)
    )
    by_sku: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_sku[row.sku].append(row)
    return by_sku


def _product(row: Row[Any], stock: list[Row[Any]]) -> Product:
    return Product(
        sku=row.sku,
        name=Text(row.name_tr, row.name_en),
        description=Text(row.description_tr, row.description_en),
        category=row.category,
        price=row.price,
        currency=row.currency,
        stock=sum(part.quantity for part in stock),
        url=row.url,
        image=row.image,
        variants=tuple(
            Variant(part.variant, part.quantity) for part in stock if part.variant is not None
        ),
    )


def _product_entry(row: Row[Any], language: str) -> Entry:
    """Names in both languages count ("sweatshirt" is Turkish too), the asked one more."""
    mine, other = (row.name_en, row.name_tr) if language == "en" else (row.name_tr, row.name_en)
    return entry(mine, f"{row.keywords} {other}", f"{row.description_tr} {row.description_en}")


def _article_entry(row: Row[Any]) -> Entry:
    return entry(row.title, row.keywords, row.body)
