"""What the service is told of what was done with an order, for the agent who may take over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shop.models import Order, Refund, RefundStatus
from shop.outcomes import Invoice, Refused, Rule
from tests.actions.conversation import VERIFIED, Conversation
from tests.actions.test_changes import ARRIVED
from tests.actions.test_orders import ORDER, TODAY
from tests.actions.test_wishes import CANCELLED, KEPT, ON_ITS_WAY, OPEN, PACKED, RETURNABLE
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


async def wishing(begin: Begin, shop: FakeShop, wish: str, order: Order) -> list[dict[str, Any]]:
    """Let a customer wish something of their proven order; return what the service is told."""
    shop.orders = [order]
    customer = begin("en")
    customer.remembers(**VERIFIED, verified_order=order.number, wish=wish, order_proof="proven")
    customer.hears("4821", "inform")
    await customer.runs("action_order_answer")
    return customer.operations


@pytest.mark.parametrize(
    ("wish", "order", "rule", "since", "until"),
    [
        ("cancel_order", PACKED, Rule.ALREADY_PACKED, None, None),
        ("cancel_order", RETURNABLE, Rule.ALREADY_DELIVERED, ago(14), None),
        ("cancel_order", CANCELLED, Rule.ALREADY_CANCELLED, None, None),
        ("change_address", KEPT, Rule.ALREADY_DELIVERED, ago(15), None),
        ("return_item", OPEN, Rule.NOT_DELIVERED, None, None),
        ("return_item", KEPT, Rule.WITHDRAWAL_OVER, ago(15), ago(1)),
        ("exchange_item", KEPT, Rule.WITHDRAWAL_OVER, ago(15), ago(1)),
        ("return_item", CANCELLED, Rule.ALREADY_CANCELLED, None, None),
    ],
)
async def test_what_a_rule_refuses_is_told_with_the_rule_and_its_days(
    begin: Begin,
    shop: FakeShop,
    wish: str,
    order: Order,
    rule: Rule,
    since: str | None,
    until: str | None,
) -> None:
    assert await wishing(begin, shop, wish, order) == [
        {
            "name": wish,
            "order": "10482",
            "outcome": "refused",
            "rule": rule,
            "since": since,
            "until": until,
            "details": {"line": None},
        }
    ]


@pytest.mark.parametrize(
    ("wish", "order"),
    [("cancel_order", OPEN), ("change_address", OPEN), ("return_item", ARRIVED)],
)
async def test_nothing_is_told_before_something_is_decided(
    begin: Begin, shop: FakeShop, wish: str, order: Order
) -> None:
    assert await wishing(begin, shop, wish, order) == []


async def test_a_refund_that_was_told_is_told_with_its_days(begin: Begin, shop: FakeShop) -> None:
    shop.refunds = [
        Refund(
            "10482",
            None,
            ORDER.total,
            "TRY",
            RefundStatus.PENDING,
            TODAY - timedelta(days=2),
            TODAY + timedelta(days=12),
            None,
        )
    ]
    (told,) = await wishing(begin, shop, "refund_status", CANCELLED)
    assert (told["outcome"], told["rule"]) == ("done", None)
    (refund,) = told["details"]["refunds"]
    assert (refund["status"], refund["since"], refund["due"]) == ("pending", ago(2), ago(-12))


async def test_an_invoice_is_told_or_why_there_is_none(begin: Begin, shop: FakeShop) -> None:
    shop.invoice = Invoice("F-1", "https://shop.example/f/1", TODAY)
    (told,) = await wishing(begin, shop, "invoice", ON_ITS_WAY)
    assert told["details"]["number"] == "F-1"
    shop.invoice = Refused(Rule.INVOICE_NOT_ISSUED)
    (told,) = await wishing(begin, shop, "invoice", OPEN)
    assert (told["outcome"], told["rule"]) == ("refused", "invoice_not_issued")


async def test_a_proof_is_told_and_what_proved_it_is_not(begin: Begin, shop: FakeShop) -> None:
    shop.orders = [ORDER]
    customer = begin("tr")
    customer.remembers(order_number="10482", wish="track_order")
    customer.asks("order_proof")
    customer.hears("0000", "inform")
    await customer.fills()
    assert customer.operations == []
    customer.remembers(order_number="10482")
    customer.asks("order_proof")
    customer.hears(ORDER.customer.phone[-4:], "inform")
    await customer.fills()
    assert customer.operations == [{"name": "prove_order", "order": "10482", "outcome": "done"}]
