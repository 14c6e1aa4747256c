"""A customer who wants a person, or says yes to what was offered."""

import logging

from rasa_sdk.events import EventType, FollowupAction

from actions.articles import rest_offered
from actions.base import Answer
from actions.change_form import FORM, line_name
from actions.connection import connection
from actions.drafts import Draft
from actions.fallback import miss
from actions.handoff import hand_over, told_of
from actions.talk import Talk
from shop.errors import ShopUnavailable

logger = logging.getLogger(__name__)


class ActionHandoff(Answer):
    """Hands over: because the customer asked for a person, or because a rule demands one."""

    action = "action_handoff"

    async def answer(self, talk: Talk) -> list[EventType]:
        told = [*await _goods(talk), *told_of(talk)]
        return hand_over(talk, "asked" if talk.intent == "ask_human" else "rule", told=told)


async def _goods(talk: Talk) -> list[str]:
    """Return which goods the change is about that is being agreed on, as far as the shop tells."""
    draft = Draft.of(talk.slot("change"))
    if draft is None or talk.active_form != FORM:
        return []
    try:
        order = await (await connection().shop()).find_order(draft.number)
    except ShopUnavailable as error:  # a person is there all the same
        logger.warning("%s: %s (%s)", error.code, error, ActionHandoff.action)
        return []
    if order is None or talk.verified_customer != order.customer.id:
        return []
    return [f"{item.quantity} × {line_name(order, item.line, talk)}" for item in draft.items(order)]


class ActionAffirm(Answer):
    """Takes a yes as the answer to the question asked last.

    To whether a person should take over, an order be looked at or an article read on it is one; to
    what a form asks it is none.
    """

    action = "action_affirm"

    async def answer(self, talk: Talk) -> list[EventType]:
        if rest_offered(talk) and not talk.asked_slot:
            return [FollowupAction("action_article")]
        match talk.history[-2].offered if len(talk.history) > 1 else None:
            case "/ask_human":
                return hand_over(talk, "asked")
            case "/inform":
                return [FollowupAction("order_form")]
        if talk.asked_slot:
            return miss(talk)
        talk.say("utter_affirm")
        return []
