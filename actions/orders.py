"""What a proven order says about what its owner wants."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.base import ShopAnswer
from actions.handoff import hand_over
from actions.talk import Talk
from actions.wishes import Next, verdict
from actions.wording import day, moment, money
from shop.base import Shop
from shop.clock import shop_day, today
from shop.models import Order, OrderStatus, Shipment
from shop.rules import Stage, refund_by, return_until, stage

_OF_THE_PARCEL = frozenset({"track_order", "delivery_problem"})
"""Wishes for which it matters where the parcel is."""


class ActionOrderAnswer(ShopAnswer):
    """Tells how the proof ended and, if it ended well, what the order says about the wish."""

    action = "action_order_answer"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        wish = talk.slot("wish") or "track_order"
        done: list[EventType] = [SlotSet("order_proof", None)]
        match talk.slot("order_proof"):
            case "unavailable":
                return done + hand_over(talk, "bot_failed", topic=wish)
            case "refused":
                talk.say("utter_order_refused")
                return done
            case "failed":
                talk.say("utter_order_not_proven_again")
                return [*done, SlotSet("wish", wish)]
        number = talk.slot("verified_order")
        order = await shop.find_order(number) if number else None
        if order is None:
            talk.say("utter_order_not_proven_again")
            return [*done, SlotSet("verified_order", None), SlotSet("wish", wish)]
        done += [SlotSet("order_number", order.number), SlotSet("wish", None)]
        return done + _answer(wish, OrderWords(order, talk, today()))


def _answer(wish: str, words: "OrderWords") -> list[EventType]:
    talk, at = words.talk, words.stage
    found = verdict(wish, at)
    lines = [words.state()]
    if wish in _OF_THE_PARCEL:
        lines += words.parcel()
    if found.says:
        lines.append(words.sentence(found.says))
    talk.say_lines(lines)
    match found.next:
        case Next.PERSON:
            return hand_over(talk, "rule", topic=wish, stage=at)
        case Next.OFFER:
            talk.say("utter_person_offer")
    return []


class OrderWords:
    """An order in sentences, as seen on a given day."""

    def __init__(self, order: Order, talk: Talk, today: date) -> None:
        self.talk = talk
        self.stage = stage(order, today)
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

    def sentence(self, name: str) -> str:
        """Return a sentence about the order, with the days and the sum it may name."""
        order = self._order
        places: dict[str, Any] = {
            "number": order.number,
            "placed": self._day(shop_day(order.placed_at)),
            "total": money(order.total, order.currency, self.talk.language),
        }
        for place, known in (("until", return_until(order)), ("by", refund_by(order))):
            if known:
                places[place] = self._day(known)
        return self.talk.sentence(name, **places)

    def _on_its_way(self, shipment: Shipment) -> Iterator[str]:
        say = self.talk.sentence
        if shipment.expected_at:
            late = self.stage is Stage.LATE
            name = "utter_shipment_late" if late else "utter_shipment_expected"
            yield say(name, expected=self._day(shipment.expected_at))
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
            delivered = self._day(shop_day(shipment.delivered_at))
            yield self.talk.sentence("utter_shipment_delivered", delivered=delivered)

    def _day(self, value: date) -> str:
        return day(value, self.talk.language, self._today)
