"""Which order, and the proof that it is the customer's: the form all wishes of an order share."""

import logging
from collections.abc import Iterator
from typing import Any, ClassVar

from rasa_sdk.events import EventType

from actions import reading
from actions.base import Answer
from actions.connection import connection
from actions.forms import FormFilling
from actions.grievance import OUTCRIES, tells
from actions.operations import note_proof
from actions.orders import ActionOrderAnswer
from actions.policies import TOPICS
from actions.rulewords import rule_words
from actions.talk import Talk
from actions.turns import Turn
from actions.wishes import EXPLAINED_FIRST, WISHES
from shop.clock import today
from shop.errors import ShopUnavailable
from shop.models import Order
from shop.rules import Stage, stage
from shop.tries import TooManyTries, Try

logger = logging.getLogger(__name__)

OFFER_AFTER = 2
"""Wrong proofs from which on the form ends and offers a person."""

# Questions in between: a number in such a message is an amount or a year.
_ASIDES = frozenset(
    {
        *TOPICS.keys() - WISHES,
        "bot_challenge",
        "complaint",
        "out_of_scope",
        "price_campaign",
        "product_availability",
        "product_info",
    }
)
INTRODUCED = frozenset(
    {"cancel_order", "change_address", "change_order", "delivery_problem", "refund_status"}
)
"""Wishes of which something is said before the first question."""

MOST = 5
"""Orders offered as buttons; an older one is told by its number."""
_OPEN = (Stage.OPEN, Stage.PACKED, Stage.ON_ITS_WAY, Stage.LATE)
# Where an order stands that a wish which names none can be about.
_CONCERNED = {
    "track_order": _OPEN,
    "cancel_order": _OPEN,
    "change_order": _OPEN,
    "change_address": _OPEN,
    "return_item": (Stage.RETURNABLE,),
    "exchange_item": (Stage.RETURNABLE,),
}


_UNAVAILABLE = {"order_proof": "unavailable"}


class ValidateOrderForm(FormFilling):
    """Reads the wish, the order number and the proof; what proves an order never becomes a slot."""

    form: ClassVar[str] = "order_form"

    @property
    def then(self) -> Answer:
        return ActionOrderAnswer()

    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        if talk.intent == "ask_human":
            return {}
        if asked and talk.angry and talk.intent in OUTCRIES and not tells(talk.text):
            return {asked: None}  # an outcry is no other wish
        known = talk.slot("order_number")
        named = None
        if talk.intent not in _ASIDES:
            named = reading.order_number(talk.text, besides=known)
        if asked and _is_for_the_rules(talk, named):
            return {}
        filled: dict[str, Any] = {}
        wish = _wish(talk, begins=asked is None)
        try:
            open_which = not (asked or named or _offered_of_the_order(talk))
            choice = await _choice(wish, talk) if open_which else []
        except ShopUnavailable as error:
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            number = known or talk.verified_order or ""
            return {"wish": wish, "order_number": number} | _UNAVAILABLE
        if len(choice) > 1:
            return {"wish": wish, "order_number": None}
        if wish:
            filled["wish"] = wish
        if named:
            filled["order_number"] = named
        if choice:
            return filled | talk.proves(choice[0], talk.verified_since)
        verified = talk.verified_order
        number = named or known or (None if asked else verified)
        if number and number == verified:
            return filled | {"order_number": number, "order_proof": "proven"}
        if number and (talk.verified_customer or talk.named_by_shop):
            own = await self._own(number, talk)
            if own:
                return filled | own
        factor = _factor(talk, asked, told_number=bool(named)) if number else None
        if number and factor:
            return filled | await self._prove(number, factor, talk)
        if asked and not filled and talk.intent == "inform":
            if not _read_factor(talk.text, digits=True):  # what comes too early is kept in mind
                talk.say(f"utter_{asked}_unreadable")
            return {asked: None}
        new = not asked or wish != talk.slot("wish")
        if talk.intent in INTRODUCED and new and not talk.angry:
            await self._introduce(talk.intent, talk)
        return filled

    async def _introduce(self, wish: str, talk: Talk) -> None:
        try:
            rules = (await connection().shop()).rules
        except ShopUnavailable as error:  # what comes next will tell
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            return
        talk.say(
            f"utter_begin_{wish}",
            **rule_words(talk, rules, "address" if wish == "change_address" else "cancel"),
        )

    async def _own(self, number: str, talk: Talk) -> dict[str, Any] | None:
        """Return how the form ends for an order of the customer who is known; None for others."""
        named, customer = talk.named_by_shop, talk.verified_customer
        try:
            shop = await connection().shop()
            order = await shop.own_order(number, customer) if customer else None
            if order:
                return talk.proves(order, talk.verified_since)
            if named and named.email:
                order = await shop.prove_order(number, named.email)
                return talk.proves(order, named.since) if order else None
        except ShopUnavailable as error:
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            return _UNAVAILABLE
        return None

    async def _prove(self, number: str, factor: str, talk: Talk) -> dict[str, Any]:
        """Try a proof, and return how it ended in the place of its value.

        Whether there is such an order is told only to who proves it.
        """
        tried = Try(
            f"{talk.conversation_id}:{talk.message_id}",
            number,
            talk.conversation_id,
            talk.client_address,
        )
        try:
            shop, tries = await connection().shop(), await connection().tries()
            order = await tries.prove(shop, tried, factor)
        except TooManyTries:
            return {"order_proof": "refused"}
        except ShopUnavailable as error:
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            return _UNAVAILABLE
        if order:
            note_proof(talk, order.number)
            return talk.proves(order)
        failed = int(talk.slot("failed_proofs") or 0) + 1
        if failed >= OFFER_AFTER:
            return {"order_proof": "failed", "failed_proofs": failed}
        talk.say("utter_order_not_proven")
        return {"order_proof": None, "order_number": None, "failed_proofs": failed}


