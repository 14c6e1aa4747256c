"""The transcript.

A conversation's messages are numbered without a gap by `seq`. Customers see the public ones only.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, insert, select, update

from handoff.clock import new_id
from handoff.conversation import Author, Visibility
from handoff.files import of_content
from handoff.store import attachments
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind, Posted
from handoff.store.rows import Conversation, Message
from handoff.store.tables import conversation, message


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has its number.

    `source` and `source_id` name what it came from; the same pair is stored once.
    """

    author: Author
    text: str | None
    content: dict[str, Any] = field(default_factory=dict)
    visibility: Visibility = Visibility.PUBLIC
    suppressed: bool = False
    notice: str | None = None
    agent_id: str | None = None
    name: str | None = None
    source: str | None = None
    source_id: str | None = None


def _record(mapping: Any) -> Message:
    values = dict(mapping)
    values["author"] = Author(values["author"])
    values["visibility"] = Visibility(values["visibility"])
    return Message(**values)


# Made once, because every turn runs them: making one costs four times what running it does.
_ADD = insert(message)
_COUNT_ON = (
    update(conversation)
    .where(conversation.c.id == bindparam("name"))
    .values(
        last_seq=bindparam("seq"), last_public_seq=bindparam("public"), updated_at=bindparam("now")
    )
)
_OF_SOURCE = select(message).where(
    message.c.source == bindparam("source"), message.c.source_id == bindparam("source_id")
)
_BEHIND = (
    select(message)
    .where(message.c.conversation_id == bindparam("name"), message.c.seq > bindparam("seq"))
    .order_by(message.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_PUBLIC_BEHIND = _BEHIND.where(message.c.visibility == Visibility.PUBLIC)


async def newest_of(tx: Transaction, source: str) -> datetime | None:
    """Return when the last message of a source came, if any has."""
    found = await tx.execute(
        select(func.max(message.c.created_at)).where(message.c.source == source)
    )
    newest: datetime | None = found.scalar_one()
    return newest


async def newest_source_id(tx: Transaction, conversation_id: str, source: str) -> str | None:
    """Return by what name the newest message of a source came into a conversation, if any did."""
    query = select(message.c.source_id).where(
        message.c.conversation_id == conversation_id, message.c.source == source
    )
    found = await tx.execute(query.order_by(message.c.seq.desc()).limit(1))
    newest: str | None = found.scalar_one_or_none()
    return newest


async def append(
    tx: Transaction, locked: Conversation, drafts: Sequence[Draft], now: datetime
) -> tuple[Conversation, list[Message]]:
    """Append `drafts` to a conversation that this transaction has locked.

    Returns the conversation as it is now and the messages with their numbers.
    """
    seq, public = locked.last_seq, locked.last_public_seq
    stored: list[Message] = []
    for draft in drafts:
        seq += 1
        stored.append(
            Message(
                id=new_id(),
                conversation_id=locked.id,
                seq=seq,
                prev_seq=public,
                epoch=locked.epoch,
                created_at=now,
                **{name: getattr(draft, name) for name in Draft.__dataclass_fields__},
            )
        )
        if draft.visibility is Visibility.PUBLIC:
            public = seq
    after = replace(locked, last_seq=seq, last_public_seq=public, updated_at=now)
    await tx.execute(_ADD, [asdict(entry) for entry in stored])
    await tx.execute(_COUNT_ON, {"name": locked.id, "seq": seq, "public": public, "now": now})
    for entry in stored:
        await attachments.add(tx, entry.id, of_content(entry.content))
    tx.announce(Change(Kind.MESSAGE, locked.id, locked.contact_id, Posted(after, tuple(stored))))
    return after, stored


async def find_source(tx: Transaction, source: str, source_id: str) -> Message | None:
    """Return what was stored from this source before, or None."""
    row = (await tx.execute(_OF_SOURCE, {"source": source, "source_id": source_id})).first()
    return _record(row._mapping) if row else None


async def has_notice(tx: Transaction, conversation_id: str, notice: str) -> bool:
    """Return whether a conversation has been told `notice`."""
    query = select(message.c.id).where(
        message.c.conversation_id == conversation_id, message.c.notice == notice
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def last_notice(tx: Transaction, conversation_id: str) -> str | None:
    """Return which notice the last thing is that a conversation's customer was told, or None."""
    query = (
        select(message.c.notice)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.visibility == Visibility.PUBLIC,
            message.c.author != Author.CUSTOMER,
        )
        .order_by(message.c.seq.desc())
        .limit(1)
    )
    found: str | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def get(tx: Transaction, message_id: str) -> Message | None:
    """Return a message, or None."""
    row = (await tx.execute(select(message).where(message.c.id == message_id))).first()
    return _record(row._mapping) if row else None


async def rewrite(tx: Transaction, before: Message, after: Message) -> None:
    """Change what a stored message says."""
    changed = update(message).where(message.c.id == before.id)
    await tx.execute(changed.values(text=after.text, content=after.content))
    tx.announce(Change(Kind.MESSAGE, before.conversation_id))


async def after(
    tx: Transaction, conversation_id: str, seq: int, *, limit: int, public: bool
) -> list[Message]:
    """Return what stands behind `seq`, oldest first; with `public` only what a customer may see."""
    query = _PUBLIC_BEHIND if public else _BEHIND
    which = {"name": conversation_id, "seq": seq, "most": limit}
    return [_record(row) for row in (await tx.execute(query, which)).mappings()]


async def before(
    tx: Transaction, conversation_id: str, seq: int | None, *, limit: int
) -> list[Message]:
    """Return the newest messages, or the newest before `seq`, oldest first."""
    query = select(message).where(message.c.conversation_id == conversation_id)
    if seq is not None:
        query = query.where(message.c.seq < seq)
    query = query.order_by(message.c.seq.desc()).limit(limit)
    return [_record(row) for row in (await tx.execute(query)).mappings()][::-1]
