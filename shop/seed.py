"""Filling a shop with demo data from the files in shop/demo/.

Demo orders and campaigns are renewed each time, because their dates lie around today. Products and
articles are only added where missing: a shop that has corrected them keeps its own.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Table, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.articles.library import save
from shop.articles.yamlfile import read_articles
from shop.clock import SHOP_TIME
from shop.connect import connection, open_engine
from shop.invent import address, invent
from shop.models import OrderStatus
from shop.wordindex import index_products

DEMO = Path(__file__).parent / "demo"
PICTURES = "/demo/pictures"
"""Where a service with the demo page shows the products' pictures."""
CURRENCY = "TRY"
DEMO_CUSTOMER = "demo-"  # how the ids of demo customers begin

_OF_ORDERS = (
    tables.order,
    tables.order_line,
    tables.shipment,
    tables.shipment_event,
    tables.invoice,
    tables.return_,
    tables.return_item,
    tables.refund,
)
"""Each after those it refers to."""
_USUAL_REFUND, _LATEST_REFUND = 6, 14  # days

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many orders and campaigns were renewed, how many products and articles were added."""

    orders: int
    campaigns: int
    products: int
    articles: int


async def seed(url: str, today: date, pictures: str | None = None) -> Seeded:
    """Fill the shop at `url` with demo data dated around `today`, all or nothing.

    `pictures` is the address below which the products' pictures are; without it they have none.
    Raises ShopUnavailable when the database fails or is not migrated.
    """
    products = _read("products.yml")
    orders = _read("orders.yml")
    async with (
        open_engine(url, begin="IMMEDIATE") as engine,
        connection(engine) as opened,
    ):
        return Seeded(
            orders=await _renew_orders(opened, orders, products, today),
            campaigns=await _renew_campaigns(opened, today),
            products=await _add_products(opened, products, pictures),
            articles=await _add_articles(opened, today),
        )


def _read(name: str) -> Any:
    # LibYAML reads these files in 0.03 s, Python's own reader in 0.23 s.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((DEMO / name).read_text(encoding="utf-8"), Loader=loader)  # a safe loader


async def _add_products(
    opened: AsyncConnection, products: Sequence[Record], pictures: str | None
) -> int:
    known = set((await opened.execute(select(tables.product.c.sku))).scalars())
    new = [product for product in products if product["sku"] not in known]
    await _insert(opened, tables.product, [_product_row(product) for product in new])
    if pictures:
        await _show_pictures(opened, products, pictures)
    await _insert(opened, tables.stock, [row for product in new for row in _stock_rows(product)])
    await index_products(opened, [product["sku"] for product in new])
    return len(new)


async def _show_pictures(
    opened: AsyncConnection, products: Sequence[Record], pictures: str
) -> None:
    """Show the demo's pictures, wherever they are now, of products that have none of their own."""
    column = tables.product.c
    await opened.execute(
        update(tables.product)
        .where(column.sku == bindparam("of"))
        .where(or_(column.image.is_(None), column.image.contains(PICTURES)))
        .values(image=bindparam("shown")),
        [
            {"of": product["sku"], "shown": f"{pictures}/{product['picture']}.svg"}
            for product in products
        ],
    )


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
        "price_before": Decimal(product["before"]) if "before" in product else None,
    }


def _stock_rows(product: Record) -> list[Record]:
    stock: int | Mapping[str, int] = product["stock"]
    parts = [(None, stock)] if isinstance(stock, int) else [*stock.items()]
    return [
        {"sku": product["sku"], "position": position, "variant": variant, "quantity": quantity}
        for position, (variant, quantity) in enumerate(parts)
    ]


async def _add_articles(opened: AsyncConnection, today: date) -> int:
    known = set((await opened.execute(select(tables.article.c.slug))).scalars())
    new = [one for one in read_articles(DEMO / "articles.yml") if one.slug not in known]
    at = _moment(today, 0, "00:00")
    for article in new:
        await save(opened, article.slug, article.draft, seen=0, by=None, at=at, publish=True)
    return len(new)


