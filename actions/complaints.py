"""A complaint: what happened, what it is about, and the number it is kept under."""

from typing import Any, ClassVar

from rasa_sdk.events import EventType, SlotSet

from actions.base import Answer
from actions.forms import FormFilling
from actions.grievance import CATEGORIES, category, named, tells
from actions.references import reference
from actions.talk import Talk
from actions.telling import is_account


class ValidateComplaintForm(FormFilling):
    """Takes an account of what happened, and guesses what it is about.

    Another wish, a question, small talk and what is no business of the shop are none: they are left
    to their rules.
    """

    form: ClassVar[str] = "complaint_form"

    @property
    def then(self) -> Answer:
        return ActionComplaint()

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
    if is_account(talk):
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
    if is_account(talk):
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


class ActionComplaint(Answer):
    """Has the service keep the complaint, and tells the customer its number.

    The request is a reply of its own, `{"complaint": {"reference", "category", "text"}}`.
    """

    action = "action_complaint"

    async def answer(self, talk: Talk) -> list[EventType]:
        number = reference(talk.message_id)
        talk.say("utter_complaint_kept", reference=number)
        talk.say("utter_person_offer")
        talk.ask_service(
            {
                "complaint": {
                    "reference": number,
                    "category": talk.slot("complaint_category"),
                    "text": talk.slot("complaint_text"),
                }
            }
        )
        return [SlotSet("complaint_category", None), SlotSet("complaint_text", None)]
