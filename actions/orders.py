"""What a proven order says about what its owner wants."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.base import ShopAnswer
from actions.case_form import ARRIVED, WISH, begin_case
from actions.drafts import CHANGES, CONTENTS, SENDS_BACK, Draft, begun, open_lines
from actions.handoff import hand_over
from actions.operations import note
from actions.rulewords import Subject, counted, rule_words
from actions.talk import Talk
from actions.unavailable import tell_unavailable
from actions.wishes import Next, verdict
from shop.base import Shop
from shop.clock import shop_day, today
from shop.models import (
    Order,
    OrderStatus,
    Reason,
    Refund,
    RefundStatus,
    ReturnItem,
    Shipment,
)
from shop.outcomes import Invoice, Refused, Rule
from shop.rulebook import Rules
from shop.rules import (
    Stage,
    delivered_on,
    delivery_by,
    may_cancel,
    may_change_address,
    may_return,
    refund_by,
    return_until,
    stage,
)
from shop.wording import day, day_to, moment, money

_OF_THE_PARCEL = frozenset({"track_order", "delivery_problem"})
"""Wishes for which it matters where the parcel is."""
_ALLOWING = {
    CONTENTS: "utter_change_open",
    "change_address": "utter_address_open",
    "return_item": "utter_return_until",
    "exchange_item": "utter_exchange_until",
}
"""What is said of the rule that allows it."""


class ActionOrderAnswer(ShopAnswer):
    """Tells how the proof ended and, if it ended well, what the order says about the wish."""

    action = "action_order_answer"

    def left_open(self) -> list[EventType]:
        return [SlotSet("order_proof", None)]

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        wish = talk.slot("wish") or "track_order"
        done: list[EventType] = [SlotSet("order_proof", None)]
        match talk.slot("order_proof"):
            case "unavailable":
                return [*done, SlotSet("wish", wish), *tell_unavailable(talk)]
            case "refused":
                talk.say("utter_order_refused")
                return done
            case "failed":
                talk.say("utter_order_not_proven_again")
                return [*done, SlotSet("wish", wish)]
        order = await talk.read_verified_order(shop)
        if order is None:
            talk.say("utter_order_not_proven_again")
            return [*done, SlotSet("verified_order", None), SlotSet("wish", wish)]
        done += [SlotSet("order_number", order.number), SlotSet("wish", None)]
        words = OrderWords(order, talk, today(), shop.rules)
        if wish in (CONTENTS, "exchange_item") and words.stage is Stage.OPEN:
            return done + _begin_change(CONTENTS, order, words, shop.rules)
        if wish in CHANGES:
            refused = _refusal(wish, order, shop.rules)
            if refused is None:
                return done + _begin_change(wish, order, words, shop.rules)
            note(talk, wish, order.number, refused)
        if wish == "refund_status":
            refunds = await shop.refund_status(order.number)
            note(talk, wish, order.number, refunds)
            if refunds:
                return done + _tell_refunds(refunds, words, shop.rules)
        if wish == "invoice":
            invoice = await shop.invoice_link(order.number)
            note(talk, wish, order.number, invoice)
            if isinstance(invoice, Invoice):
                return done + _tell_invoice(invoice, words)
        if wish == WISH and words.stage in ARRIVED and open_lines(order):
            talk.say_lines([words.state(), *words.parcel()])
            return done + begin_case(order)
        packed = wish == CONTENTS and words.stage is Stage.PACKED
        if packed and may_change_address(order, shop.rules).allowed:
            talk.say_lines([words.state(), words.sentence("utter_change_too_late")])
            talk.say("utter_offer_change_address")
            return [*done, SlotSet("wish", "change_address")]
        return done + _answer(wish, words)


def _goes_on(talk: Talk) -> bool:
    """Whether the change that is kept goes on: it was put off, or just offered after a case."""
    match talk.slot("change_answer"):
        case "put_off":
            return True
        case "offered":
            return any(turn.ran("action_case") for turn in talk.history[-2:-1])
    return False


def _tell_refunds(refunds: Sequence[Refund], words: "OrderWords", rules: Rules) -> list[EventType]:
    """Tell each refund with its days; for one that is overdue a person takes over."""
    talk = words.talk
    lines = [
        talk.sentence(
            f"utter_refund_{refund.status}",
            amount=money(refund.amount, refund.currency, talk.language),
            since=words.day(refund.since) if refund.since else "",
            due=words.day(refund.due) if refund.due else "",
            due_to=words.day_to(refund.due) if refund.due else "",
            paid=words.day(shop_day(refund.paid_at)) if refund.paid_at else "",
            days=rules.refund.days,
            counted=counted(talk, rules),
        )
        if refund.amount > 0
        else talk.sentence("utter_refund_nothing")
        for refund in refunds
    ]
    talk.say_lines([words.state(), *lines])
    if any(refund.status is RefundStatus.OVERDUE and refund.amount > 0 for refund in refunds):
        return hand_over(talk, "rule", topic="refund_status", stage=words.stage)
    talk.say("utter_person_offer")
    return []


def _tell_invoice(invoice: Invoice, words: "OrderWords") -> list[EventType]:
    talk = words.talk
    issued = words.day(invoice.issued_on)
    link = talk.sentence(
        "utter_invoice_link", invoice=invoice.number, issued=issued, url=invoice.url
    )
    talk.say_lines([words.state(), link])
    return []


def _refusal(wish: str, order: Order, rules: Rules) -> Refused | None:
    """Return why the rules refuse what is wanted, as far as can be told before the form."""
    if wish == "cancel_order":
        verdict = may_cancel(order, today(), rules)
    elif wish == "change_address":
        verdict = may_change_address(order, rules)
    else:
        at = stage(order, today(), rules)
        if at is Stage.RETURNABLE:
            return None if open_lines(order) else Refused(Rule.TOO_MANY)
        if at is Stage.KEPT:
            if _may_be_faulty(order, rules):
                return None
            over = return_until(order, rules)
            return Refused(Rule.WITHDRAWAL_OVER, delivered_on(order), over)
        any_line = ReturnItem(line=0, quantity=1)
        verdict = may_return(order, any_line, Reason.CHANGED_MIND, today(), rules)
    return None if verdict.allowed else verdict.refusal()


def _may_be_faulty(order: Order, rules: Rules) -> bool:
    """Whether something of the order could still go back for a fault."""
    return any(
        may_return(order, ReturnItem(line, 1), Reason.DEFECTIVE, today(), rules).allowed
        for line in open_lines(order)
    )


def _allowing(wish: str, order: Order, rules: Rules) -> str:
    """Return the response that names the rule which allows what is wanted, and its days."""
    if wish in SENDS_BACK and stage(order, today(), rules) is Stage.KEPT:
        return "utter_return_faulty"
    if wish == "cancel_order":
        overdue = may_cancel(order, today(), rules).rule is Rule.DELIVERY_OVERDUE
        return "utter_cancel_overdue" if overdue else "utter_cancel_open"
    return _ALLOWING[wish]


def _begin_change(wish: str, order: Order, words: "OrderWords", rules: Rules) -> list[EventType]:
    talk = words.talk
    talk.say_lines([words.state(), words.sentence(_allowing(wish, order, rules))])
    key = f"{talk.conversation_id}:{order.number}:{talk.message_id}"
    kept = Draft.of(talk.slot("change"))
    # A change of which nobody knows whether it was made is tried again with the key it had.
    same = kept is not None and (kept.wish, kept.number) == (wish, order.number)
    draft = kept if kept and same and _goes_on(talk) else begun(wish, order, key, _told(talk))
    return [
        SlotSet("change", draft.kept()),
        SlotSet("change_answer", None),
        FollowupAction("change_form"),
    ]


def _told(talk: Talk) -> str:
    """Return the message that told the wish for other contents; "" where a button did."""
    wishes = (CONTENTS, "exchange_item")
    turn = next((turn for turn in reversed(talk.history) if turn.intent in wishes), None)
    return turn.text if turn and not turn.is_command else ""


def _answer(wish: str, words: "OrderWords") -> list[EventType]:
    talk, at = words.talk, words.stage
    found = verdict(wish, at)
    lines = [words.state()]
    if wish in _OF_THE_PARCEL:
        lines += words.parcel()
    if found.says:
        lines.append(words.sentence(words.known(found.says)))
    talk.say_lines(lines)
    match found.next:
        case Next.PERSON:
            return hand_over(talk, "rule", topic=wish, stage=at)
        case Next.INQUIRY:
            talk.say("utter_inquiry_offer")
        case Next.OFFER:
            talk.say("utter_person_offer")
        case Next.CANCEL | Next.RETURN | Next.EXCHANGE as instead:
            talk.say(f"utter_offer_{instead.value}")
            return [SlotSet("wish", instead.value)]
    return []


class OrderWords:
    """An order in sentences, as seen on a given day."""

    def __init__(self, order: Order, talk: Talk, today: date, rules: Rules) -> None:
        self.talk = talk
        self.stage = stage(order, today, rules)
        self._rules = rules
        self._order = order
        self._today = today

    def state(self) -> str:
        """Return where the order stands."""
        return self.sentence(f"utter_order_{self._order.status}")

    def parcel(self) -> Iterator[str]:
        """Yield what is known of the shipment, while that matters."""
        order = self._order
        if order.shipment and order.status is OrderStatus.SHIPPED:
            yield from self._on_its_way(order.shipment)
        if order.shipment and order.status is OrderStatus.DELIVERED:
            yield from self._delivered(order.shipment)

    def known(self, name: str) -> str:
        """Return the sentence to say, one without the day of shipping where nobody noted it."""
        undated = name == "utter_cancel_shipped" and not self._shipped_on()
        return "utter_cancel_too_late" if undated else name

    def sentence(self, name: str) -> str:
        """Return a sentence about the order, with the days and the sum it may name."""
        order = self._order
        places: dict[str, Any] = {
            "number": order.number,
            "placed": self.day(shop_day(order.placed_at)),
            "total": money(order.total, order.currency, self.talk.language),
        }
        for place, known in (
            ("until", return_until(order, self._rules)),
            ("by", refund_by(order, self._rules)),
            ("deliver_by", delivery_by(order, self._rules)),
            ("delivered", delivered_on(order)),
            ("shipped", self._shipped_on()),
        ):
            if known:
                places |= {place: self.day(known), f"{place}_to": self.day_to(known)}
        subject: Subject = "address" if name == "utter_address_open" else "cancel"
        return self.talk.sentence(name, **places, **rule_words(self.talk, self._rules, subject))

    def _shipped_on(self) -> date | None:
        events = self._order.shipment.events if self._order.shipment else ()
        return shop_day(events[0].at) if events else None

    def _on_its_way(self, shipment: Shipment) -> Iterator[str]:
        say = self.talk.sentence
        if shipment.expected_at:
            late = self.stage is Stage.LATE
            name = "utter_shipment_late" if late else "utter_shipment_expected"
            yield say(name, expected=self.day(shipment.expected_at))
        if shipment.events:
            event = shipment.events[-1]
            what = event.status.in_(self.talk.language)
            yield say(
                "utter_shipment_event",
                at=moment(event.at, self.talk.language, self._today),
                what=f"{what} ({event.place})" if event.place else what,
            )
        yield say(
            "utter_shipment_carrier",
            carrier=shipment.carrier,
            tracking_number=shipment.tracking_number,
        )
        if shipment.tracking_url:
            yield say("utter_shipment_link", url=shipment.tracking_url)

    def _delivered(self, shipment: Shipment) -> Iterator[str]:
        if shipment.delivered_at:
            delivered = self.day(shop_day(shipment.delivered_at))
            yield self.talk.sentence("utter_shipment_delivered", delivered=delivered)

    def day(self, value: date) -> str:
        """Return a day as it is said."""
        return day(value, self.talk.language, self._today)

    def day_to(self, value: date) -> str:
        """Return a day as it is said before "kadar"."""
        return day_to(value, self.talk.language, self._today)
