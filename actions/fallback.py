"""What happens when a message is not understood: an offer first, a person the second time."""

import logging
from collections.abc import Iterator, Sequence

from rasa_sdk.events import EventType, SlotSet

from actions.articles import tell, tell_rest
from actions.base import Answer
from actions.connection import connection
from actions.handoff import hand_over
from actions.talk import Talk
from actions.turns import Guess
from actions.wording import Domain
from shop.errors import ShopUnavailable

logger = logging.getLogger(__name__)

OFFERED = 2
"""Meanings offered, beside a person."""
SURE = 0.8
"""Confidence from which a message that is no business of the shop is declined, not missed."""

WRITTEN = 0.75
"""Share of the telling words of a message not understood that an article must speak of to answer.

Of the messages of data/evaluation that are no business of the shop, one in a hundred would be
answered; from a half, one in seven.
"""

_TITLE = "utter_title_"


class ActionFallback(Answer):
    """Tells what the shop has written about it, offers the nearest meanings, or hands over.

    An article answers only a message it speaks of nearly all: what somebody has written about a
    new subject is found by its words, before the assistant has learnt to understand it.
    """

    action = "action_fallback"

    async def answer(self, talk: Talk) -> list[EventType]:
        return [] if not talk.asked_slot and await _tell_written(talk) else miss(talk)


class ActionOutOfScope(Answer):
    """Declines what is no business of the shop; an unsure guess of that kind is a miss."""

    action = "action_out_of_scope"

    async def answer(self, talk: Talk) -> list[EventType]:
        if talk.confidence < SURE:
            return miss(talk)
        talk.say("utter_out_of_scope")
        return []


async def _tell_written(talk: Talk) -> bool:
    """Tell the article that speaks of the message, and return whether there was one."""
    try:
        shop = await connection().shop()
        if await tell_rest(shop, talk):
            return True
        articles = await shop.find_articles(None, talk.text, talk.language)
    except ShopUnavailable as error:
        logger.warning("%s: %s (%s)", error.code, error, ActionFallback.action)
        return False
    written = [article for article in articles if article.share >= WRITTEN]
    for article in written:
        tell(article, talk)
    return bool(written)


def miss(talk: Talk) -> list[EventType]:
    """Answer a message that was not understood, and return the events that count it.

    It counts with a miss in the turn before; any turn understood in between begins anew.
    """
    if any(turn.missed for turn in talk.history[-2:-1]):
        return hand_over(talk, "unclear")
    if talk.asked_slot:
        talk.say(f"utter_{talk.asked_slot}_unreadable")
    else:
        offers = [*nearest_meanings(talk.history[-1].guesses, talk.domain), "ask_human"]
        talk.say("utter_unsure", buttons=[talk.button(intent) for intent in offers])
    return [SlotSet("misses", 1)]


def nearest_meanings(guesses: Sequence[Guess], domain: Domain) -> list[str]:
    """Return the OFFERED likeliest intents that can be offered, filled up in the domain's order."""
    offerable = list(_offerable(domain))
    likely = [guess.intent for guess in guesses if guess.intent in offerable]
    return list(dict.fromkeys([*likely, *offerable]))[:OFFERED]


def _offerable(domain: Domain) -> Iterator[str]:
    for name in domain["responses"]:
        intent = name.removeprefix(_TITLE)
        if intent not in (name, "ask_human"):
            yield intent
