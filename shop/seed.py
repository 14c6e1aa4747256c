"""Filling a shop with demo data from the files in shop/demo/.

Demo orders are renewed each time, because their dates lie around today. Products and articles are
only added where missing: a shop that has corrected them keeps its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.clock import SHOP_TIME
from shop.connect import connection, open_engine
from shop.wordindex import index_products

DEMO = Path(__file__).parent / "demo"
CURRENCY = "TRY"
DEMO_CUSTOMER = "demo-"  # how the ids of demo customers begin

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many orders were renewed, and how many products and articles were added."""

    orders: int
    products: int
    articles: int


async def seed(url: str, today: date) -> Seeded:
    """Fill the shop at `url` with demo data dated around `today`, all or nothing.

    Raises ShopUnavailable when the database fails or is not migrated.
    """
    products = _read("products.yml")
    orders = _read("orders.yml")
    articles = _read("articles.yml")
    async with (
        open_engine(url, begin="IMMEDIATE") as engine,
        connection(engine) as opened,
    ):
        return Seeded(
            orders=await _renew_orders(opened, orders, products, today),
            products=await _add_products(opened, products),
            articles=await _add_articles(opened, articles),
        )


def _read(name: str) -> Any:
    return yaml.safe_load((DEMO / name).read_text(encoding="utf-8"))


async def _add_products(opened: AsyncConnection, products: Sequence[Record]) -> int:
    known = set((await opened.execute(select(tables.product.c.sku))).scalars())
    new = [product for product in products if product["sku"] not in known]
    await _insert(opened, tables.product, [_product_row(product) for product in new])
    await _insert(opened, tables.stock, [row for product in new for row in _stock_rows(product)])
    await index_products(opened, [product["sku"] for product in new])
    return len(new)


def _product_row(product: Record) -> Record:
    return {
        "sku": product["sku"],
        "name_tr": product["name"]["tr"],
        "name_en": product["name"]["en"],
        "description_tr": product["description"]["tr"],
        "description_en": product["description"]["en"],
        "keywords": product["keywords"],
        "category": product["category"],
        "price": Decimal(product["price"]),
        "currency": CURRENCY,
        "url": f"https://shop.example.com/p/{product['sku'].lower()}",
        "image": None,
    }


def _stock_rows(product: Record) -> list[Record]:
    stock: int | Mapping[str, int] = product["stock"]
    parts = [(None, stock)] if isinstance(stock, int) else [*stock.items()]
    return [
        {"sku": product["sku"], "position": position, "variant": variant, "quantity": quantity}
        for position, (variant, quantity) in enumerate(parts)
    ]


async def _add_articles(opened: AsyncConnection, articles: Sequence[Record]) -> int:
    key = tuple_(tables.article.c.slug, tables.article.c.language)
    known = {tuple(row) for row in await opened.execute(select(*key.clauses))}
    rows = [
        {
            "slug": article["slug"],
            "language": language,
            "topic": article["topic"],
            "position": position,
            "title": article[language]["title"],
            "keywords": article[language]["keywords"],
            "body": article[language]["body"].strip(),
        }
        for position, article in enumerate(articles)
        for language in ("tr", "en")
    ]
    new = [row for row in rows if (row["slug"], row["language"]) not in known]
    await _insert(opened, tables.article, new)
    return len(new)


async def _renew_orders(
    opened: AsyncConnection, demo: Record, products: Sequence[Record], today: date
) -> int:
    """Replace the orders of demo customers; numbers a real customer has are left to them."""
    customers = tables.customer.c.id.startswith(DEMO_CUSTOMER, autoescape=True)
    ours = tables.order.c.customer_id.startswith(DEMO_CUSTOMER, autoescape=True)
    numbers = select(tables.order.c.number).where(ours)
    for table in (tables.shipment_event, tables.shipment, tables.order_line):
        await opened.execute(delete(table).where(table.c.order_number.in_(numbers)))
    await opened.execute(delete(tables.order).where(ours))
    await opened.execute(delete(tables.customer).where(customers))
    await _insert(opened, tables.customer, demo["customers"])

    taken = set((await opened.execute(select(tables.order.c.number))).scalars())
    orders = [order for order in demo["orders"] if order["number"] not in taken]
    catalogue = {product["sku"]: product for product in products}
    lines = {order["number"]: _line_rows(order, catalogue) for order in orders}
    shipped = [order for order in orders if "shipment" in order]
    await _insert(
        opened, tables.order, [_order_row(order, lines[order["number"]], today) for order in orders]
    )
    await _insert(opened, tables.order_line, [row for rows in lines.values() for row in rows])
    await _insert(
        opened, tables.shipment, [_shipment_row(one, demo["carriers"], today) for one in shipped]
    )
    await _insert(
        opened,
        tables.shipment_event,
        [row for one in shipped for row in _event_rows(one, demo["events"], today)],
    )
    return len(orders)


def _order_row(order: Record, lines: Sequence[Record], today: date) -> Record:
    return {
        "number": order["number"],
        "customer_id": order["customer"],
        "placed_at": _moment(today, *order["placed"]),
        "status": order["status"],
        "total": sum((line["price"] * line["quantity"] for line in lines), Decimal()),
        "currency": CURRENCY,
    }


def _line_rows(order: Record, catalogue: Mapping[str, Record]) -> list[Record]:
    rows = []
    for position, (quantity, sku, *variant) in enumerate(order["lines"]):
        product = catalogue[sku]
        rows.append(
            {
                "order_number": order["number"],
                "position": position,
                "sku": sku,
                "name_tr": product["name"]["tr"],
                "name_en": product["name"]["en"],
                "variant": variant[0] if variant else None,
                "quantity": quantity,
                "price": Decimal(product["price"]),
            }
        )
    return rows


def _shipment_row(order: Record, carriers: Mapping[str, Record], today: date) -> Record:
    shipment = order["shipment"]
    carrier = carriers[shipment["carrier"]]
    delivered = [event for event in shipment["events"] if event[2] == "delivered"]
    return {
        "order_number": order["number"],
        "carrier": carrier["name"],
        "tracking_number": shipment["tracking"],
        "tracking_url": carrier["tracking_url"].format(number=shipment["tracking"]),
        "expected_at": today - timedelta(days=shipment["expected"]),
        "delivered_at": _moment(today, *delivered[0][:2]) if delivered else None,
    }


def _event_rows(
    order: Record, statuses: Mapping[str, Mapping[str, str]], today: date
) -> list[Record]:
    return [
        {
            "order_number": order["number"],
            "position": position,
            "at": _moment(today, days_ago, clock),
            "status_tr": statuses[status]["tr"],
            "status_en": statuses[status]["en"],
            "place": place,
        }
        for position, (days_ago, clock, status, place) in enumerate(order["shipment"]["events"])
    ]


def _moment(today: date, days_ago: int, clock: str) -> datetime:
    """The time so many days before `today` when a clock in Istanbul shows `clock` ("14:05")."""
    return datetime.combine(
        today - timedelta(days=days_ago), time.fromisoformat(clock), tzinfo=SHOP_TIME
    )


async def _insert(opened: AsyncConnection, table: Table, rows: Sequence[Record]) -> None:
    if rows:
        await opened.execute(table.insert(), list(rows))
