"""Importing a shop's own orders and products from tables (CSV).

A line that does not fit is told and left out, and with it the order or product it is part of: half
an order would be a wrong one. Importing a file again changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Table as SqlTable
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shop import cells, tables
from shop.connect import connection, open_engine
from shop.csvfile import Problem, Row, read_table
from shop.insert import insert_or_update
from shop.models import OrderStatus
from shop.proof import email_key
from shop.seed import CURRENCY, DEMO_CUSTOMER
from shop.wordindex import index_products

Record = dict[str, Any]
Cell = Callable[[str], Any]

_AT_ONCE = 500
"""Orders or products in one transaction."""
_CARRIER = ("carrier", "tracking_number")
_ADDRESS = ("recipient", "street", "district", "city")
_INVOICE = ("invoice_number", "invoice_url", "invoiced_on")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a table holds: one record is the rows that share the first column's value."""

    name: str
    required: Mapping[str, Cell]
    optional: Mapping[str, Cell]
    of_row: frozenset[str]
    """Columns that may differ within a record; the others must not."""

    @property
    def key(self) -> str:
        """The column that tells records apart."""
        return next(iter(self.required))


ORDERS = Kind(
    "orders",
    {
        "number": cells.number,
        "placed_at": cells.moment,
        "status": cells.status,
        "customer_name": cells.text,
        "sku": cells.text,
        "product_name": cells.text,
        "quantity": cells.pieces,
        "price": cells.money,
    },
    {
        "email": cells.email,
        "phone": cells.phone,
        "customer_id": cells.text,
        "product_name_en": cells.text,
        "variant": cells.text,
        "category": cells.text,
        "total": cells.money,
        "currency": cells.currency,
        "cancelled_at": cells.moment,
        "recipient": cells.text,
        "street": cells.text,
        "district": cells.text,
        "city": cells.text,
        "postcode": cells.text,
        "carrier": cells.text,
        "tracking_number": cells.text,
        "tracking_url": cells.url,
        "expected_at": cells.day,
        "delivered_at": cells.moment,
        "invoice_number": cells.text,
        "invoice_url": cells.url,
        "invoiced_on": cells.day,
    },
    frozenset(
        ("sku", "product_name", "product_name_en", "variant", "category", "quantity", "price")
    ),
)
PRODUCTS = Kind(
    "products",
    {"sku": cells.text, "name": cells.text, "price": cells.money, "stock": cells.stock},
    {
        "variant": cells.text,
        "name_en": cells.text,
        "description": cells.long_text,
        "description_en": cells.long_text,
        "keywords": cells.long_text,
        "category": cells.text,
        "currency": cells.currency,
        "price_before": cells.money,
        "url": cells.url,
        "image": cells.url,
    },
    frozenset(("variant", "stock")),
)


