"""Messages that their authors have changed: all they said stays. Pure rules."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from handoff.store.rows import Message

_MOST = 20
"""Of more versions the first and the latest are kept."""


def edited(message: Message, name: str, at: datetime, text: str) -> Message | None:
    """Return a message with one more version, or None when it has that one.

    `name` is the edit's own for good. Edits may come late and in any order: what a message says is
    the latest by `at`.
    """
    first, *edits = _versions(message)
    if any(edit["id"] == name for edit in edits):
        return None
    edits.append({"id": name, "at": at.isoformat(), "text": text})
    # The first is by our clock and the edits are by the platform's, which tells whole seconds.
    edits.sort(key=lambda edit: datetime.fromisoformat(edit["at"]))
    versions = [first, *edits[1 - _MOST :]]
    content = {**message.content, "versions": versions}
    return replace(message, text=versions[-1]["text"], content=content)


def earlier(message: Message) -> list[dict[str, Any]]:
    """Return what a message said before as `{"text", "at"}`, oldest first."""
    return [{"text": one["text"], "at": datetime.fromisoformat(one["at"])} for one in _old(message)]


def edited_at(message: Message) -> datetime | None:
    """Return since when a message says what it says, if it said something else before."""
    versions = message.content.get("versions")
    return datetime.fromisoformat(versions[-1]["at"]) if versions else None


def _old(message: Message) -> list[dict[str, Any]]:
    return list(message.content.get("versions", ()))[:-1]


def _versions(message: Message) -> list[dict[str, Any]]:
    first = {"id": message.source_id, "at": message.created_at.isoformat(), "text": message.text}
    return list(message.content.get("versions", [first]))
