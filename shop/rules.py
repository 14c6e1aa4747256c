"""What can be done with an order, until when, and by which rule. Pure.

Days are counted in Turkey and the last one counts. `rules` are the shop's (`shop.rulebook`).
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from shop.clock import shop_day
from shop.models import (
    Address,
    Order,
    OrderStatus,
    Payer,
    Reason,
    Refund,
    RefundStatus,
    Return,
    ReturnItem,
)
from shop.outcomes import NotFound, Refused, Rule
from shop.rulebook import LEGAL, Rules

_PROGRESS = (
    OrderStatus.RECEIVED,
    OrderStatus.PREPARING,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)
_TOO_LATE = {
    OrderStatus.PACKED: Rule.ALREADY_PACKED,
    OrderStatus.SHIPPED: Rule.ALREADY_SHIPPED,
    OrderStatus.DELIVERED: Rule.ALREADY_DELIVERED,
    OrderStatus.CANCELLED: Rule.ALREADY_CANCELLED,
    OrderStatus.RETURNED: Rule.ALREADY_RETURNED,
}
_EXCEPTED = {
    "hygiene": Rule.EXCEPTED_HYGIENE,
    "personalised": Rule.EXCEPTED_PERSONALISED,
    "opened_software": Rule.EXCEPTED_OPENED_SOFTWARE,
    "perishable": Rule.EXCEPTED_PERISHABLE,
    "instant_digital": Rule.EXCEPTED_INSTANT_DIGITAL,
}
FAULTS = frozenset({Reason.WRONG_ITEM, Reason.DAMAGED, Reason.DEFECTIVE, Reason.NOT_AS_DESCRIBED})
"""Reasons that are the shop's fault."""
_CENT = Decimal("0.01")
_SHORTEST, _LONGEST, _LONGEST_POSTCODE = 2, 200, 12  # letters of a part of an address


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done, by which rule, and the days that follow from it.

    `since` is the day the rule counts from, `until` the last day; None where it counts none.
    """

    allowed: bool
    rule: Rule
    since: date | None = None
    until: date | None = None

    def term(self) -> tuple[date, date]:
        """Return the first and the last day of a rule that counts days."""
        assert self.since is not None
        assert self.until is not None
        return self.since, self.until

    def refusal(self, line: int | None = None) -> Refused:
        """Return it as the answer to a customer it refuses."""
        return Refused(self.rule, self.since, self.until, line)


def may_cancel(order: Order, today: date, rules: Rules) -> Verdict:
    """Judge whether the whole order may be cancelled on a day.

    An order whose delivery is overdue may be, packed or shipped. Counts from the day of the order.
    """
    placed, by = shop_day(order.placed_at), delivery_by(order, rules)
    if _is_before(order.status, rules.cancel.before):
        return Verdict(True, Rule.CANCEL_OPEN, placed)
    if order.status in (OrderStatus.PACKED, OrderStatus.SHIPPED) and today > by:
        return Verdict(True, Rule.DELIVERY_OVERDUE, placed, by)
    return Verdict(False, _TOO_LATE[order.status], _since(order))


def may_change_address(order: Order, rules: Rules) -> Verdict:
    """Judge whether the order may go to another address. Counts from the day of the order."""
    if _is_before(order.status, rules.change_address.before):
        return Verdict(True, Rule.ADDRESS_OPEN, shop_day(order.placed_at))
    return Verdict(False, _TOO_LATE[order.status], _since(order))


def may_return(
    order: Order, item: ReturnItem, reason: Reason, today: date, rules: Rules
) -> Verdict:
    """Judge whether `item` may go back, or be exchanged, on a day. Counts from the delivery.

    `item` must name a line the order has.
    """
    match order.status:
        case OrderStatus.CANCELLED | OrderStatus.RETURNED:
            return Verdict(False, _TOO_LATE[order.status], _since(order))
        case OrderStatus.DELIVERED:
            pass
        case _:
            return Verdict(False, Rule.NOT_DELIVERED)
    delivered = delivered_on(order)
    if delivered is None:
        return Verdict(False, Rule.DELIVERY_DAY_UNKNOWN)
    if item.quantity < 1:
        return Verdict(False, Rule.NOTHING_CHOSEN)
    if item.quantity > left(order, item.line):
        return Verdict(False, Rule.TOO_MANY)
    if reason in FAULTS:
        return _within(today, delivered, _years(delivered, rules.fault.years), Rule.FAULT)
    return _withdrawal(order, item, delivered, today, rules)


def judge_return(
    order: Order, items: Sequence[ReturnItem], reason: Reason, today: date, rules: Rules
) -> Verdict | Refused | NotFound:
    """Judge whether all of `items` may go back: the verdict that allows it, or a refusal."""
    found: Verdict | None = None
    asked = Counter[int]()
    for item in items:
        if not 0 <= item.line < len(order.lines):
            return NotFound("line")
        found = may_return(order, item, reason, today, rules)
        if not found.allowed:
            return found.refusal(item.line)
        asked[item.line] += item.quantity
        if asked[item.line] > left(order, item.line):
            return Refused(Rule.TOO_MANY, line=item.line)
    return found or Refused(Rule.NOTHING_CHOSEN)


def without_invoice(order: Order, rules: Rules) -> Refused | None:
    """Return why the order has no invoice to open; None when it has come as far as to have one."""
    if order.status is OrderStatus.CANCELLED:
        return Refused(Rule.ALREADY_CANCELLED, _since(order))
    if _is_before(order.status, rules.invoice.after):
        return Refused(Rule.INVOICE_NOT_ISSUED)
    return None


def complete(address: Address) -> bool:
    """Return whether a parcel could find this address."""
    needed = (address.recipient, address.street, address.district, address.city)
    postcode = address.postcode or ""
    return (
        all(len(part.strip()) >= _SHORTEST and len(part) <= _LONGEST for part in needed)
        and len(postcode) <= _LONGEST_POSTCODE
        and all(part.isprintable() for part in (*needed, postcode))
    )


def left(order: Order, line: int) -> int:
    """Return how many pieces of a line are not on their way back, or back."""
    gone = sum(item.quantity for one in order.returns for item in one.items if item.line == line)
    return order.lines[line].quantity - gone


def worth(order: Order, items: Sequence[ReturnItem], refunded: Decimal = Decimal()) -> Decimal:
    """Return what is paid back for `items`, with two decimals; `refunded` is or was already.

    With the last of an order goes back all that is left of what was paid, delivery included. A part
    is worth its prices, less its share of a discount on the whole order.
    """
    asked = Counter[int]()
    for item in items:
        asked[item.line] += item.quantity
    exchanged = any(one.exchange_for is not None for one in order.returns)
    if not exchanged and all(left(order, at) == asked[at] for at in range(len(order.lines))):
        return order.total - refunded
    paid_for = sum((line.price * line.quantity for line in order.lines), Decimal())
    part = sum((order.lines[at].price * quantity for at, quantity in asked.items()), Decimal())
    share = min(Decimal(1), order.total / paid_for) if paid_for else Decimal()
    return (part * share).quantize(_CENT, ROUND_DOWN)


def send_by(today: date, rules: Rules) -> date:
    """Return the last day for the goods of a return that is opened today to be on their way."""
    return today + timedelta(days=rules.withdrawal.send_back.value)


def cargo_paid_by(reason: Reason, rules: Rules) -> Payer:
    """Return who pays the parcel of a return."""
    return Payer.SHOP if reason in FAULTS else rules.return_cargo.paid_by.value


def refund(
    order: Order,
    of: Return | None,
    amount: Decimal,
    paid_at: datetime | None,
    today: date,
    rules: Rules,
) -> Refund:
    """Return the refund of a return, or of the cancelled order without one, as seen on a day."""
    begun = _counted_from(of, rules) if of else order.cancelled_at
    since = shop_day(begun) if begun else None
    due = since + timedelta(days=rules.refund.days) if since else None
    if paid_at:
        status = RefundStatus.PAID
    elif due is None:
        status = RefundStatus.AWAITING_RETURN
    else:
        status = RefundStatus.PENDING if today <= due else RefundStatus.OVERDUE
    code = of.code if of else None
    return Refund(order.number, code, amount, order.currency, status, since, due, paid_at)


def delivered_on(order: Order) -> date | None:
    """Return the day the order was delivered; None when nobody noted one."""
    delivered = order.shipment and order.shipment.delivered_at
    return shop_day(delivered) if delivered else None


def delivery_by(order: Order, rules: Rules = LEGAL) -> date:
    """Return the last day on which the order may be delivered."""
    return shop_day(order.placed_at) + timedelta(days=rules.delivery.days)


def warranty_until(order: Order, rules: Rules = LEGAL) -> date | None:
    """Return the last day of the warranty; None while there is no delivery to count from."""
    delivered = delivered_on(order)
    return _years(delivered, rules.warranty.years) if delivered else None


def _withdrawal(
    order: Order, item: ReturnItem, delivered: date, today: date, rules: Rules
) -> Verdict:
    until = delivered + timedelta(days=rules.withdrawal.days)
    exception = rules.withdrawal.exceptions.of(order.lines[item.line].category)
    if exception and (exception[1] == "always" or item.opened):
        return Verdict(False, _EXCEPTED[exception[0]], delivered)
    verdict = _within(today, delivered, until, Rule.WITHDRAWAL)
    if verdict.allowed and exception and item.opened is None:
        return Verdict(False, Rule.OPENED_UNKNOWN, delivered, until)
    return verdict


def _within(today: date, since: date, until: date, rule: Rule) -> Verdict:
    over = {Rule.WITHDRAWAL: Rule.WITHDRAWAL_OVER, Rule.FAULT: Rule.FAULT_TERM_OVER}
    return Verdict(today <= until, rule if today <= until else over[rule], since, until)


def _is_before(status: OrderStatus, state: str) -> bool:
    """Whether an order that goes its way has not come as far as `state`."""
    return status in _PROGRESS[: _PROGRESS.index(OrderStatus(state))]


def _since(order: Order) -> date | None:
    """Return the day of what made it too late, where it is known."""
    if order.status is OrderStatus.CANCELLED:
        return shop_day(order.cancelled_at) if order.cancelled_at else None
    if order.status is OrderStatus.DELIVERED:
        return delivered_on(order)
    if order.status in (OrderStatus.SHIPPED, OrderStatus.RETURNED):
        events = order.shipment.events if order.shipment else ()
        first_or_last = 0 if order.status is OrderStatus.SHIPPED else -1
        return shop_day(events[first_or_last].at) if events else None
    return None


def _counted_from(of: Return, rules: Rules) -> datetime | None:
    match rules.refund.counted_from.value:
        case "opened":
            return of.opened_at
        case "sent":
            return of.sent_at or of.arrived_at
        case "arrived":
            return of.arrived_at


def _years(day: date, years: int) -> date:
    """Return the same day so many years later, 28 February for the 29th where there is none."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


