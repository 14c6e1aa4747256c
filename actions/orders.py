"""Where is my order: what is asked for, what it proves, and the order's state in words."""

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import reading
from actions.base import ShopAnswer
from actions.connection import connection
from actions.handoff import hand_over
from actions.talk import Talk
from actions.wording import Domain, day, moment, shop_day, today
from shop.base import Shop
from shop.errors import ShopUnavailable
from shop.models import Order, OrderStatus, Shipment

logger = logging.getLogger(__name__)

OFFER_AFTER = 2
"""Wrong proofs after which the form ends and offers a person."""
REFUSE_AFTER = 6
"""Wrong proofs in a conversation after which none is tried any more, so that the four digits of a
phone cannot be guessed."""

# Another wish than the form's: a number in such a message is an amount or a year.
_OTHER_WISHES = frozenset({"return_item", "shipping_info", "product_info", "bot_challenge"})


class ValidateTrackOrderForm(FormValidationAction):
    """Reads the order number and the proof; what proves an order never becomes a slot."""

    def name(self) -> str:
        return "validate_track_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Domain,
    ) -> list[str]:
        """Ask for nothing when the customer speaks of the order they have already proven."""
        talk = Talk(dispatcher, tracker, domain)
        verified = talk.slot("verified_order")
        meant = reading.order_number(talk.text) or talk.slot("order_number")
        return [] if verified and meant in (None, verified) else domain_slots

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> EventType:
        """Say at once what is asked next; otherwise Rasa calls twice when the form begins."""
        wanted = await self.required_slots(self.domain_slots(domain), dispatcher, tracker, domain)
        missing = (name for name in wanted if tracker.get_slot(name) is None)
        return SlotSet("requested_slot", next(missing, None))

    def extract_order_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> dict[str, str | None]:
        """Find an order number, also one that corrects the number given before."""
        talk = Talk(dispatcher, tracker, domain)
        number = None if talk.intent == "ask_human" else reading.order_number(talk.text)
        return {"order_number": number} if number else _ask_again(talk, "order_number")

    def validate_order_number(
        self,
        value: str | None,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Domain,
    ) -> dict[str, str | None]:
        """Accept any number: whether there is such an order is told only to who proves it."""
        if value is None:
            _say_unreadable(Talk(dispatcher, tracker, domain), "order_number")
        return {"order_number": value}

    def extract_order_proof(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> dict[str, str | None]:
        """Find an e-mail address or the end of a phone number, once the order is known."""
        talk = Talk(dispatcher, tracker, domain)
        if talk.intent == "ask_human" or talk.slot("order_number") is None:
            return {}
        factor = reading.email(talk.text)
        if not factor and talk.intent not in _OTHER_WISHES:
            factor = reading.phone_ending(talk.text)
        return {"order_proof": factor} if factor else _ask_again(talk, "order_proof")

    async def validate_order_proof(
        self,
        value: str | None,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Domain,
    ) -> dict[str, Any]:
        """Try the proof, and put how it ended in the place of its value."""
        talk = Talk(dispatcher, tracker, domain)
        failed = int(talk.slot("failed_proofs") or 0)
        if value is None:
            _say_unreadable(talk, "order_proof")
            return {"order_proof": None}
        if failed >= REFUSE_AFTER:
            return {"order_proof": "refused"}
        try:
            shop = await connection().shop()
            order = await shop.prove_order(talk.slot("order_number"), value)
        except ShopUnavailable as error:
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            return {"order_proof": "unavailable"}
        if order:
            return {
                "order_proof": "proven",
                "order_number": order.number,
                "verified_order": order.number,
            }
        failed += 1
        if failed % OFFER_AFTER == 0:
            return {"order_proof": "failed", "failed_proofs": failed}
        talk.say("utter_order_not_proven")
        return {"order_proof": None, "order_number": None, "failed_proofs": failed}


class ActionOrderStatus(ShopAnswer):
    """Tells how the proof ended and, if it ended well, where the order is."""

    action = "action_order_status"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        done: list[EventType] = [SlotSet("order_proof", None)]
        match talk.slot("order_proof"):
            case "unavailable":
                return done + hand_over(talk, "bot_failed")
            case "refused":
                talk.say("utter_order_refused")
                return done
            case "failed":
                talk.say("utter_order_not_proven_again")
                return done
        number = talk.slot("verified_order")
        order = await shop.find_order(number) if number else None
        if order is None:
            talk.say("utter_order_not_proven_again")
            return [*done, SlotSet("verified_order", None)]
        state = OrderState(order, talk, today())
        talk.say_lines(
            list(state.lines()), buttons=[talk.button("ask_human")] if state.late else ()
        )
        return [*done, SlotSet("order_number", order.number)]


class OrderState:
    """An order's state in sentences, as seen on a given day."""

    def __init__(self, order: Order, talk: Talk, today: date) -> None:
        self._order = order
        self._talk = talk
        self._today = today

    @property
    def late(self) -> bool:
        """Whether the order is on its way and should have arrived before today."""
        shipment = self._order.shipment
        on_its_way = self._order.status is OrderStatus.SHIPPED
        return bool(
            on_its_way and shipment and shipment.expected_at and shipment.expected_at < self._today
        )

    def lines(self) -> Iterator[str]:
        """Yield the state first, then what is known of the shipment, while that matters."""
        order = self._order
        yield self._talk.sentence(
            f"utter_order_{order.status}",
            number=order.number,
            placed=self._day(shop_day(order.placed_at)),
        )
        if order.shipment and order.status is OrderStatus.SHIPPED:
            yield from self._on_its_way(order.shipment)
        if order.shipment and order.status is OrderStatus.DELIVERED:
            yield from self._delivered(order.shipment)

    def _on_its_way(self, shipment: Shipment) -> Iterator[str]:
        say = self._talk.sentence
        if shipment.expected_at:
            name = "utter_shipment_late" if self.late else "utter_shipment_expected"
            yield say(name, expected=self._day(shipment.expected_at))
        if shipment.events:
            event = shipment.events[-1]
            what = event.status.in_(self._talk.language)
            yield say(
                "utter_shipment_event",
                at=moment(event.at, self._talk.language, self._today),
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
            delivered = self._day(shop_day(shipment.delivered_at))
            yield self._talk.sentence("utter_shipment_delivered", delivered=delivered)

    def _day(self, value: date) -> str:
        return day(value, self._talk.language, self._today)


def _ask_again(talk: Talk, slot: str) -> dict[str, str | None]:
    """Keep the form on its question when an answer cannot be read or the first wish is repeated.

    Anything else is left to the rules, and the form's question follows their answer.
    """
    stays = talk.asked_slot == slot and talk.intent in {"inform", "track_order"}
    return {slot: None} if stays and not reading.order_number(talk.text) else {}


def _say_unreadable(talk: Talk, slot: str) -> None:
    if talk.intent == "inform":
        talk.say(f"utter_{slot}_unreadable")
