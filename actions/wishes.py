"""What a customer can want of an order, and what its stage means for that. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from shop.rules import Stage


class Next(Enum):
    """What follows the answer."""

    NOTHING = "nothing"
    OFFER = "offer"
    """A person is offered."""
    INQUIRY = "inquiry"
    """An inquiry with the carrier is offered, which a person makes."""
    CANCEL = "cancel_order"
    RETURN = "return_item"
    EXCHANGE = "exchange_item"
    """What can be done instead of what is wanted is offered; the value is its wish."""
    PERSON = "person"
    """A person takes over: only they can do what is wanted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said after an order's state, if anything (a response's name), and what follows."""

    says: str | None
    next: Next


def verdict(wish: str, stage: Stage) -> Verdict:
    """Return what `wish`, one of WISHES, comes to for an order at `stage`."""
    return _VERDICTS[wish].get(stage, Verdict(None, Next.OFFER))


def _for(stages: Iterable[Stage], says: str | None, next_: Next) -> dict[Stage, Verdict]:
    return dict.fromkeys(stages, Verdict(says, next_))


_NOT_SHIPPED = (Stage.OPEN, Stage.PACKED)
_SHIPPED = (Stage.ON_ITS_WAY, Stage.LATE)
_ON_THE_WAY_OUT = (Stage.PACKED, *_SHIPPED)
_ARRIVED = (Stage.RETURNABLE, Stage.KEPT, Stage.DELIVERED)
_BACK = (Stage.RETURNED, Stage.REFUND_UNCLEAR)

_VERDICTS: dict[str, dict[Stage, Verdict]] = {
    "track_order": (_for(Stage, None, Next.NOTHING) | _for([Stage.LATE], None, Next.INQUIRY)),
    "cancel_order": (
        _for([Stage.PACKED], "utter_cancel_too_late", Next.OFFER)
        | _for(_SHIPPED, "utter_cancel_shipped", Next.OFFER)
        | _for([Stage.RETURNABLE], "utter_return_until", Next.RETURN)
        | _for([Stage.KEPT], "utter_return_over", Next.OFFER)
        | _for([Stage.CANCELLED], "utter_refund_cancelled", Next.NOTHING)
    ),
    "change_order": (
        _for(_ON_THE_WAY_OUT, "utter_change_too_late", Next.OFFER)
        | _for([Stage.RETURNABLE], "utter_exchange_until", Next.EXCHANGE)
        | _for([Stage.KEPT], "utter_return_over", Next.OFFER)
    ),
    "change_address": (_for(_SHIPPED, "utter_address_shipped", Next.PERSON)),
    "delivery_problem": (
        _for(_NOT_SHIPPED, "utter_delivery_not_begun", Next.OFFER)
        | _for([Stage.LATE], None, Next.PERSON)
        | _for(_ARRIVED, None, Next.PERSON)
    ),
    "refund_status": (
        _for(Stage, "utter_refund_none", Next.OFFER)
        | _for([Stage.CANCELLED], "utter_refund_cancelled", Next.OFFER)
        | _for([Stage.RETURNED], "utter_refund_by", Next.OFFER)
        | _for([Stage.REFUND_UNCLEAR], "utter_refund_unclear", Next.PERSON)
    ),
    "return_item": (
        _for([Stage.OPEN], "utter_return_open", Next.CANCEL)
        | _for(_ON_THE_WAY_OUT, "utter_return_not_yet", Next.OFFER)
        | _for([Stage.RETURNABLE], "utter_return_until", Next.PERSON)
        | _for([Stage.KEPT], "utter_return_over", Next.OFFER)
        | _for([Stage.DELIVERED], None, Next.PERSON)
        | _for([Stage.RETURNED], "utter_refund_by", Next.OFFER)
    ),
    "exchange_item": (
        _for(_ON_THE_WAY_OUT, "utter_exchange_not_yet", Next.OFFER)
        | _for([Stage.RETURNABLE], "utter_exchange_until", Next.PERSON)
        | _for([Stage.KEPT], "utter_return_over", Next.OFFER)
        | _for([Stage.DELIVERED], None, Next.PERSON)
    ),
    "invoice": (
        _for(_NOT_SHIPPED, "utter_invoice_later", Next.OFFER)
        | _for((*_SHIPPED, *_ARRIVED, *_BACK), "utter_invoice_sent", Next.PERSON)
    ),
    "payment_problem": _for(Stage, "utter_payment_order", Next.PERSON),
}

WISHES = frozenset(_VERDICTS)
"""Intents that are about an order and answered from it."""
EXPLAINED_FIRST = frozenset({"return_item", "exchange_item", "invoice", "payment_problem"})
"""Of these, those that are as often a question in general: the shop's article answers first."""