async def _renew_campaigns(opened: AsyncConnection, today: date) -> int:
    campaigns = _read("campaigns.yml")
    ours = tables.campaign.c.slug.in_([campaign["slug"] for campaign in campaigns])
    await opened.execute(delete(tables.campaign).where(ours))
    rows = [
        {
            "slug": campaign["slug"],
            "title_tr": campaign["title"]["tr"],
            "title_en": campaign["title"]["en"],
            "body_tr": campaign["body"]["tr"],
            "body_en": campaign["body"]["en"],
            "coupon": campaign["coupon"],
            "starts": _day(today, -campaign["starts"]),
            "ends": None if campaign["ends"] is None else _day(today, -campaign["ends"]),
            "url": f"https://shop.example.com/c/{campaign['slug']}",
        }
        for campaign in campaigns
    ]
    await _insert(opened, tables.campaign, rows)
    return len(rows)


async def _renew_orders(
    opened: AsyncConnection, demo: Record, products: Sequence[Record], today: date
) -> int:
    """Replace the orders of demo customers; numbers a real customer has are left to them."""
    await _delete_orders(opened)
    people = _read("people.yml")
    invented = invent(people, products, [customer["phone"] for customer in demo["customers"]])
    customers = [*demo["customers"], *invented.customers]
    columns = ("id", "name", "email", "phone")
    await _insert(
        opened, tables.customer, [{key: one[key] for key in columns} for one in customers]
    )
    names = {customer["id"]: customer["name"] for customer in customers}
    taken = set((await opened.execute(select(tables.order.c.number))).scalars())
    orders = [
        order for order in (*demo["orders"], *invented.orders) if order["number"] not in taken
    ]
    catalogue = {product["sku"]: product for product in products}
    rows: dict[Table, list[Record]] = {table: [] for table in _OF_ORDERS}
    for order in orders:
        lines = _line_rows(order, catalogue)
        town = order.get("city") or _destination(order)
        home = address(people, names[order["customer"]], town, order["number"])
        head = _order_row(order, lines, home, today)
        rows[tables.order].append(head)
        rows[tables.order_line] += lines
        if "shipment" in order:
            rows[tables.shipment].append(_shipment_row(order, demo["carriers"], today))
            rows[tables.shipment_event] += _event_rows(order, demo["events"], today)
            rows[tables.invoice].append(_invoice_row(order, today))
        _add_returns(rows, order, lines, head, today)
    for table in _OF_ORDERS:
        await _insert(opened, table, rows[table])
    return len(orders)


async def _delete_orders(opened: AsyncConnection) -> None:
    customers = tables.customer.c.id.startswith(DEMO_CUSTOMER, autoescape=True)
    ours = tables.order.c.customer_id.startswith(DEMO_CUSTOMER, autoescape=True)
    numbers = select(tables.order.c.number).where(ours)
    codes = select(tables.return_.c.code).where(tables.return_.c.order_number.in_(numbers))
    belongs = {tables.return_item: tables.return_item.c.return_code.in_(codes), tables.order: ours}
    for table in reversed(_OF_ORDERS):
        of_order = table.c.get("order_number", tables.order.c.number).in_(numbers)
        await opened.execute(delete(table).where(belongs.get(table, of_order)))
    await opened.execute(delete(tables.customer).where(customers))


def _order_row(order: Record, lines: Sequence[Record], home: Record, today: date) -> Record:
    cancelled = order["status"] == OrderStatus.CANCELLED
    return {
        "number": order["number"],
        "customer_id": order["customer"],
        "placed_at": _moment(today, *order["placed"]),
        "status": order["status"],
        "total": sum((line["price"] * line["quantity"] for line in lines), Decimal()),
        "currency": CURRENCY,
        "cancelled_at": _moment(today, *_cancelled(order)) if cancelled else None,
        **home,
    }


def _cancelled(order: Record) -> tuple[int, str]:
    """Return when an order was cancelled: the morning after it was placed if it does not say."""
    days, clock = order.get("cancelled", (order["placed"][0] - 1, "10:00"))
    return days, clock


