"""Earlier talks with the same person: what was closed before, here or on another channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union

from handoff.conversation import Command
from handoff.store.base import Transaction
from handoff.store.rows import Conversation
from handoff.store.tables import (
    agent,
    control_change,
    conversation,
    handoff,
    is_one_of,
    joined_customer,
    message,
    operation,
    verified_customer,
)

_TAKEN = (Command.CLAIM, Command.TAKE_OVER)


@dataclass(frozen=True, slots=True)
class Talk:
    """A stretch of a conversation, from its first message to its closing (None: not closed).

    Its messages have a `seq` above `after`, up to `until`. `reason` and `summary` are those of the
    last time a person was asked for, `agents` the names of who had it.
    """

    conversation_id: str
    channel: str
    after: int
    until: int
    began_at: datetime
    ended_at: datetime | None
    reason: str | None
    summary: str | None
    agents: tuple[str, ...]


async def before(tx: Transaction, current: Conversation, *, limit: int) -> list[Talk]:
    """Return earlier talks with the person in `current`, newest first.

    It is the same person where the channel says so, where the shop's page named the same customer,
    where the same order was proven, and where an agent has joined two customers.
    """
    ids = await _conversations(tx, current, limit=limit)
    rows = await tx.execute(
        select(conversation.c.id, conversation.c.channel).where(conversation.c.id.in_(ids))
    )
    channels = {row.id: row.channel for row in rows}
    talks: list[Talk] = []
    for name, channel in channels.items():
        found = await _talks(tx, name, channel)
        talks += found[:-1] if name == current.id else found  # the last is the present one
    return sorted(talks, key=lambda talk: talk.began_at, reverse=True)[:limit]


async def _conversations(tx: Transaction, current: Conversation, *, limit: int) -> list[str]:
    own = verified_customer.alias("own")
    named = [
        select(conversation.c.id)
        .join(verified_customer, verified_customer.c.contact_id == conversation.c.contact_id)
        .join(own, own.c[name] == verified_customer.c[name])
        .where(own.c.contact_id == current.contact_id)
        for name in ("customer", "email")
    ]
    proven = operation.alias("proven")
    same_order = (
        select(operation.c.conversation_id)
        .join(proven, proven.c.order_number == operation.c.order_number)
        .where(
            proven.c.conversation_id == current.id,
            proven.c.name == "prove_order",
            is_one_of(operation.c.name, ("prove_order",)),
        )
    )
    same_contact = select(conversation.c.id).where(conversation.c.contact_id == current.contact_id)
    mine = joined_customer.alias("mine")
    same_person = (
        select(conversation.c.id)
        .join(joined_customer, joined_customer.c.contact_id == conversation.c.contact_id)
        .join(mine, mine.c.person == joined_customer.c.person)
        .where(mine.c.contact_id == current.contact_id)
    )
    known = union(same_contact, same_person, *named, same_order).subquery()
    rows = await tx.execute(
        select(conversation.c.id)
        .where(conversation.c.id.in_(select(known.c.id)))
        .order_by(conversation.c.updated_at.desc())
        .limit(limit)
    )
    return [row.id for row in rows]


async def _talks(tx: Transaction, conversation_id: str, channel: str) -> list[Talk]:
    """Return the stretches of a conversation, oldest first."""
    closings = await tx.execute(
        select(message.c.seq, message.c.created_at)
        .where(message.c.conversation_id == conversation_id, message.c.notice == "resolved")
        .order_by(message.c.seq)
    )
    ends: list[tuple[int, datetime | None]] = [(row.seq, row.created_at) for row in closings]
    last = await tx.execute(
        select(func.max(message.c.seq)).where(message.c.conversation_id == conversation_id)
    )
    newest = int(last.scalar_one() or 0)
    if not ends or newest > ends[-1][0]:
        ends.append((newest, None))
    asked = await _asked(tx, conversation_id)
    taken = await _taken(tx, conversation_id)
    talks, after = [], 0
    for until, ended_at in ends:
        began_at = await _began(tx, conversation_id, after)
        if began_at is None:
            continue
        reasons = [row for row in asked if after < row["seq"] <= until]
        last_asked = reasons[-1] if reasons else None
        names = [
            row["name"]
            for row in taken
            if began_at <= row["at"] and (ended_at is None or row["at"] <= ended_at)
        ]
        talks.append(
            Talk(
                conversation_id=conversation_id,
                channel=channel,
                after=after,
                until=until,
                began_at=began_at,
                ended_at=ended_at,
                reason=last_asked["reason"] if last_asked else None,
                summary=last_asked["summary"] if last_asked else None,
                agents=tuple(dict.fromkeys(names)),
            )
        )
        after = until
    return talks


async def _began(tx: Transaction, conversation_id: str, after: int) -> datetime | None:
    row = (
        await tx.execute(
            select(message.c.created_at)
            .where(message.c.conversation_id == conversation_id, message.c.seq > after)
            .order_by(message.c.seq)
            .limit(1)
        )
    ).first()
    return row.created_at if row else None


async def _asked(tx: Transaction, conversation_id: str) -> Sequence[Any]:
    rows = await tx.execute(
        select(handoff.c.seq, handoff.c.reason, handoff.c.summary)
        .where(handoff.c.conversation_id == conversation_id)
        .order_by(handoff.c.seq)
    )
    return list(rows.mappings())


async def _taken(tx: Transaction, conversation_id: str) -> Sequence[Any]:
    rows = await tx.execute(
        select(control_change.c.at, agent.c.name)
        .join(agent, agent.c.id == control_change.c.agent_id)
        .where(
            control_change.c.conversation_id == conversation_id,
            control_change.c.command.in_(_TAKEN),
        )
        .order_by(control_change.c.at)
    )
    return list(rows.mappings())
