"""A customer who wants a person, or says yes to what was offered."""

from rasa_sdk.events import EventType, FollowupAction

from actions.articles import rest_offered
from actions.base import Answer
from actions.fallback import miss
from actions.handoff import hand_over
from actions.talk import Talk


class ActionHandoff(Answer):
    """Hands over: because the customer asked for a person, or because a rule demands one."""

    action = "action_handoff"

    async def answer(self, talk: Talk) -> list[EventType]:
        return hand_over(talk, "asked" if talk.intent == "ask_human" else "rule")


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
