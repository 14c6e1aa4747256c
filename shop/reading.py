"""Reading orders and what belongs to them from the tables."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, Table, bindparam, select

from shop import tables
from shop.models import (
    Address,
    Customer,
    Handover,
    Order,
    OrderLine,
    OrderStatus,
    Reason,
    Return,
    ReturnItem,
    ReturnStatus,
    Shipment,
    ShipmentEvent,
    Text,
)

ByOrder = defaultdict[str, list[Row[Any]]]

_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)


def _of_orders(table: Table, *sorted_by: str) -> Select[Any]:
    rows = select(table).where(table.c.order_number.in_(_NUMBERS))
    return rows.order_by(*(table.c[name] for name in sorted_by))


# Made once: making one costs more than running it.
_HEADS = (
    select(
        tables.order,
        tables.customer.c.name,
        tables.customer.c.email,
        tables.customer.c.phone,
        *(column for column in tables.shipment.c if column.name != "order_number"),
    )
    .join(tables.customer, tables.order.c.customer_id == tables.customer.c.id)
    .outerjoin(tables.shipment, tables.order.c.number == tables.shipment.c.order_number)
    .where(tables.order.c.number.in_(_NUMBERS))
)
_LINES = _of_orders(tables.order_line, "position")
_EVENTS = _of_orders(tables.shipment_event, "at", "position")
_RETURNS = _of_orders(tables.return_, "opened_at", "code")
_ITEMS = (
    select(tables.return_item)
    .join(tables.return_)
    .where(tables.return_.c.order_number.in_(_NUMBERS))
    .order_by(tables.return_item.c.position)
)


def order_with(connection: Connection, number: str) -> Order | None:
    """Return the order with this number."""
    found = orders_with(connection, [number])
    return found[0] if found else None


def orders_with(connection: Connection, numbers: Iterable[str]) -> list[Order]:
    """Return the orders with these numbers, in the same order, those that do not exist left out."""
    wanted = list(numbers)
    heads = connection.execute(_HEADS, {"numbers": wanted}).all()
    sent = [row.number for row in heads if row.carrier is not None]
    lines = _of(connection, _LINES, wanted)
    events = _of(connection, _EVENTS, sent)
    returns = _of(connection, _RETURNS, wanted)
    items = _items(connection, list(returns))
    found = {
        row.number: Order(
            row.number,
            Customer(row.customer_id, row.name, row.email, row.phone),
            row.placed_at,
            OrderStatus(row.status),
            row.total,
            row.currency,
            tuple(_line(line) for line in lines[row.number]),
            _shipment(row, events[row.number]),
            _address(row),
            row.cancelled_at,
            tuple(_return(one, items.get(one.code, ())) for one in returns[row.number]),
        )
        for row in heads
    }
    return [found[number] for number in wanted if number in found]


def _of(connection: Connection, query: Select[Any], numbers: list[str]) -> ByOrder:
    rows: ByOrder = defaultdict(list)
    if numbers:
        for row in connection.execute(query, {"numbers": numbers}):
            rows[row.order_number].append(row)
    return rows


def _items(connection: Connection, numbers: list[str]) -> dict[str, list[Row[Any]]]:
    """Return what goes back, by the return's code."""
    rows = defaultdict(list)
    if numbers:
        for row in connection.execute(_ITEMS, {"numbers": numbers}):
            rows[row.return_code].append(row)
    return rows


def _line(row: Row[Any]) -> OrderLine:
    name = Text(row.name_tr, row.name_en)
    return OrderLine(row.sku, name, row.variant, row.quantity, row.price, row.category)


def _shipment(row: Row[Any], events: Iterable[Row[Any]]) -> Shipment | None:
    if row.carrier is None:
        return None
    return Shipment(
        row.carrier,
        row.tracking_number,
        row.tracking_url,
        row.expected_at,
        row.delivered_at,
        tuple(
            ShipmentEvent(event.at, Text(event.status_tr, event.status_en), event.place)
            for event in events
        ),
    )


def _address(row: Row[Any]) -> Address | None:
    if row.recipient is None:
        return None
    return Address(row.recipient, row.street, row.district, row.city, row.postcode)


def _return(row: Row[Any], items: Iterable[Row[Any]]) -> Return:
    return Return(
        row.code,
        ReturnStatus(row.status),
        Reason(row.reason),
        Handover(row.handover),
        tuple(ReturnItem(item.line, item.quantity, item.opened) for item in items),
        row.opened_at,
        row.sent_at,
        row.arrived_at,
        row.exchange_for,
    )
