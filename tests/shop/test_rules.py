"""What may be done with an order on which day: every border of every rule."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product

import pytest

from shop.models import (
    Address,
    Customer,
    Handover,
    Order,
    OrderLine,
    OrderStatus,
    Payer,
    Reason,
    RefundStatus,
    Return,
    ReturnItem,
    ReturnStatus,
    Shipment,
    ShipmentEvent,
    Text,
)
from shop.outcomes import NotFound, Refused, Rule
from shop.rulebook import Cancel, Disputed, RefundTerm, ReturnCargo, Rules
from shop.rulefile import DEMO_RULES, load_rules
from shop.rules import (
    FAULTS,
    cargo_paid_by,
    complete,
    delivery_by,
    judge_return,
    left,
    may_cancel,
    may_change_address,
    may_return,
    refund,
    refund_by,
    return_until,
    send_by,
    stage,
    warranty_until,
    without_invoice,
    worth,
)

RULES = load_rules(DEMO_RULES)
PLACED = date(2026, 10, 30)
DELIVERED = date(2026, 11, 3)
ORDINARY = "kitchen"
ALWAYS = {
    "personalised": Rule.EXCEPTED_PERSONALISED,
    "fresh_food": Rule.EXCEPTED_PERISHABLE,
    "digital": Rule.EXCEPTED_INSTANT_DIGITAL,
}
ONCE_OPENED = {
    "personal_care": Rule.EXCEPTED_HYGIENE,
    "underwear": Rule.EXCEPTED_HYGIENE,
    "software": Rule.EXCEPTED_OPENED_SOFTWARE,
}
CATEGORIES = (ORDINARY, None, "unheard_of", *ALWAYS, *ONCE_OPENED)


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)


def order(
    status: OrderStatus = OrderStatus.DELIVERED,
    *categories: str | None,
    placed: date = PLACED,
    delivered: date | None = DELIVERED,
    returns: tuple[Return, ...] = (),
    total: Decimal | None = None,
) -> Order:
    lines = tuple(
        OrderLine(f"SKU-{n}", Text("Kupa", "Mug"), None, 2, Decimal("99.95"), category)
        for n, category in enumerate(categories or (ORDINARY,))
    )
    shipped = status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.RETURNED)
    arrived = at(delivered) if delivered and status is not OrderStatus.SHIPPED else None
    events = (ShipmentEvent(at(placed + timedelta(days=1)), Text("Yolda", "On its way"), None),)
    return Order(
        number="1",
        customer=Customer("c", "Ada Yalın", "ada@example.com", "+905550100001"),
        placed_at=at(placed),
        status=status,
        total=sum((line.price * line.quantity for line in lines), Decimal())
        if total is None
        else total,
        currency="TRY",
        lines=lines,
        shipment=Shipment("Turna", "T1", None, None, arrived, events) if shipped else None,
        cancelled_at=at(placed + timedelta(days=1)) if status is OrderStatus.CANCELLED else None,
        returns=returns,
    )


def sent_back(*items: ReturnItem, exchange_for: str | None = None) -> Return:
    return Return(
        code="AAAA-BBBB",
        status=ReturnStatus.ARRIVED,
        reason=Reason.CHANGED_MIND,
        handover=Handover.DROP_OFF,
        items=items,
        opened_at=at(date(2026, 11, 10)),
        sent_at=at(date(2026, 11, 12)),
        arrived_at=at(date(2026, 11, 14)),
        exchange_for=exchange_for,
    )


def every_return() -> Iterator[tuple[OrderStatus, str | None, bool | None, Reason, int, Rule]]:
    """Each state, category, seal, reason and day around a border, with the rule that decides."""
    faulty_days = (DELIVERED.replace(year=2028) - DELIVERED).days
    days = (0, 1, 13, 14, 15, 364, faulty_days - 1, faulty_days, faulty_days + 1)
    for status, category, opened, reason, day in product(
        OrderStatus, CATEGORIES, (None, False, True), Reason, days
    ):
        rule = Rule.NOT_DELIVERED
        if status is OrderStatus.CANCELLED:
            rule = Rule.ALREADY_CANCELLED
        elif status is OrderStatus.RETURNED:
            rule = Rule.ALREADY_RETURNED
        elif status is OrderStatus.DELIVERED and reason in FAULTS:
            rule = Rule.FAULT if day <= faulty_days else Rule.FAULT_TERM_OVER
        elif status is OrderStatus.DELIVERED:
            if category in ALWAYS:
                rule = ALWAYS[str(category)]
            elif category in ONCE_OPENED and opened:
                rule = ONCE_OPENED[str(category)]
            elif day > 14:
                rule = Rule.WITHDRAWAL_OVER
            elif category in ONCE_OPENED and opened is None:
                rule = Rule.OPENED_UNKNOWN
            else:
                rule = Rule.WITHDRAWAL
        yield status, category, opened, reason, day, rule


def test_a_return_is_judged_by_state_category_seal_reason_and_day() -> None:
    walked = 0
    for status, category, opened, reason, day, rule in every_return():
        today = DELIVERED + timedelta(days=day)
        verdict = may_return(
            order(status, category), ReturnItem(0, 1, opened), reason, today, RULES
        )
        told = (status, category, opened, reason, day, verdict)
        assert verdict.rule is rule, told
        assert verdict.allowed == (rule in (Rule.WITHDRAWAL, Rule.FAULT)), told
        if rule in (Rule.WITHDRAWAL, Rule.WITHDRAWAL_OVER, Rule.OPENED_UNKNOWN):
            assert (verdict.since, verdict.until) == (DELIVERED, date(2026, 11, 17)), told
        if rule in (Rule.FAULT, Rule.FAULT_TERM_OVER):
            assert (verdict.since, verdict.until) == (DELIVERED, date(2028, 11, 3)), told
        walked += 1
    assert walked == 7 * 9 * 3 * 6 * 9


@pytest.mark.parametrize(
    ("status", "day", "allowed", "rule"),
    [
        (OrderStatus.RECEIVED, 0, True, Rule.CANCEL_OPEN),
        (OrderStatus.RECEIVED, 31, True, Rule.CANCEL_OPEN),
        (OrderStatus.PREPARING, 0, True, Rule.CANCEL_OPEN),
        (OrderStatus.PREPARING, 31, True, Rule.CANCEL_OPEN),
        (OrderStatus.PACKED, 0, False, Rule.ALREADY_PACKED),
        (OrderStatus.PACKED, 30, False, Rule.ALREADY_PACKED),
        (OrderStatus.PACKED, 31, True, Rule.DELIVERY_OVERDUE),
        (OrderStatus.SHIPPED, 0, False, Rule.ALREADY_SHIPPED),
        (OrderStatus.SHIPPED, 30, False, Rule.ALREADY_SHIPPED),
        (OrderStatus.SHIPPED, 31, True, Rule.DELIVERY_OVERDUE),
        (OrderStatus.DELIVERED, 31, False, Rule.ALREADY_DELIVERED),
        (OrderStatus.CANCELLED, 31, False, Rule.ALREADY_CANCELLED),
        (OrderStatus.RETURNED, 31, False, Rule.ALREADY_RETURNED),
    ],
)
def test_cancelling_until_packed_and_again_when_delivery_is_overdue(
    status: OrderStatus, day: int, allowed: bool, rule: Rule
) -> None:
    verdict = may_cancel(order(status), PLACED + timedelta(days=day), RULES)
    assert (verdict.allowed, verdict.rule) == (allowed, rule)
    if rule is Rule.DELIVERY_OVERDUE:
        assert (verdict.since, verdict.until) == (PLACED, date(2026, 11, 29))


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (OrderStatus.RECEIVED, Rule.ADDRESS_OPEN),
        (OrderStatus.PREPARING, Rule.ADDRESS_OPEN),
        (OrderStatus.PACKED, Rule.ADDRESS_OPEN),
        (OrderStatus.SHIPPED, Rule.ALREADY_SHIPPED),
        (OrderStatus.DELIVERED, Rule.ALREADY_DELIVERED),
        (OrderStatus.CANCELLED, Rule.ALREADY_CANCELLED),
        (OrderStatus.RETURNED, Rule.ALREADY_RETURNED),
    ],
)
def test_the_address_can_change_until_shipped(status: OrderStatus, rule: Rule) -> None:
    verdict = may_change_address(order(status), RULES)
    assert (verdict.allowed, verdict.rule) == (rule is Rule.ADDRESS_OPEN, rule)


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (OrderStatus.RECEIVED, Rule.INVOICE_NOT_ISSUED),
        (OrderStatus.PREPARING, Rule.INVOICE_NOT_ISSUED),
        (OrderStatus.PACKED, Rule.INVOICE_NOT_ISSUED),
        (OrderStatus.SHIPPED, None),
        (OrderStatus.DELIVERED, None),
        (OrderStatus.CANCELLED, Rule.ALREADY_CANCELLED),
        (OrderStatus.RETURNED, None),
    ],
)
def test_the_invoice_is_there_from_shipping_on(status: OrderStatus, rule: Rule | None) -> None:
    refused = without_invoice(order(status), RULES)
    assert (refused and refused.rule) == rule


def test_a_shop_may_set_other_borders() -> None:
    late = Rules(cancel=Cancel(before="shipped"))
    assert may_cancel(order(OrderStatus.PACKED), PLACED, late).rule is Rule.CANCEL_OPEN
    assert may_cancel(order(OrderStatus.SHIPPED), PLACED, late).rule is Rule.ALREADY_SHIPPED


@pytest.mark.parametrize(
    ("delivered_at", "last"),
    [
        (datetime(2026, 11, 3, 20, 59, tzinfo=UTC), date(2026, 11, 17)),
        (datetime(2026, 11, 3, 21, 0, tzinfo=UTC), date(2026, 11, 18)),  # midnight in Turkey
    ],
)
def test_days_begin_at_midnight_in_turkey(delivered_at: datetime, last: date) -> None:
    late = order()
    assert late.shipment is not None
    shipment = Shipment("Turna", "T1", None, None, delivered_at, late.shipment.events)
    late = Order(
        "1", late.customer, late.placed_at, late.status, late.total, "TRY", late.lines, shipment
    )
    assert return_until(late) == last
    assert may_return(late, ReturnItem(0, 1), Reason.CHANGED_MIND, last, RULES).allowed


def test_two_years_after_a_leap_day_end_in_february() -> None:
    leap = order(delivered=date(2028, 2, 29))
    assert warranty_until(leap) == date(2030, 2, 28)
    assert warranty_until(order(OrderStatus.PREPARING)) is None


def test_a_delivery_without_a_day_is_not_judged_by_a_machine() -> None:
    verdict = may_return(order(delivered=None), ReturnItem(0, 1), Reason.DAMAGED, DELIVERED, RULES)
    assert (verdict.allowed, verdict.rule) == (False, Rule.DELIVERY_DAY_UNKNOWN)


@pytest.mark.parametrize(
    ("items", "outcome"),
    [
        ([], Refused(Rule.NOTHING_CHOSEN)),
        ([ReturnItem(0, 0)], Refused(Rule.NOTHING_CHOSEN, line=0)),
        ([ReturnItem(0, -1)], Refused(Rule.NOTHING_CHOSEN, line=0)),
        ([ReturnItem(0, 3)], Refused(Rule.TOO_MANY, line=0)),
        ([ReturnItem(0, 1), ReturnItem(0, 2)], Refused(Rule.TOO_MANY, line=0)),
        ([ReturnItem(2, 1)], NotFound("line")),
        ([ReturnItem(-1, 1)], NotFound("line")),
        (
            [ReturnItem(0, 2), ReturnItem(1, 1)],
            Refused(Rule.EXCEPTED_PERISHABLE, since=DELIVERED, line=1),
        ),
    ],
)
def test_one_refused_item_refuses_the_whole_return_and_is_named(
    items: list[ReturnItem], outcome: object
) -> None:
    asked = order(OrderStatus.DELIVERED, ORDINARY, "fresh_food")
    assert judge_return(asked, items, Reason.CHANGED_MIND, DELIVERED, RULES) == outcome


def test_what_is_on_its_way_back_cannot_go_back_again() -> None:
    half = order(returns=(sent_back(ReturnItem(0, 1)),))
    assert left(half, 0) == 1
    assert may_return(half, ReturnItem(0, 1), Reason.DAMAGED, DELIVERED, RULES).allowed
    again = may_return(half, ReturnItem(0, 2), Reason.DAMAGED, DELIVERED, RULES)
    assert again.rule is Rule.TOO_MANY


@pytest.mark.parametrize(
    ("total", "items", "returned", "refunded", "worth_"),
    [
        ("399.80", [ReturnItem(0, 1)], (), "0", "99.95"),
        ("399.80", [ReturnItem(0, 2), ReturnItem(1, 2)], (), "0", "399.80"),
        # 50.20 of delivery goes back with the last piece, not before.
        ("450.00", [ReturnItem(0, 2)], (), "0", "199.90"),
        ("450.00", [ReturnItem(0, 2), ReturnItem(1, 2)], (), "0", "450.00"),
        ("450.00", [ReturnItem(1, 2)], (ReturnItem(0, 2),), "199.90", "250.10"),
        # A quarter of the prices was given as a discount.
        ("299.85", [ReturnItem(0, 1)], (), "0", "74.96"),
        ("0", [ReturnItem(0, 1)], (), "0", "0.00"),
    ],
)
def test_what_a_return_is_worth(
    total: str,
    items: list[ReturnItem],
    returned: tuple[ReturnItem, ...],
    refunded: str,
    worth_: str,
) -> None:
    before = (sent_back(*returned),) if returned else ()
    bought = order(OrderStatus.DELIVERED, ORDINARY, ORDINARY, returns=before, total=Decimal(total))
    assert worth(bought, items, Decimal(refunded)) == Decimal(worth_)


def test_what_was_exchanged_is_kept_and_not_paid_back() -> None:
    kept = order(returns=(sent_back(ReturnItem(0, 1), exchange_for="L"),))
    assert worth(kept, [ReturnItem(0, 1)]) == Decimal("99.95")


@pytest.mark.parametrize(
    ("counted_from", "since"),
    [
        ("opened", date(2026, 11, 10)),
        ("sent", date(2026, 11, 12)),
        ("arrived", date(2026, 11, 14)),
    ],
)
def test_the_days_of_a_refund_are_counted_from_what_the_shop_has_set(
    counted_from: str, since: date
) -> None:
    rules = Rules.model_validate({"refund": {"counted_from": {"value": counted_from}}})
    back = sent_back(ReturnItem(0, 2))
    due = since + timedelta(days=14)
    for today, status in (
        (due, RefundStatus.PENDING),
        (due + timedelta(days=1), RefundStatus.OVERDUE),
    ):
        seen = refund(order(), back, Decimal(5), None, today, rules)
        assert (seen.status, seen.since, seen.due) == (status, since, due)
    paid = refund(order(), back, Decimal(5), at(due), due, rules)
    assert paid.status is RefundStatus.PAID


def test_a_refund_waits_for_goods_that_are_not_back() -> None:
    opened = Return("C", ReturnStatus.OPENED, Reason.DAMAGED, Handover.PICK_UP, (), at(DELIVERED))
    seen = refund(order(), opened, Decimal(5), None, DELIVERED, RULES)
    assert (seen.status, seen.since, seen.due) == (RefundStatus.AWAITING_RETURN, None, None)


def test_the_money_of_a_cancelled_order_is_counted_from_its_cancellation() -> None:
    cancelled = order(OrderStatus.CANCELLED)
    seen = refund(cancelled, None, cancelled.total, None, PLACED, RULES)
    assert (seen.since, seen.due) == (date(2026, 10, 31), date(2026, 11, 14))


def test_the_shop_pays_the_parcel_of_its_own_fault_whatever_is_set() -> None:
    customer = Rules(return_cargo=ReturnCargo(paid_by=Disputed(value=Payer.CUSTOMER)))
    assert cargo_paid_by(Reason.CHANGED_MIND, RULES) is Payer.SHOP
    assert cargo_paid_by(Reason.CHANGED_MIND, customer) is Payer.CUSTOMER
    assert {cargo_paid_by(reason, customer) for reason in FAULTS} == {Payer.SHOP}


def test_days_that_are_told() -> None:
    assert send_by(date(2026, 11, 22), RULES) == date(2026, 12, 2)
    assert delivery_by(order()) == date(2026, 11, 29)
    assert refund_by(order(OrderStatus.RETURNED)) == date(2026, 11, 14)
    fewer = Rules(refund=RefundTerm(days=7))
    assert refund_by(order(OrderStatus.RETURNED), fewer) == date(2026, 11, 7)
    assert stage(order(), date(2026, 11, 17), RULES) == "returnable"
    assert stage(order(), date(2026, 11, 18), RULES) == "kept"


@pytest.mark.parametrize(
    ("changed", "is_complete"),
    [
        ({}, True),
        ({"postcode": None}, True),
        ({"street": ""}, False),
        ({"district": " "}, False),
        ({"city": "x"}, False),
        ({"recipient": "a" * 201}, False),
        ({"street": "Lale Sok.\x00 5"}, False),
        ({"city": "\ud800\ud800"}, False),
        ({"postcode": "1" * 13}, False),
    ],
)
def test_an_address_a_parcel_can_find(changed: dict[str, str | None], is_complete: bool) -> None:
    whole = {
        "recipient": "Ada Yalın",
        "street": "Lale Sokak 5/3",
        "district": "Kadıköy",
        "city": "İstanbul",
        "postcode": "34710",
    }
    assert complete(Address(**(whole | changed))) == is_complete  # type: ignore[arg-type]