@dataclass(slots=True)
class Imported:
    """How many records were written, how many left out, and why. Problems are in no order."""

    written: int = 0
    left_out: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one record: what their cells mean, column by column."""

    line: int
    rows: list[Record]

    @property
    def head(self) -> Record:
        return self.rows[0]


async def import_file(
    url: str, kind: Kind, path: Path, show: Callable[[int, int], None]
) -> Imported:
    """Import the file at `path` into the shop at `url`.

    `show` is called with how many lines of how many are done. Raises NoTable when the file is no
    table of this kind, OSError when it cannot be read, ShopUnavailable when the database fails;
    what was written until then stays, and importing again completes it.
    """
    table = read_table(path, list(kind.required), list(kind.optional))
    done = Imported(problems=list(table.problems))
    records = _understood(kind, table.rows, done)
    write = _write_orders if kind is ORDERS else _write_products
    shown = len(table.rows) - sum(len(record.rows) for record in records)
    async with open_engine(url, begin="IMMEDIATE") as engine:
        for start in range(0, len(records), _AT_ONCE):
            chunk = records[start : start + _AT_ONCE]
            await _write(engine, write, chunk, done)
            shown += sum(len(record.rows) for record in chunk)
            show(shown, len(table.rows))
    return done


async def _write(
    engine: AsyncEngine,
    write: Callable[[AsyncConnection, list[_Lines]], Any],
    chunk: list[_Lines],
    done: Imported,
) -> None:
    async with connection(engine) as opened:
        refused: list[Problem] = await write(opened, chunk)
    done.problems += refused
    done.left_out += len(refused)
    done.written += len(chunk) - len(refused)


def _understood(kind: Kind, rows: Iterable[Row], done: Imported) -> list[_Lines]:
    """Return the records all lines of which fit; tell `done` of the others."""
    found: dict[str, list[tuple[Row, Record | None]]] = {}
    for row in rows:
        problems, values = _values(kind, row)
        done.problems += problems
        key = values.get(kind.key) or row.cells.get(kind.key, "")
        found.setdefault(str(key), []).append((row, None if problems else values))
    records = []
    for key, lines in found.items():
        fitting = [values for _, values in lines if values is not None]
        if len(fitting) == len(lines):
            differing = _disagreements(kind, lines)
            if not differing:
                records.append(_Lines(lines[0][0].line, fitting))
                continue
            done.problems += differing
        else:
            done.problems += [
                Problem(row.line, "", f"left out, because another line of {key} does not fit")
                for row, values in lines
                if values is not None
            ]
        done.left_out += 1
    return records


def _values(kind: Kind, row: Row) -> tuple[list[Problem], Record]:
    """Return what is wrong with a row, and what those of its cells mean that fit."""
    problems: list[Problem] = []
    values: Record = {}
    for name, read in (*kind.required.items(), *kind.optional.items()):
        cell = row.cells.get(name, "")
        values[name] = None
        if cell:
            try:
                values[name] = read(cell)
            except cells.Unfit as unfit:
                problems.append(Problem(row.line, name, str(unfit)))
        elif name in kind.required:
            problems.append(Problem(row.line, name, "is empty; every line needs it"))
    if row.broken:
        return [Problem(row.line, "", row.broken)], values
    if not problems and kind is ORDERS:
        problems += _order_problems(row.line, values)
    return problems, values


def _order_problems(line: int, values: Record) -> list[Problem]:
    """Return what is wrong between the cells of an order's line."""
    problems = []

    def tell(column: str, told: str) -> None:
        problems.append(Problem(line, column, told))

    if not (values["email"] or values["phone"]):
        tell("email", "and phone are both empty; customers prove an order by one of them")
    if str(values["customer_id"] or "").startswith(DEMO_CUSTOMER):
        tell("customer_id", f"begins with {DEMO_CUSTOMER}, which is the demo's; change it")
    for together, needed in (
        (("tracking_url", "expected_at", "delivered_at"), _CARRIER),
        (_CARRIER, _CARRIER),
        (_ADDRESS, _ADDRESS),
        (_INVOICE, _INVOICE),
    ):
        if any(values[name] for name in together):
            for name in needed:
                if not values[name]:
                    tell(name, f"is empty; fill in {', '.join(needed)} together")
    return list(dict.fromkeys(problems))


def _disagreements(kind: Kind, lines: Sequence[tuple[Row, Record | None]]) -> list[Problem]:
    """Return where the lines of one record say different things about the whole."""
    first, head = lines[0]
    return [
        Problem(row.line, name, f"differs from line {first.line}, which is of the same {kind.key}")
        for row, values in lines[1:]
        for name in (*kind.required, *kind.optional)
        if name not in kind.of_row and values and head and values[name] != head[name]
    ]


async def _write_orders(opened: AsyncConnection, records: list[_Lines]) -> list[Problem]:
    """Write orders and return those that were left as they are.

    What customers changed with the shop's consent is not undone by an older file: an order that is
    cancelled stays so, and the lines a return speaks of stay in their places.
    """
    numbers = [record.head["number"] for record in records]
    known = select(tables.order).where(tables.order.c.number.in_(numbers))
    before = {row.number: row for row in await opened.execute(known)}
    returning = set(
        (
            await opened.execute(
                select(tables.return_.c.order_number).where(
                    tables.return_.c.order_number.in_(numbers)
                )
            )
        ).scalars()
    )
    problems, kept = [], []
    for record in records:
        there = before.get(record.head["number"])
        if there and there.customer_id.startswith(DEMO_CUSTOMER):
            told = "is a demo order's; import into a database without demo orders"
        elif there and _undoes(there.status, record.head["status"]):
            told = f"the order is {there.status} here and stays so; the file says it is not"
        else:
            kept.append(record)
            continue
        column = "number" if told.startswith("is") else "status"
        problems.append(Problem(record.line, column, told))
    if not kept:
        return problems
    heads = [record.head for record in kept]
    await _upsert(opened, tables.customer, _customers(heads))
    await _upsert(
        opened, tables.order, [_order(record, before.get(record.head["number"])) for record in kept]
    )
    fresh = [record for record in kept if record.head["number"] not in returning]
    await opened.execute(
        delete(tables.order_line).where(
            tables.order_line.c.order_number.in_([record.head["number"] for record in fresh])
        )
    )
    lines = [line for record in fresh for line in _lines(record)]
    if lines:
        await opened.execute(tables.order_line.insert(), lines)
    await _upsert(opened, tables.shipment, [_shipment(head) for head in heads if head["carrier"]])
    await _upsert(
        opened, tables.invoice, [_invoice(head) for head in heads if head["invoice_number"]]
    )
    return problems


