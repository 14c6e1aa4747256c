"""Conversations: who has them, and the order of the queue."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from handoff.clock import new_id
from handoff.conversation import Author, Control
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind
from handoff.store.rows import Conversation
from handoff.store.tables import agent as agent_table
from handoff.store.tables import case as case_table
from handoff.store.tables import contact, conversation, message

_PREVIEW = 160

# Made once, because every turn runs them: making one costs four times what running it does.
_BY_ID = select(conversation).where(conversation.c.id == bindparam("name"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_OF_CHANNEL = (
    select(conversation)
    .where(
        conversation.c.contact_id == bindparam("contact"),
        conversation.c.channel == bindparam("on_channel"),
        conversation.c.account == bindparam("on_account"),
    )
    .with_for_update()
)
_WITH_AGENT = (
    select(conversation, agent_table.c.name.label("agent_name"))
    .outerjoin(agent_table, agent_table.c.id == conversation.c.agent_id)
    .where(conversation.c.id == bindparam("name"))
)


def _record(mapping: Any) -> Conversation:
    values = {column.name: mapping[column.name] for column in conversation.c}
    values["control"] = Control(values["control"])
    return Conversation(**values)


async def find(
    tx: Transaction, *, contact_id: str, channel: str, account: str
) -> Conversation | None:
    """Return a customer's conversation on a channel account, locked against writers, or None."""
    which = {"contact": contact_id, "on_channel": channel, "on_account": account}
    row = (await tx.execute(_OF_CHANNEL, which)).first()
    return _record(row._mapping) if row else None


async def of_contact(tx: Transaction, contact_id: str) -> Conversation | None:
    """Return the newest conversation of a customer, or None."""
    row = (
        await tx.execute(
            select(conversation)
            .where(conversation.c.contact_id == contact_id)
            .order_by(conversation.c.updated_at.desc())
            .limit(1)
        )
    ).first()
    return _record(row._mapping) if row else None


async def create(
    tx: Transaction, *, contact_id: str, channel: str, account: str, language: str, now: datetime
) -> Conversation:
    """Store a new conversation, in the hands of the bot."""
    created = Conversation(
        id=new_id(),
        contact_id=contact_id,
        channel=channel,
        account=account,
        language=language,
        control=Control.BOT,
        epoch=0,
        agent_id=None,
        reason=None,
        department=None,
        queued_at=None,
        at_front=False,
        last_seq=0,
        last_public_seq=0,
        customer_seen_seq=0,
        agent_seen_seq=0,
        created_at=now,
        updated_at=now,
        closed_at=None,
        address=None,
        window_until=None,
        unreachable_at=None,
    )
    await tx.execute(
        insert(conversation).values(
            {column.name: getattr(created, column.name) for column in conversation.c}
        )
    )
    return created


async def get(tx: Transaction, conversation_id: str) -> Conversation | None:
    """Return a conversation, or None."""
    row = (await tx.execute(_BY_ID, {"name": conversation_id})).first()
    return _record(row._mapping) if row else None


async def lock(tx: Transaction, conversation_id: str) -> Conversation | None:
    """Return a conversation, locked against other writers until the transaction ends, or None."""
    row = (await tx.execute(_BY_ID_LOCKED, {"name": conversation_id})).first()
    return _record(row._mapping) if row else None


async def with_agent(
    tx: Transaction, conversation_id: str
) -> tuple[Conversation, str | None] | None:
    """Return a conversation and the name of the agent who has it, or None."""
    row = (await tx.execute(_WITH_AGENT, {"name": conversation_id})).first()
    return (_record(row._mapping), row.agent_name) if row else None


async def change(tx: Transaction, seen: Conversation, **values: Any) -> Conversation | None:
    """Change a conversation if nobody else has changed who has it since `seen` was read.

    Returns it as it is now, or None when its epoch is no longer that of `seen`.
    """
    result = await tx.execute(
        update(conversation)
        .where(conversation.c.id == seen.id, conversation.c.epoch == seen.epoch)
        .values(**values)
    )
    return replace(seen, **values) if result.rowcount == 1 else None


