"""What came of a change, in sentences: what was done, or the rule that forbids it."""

from datetime import date

from actions.rulewords import counted, right
from actions.talk import Talk
from shop.clock import today
from shop.models import Order, Payer
from shop.outcomes import (
    AddressChanged,
    Cancelled,
    ExchangeOpened,
    NotFound,
    Refused,
    ReturnOpened,
    Rule,
)
from shop.rulebook import Rules
from shop.wording import day, day_to, money

REFUSALS = {
    Rule.ALREADY_PACKED: "utter_refused_packed",
    Rule.ALREADY_SHIPPED: "utter_refused_shipped",
    Rule.ALREADY_DELIVERED: "utter_refused_delivered",
    Rule.ALREADY_CANCELLED: "utter_refused_cancelled",
    Rule.WITHDRAWAL_OVER: "utter_refused_withdrawal_over",
    Rule.FAULT_TERM_OVER: "utter_refused_fault_term_over",
    Rule.EXCEPTED_HYGIENE: "utter_refused_hygiene",
    Rule.EXCEPTED_PERSONALISED: "utter_refused_personalised",
    Rule.EXCEPTED_OPENED_SOFTWARE: "utter_refused_opened_software",
    Rule.EXCEPTED_PERISHABLE: "utter_refused_perishable",
    Rule.EXCEPTED_INSTANT_DIGITAL: "utter_refused_instant_digital",
    Rule.OUT_OF_STOCK: "utter_refused_out_of_stock",
    Rule.TOO_MANY: "utter_refused_too_many",
    Rule.NOT_SUPPORTED: "utter_refused_not_supported",
}
"""The refusals that are told; every other is for a person."""
DATED = frozenset({"utter_refused_shipped", "utter_refused_delivered", "utter_refused_cancelled"})

Outcome = Cancelled | AddressChanged | ReturnOpened | ExchangeOpened | Refused | NotFound


def tell_outcome(outcome: Outcome, order: Order, rules: Rules, talk: Talk) -> bool:
    """Say what came of a change of `order`. Returns whether there is something to say: a refusal
    without a sentence needs a person."""
    match outcome:
        case Cancelled():
            talk.say(
                "utter_cancelled" if outcome.amount > 0 else "utter_cancelled_free",
                number=order.number,
                amount=money(outcome.amount, outcome.currency, talk.language),
                by_to=_day_to(outcome.refund_by, talk),
            )
        case AddressChanged():
            address = outcome.address
            place = f"{address.district} / {address.city}"
            talk.say(
                "utter_address_changed",
                number=order.number,
                address=f"{address.street}, {place}",
            )
        case ReturnOpened():
            _tell_way_back(outcome, "utter_return_opened", talk)
            talk.say(
                "utter_return_refund" if outcome.amount > 0 else "utter_refund_nothing",
                amount=money(outcome.amount, outcome.currency, talk.language),
                days=outcome.refund_days,
                counted=counted(talk, rules),
            )
        case ExchangeOpened():
            _tell_way_back(outcome, "utter_exchange_opened", talk, variant=outcome.variant)
        case Refused():
            return tell_refusal(outcome, order, talk)
        case NotFound():
            return False
    return True


def tell_refusal(refused: Refused, order: Order, talk: Talk) -> bool:
    """Say which rule refuses, and the days it was computed from."""
    name = REFUSALS.get(refused.rule)
    if name is None:
        return False
    if name in DATED and refused.since:
        name += "_on"
    talk.say(
        name,
        number=order.number,
        since=_day(refused.since, talk) if refused.since else "",
        until=_day(refused.until, talk) if refused.until else "",
    )
    return True


def _tell_way_back(
    opened: ReturnOpened | ExchangeOpened, name: str, talk: Talk, variant: str = ""
) -> None:
    payer = "shop" if opened.cargo_paid_by is Payer.SHOP else "customer"
    talk.say(
        name,
        code=opened.code,
        since=_day(opened.since, talk),
        until_to=_day_to(opened.until, talk),
        right=right(talk, opened.rule),
        variant=variant,
    )
    talk.say(
        f"utter_send_back_{opened.handover}_{payer}",
        code=opened.code,
        carrier=opened.carrier,
        send_by=_day(opened.send_by, talk),
        send_by_to=_day_to(opened.send_by, talk),
    )


def _day(value: date, talk: Talk) -> str:
    return day(value, talk.language, today())


def _day_to(value: date, talk: Talk) -> str:
    return day_to(value, talk.language, today())
