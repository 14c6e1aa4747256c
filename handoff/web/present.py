"""How records look to browsers; the shapes of docs/protocol.md."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from handoff import versions
from handoff.channels.base import WIDGET
from handoff.conversation import Author, Control, Visibility
from handoff.files import File, of_content
from handoff.ledger import State
from handoff.outgoing import buttons
from handoff.store.history import Talk
from handoff.store.rows import (
    Agent,
    Case,
    Conversation,
    Delivery,
    Handoff,
    Message,
    Operation,
    Turn,
)

Json = dict[str, Any]


def instant(value: datetime | None) -> str | None:
    """Return a UTC time as text with milliseconds."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None


def _client_id(message: Message) -> str | None:
    source, _, _ = (message.source or "").partition(":")
    if source not in (WIDGET, "console"):
        return None
    return (message.source_id or "").rpartition(":")[2]


def message(record: Message) -> Json:
    """Return a Message as a customer sees it."""
    return {
        "id": record.id,
        "seq": record.seq,
        "prev": record.prev_seq,
        "author": record.author,
        "name": record.name,
        "text": record.text,
        "buttons": [{"id": button.id, "title": button.title} for button in buttons(record)],
        "image": record.content.get("image"),
        "files": [
            _file(record, place, one) for place, one in enumerate(of_content(record.content))
        ],
        "notice": record.notice,
        "client_id": _client_id(record),
        "at": instant(record.created_at),
    }


def _file(record: Message, place: int, file: File) -> Json:
    return {
        "id": f"{record.id}.{place}",
        "content_type": file.type,
        "name": file.name,
        "size": file.size,
        "width": file.width,
        "height": file.height,
    }


def agent_message(
    record: Message,
    conversation: Conversation,
    delivery: Delivery | None,
    understanding: Json | None,
) -> Json:
    """Return an AgentMessage."""
    return {
        **message(record),
        "visibility": record.visibility,
        "suppressed": record.suppressed,
        "agent_id": record.agent_id,
        "masked": record.content.get("masked"),
        "article": record.content.get("article"),
        "unsupported": record.content.get("unsupported"),
        "origin": record.content.get("origin"),
        "edited_at": instant(versions.edited_at(record)),
        "earlier": [
            {**version, "at": instant(version["at"])} for version in versions.earlier(record)
        ],
        "delivery": _delivery(record, conversation, delivery),
        "understanding": {
            "intent": understanding["intent"]["name"],
            "confidence": understanding["intent"]["confidence"],
        }
        if understanding
        else None,
    }


def _delivery(
    record: Message, conversation: Conversation, delivery: Delivery | None
) -> Json | None:
    if record.author is Author.CUSTOMER or record.visibility is not Visibility.PUBLIC:
        return None
    if delivery is not None:
        return {
            "state": delivery.state,
            "attempts": delivery.attempts,
            "error": delivery.error,
            "possibly_double": delivery.possibly_double,
        }
    if conversation.channel != WIDGET:
        return None
    # The customer's page fetches from the store: stored is sent.
    read = record.seq <= conversation.customer_seen_seq
    state = State.READ if read else State.SENT
    return {"state": state, "attempts": 1, "error": None, "possibly_double": False}


def state(conversation: Conversation, agent_name: str | None, position: int | None) -> Json:
    """Return a State as a customer sees it."""
    return {
        "id": conversation.id,
        "control": conversation.control,
        "language": conversation.language,
        "agent": {"name": agent_name} if agent_name else None,
        "position": position,
        "last_seq": conversation.last_public_seq,
    }


def summary(row: Any, conversation: Conversation, position: int | None, *, live: bool) -> Json:
    """Return a Summary from a row of `conversations.summaries`."""
    last = None
    if row["last_author"]:
        files = of_content(row["last_content"])
        last = {
            "author": row["last_author"],
            "text": row["last_text"],
            "file": files[0].type if files else None,
            "origin": row["last_content"].get("origin"),
            "at": instant(row["last_at"]),
        }
    return {
        "id": conversation.id,
        "control": conversation.control,
        "epoch": conversation.epoch,
        "reason": conversation.reason,
        "department": conversation.department,
        "channel": conversation.channel,
        "language": conversation.language,
        "agent": {"id": conversation.agent_id, "name": row["agent_name"]}
        if conversation.agent_id
        else None,
        "customer": {"name": row["customer_name"]},
        "waiting_since": instant(conversation.queued_at),
        "position": position if conversation.control is Control.QUEUED else None,
        "live": live,
        "window_until": instant(conversation.window_until),
        "unreachable_since": instant(conversation.unreachable_at),
        "created_at": instant(conversation.created_at),
        "updated_at": instant(conversation.updated_at),
        "last_seq": conversation.last_seq,
        "unread": row["unread"],
        "open_cases": row["open_cases"],
        "last_message": last,
    }


def card(record: Handoff, turn: Turn | None, conversation: Conversation) -> Json:
    """Return a Card: why a person was asked for, with the bot's evidence."""
    understood = (turn.understanding if turn else None) or {}
    return {
        "reason": record.reason,
        "department": record.department,
        "summary": record.summary,
        "at": instant(record.created_at),
        "seq": record.seq,
        "intent": understood.get("intent"),
        "ranking": understood.get("ranking", []),
        "entities": understood.get("entities", []),
        "slots": record.evidence.get("slots") or {},
        "failed_turns": record.evidence.get("failed_turns") or [],
        "last_action": record.evidence.get("last_action"),
        "language": understood.get("language") or conversation.language,
    }


def case(record: Case, closer: str | None) -> Json:
    """Return a Case; `closer` is the name of the agent who closed it."""
    closed = {
        "at": instant(record.closed_at),
        "by": {"id": record.closed_by, "name": closer},
        "note": record.closing_note,
    }
    return {
        "id": record.id,
        "reference": record.reference,
        "kind": record.kind,
        "category": record.category,
        "order": record.order_number,
        "lines": record.lines,
        "text": record.text,
        "at": instant(record.created_at),
        "closed": closed if record.closed_at else None,
    }


def operation(record: Operation, agent_name: str | None) -> Json:
    """Return an Operation; `agent_name` is who did it, None for the bot."""
    return {
        "id": record.id,
        "name": record.name,
        "order": record.order_number,
        "outcome": record.outcome,
        "rule": record.rule,
        "since": record.since.isoformat() if record.since else None,
        "until": record.until.isoformat() if record.until else None,
        "details": record.details,
        "agent": {"id": record.agent_id, "name": agent_name} if record.agent_id else None,
        "at": instant(record.created_at),
    }


def talk(record: Talk) -> Json:
    """Return an earlier Talk."""
    return {
        "conversation": record.conversation_id,
        "channel": record.channel,
        "after": record.after,
        "until": record.until,
        "began_at": instant(record.began_at),
        "ended_at": instant(record.ended_at),
        "reason": record.reason,
        "summary": record.summary,
        "agents": list(record.agents),
    }


def me(agent: Agent, csrf: str, departments: Sequence[str]) -> Json:
    """Return Me."""
    return {"agent": agent_view(agent), "csrf": csrf, "departments": list(departments)}


def agent_view(agent: Agent) -> Json:
    """Return an agent without secrets."""
    return {"id": agent.id, "login": agent.login, "name": agent.name, "role": agent.role}