def _undoes(here: str, told: str) -> bool:
    ended = (OrderStatus.CANCELLED, OrderStatus.RETURNED)
    return here in ended and told not in ended


def _customers(heads: Iterable[Record]) -> list[Record]:
    """Return each customer once, the last the file says of them."""
    return list(
        {
            _customer_id(head): {
                "id": _customer_id(head),
                "name": head["customer_name"],
                "email": head["email"] or "",
                "phone": head["phone"] or "",
            }
            for head in heads
        }.values()
    )


def _customer_id(head: Record) -> str:
    """Return the shop's own id; without one, orders of the same address are one customer's."""
    if head["customer_id"]:
        return str(head["customer_id"])
    return f"mail:{email_key(head['email'])}" if head["email"] else f"tel:{head['phone']}"


def _order(record: _Lines, before: SqlRow[Any] | None) -> Record:
    """Return an order's row; what the file does not tell stays as it was."""
    head = record.head
    told = {name: head[name] for name in ("cancelled_at", *_ADDRESS, "postcode")}
    if before is not None and not head["recipient"]:
        told |= {name: getattr(before, name) for name in (*_ADDRESS, "postcode")}
    if before is not None and head["status"] == before.status and not head["cancelled_at"]:
        told["cancelled_at"] = before.cancelled_at
    paid = sum((row["price"] * row["quantity"] for row in record.rows), Decimal())
    return {
        "number": head["number"],
        "customer_id": _customer_id(head),
        "placed_at": head["placed_at"],
        "status": head["status"],
        "total": paid if head["total"] is None else head["total"],
        "currency": head["currency"] or CURRENCY,
        **told,
    }


def _lines(record: _Lines) -> list[Record]:
    return [
        {
            "order_number": row["number"],
            "position": position,
            "sku": row["sku"],
            "name_tr": row["product_name"],
            "name_en": row["product_name_en"] or row["product_name"],
            "variant": row["variant"],
            "quantity": row["quantity"],
            "price": row["price"],
            "category": row["category"],
        }
        for position, row in enumerate(record.rows)
    ]


def _shipment(head: Record) -> Record:
    return {
        "order_number": head["number"],
        **{name: head[name] for name in (*_CARRIER, "tracking_url", "expected_at", "delivered_at")},
    }


def _invoice(head: Record) -> Record:
    return {
        "order_number": head["number"],
        "number": head["invoice_number"],
        "url": head["invoice_url"],
        "issued_on": head["invoiced_on"],
    }


async def _write_products(opened: AsyncConnection, records: list[_Lines]) -> list[Problem]:
    """Write products and index them; the file's variants replace those that were there."""
    problems = [
        Problem(record.line, "variant", "is empty or stands twice; give each line its own")
        for record in records
        if len(record.rows) > 1
        and (
            not all(row["variant"] for row in record.rows)
            or len({row["variant"] for row in record.rows}) < len(record.rows)
        )
    ]
    refused = {problem.line for problem in problems}
    kept = [record for record in records if record.line not in refused]
    skus = [record.head["sku"] for record in kept]
    await _upsert(opened, tables.product, [_product(record.head) for record in kept])
    await opened.execute(delete(tables.stock).where(tables.stock.c.sku.in_(skus)))
    stock = [
        {
            "sku": row["sku"],
            "position": position,
            "variant": row["variant"],
            "quantity": row["stock"],
        }
        for record in kept
        for position, row in enumerate(record.rows)
    ]
    if stock:
        await opened.execute(tables.stock.insert(), stock)
    await index_products(opened, skus)
    return problems


def _product(head: Record) -> Record:
    return {
        "sku": head["sku"],
        "name_tr": head["name"],
        "name_en": head["name_en"] or head["name"],
        "description_tr": head["description"] or "",
        "description_en": head["description_en"] or head["description"] or "",
        "keywords": head["keywords"] or "",
        "category": head["category"] or "",
        "price": head["price"],
        "currency": head["currency"] or CURRENCY,
        "url": head["url"],
        "image": head["image"],
        "price_before": head["price_before"],
    }


async def _upsert(opened: AsyncConnection, table: SqlTable, rows: Sequence[Record]) -> None:
    if rows:
        keys = {column.name for column in table.primary_key}
        changing = [name for name in rows[0] if name not in keys]
        await opened.execute(insert_or_update(opened.dialect.name, table, *changing), list(rows))
