"""When a customer is losing patience, and what follows. Pure: it reads the conversation.

The first sign is answered by an acknowledgement with the offer of a person, the second since the
last reset by a person.
"""

from __future__ import annotations

from enum import Enum
from itertools import islice
from typing import Any

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answer import opens_turn
from bot.nlu.text import fold

FRUSTRATIONS_SLOT = "frustrations"
ACKNOWLEDGEMENT = "utter_frustration"
FRUSTRATED = "frustrated"

# Said twice, these are no sign: small talk, a value typed again, what is missed or handed over.
_UNREPEATABLE = (
    "greet goodbye thank affirm deny inform bot_challenge ask_human nlu_fallback out_of_scope"
)
_NO_REPETITION = frozenset(_UNREPEATABLE.split())
_NOT_UNDERSTOOD = frozenset(("nlu_fallback", "out_of_scope"))
_MISSES_SLOT = "misses"
_PERSON = "ask_human"
# Set while the shop cannot be reached: whoever asks again later only does what they were told to.
_UNAVAILABLE_SLOT = "shop_unavailable"
# Asked what went wrong, whoever complains may be angry about it.
_ACCOUNT_SLOTS = ("complaint_text", "case_text")
_TURNS_BACK = 2
_FEWEST_LETTERS = 8
_ALIKE = 0.7  # of the runs of three characters two texts have, those they share


class Reaction(Enum):
    """What anger does to the answer."""

    NONE = "none"
    ACKNOWLEDGE_FIRST = "acknowledge first"
    """The acknowledgement stands before the usual answer."""
    ACKNOWLEDGE_ONLY = "acknowledge only"
    """It is the whole answer: there is nothing else to answer."""
    HAND_OVER = "hand over"


def is_sign(parsed: dict[str, Any], tracker: DialogueStateTracker) -> bool:
    """Whether a message that was just understood is a sign of anger: by its words, or because it
    says again what one of the two messages before said.
    """
    if FRUSTRATIONS_SLOT not in tracker.slots:
        return False
    if tracker.active_loop and tracker.get_slot(REQUESTED_SLOT) in _ACCOUNT_SLOTS:
        return False
    if parsed.get("mood") == FRUSTRATED:
        return True
    if parsed["intent"]["name"] in _NO_REPETITION or _asked_to_wait(tracker):
        return False
    before = (event.text or "" for event in reversed(tracker.events) if opens_turn(event))
    return any(says_again(parsed["text"], text) for text in islice(before, _TURNS_BACK))


def _asked_to_wait(tracker: DialogueStateTracker) -> bool:
    slot = tracker.slots.get(_UNAVAILABLE_SLOT)
    return slot is not None and bool(slot.value)


def reaction(tracker: DialogueStateTracker) -> Reaction:
    """What the anger in the message just heard does to its answer."""
    events = _turns(tracker, 1)[0]
    signs = [e.value for e in events if isinstance(e, SlotSet) and e.key == FRUSTRATIONS_SLOT]
    message = tracker.latest_message
    intent = message.intent_name if message else None
    if not signs or intent == _PERSON:
        return Reaction.NONE
    if signs[-1] > 1:
        return Reaction.HAND_OVER
    if intent in _NOT_UNDERSTOOD and not tracker.active_loop:
        # After a miss the usual answer is a person already.
        return Reaction.NONE if _missed(_turns(tracker, 2)[0]) else Reaction.ACKNOWLEDGE_ONLY
    return Reaction.ACKNOWLEDGE_FIRST


def says_again(text: str, before: str) -> bool:
    """Whether a text is nearly the same as one before; a single word or another number is not."""
    one, other = fold(text), fold(before)
    if min(sum(map(str.isalpha, one)), sum(map(str.isalpha, other))) < _FEWEST_LETTERS:
        return False
    if len(one.split()) < 2 or _digits(one) != _digits(other):
        return False
    runs, others = _runs(one), _runs(other)
    return len(runs & others) >= _ALIKE * len(runs | others)


def _turns(tracker: DialogueStateTracker, count: int) -> list[list[Event]]:
    """What happened in the newest turns, the oldest of them first; less, if there were less."""
    turns: list[list[Event]] = [[]]
    for event in reversed(tracker.events):
        turns[0].insert(0, event)
        if opens_turn(event):
            if len(turns) == count:
                break
            turns.insert(0, [])
    return turns


def _missed(turn: list[Event]) -> bool:
    return any(isinstance(e, SlotSet) and e.key == _MISSES_SLOT and e.value for e in turn)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _runs(text: str) -> set[str]:
    words = " ".join("".join(c if c.isalnum() else " " for c in text).split())
    return {words[i : i + 3] for i in range(len(words) - 2)}
