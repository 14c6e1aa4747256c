"""A complaint: what happened, what it is about, and the number it is kept under."""

import hashlib
from typing import Any, ClassVar

from rasa_sdk.events import EventType, SlotSet

from actions.accounts import asks, reports
from actions.base import Answer
from actions.forms import FormFilling
from actions.grievance import CATEGORIES, category, named, only_announces, tells
from actions.talk import Talk

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS = 7
# An account of something that went wrong, however it is put.
_TROUBLES = frozenset({"complaint", "delivery_problem", "payment_problem"})
# An account unless it asks for something; what means anything else must tell that it went wrong.
_OF_THE_CUSTOMER = frozenset({"account_problem", "refund_status"})
_SMALL_TALK = frozenset(
    {"affirm", "ask_human", "bot_challenge", "deny", "goodbye", "greet", "thank"}
)
_SHORT = 6
"""Words up to which small talk is nothing else, whatever it tells."""


class ValidateComplaintForm(FormFilling):
    """Takes an account of what happened, and guesses what it is about.

    Another wish, a question, small talk and what is no business of the shop are none: they are left
    to their rules.
    """

    form: ClassVar[str] = "complaint_form"

    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        match asked:
            case "complaint_text":
                return _told(talk)
            case "complaint_category":
                return _categorised(talk)
            case _:
                text = talk.text if tells(talk.text) else None
                return {"complaint_text": text, "complaint_category": category(talk.text)}


def _told(talk: Talk) -> dict[str, Any]:
    """Take what happened."""
    if _is_account(talk):
        about = category(talk.text) or talk.slot("complaint_category")
        return {"complaint_text": talk.text, "complaint_category": about}
    return _asked_again(talk, "complaint_text")


def _categorised(talk: Talk) -> dict[str, Any]:
    """Take what it is about, or more of what happened, which may be about nothing that is named."""
    pressed = talk.entity("complaint_category")
    if pressed in CATEGORIES:
        return {"complaint_category": pressed}
    about = named(talk.text)
    if about and talk.intent != "ask_human":
        return {"complaint_category": about}
    if _is_account(talk):
        return {
            "complaint_text": f"{talk.slot('complaint_text')}\n{talk.text}",
            "complaint_category": category(talk.text) or "other",
        }
    return _asked_again(talk, "complaint_category")


def _asked_again(talk: Talk, slot: str) -> dict[str, Any]:
    """Ask again after a message that belongs to the complaint and tells nothing, as a bare number;
    leave any other to the rules."""
    if talk.is_command or talk.intent not in ("complaint", "inform"):
        return {}
    talk.say(f"utter_{slot}_unreadable")
    return {slot: None}


def _is_account(talk: Talk) -> bool:
    """Whether the message tells what happened."""
    text, intent = talk.text, talk.intent
    if talk.is_command or only_announces(text):
        return False
    if intent in _TROUBLES:
        return True
    if asks(text):
        return False
    if intent in _OF_THE_CUSTOMER:
        return True
    if intent == "nlu_fallback":
        return reports(text) or tells(text) or category(text) is not None
    if intent == "inform":
        return reports(text) or tells(text)
    return reports(text) and not (intent in _SMALL_TALK and len(text.split()) <= _SHORT)


class ActionComplaint(Answer):
    """Has the service keep the complaint, and tells the customer its number.

    The request is a reply of its own, `{"complaint": {"reference", "category", "text"}}`.
    """

    action = "action_complaint"

    async def answer(self, talk: Talk) -> list[EventType]:
        reference = complaint_reference(talk.message_id)
        talk.say("utter_complaint_kept", reference=reference)
        talk.say("utter_person_offer")
        talk.ask_service(
            {
                "complaint": {
                    "reference": reference,
                    "category": talk.slot("complaint_category"),
                    "text": talk.slot("complaint_text"),
                }
            }
        )
        return [SlotSet("complaint_category", None), SlotSet("complaint_text", None)]


def complaint_reference(message_id: str) -> str:
    """Return the number of the complaint a message completed, the same each time it is asked for.

    It is "S" and seven characters of Crockford's base 32, which has no letter to mistake for a
    digit: the first 35 bits of the id's SHA-256.
    """
    digest = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:5]) >> 5
    return "S" + "".join(
        _CROCKFORD[digest >> 5 * place & 31] for place in reversed(range(_CHARACTERS))
    )
