"""A customer who wants a person, or says yes to one."""

from rasa_sdk.events import EventType

from actions.base import Answer
from actions.fallback import miss
from actions.handoff import hand_over
from actions.talk import Talk


class ActionHandoff(Answer):
    """Hands over because the customer asked for a person."""

    action = "action_handoff"

    async def answer(self, talk: Talk) -> list[EventType]:
        return hand_over(talk, "asked")


class ActionAffirm(Answer):
    """Takes a yes as the answer to the question asked last.

    To whether a person should take over it is one; to what the order form asks it is none.
    """

    action = "action_affirm"

    async def answer(self, talk: Talk) -> list[EventType]:
        if any(turn.offered_yes_or_no for turn in talk.history[-2:-1]):
            return hand_over(talk, "asked")
        if talk.asked_slot:
            return miss(talk)
        talk.say("utter_affirm")
        return []
