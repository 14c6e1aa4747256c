"""A complaint: what happened, what it is about, and the number it is kept under."""

import hashlib
from typing import Any, ClassVar

from rasa_sdk.events import EventType, SlotSet

from actions.base import Answer
from actions.forms import FormFilling
from actions.grievance import CATEGORIES, category, tells
from actions.talk import Talk

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS = 7
# What is said beside a complaint rather than as one, as long as it is short.
_SMALL_TALK = frozenset(
    {"affirm", "ask_human", "bot_challenge", "deny", "goodbye", "greet", "thank"}
)
# What an account of something that went wrong may be taken for.
_ACCOUNTS = frozenset(
    {
        "account_problem",
        "complaint",
        "delivery_problem",
        "inform",
        "nlu_fallback",
        "out_of_scope",
        "payment_problem",
        "refund_status",
    }
)
_SHORT = 6
"""Words up to which a message may be something else than an account of what happened."""
_SURE = 0.8
"""Confidence from which it is another wish."""


class ValidateComplaintForm(FormFilling):
    """Takes what the customer writes as what happened, and guesses what it is about."""

    form: ClassVar[str] = "complaint_form"

    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        if asked and _is_aside(talk):
            return {}
        about = talk.entity("complaint_category") or category(talk.text)
        match asked:
            case "complaint_category":
                return {"complaint_category": about if about in CATEGORIES else "other"}
            case "complaint_text":
                known = about or talk.slot("complaint_category")
                return {"complaint_text": talk.text, "complaint_category": known}
            case _:
                text = talk.text if tells(talk.text) else None
                return {"complaint_text": text, "complaint_category": about}


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


def _is_aside(talk: Talk) -> bool:
    """Whether the message is no part of the complaint: small talk, a no, another wish."""
    if talk.is_command:
        return talk.entity("complaint_category") is None
    if len(talk.text.split()) > _SHORT:
        return False
    sure_of_another = talk.intent not in _ACCOUNTS and talk.confidence >= _SURE
    return talk.intent in _SMALL_TALK or sure_of_another