class ActionAskOrderNumber(Answer):
    """Asks which order; a verified customer chooses among those the wish can be about."""

    action = "action_ask_order_number"

    async def answer(self, talk: Talk) -> list[EventType]:
        try:
            found = await _choice(talk.slot("wish"), talk)
        except ShopUnavailable as error:  # a number can be told all the same
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            found = []
        if len(found) < 2:
            talk.say("utter_ask_order_number")
            return []
        buttons = [
            {
                "title": talk.sentence(f"utter_choice_order_{order.status}", number=order.number),
                "payload": f'/inform{{"order_number": "{order.number}"}}',
            }
            for order in found[:MOST]
        ]
        talk.say("utter_choose_order", buttons)
        return []


async def _choice(wish: str | None, talk: Talk) -> list[Order]:
    """Return the orders of a verified customer that `wish` can be about.

    None when one they have proven is clear, and while another wish of the same order is followed.
    May raise ShopUnavailable.
    """
    customer = talk.verified_customer
    if not customer or not wish or talk.history[-1].sets("change_answer"):
        return []
    shop = await connection().shop()
    orders = await shop.orders_of_customer(customer)
    stages = _CONCERNED.get(wish, ())
    found = [order for order in orders if stage(order, today(), shop.rules) in stages]
    if talk.verified_order:
        return found if len(found) > 1 else []
    return found or orders


def _is_for_the_rules(talk: Talk, named: str | None) -> bool:
    """Whether a message in the middle of the form is a "no", or a question an article answers."""
    if talk.intent == "deny":
        return named in (None, talk.slot("order_number"))
    return talk.intent in EXPLAINED_FIRST and not named


def _wish(talk: Talk, *, begins: bool) -> str | None:
    """Return what the message wants of an order; None when it keeps to the form's wish.

    A form that a bare value or a yes begins serves the wish that was offered before.
    """
    if talk.intent in WISHES:
        return talk.intent
    return (_offered_wish(talk) or "track_order") if begins else None


def _offered_wish(talk: Talk) -> str | None:
    """Return the wish spoken of last, unless it is done or the customer has said no since."""
    for turn in reversed(talk.history):
        if turn.intent == "deny" and turn is not talk.history[-1]:
            return None
        if turn.sets("wish"):
            wish: str | None = talk.slot("wish")
            return wish
    return None


def _offered_of_the_order(talk: Talk) -> bool:
    """Whether the customer takes up what was offered with an answer about one order."""
    before = talk.history[-2:-1]
    taken_up = talk.intent == "affirm" or talk.text == "/inform"
    return taken_up and any(turn.ran("action_order_answer", "action_case") for turn in before)


def _factor(talk: Talk, asked: str | None, *, told_number: bool) -> str | None:
    """Return what the customer proves the order with, told now or before they were asked."""
    expected = asked == "order_proof" or told_number or talk.intent == "inform"
    factor = _read_factor(talk.text, digits=expected and talk.intent not in _ASIDES)
    if factor or not (asked and told_number):
        return factor
    earlier = (
        _read_factor(turn.text, digits=turn.intent == "inform") for turn in _earlier_in_form(talk)
    )
    return next((factor for factor in earlier if factor), None)


def _read_factor(text: str, *, digits: bool) -> str | None:
    return reading.email(text) or (reading.phone_ending(text) if digits else None)


def _earlier_in_form(talk: Talk) -> Iterator[Turn]:
    """Yield the turns of the running form, newest first, back to a proof that was wrong."""
    for turn in reversed(talk.history[:-1]):
        if turn.sets("failed_proofs"):
            return
        yield turn
        if turn.begins(ValidateOrderForm.form):
            return