class Stage(StrEnum):
    """An order's state, as far as it decides what can be done with it."""

    OPEN = "open"
    """Not packed: it can be cancelled and changed."""
    PACKED = "packed"
    """Its address can be changed, its contents cannot."""
    ON_ITS_WAY = "on_its_way"
    LATE = "late"
    """On its way, and expected on an earlier day."""
    RETURNABLE = "returnable"
    """Delivered, within the days of withdrawal."""
    KEPT = "kept"
    """Delivered, and the days of withdrawal are over."""
    DELIVERED = "delivered"
    """Delivered on a day nobody noted."""
    CANCELLED = "cancelled"
    RETURNED = "returned"
    """Back in the shop, and its refund may still take until `refund_by`."""
    REFUND_UNCLEAR = "refund_unclear"
    """Back in the shop, and the refund should be through or its day is unknown."""


def stage(order: Order, today: date, rules: Rules = LEGAL) -> Stage:
    """Return the stage an order is in on a day."""
    match order.status:
        case OrderStatus.RECEIVED | OrderStatus.PREPARING:
            return Stage.OPEN
        case OrderStatus.PACKED:
            return Stage.PACKED
        case OrderStatus.SHIPPED:
            expected = order.shipment and order.shipment.expected_at
            return Stage.LATE if expected and expected < today else Stage.ON_ITS_WAY
        case OrderStatus.DELIVERED:
            until = return_until(order, rules)
            if until is None:
                return Stage.DELIVERED
            return Stage.RETURNABLE if today <= until else Stage.KEPT
        case OrderStatus.CANCELLED:
            return Stage.CANCELLED
        case OrderStatus.RETURNED:
            by = refund_by(order, rules)
            return Stage.RETURNED if by and today <= by else Stage.REFUND_UNCLEAR


def return_until(order: Order, rules: Rules = LEGAL) -> date | None:
    """Return the last day of withdrawal; None while there is no delivery to count from."""
    delivered = delivered_on(order)
    return delivered + timedelta(days=rules.withdrawal.days) if delivered else None


def refund_by(order: Order, rules: Rules = LEGAL) -> date | None:
    """Return the day by which a returned order is paid back; None when it did not come back.

    The last thing the carrier reports of such an order is that it is back in the shop.
    """
    if order.status is not OrderStatus.RETURNED or not (order.shipment and order.shipment.events):
        return None
    return shop_day(order.shipment.events[-1].at) + timedelta(days=rules.refund.days)
