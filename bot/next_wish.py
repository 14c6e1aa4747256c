"""The second wish of a message: kept until the first is done, then offered. Pure: it reads the
conversation.

`next_wish` holds its intent. A plain yes to the offer means it; whatever else the customer says
takes it off the table.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any, Optional

from rasa.shared.core.events import BotUttered, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answer import opens_turn

SLOT = "next_wish"
OFFER = "utter_offer_next"
TITLE = "utter_title_"

_YES = "affirm"
# Whoever leaves or wants a person is offered nothing more.
_LEAVING = frozenset(("goodbye", "ask_human"))
_NOT_ANSWERED = "nlu_fallback"
_DECLINE = "/deny"


def offered(tracker: DialogueStateTracker) -> Optional[str]:
    """The wish that the newest answer offered, before the next message is heard."""
    said = takewhile(lambda event: not opens_turn(event), reversed(tracker.events))
    if any(isinstance(e, BotUttered) and e.metadata.get("utter_action") == OFFER for e in said):
        wish: Optional[str] = tracker.get_slot(SLOT)
        return wish
    return None


def accepted(parsed: dict[str, Any], wish: str) -> dict[str, Any]:
    """What a message means when it follows the offer of a wish: a yes means the wish."""
    if parsed["intent"]["name"] != _YES:
        return parsed
    meant = {**parsed["intent"], "name": wish}
    others = [one for one in parsed["intent_ranking"] if one["name"] not in (_YES, wish)]
    return {**parsed, "intent": meant, "intent_ranking": [meant, *others]}


def heard(
    parsed: dict[str, Any], offered_before: Optional[str], tracker: DialogueStateTracker
) -> list[Event]:
    """What a message changes about the wish that waits."""
    if SLOT not in tracker.slots:
        return []
    waiting = tracker.get_slot(SLOT)
    intent = parsed["intent"]["name"]
    wish = None if offered_before or intent in (waiting, *_LEAVING) else waiting
    second = parsed.get("second_intent")
    if second:
        wish = second["name"]
    return [] if wish == waiting else [SlotSet(SLOT, wish)]


def to_offer(tracker: DialogueStateTracker) -> Optional[str]:
    """The wish to offer after the answer just given; None while a form is active, a person takes
    over, the answer asks a question of its own, or the message was not understood.
    """
    wish: Optional[str] = tracker.get_slot(SLOT) if SLOT in tracker.slots else None
    message = tracker.latest_message
    if not wish or tracker.active_loop or (message and message.intent_name == _NOT_ANSWERED):
        return None
    events = takewhile(lambda event: not opens_turn(event), reversed(tracker.events))
    if any(_hands_over(event) or _asks(event) for event in events if isinstance(event, BotUttered)):
        return None
    return wish


def _hands_over(event: BotUttered) -> bool:
    return "handoff" in (event.data.get("custom") or {})


def _asks(event: BotUttered) -> bool:
    return any(button["payload"] == _DECLINE for button in event.data.get("buttons") or ())
