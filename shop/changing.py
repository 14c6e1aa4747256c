"""Changing orders in the tables: each function inside one transaction that somebody else commits.

An order is locked before it is judged, so that two wishes for it take turns.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import rules as judge
from shop import tables
from shop.clock import shop_day
from shop.models import (
    Address,
    Handover,
    Order,
    OrderStatus,
    Reason,
    ReturnItem,
    ReturnStatus,
)
from shop.outcomes import (
    AddressChanged,
    Cancelled,
    ExchangeOpened,
    NotFound,
    Refused,
    ReturnOpened,
    Rule,
)
from shop.reading import order_with
from shop.rulebook import Rules


async def cancel(
    connection: AsyncConnection, number: str, now: datetime, rules: Rules
) -> Cancelled | Refused | NotFound:
    """See `Shop.cancel_order`."""
    order = await _locked(connection, number)
    if order is None:
        return NotFound("order")
    verdict = judge.may_cancel(order, shop_day(now), rules)
    if not verdict.allowed:
        return verdict.refusal()
    await connection.execute(
        update(tables.order)
        .where(tables.order.c.number == order.number)
        .values(status=OrderStatus.CANCELLED, cancelled_at=now)
    )
    if order.status is not OrderStatus.SHIPPED:  # else its goods are with the carrier
        await _give_back(connection, order)
    await connection.execute(
        tables.refund.insert().values(
            id=order.number, order_number=order.number, amount=order.total
        )
    )
    refund_by = shop_day(now) + timedelta(days=rules.refund.days)
    return Cancelled(order.number, verdict.rule, order.total, order.currency, refund_by)


async def open_return(
    connection: AsyncConnection,
    number: str,
    items: Sequence[ReturnItem],
    reason: Reason,
    handover: Handover,
    code: str,
    now: datetime,
    rules: Rules,
) -> ReturnOpened | Refused | NotFound:
    """See `Shop.request_return`; `code` is the new return's."""
    order = await _locked(connection, number)
    if order is None:
        return NotFound("order")
    verdict = judge.judge_return(order, items, reason, shop_day(now), rules)
    if not isinstance(verdict, judge.Verdict):
        return verdict
    since, until = verdict.term()
    amount = judge.worth(order, items, await _refunded(connection, order.number))
    await _insert_return(connection, order, items, reason, handover, code, now)
    await connection.execute(
        tables.refund.insert().values(
            id=code, order_number=order.number, return_code=code, amount=amount
        )
    )
    return ReturnOpened(
        order.number,
        verdict.rule,
        since,
        until,
        code,
        handover,
        rules.return_cargo.carrier,
        judge.send_by(shop_day(now), rules),
        judge.cargo_paid_by(reason, rules),
        amount,
        order.currency,
        rules.refund.days,
    )


async def open_exchange(
    connection: AsyncConnection,
    number: str,
    item: ReturnItem,
    variant: str,
    reason: Reason,
    handover: Handover,
    code: str,
    now: datetime,
    rules: Rules,
) -> ExchangeOpened | Refused | NotFound:
    """See `Shop.exchange`; `code` is the new return's."""
    order = await _locked(connection, number)
    if order is None:
        return NotFound("order")
    verdict = judge.judge_return(order, [item], reason, shop_day(now), rules)
    if not isinstance(verdict, judge.Verdict):
        return verdict
    line = order.lines[item.line]
    if line.variant == variant and reason not in judge.FAULTS:
        return Refused(Rule.SAME_VARIANT, line=item.line)
    there = _stock_of(line.sku, variant)
    if await connection.scalar(select(func.count()).where(there)) == 0:
        return NotFound("variant")
    taken = await connection.execute(
        update(tables.stock)
        .where(there, tables.stock.c.quantity >= item.quantity)
        .values(quantity=tables.stock.c.quantity - item.quantity)
    )
    if taken.rowcount == 0:
        return Refused(Rule.OUT_OF_STOCK, line=item.line)
    await _insert_return(connection, order, [item], reason, handover, code, now, variant)
    since, until = verdict.term()
    return ExchangeOpened(
        order.number,
        verdict.rule,
        since,
        until,
        code,
        handover,
        rules.return_cargo.carrier,
        judge.send_by(shop_day(now), rules),
        judge.cargo_paid_by(reason, rules),
        variant,
    )


async def change_address(
    connection: AsyncConnection, number: str, address: Address, rules: Rules
) -> AddressChanged | Refused | NotFound:
    """See `Shop.change_address`."""
    order = await _locked(connection, number)
    if order is None:
        return NotFound("order")
    verdict = judge.may_change_address(order, rules)
    if not verdict.allowed:
        return verdict.refusal()
    if not judge.complete(address):
        return Refused(Rule.ADDRESS_INCOMPLETE)
    await connection.execute(
        update(tables.order)
        .where(tables.order.c.number == order.number)
        .values(
            recipient=address.recipient,
            street=address.street,
            district=address.district,
            city=address.city,
            postcode=address.postcode,
        )
    )
    return AddressChanged(order.number, verdict.rule, address)


async def _locked(connection: AsyncConnection, number: str) -> Order | None:
    """Return the order, which nobody else changes until the transaction ends."""
    row = select(tables.order.c.number).where(tables.order.c.number == number).with_for_update()
    if await connection.scalar(row) is None:
        return None
    return await connection.run_sync(order_with, number)


async def _give_back(connection: AsyncConnection, order: Order) -> None:
    """Put the order's goods back into stock."""
    # In one order everywhere, so that two cancellations cannot wait for each other.
    for line in sorted(order.lines, key=lambda line: (line.sku, line.variant or "")):
        await connection.execute(
            update(tables.stock)
            .where(_stock_of(line.sku, line.variant))
            .values(quantity=tables.stock.c.quantity + line.quantity)
        )


def _stock_of(sku: str, variant: str | None) -> ColumnElement[bool]:
    return and_(tables.stock.c.sku == sku, tables.stock.c.variant.is_not_distinct_from(variant))


async def _refunded(connection: AsyncConnection, number: str) -> Decimal:
    """Return what goes back, or went back, for this order already."""
    amounts = select(tables.refund.c.amount).where(tables.refund.c.order_number == number)
    return sum((await connection.execute(amounts)).scalars(), Decimal())


async def _insert_return(
    connection: AsyncConnection,
    order: Order,
    items: Sequence[ReturnItem],
    reason: Reason,
    handover: Handover,
    code: str,
    now: datetime,
    exchange_for: str | None = None,
) -> None:
    await connection.execute(
        tables.return_.insert().values(
            code=code,
            order_number=order.number,
            status=ReturnStatus.OPENED,
            reason=reason,
            handover=handover,
            opened_at=now,
            exchange_for=exchange_for,
        )
    )
    await connection.execute(
        tables.return_item.insert(),
        [
            {
                "return_code": code,
                "position": position,
                "line": item.line,
                "quantity": item.quantity,
                "opened": item.opened,
            }
            for position, item in enumerate(items)
        ],
    )
