"""What happened so far, read from a tracker's events. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk.interfaces import NLU_FALLBACK_INTENT_NAME

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent the classifier considered, with its confidence from 0 to 1."""

    intent: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A customer's message and all that followed it."""

    message_id: str
    text: str
    intent: str | None
    guesses: tuple[Guess, ...]
    """Best first; the fallback, which is no meaning, is left out."""
    events: tuple[Event, ...]
    metadata: Mapping[str, Any]
    """What the service sent with the message; nothing of it can come from the customer."""

    @property
    def is_command(self) -> bool:
        """Whether a button was pressed: its payload stands where a text would."""
        return self.text.startswith("/")

    @property
    def missed(self) -> bool:
        """Whether the turn was not understood and still counts."""
        counts = [
            event["value"]
            for event in self.events
            if event["event"] == "slot" and event["name"] == "misses"
        ]
        return bool(counts) and bool(counts[-1])

    @property
    def offered(self) -> str | None:
        """What a yes means: the newest button shown alone, or beside one that declines."""
        shown = (
            [button["payload"] for button in (event.get("data") or {}).get("buttons") or ()]
            for event in reversed(self.events)
            if event["event"] == "bot"
        )
        payloads = next(filter(None, shown), [])
        wanted = [payload for payload in payloads if payload != "/deny"]
        return wanted[0] if len(wanted) == 1 else None

    @property
    def buttons(self) -> list[Mapping[str, Any]]:
        """The buttons of the answer, each with `title` and `payload`."""
        return [
            button
            for event in self.events
            if event["event"] == "bot"
            for button in (event.get("data") or {}).get("buttons") or ()
        ]

    def sets(self, slot: str) -> bool:
        """Return whether a slot was given a value, or set back."""
        return any(event["event"] == "slot" and event["name"] == slot for event in self.events)

    def ran(self, *actions: str) -> bool:
        """Return whether one of these actions was run."""
        return any(event["event"] == "action" and event["name"] in actions for event in self.events)

    def begins(self, form: str) -> bool:
        """Return whether a form began."""
        return any(
            event["event"] == "active_loop" and event["name"] == form for event in self.events
        )


def turns(events: Sequence[Event]) -> list[Turn]:
    """Return the turns in `events`, oldest first; the last is the one being answered."""
    starts = [index for index, event in enumerate(events) if event["event"] == "user"]
    return [
        _turn(events[start], events[start + 1 : end])
        for start, end in zip(starts, [*starts[1:], len(events)], strict=True)
    ]


def since_reset(history: Sequence[Turn]) -> list[Turn]:
    """Return the turns after the last one in which the count of misses was set back to 0."""
    for index in range(len(history) - 1, -1, -1):
        if any(
            event["event"] == "slot" and event["name"] == "misses" and not event["value"]
            for event in history[index].events
        ):
            return list(history[index + 1 :])
    return list(history)


def question(history: Sequence[Turn]) -> str:
    """Return what the customer asked: the newest text, or "" when there is none to go by.

    A pressed button says nothing itself; it stands for the message that was missed before it.
    """
    if not history[-1].is_command:
        return history[-1].text
    return next((turn.text for turn in history[-2:-1] if turn.missed), "")


def last_action(events: Sequence[Event]) -> str | None:
    """Return the name of the last action that answered something."""
    for event in reversed(events):
        name = event.get("name")
        if event["event"] == "action" and name not in {"action_listen", "action_session_start"}:
            return name
    return None


def _turn(user: Event, following: Sequence[Event]) -> Turn:
    parse_data: Mapping[str, Any] = user.get("parse_data") or {}
    intent: Mapping[str, Any] = parse_data.get("intent") or {}
    ranking: Sequence[Mapping[str, Any]] = parse_data.get("intent_ranking") or ()
    return Turn(
        message_id=user.get("message_id") or "",
        text=user.get("text") or "",
        intent=intent.get("name"),
        guesses=tuple(
            Guess(guess["name"], guess["confidence"])
            for guess in ranking
            if guess["name"] != NLU_FALLBACK_INTENT_NAME
        ),
        events=tuple(following),
        metadata=user.get("metadata") or {},
    )
