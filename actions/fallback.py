"""What happens when a message is not understood: an offer first, a person the second time."""

from collections.abc import Iterator, Sequence

from rasa_sdk.events import EventType, SlotSet

from actions.base import Answer
from actions.handoff import hand_over
from actions.talk import Talk
from actions.turns import Guess
from actions.wording import Domain

OFFERED = 2
"""Meanings offered, beside a person."""
SURE = 0.8
"""Confidence from which a message that is no business of the shop is declined, not missed."""

_TITLE = "utter_title_"


class ActionFallback(Answer):
    """Offers the nearest meanings or, after a miss in the turn before, a person."""

    action = "action_fallback"

    async def answer(self, talk: Talk) -> list[EventType]:
        return miss(talk)


class ActionOutOfScope(Answer):
    """Declines what is no business of the shop; an unsure guess of that kind is a miss."""

    action = "action_out_of_scope"

    async def answer(self, talk: Talk) -> list[EventType]:
        if talk.confidence < SURE:
            return miss(talk)
        talk.say("utter_out_of_scope")
        return []


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
