"""What a turn answered, read from the conversation's events. Pure: no I/O, no clock.

The first answer to a message and every repetition of it are made here from the same events, so that
they are the same also after a restart of Rasa.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Optional

from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered

LANGUAGE_SLOT = "language"
RANKING_SHOWN = 5

# The key under which the UserUttered of a turn keeps what the channel knew about it.
TURN = "turn"


@dataclass(frozen=True)
class Answer:
    """The answer of a turn, as docs/protocol.md has it."""

    replies: list[dict[str, Any]]
    understanding: dict[str, Any]
    handoff: Optional[dict[str, Any]]
    complaint: Optional[dict[str, Any]]
    case: Optional[dict[str, Any]]
    operations: list[dict[str, Any]]

    @property
    def empty(self) -> bool:
        """Whether the bot neither said anything nor asked for a person."""
        return not self.replies and self.handoff is None

    def as_dict(self) -> dict[str, Any]:
        return {
            "replies": self.replies,
            "understanding": self.understanding,
            "handoff": self.handoff,
            "complaint": self.complaint,
            "case": self.case,
            "operations": self.operations,
        }


def opens_turn(event: Event) -> bool:
    """Whether an event is a customer's message, not one that an action put in its place."""
    return isinstance(event, UserUttered) and TURN in event.metadata


def answer_to(message_id: str, events: Iterable[Event]) -> Optional[Answer]:
    """The answer to a message, or None where the events know no such message."""
    following = iter(events)
    for event in following:
        if opens_turn(event) and event.message_id == message_id:
            return _answer(event, list(takewhile(lambda e: not opens_turn(e), following)))
    return None


def _answer(message: UserUttered, events: Sequence[Event]) -> Answer:
    replies = [_reply(event) for event in events if isinstance(event, BotUttered)]
    handoffs = _requests(replies, "handoff")
    complaints = _requests(replies, "complaint")
    cases = _requests(replies, "case")
    operations = _requests(replies, "operation")
    return Answer(
        replies=[shown for reply in replies if (shown := {k: v for k, v in reply.items() if v})],
        understanding={
            "intent": _intent(message.intent),
            "ranking": [
                _intent(i) for i in message.parse_data.get("intent_ranking", [])[:RANKING_SHOWN]
            ],
            "entities": [{"entity": e["entity"], "value": e["value"]} for e in message.entities],
            "language": _language(message, events),
        },
        handoff=_handoff(handoffs[0]) if handoffs else None,
        complaint=_complaint(complaints[0]) if complaints else None,
        case=_case(cases[0]) if cases else None,
        operations=[_operation(done) for done in operations],
    )


def _requests(replies: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Take what actions tell the service under `name` out of the replies."""
    return [reply["custom"].pop(name) for reply in replies if name in reply["custom"]]


def _reply(event: BotUttered) -> dict[str, Any]:
    data = event.data
    buttons = [{"title": b["title"], "payload": b["payload"]} for b in data.get("buttons") or []]
    return {
        "text": event.text,
        "buttons": buttons,
        "image": data.get("image"),
        "custom": dict(data.get("custom") or {}),
    }


def _handoff(asked: dict[str, Any]) -> dict[str, Any]:
    evidence = asked.get("evidence") or {}
    return {
        "reason": asked["reason"],
        "department": asked.get("department"),
        "summary": asked.get("summary") or "",
        "evidence": {
            "slots": evidence.get("slots") or {},
            "failed_turns": evidence.get("failed_turns") or [],
            "last_action": evidence.get("last_action"),
        },
    }


def _complaint(kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": kept["reference"],
        "category": kept["category"],
        "text": kept["text"],
    }


def _case(opened: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": opened["reference"],
        "kind": opened["kind"],
        "order": opened.get("order"),
        "lines": opened.get("lines") or [],
        "text": opened["text"],
    }


def _operation(done: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": done["name"],
        "order": done["order"],
        "outcome": done["outcome"],
        "rule": done.get("rule"),
        "since": done.get("since"),
        "until": done.get("until"),
        "details": done.get("details") or {},
    }


def _intent(intent: dict[str, Any]) -> dict[str, Any]:
    return {"name": intent["name"], "confidence": round(float(intent["confidence"]), 4)}


def _language(message: UserUttered, events: Iterable[Event]) -> str:
    language = message.metadata[TURN]["language"]
    for event in events:
        if isinstance(event, SlotSet) and event.key == LANGUAGE_SLOT and event.value:
            language = event.value
    return str(language)