async def set_reach(
    tx: Transaction,
    locked: Conversation,
    *,
    address: str | None,
    window_until: datetime | None,
    unreachable_at: datetime | None,
) -> Conversation:
    """Keep where and how long a locked conversation's customer can be reached, if it is news."""
    after = replace(
        locked, address=address, window_until=window_until, unreachable_at=unreachable_at
    )
    if after != locked:
        await tx.execute(
            update(conversation)
            .where(conversation.c.id == locked.id)
            .values(address=address, window_until=window_until, unreachable_at=unreachable_at)
        )
        tx.announce(Change(Kind.STATE, locked.id))
    return after


async def set_addresses(
    tx: Transaction, contact_id: str, *, channel: str, was: str | None, address: str | None
) -> None:
    """Keep where a customer takes answers on a channel, in place of `was` or of any address."""
    changed = update(conversation).where(
        conversation.c.contact_id == contact_id, conversation.c.channel == channel
    )
    if was is not None:
        changed = changed.where(conversation.c.address == was)
    await tx.execute(changed.values(address=address))


async def mark_seen(tx: Transaction, conversation_id: str, *, by: Author, seq: int) -> bool:
    """Raise how far customer or agents have read; never lowers it. Returns whether it rose."""
    column = (
        conversation.c.customer_seen_seq if by is Author.CUSTOMER else conversation.c.agent_seen_seq
    )
    result = await tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id, column < seq, conversation.c.last_seq >= seq)
        .values({column.name: seq})
    )
    return bool(result.rowcount)


def _before(queued: Conversation) -> ColumnElement[bool]:
    """What stands before `queued`: who was put back at the front, then who has waited longer."""
    c = conversation.c
    earlier = or_(
        c.queued_at < queued.queued_at, and_(c.queued_at == queued.queued_at, c.id < queued.id)
    )
    if queued.at_front:
        return and_(c.at_front.is_(True), earlier)
    return or_(c.at_front.is_(True), earlier)


async def position(tx: Transaction, queued: Conversation) -> int | None:
    """Return the place in the queue, from 1, or None for a conversation that does not wait."""
    if queued.control is not Control.QUEUED:
        return None
    ahead = await tx.execute(
        select(func.count())
        .select_from(conversation)
        .where(conversation.c.control == Control.QUEUED, _before(queued))
    )
    return int(ahead.scalar_one()) + 1


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations wait, and are with the bot or a person; `held` by agent.

    `cases` counts the conversations with an open case, closed ones too.
    """

    waiting: int
    open: int
    held: dict[str, int]
    cases: int

    def of(self, agent_id: str) -> dict[str, int]:
        """Return the counts as an agent's list shows them."""
        return {
            "waiting": self.waiting,
            "mine": self.held.get(agent_id, 0),
            "cases": self.cases,
            "all": self.open,
        }


async def count(tx: Transaction) -> Counts:
    """Count what somebody may have to see to."""
    c = conversation.c
    rows = await tx.execute(
        select(c.control, c.agent_id, func.count().label("n"))
        .where(c.control != Control.CLOSED)
        .group_by(c.control, c.agent_id)
    )
    waiting, total, held = 0, 0, {}
    for row in rows:
        total += row.n
        if row.control == Control.QUEUED:
            waiting += row.n
        if row.agent_id is not None:
            held[row.agent_id] = row.n
    in_case = func.count(func.distinct(case_table.c.conversation_id))
    cases = await tx.execute(select(in_case).where(case_table.c.closed_at.is_(None)))
    return Counts(waiting, total, held, cases.scalar_one())