def _destination(order: Record) -> str:
    """Return the town the parcel was sent to; "" while there is none."""
    events = order["shipment"]["events"] if "shipment" in order else []
    return next((place for _, _, status, place in events if status == "arrived"), "")


def _invoice_row(order: Record, today: date) -> Record:
    """The invoice is issued when the parcel leaves. Nobody guesses its address."""
    issued = _day(today, order["shipment"]["events"][0][0])
    secret = hashlib.sha256(f"invoice {order['number']}".encode()).hexdigest()[:24]
    return {
        "order_number": order["number"],
        "number": f"DVR{issued.year}{order['number']:0>9}",
        "url": f"https://shop.example.com/fatura/{secret}",
        "issued_on": issued,
    }


def _add_returns(
    rows: Mapping[Table, list[Record]],
    order: Record,
    lines: Sequence[Record],
    head: Record,
    today: date,
) -> None:
    """Add what came back of an order, and the money for it."""
    if head["status"] == OrderStatus.CANCELLED:
        paid = order.get("refunded") or _paid_after(_cancelled(order)[0])
        _add_refund(rows, head, None, head["total"], paid, today)
    for position, back in enumerate(_returns(order, lines)):
        code = _code(order["number"], position)
        states = [("refunded", "closed"), ("arrived", "arrived"), ("sent", "sent")]
        status = next((name for key, name in states if back.get(key)), "opened")
        rows[tables.return_].append(
            {
                "code": code,
                "order_number": order["number"],
                "status": status,
                "reason": back["reason"],
                "handover": back["handover"],
                "exchange_for": back.get("exchange_for"),
                **{
                    f"{key}_at": _moment(today, *back[key]) if back.get(key) else None
                    for key in ("opened", "sent", "arrived")
                },
            }
        )
        rows[tables.return_item].extend(
            {
                "return_code": code,
                "position": at,
                "line": line,
                "quantity": quantity,
                "opened": False,
            }
            for at, (line, quantity) in enumerate(back["items"])
        )
        if back.get("exchange_for") is None:
            worth = sum(
                (lines[line]["price"] * quantity for line, quantity in back["items"]), Decimal()
            )
            _add_refund(rows, head, code, worth, back.get("refunded"), today)


def _returns(order: Record, lines: Sequence[Record]) -> list[Record]:
    """Return what came back; of an order that is back whole, as its parcel's events tell it."""
    if order["status"] != OrderStatus.RETURNED:
        return list(order.get("returns", ()))
    came = {event[2]: event[:2] for event in order["shipment"]["events"]}
    return [
        {
            "reason": "changed_mind",
            "handover": "drop_off",
            "items": [[at, line["quantity"]] for at, line in enumerate(lines)],
            "opened": came["sent_back"],
            "sent": came["sent_back"],
            "arrived": came["returned"],
            "refunded": order.get("refunded") or _paid_after(came["returned"][0]),
        }
    ]


def _paid_after(days_ago: int) -> list[Any] | None:
    """Return when money was paid that was due since so many days; None while it may still take."""
    return [days_ago - _USUAL_REFUND, "11:20"] if days_ago > _LATEST_REFUND else None


def _add_refund(
    rows: Mapping[Table, list[Record]],
    head: Record,
    code: str | None,
    amount: Decimal,
    paid: list[Any] | None,
    today: date,
) -> None:
    rows[tables.refund].append(
        {
            "id": code or head["number"],
            "order_number": head["number"],
            "return_code": code,
            "amount": amount,
            "paid_at": _moment(today, *paid) if paid else None,
        }
    )


def _code(number: str, position: int) -> str:
    """Return the same code for the same return each time."""
    digest = hashlib.sha256(f"return {number} {position}".encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"


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
                "category": product["category"],
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
        "expected_at": _day(today, shipment["expected"]),
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
    return datetime.combine(_day(today, days_ago), time.fromisoformat(clock), tzinfo=SHOP_TIME)


def _day(today: date, days_ago: int) -> date:
    return today - timedelta(days=days_ago)


async def _insert(opened: AsyncConnection, table: Table, rows: Sequence[Record]) -> None:
    if rows:
        await opened.execute(table.insert(), list(rows))
