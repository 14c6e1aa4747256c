"""A customer who wants a person, or says yes to one."""

from rasa_sdk.events import EventType

from actions.base import Answer
from actions.handoff import hand_over
from actions.talk import Talk


class ActionHandoff(Answer):
    """Hands over because the customer asked for a person."""

    action = "action_handoff"

    async def answer(self, talk: Talk) -> list[EventType]:
        return hand_over(talk, "asked")


class ActionAffirm(Answer):
    """Takes a yes as the answer to the question asked last: the one whether to fetch a person."""

    action = "action_affirm"

    async def answer(self, talk: Talk) -> list[EventType]:
        if any(turn.offered_yes_or_no for turn in talk.history[-2:-1]):
            return hand_over(talk, "asked")
        talk.say("utter_affirm")
        return []
