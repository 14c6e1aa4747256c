"""What is said while the shop cannot be reached, and what is remembered of it."""

from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.talk import Talk

SLOT = "shop_unavailable"
_NEEDS_NO_SHOP = "complaint_form"


def tell_unavailable(talk: Talk, says: str = "utter_shop_unavailable") -> list[EventType]:
    """Say that the shop cannot be reached and offer to leave it with a person.

    What the customer told is kept: a person finds it on the card, and the next try begins with it.
    Returns the events that end the form; one that needs no shop goes on instead of the offer.
    """
    talk.say(says)
    if talk.active_form == _NEEDS_NO_SHOP:
        return [SlotSet(SLOT, True)]
    talk.say("utter_leave_offer")
    return [SlotSet(SLOT, True), ActiveLoop(None), SlotSet("requested_slot", None)]


def reached(talk: Talk) -> list[EventType]:
    """Return the events of an answer the shop has given."""
    return [SlotSet(SLOT, None)] if talk.slot(SLOT) else []