def summaries() -> Select[Any]:
    """Return the query for what an agent's list shows; order and limit are the caller's.

    A row has the conversation's columns and `agent_name`, `customer_name`, `last_author`,
    `last_text`, `last_at`, `last_content`, `unread` and `open_cases`. The last message is the
    newest but for notices and suppressed answers.
    """
    c = conversation.c
    other = message.alias("other")
    newest = (
        select(func.max(other.c.seq))
        .where(
            other.c.conversation_id == c.id,
            other.c.suppressed.is_(False),
            other.c.author != Author.SYSTEM,
        )
        .correlate(conversation)
        .scalar_subquery()
    )
    unread = (
        select(func.count())
        .select_from(other)
        .where(
            other.c.conversation_id == c.id,
            other.c.author == Author.CUSTOMER,
            other.c.seq > c.agent_seen_seq,
        )
        .correlate(conversation)
        .scalar_subquery()
    )
    open_cases = (
        select(func.count())
        .where(case_table.c.conversation_id == c.id, case_table.c.closed_at.is_(None))
        .correlate(conversation)
        .scalar_subquery()
    )
    return (
        select(
            conversation,
            agent_table.c.name.label("agent_name"),
            contact.c.name.label("customer_name"),
            message.c.author.label("last_author"),
            func.substr(message.c.text, 1, _PREVIEW).label("last_text"),
            message.c.created_at.label("last_at"),
            message.c.content.label("last_content"),
            unread.label("unread"),
            open_cases.label("open_cases"),
        )
        .join(contact, contact.c.id == c.contact_id)
        .outerjoin(agent_table, agent_table.c.id == c.agent_id)
        .outerjoin(message, and_(message.c.conversation_id == c.id, message.c.seq == newest))
    )


async def list_by_window(
    tx: Transaction,
    *,
    limit: int,
    now: datetime,
    waiting: bool = False,
    agent_id: str | None = None,
    with_case: bool = False,
) -> list[Any]:
    """Return summaries, who can be answered freely for the shortest time first.

    Behind them those whose platform takes free answers always, or none now; newest activity first.
    Of those who wait, of one agent, of those in which a case is open, or of all.
    """
    c = conversation.c
    left = case((c.window_until > now, c.window_until))
    chosen = select(c.id).order_by(left.asc().nulls_last(), c.updated_at.desc(), c.id).limit(limit)
    if waiting:
        chosen = chosen.where(c.control == Control.QUEUED)
    if agent_id is not None:
        chosen = chosen.where(c.agent_id == agent_id)
    if with_case:
        chosen = chosen.where(_in_case())
    # What a summary needs is looked up only for those that are shown.
    ids = list((await tx.execute(chosen)).scalars())
    found = (await tx.execute(summaries().where(c.id.in_(ids)))).mappings()
    return sorted(found, key=lambda row: ids.index(row["id"]))


def _in_case() -> ColumnElement[bool]:
    """Whether a case is open in the conversation."""
    c = case_table.c
    return exists().where(c.conversation_id == conversation.c.id, c.closed_at.is_(None))


async def list_waiting(tx: Transaction, *, limit: int) -> list[Any]:
    """Return summaries of those who wait, in the order they will be served."""
    c = conversation.c
    query = (
        summaries()
        .where(c.control == Control.QUEUED)
        .order_by(c.at_front.desc(), c.queued_at, c.id)
        .limit(limit)
    )
    return list((await tx.execute(query)).mappings())


async def list_recent(
    tx: Transaction,
    *,
    limit: int,
    before: datetime | None,
    agent_id: str | None = None,
    with_case: bool = False,
) -> list[Any]:
    """Return summaries, newest activity first, older than `before`; of one agent or of all.

    `with_case`: only those in which a case is open.
    """
    c = conversation.c
    query = summaries().order_by(c.updated_at.desc(), c.id).limit(limit)
    if agent_id is not None:
        query = query.where(c.agent_id == agent_id)
    if with_case:
        query = query.where(_in_case())
    if before is not None:
        query = query.where(c.updated_at < before)
    return list((await tx.execute(query)).mappings())


async def summary(tx: Transaction, conversation_id: str) -> Any | None:
    """Return one summary, or None."""
    query = summaries().where(conversation.c.id == conversation_id)
    return (await tx.execute(query)).mappings().first()


def from_summary(row: Any) -> Conversation:
    """Return the conversation within a summary."""
    return _record(row)
