"""The outbox: messages on their way to platforms that must be called, and what became of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from handoff.clock import new_id
from handoff.conversation import Author
from handoff.ledger import State, after_report
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind
from handoff.store.rows import Conversation, Delivery, Message
from handoff.store.tables import conversation, delivery, is_one_of, message, platform_message

OPEN = (State.QUEUED, State.SENDING)

_LOOKED_AT = 50
"""How many messages back something is looked for that may not have arrived."""


def _record(row: Any) -> Delivery:
    return Delivery(**{**row._mapping, "state": State(row.state)})


async def add(
    tx: Transaction,
    locked: Conversation,
    entries: Sequence[Message],
    now: datetime,
    *,
    state: State = State.QUEUED,
    error: str | None = None,
) -> None:
    """Put messages into the outbox of their conversation's channel."""
    await tx.execute(
        insert(delivery),
        [
            {
                "id": new_id(),
                "message_id": entry.id,
                "conversation_id": locked.id,
                "seq": entry.seq,
                "channel": locked.channel,
                "account": locked.account,
                "state": state,
                "attempts": 0,
                "next_try_at": now,
                "error": error,
                "possibly_double": False,
                "part": 0,
                "parts": 1,
                "answer_lost": False,
                "updated_at": now,
            }
            for entry in entries
        ],
    )
    if state is State.QUEUED:
        tx.announce(Change(Kind.DELIVERY, locked.id))


def _ready() -> ColumnElement[bool]:
    """What may be sent: due or abandoned, and nothing earlier of its conversation is open."""
    other = delivery.alias("other")
    blocked = exists().where(
        other.c.conversation_id == delivery.c.conversation_id,
        is_one_of(other.c.state, OPEN),
        other.c.seq < delivery.c.seq,
    )
    now: ColumnElement[datetime] = bindparam("now")
    return and_(
        # The states are named once more so that the partial index on open deliveries is used.
        is_one_of(delivery.c.state, OPEN),
        delivery.c.channel == bindparam("on_channel"),
        delivery.c.account == bindparam("on_account"),
        or_(
            and_(delivery.c.state == State.QUEUED, delivery.c.next_try_at <= now),
            and_(delivery.c.state == State.SENDING, delivery.c.lease_until < now),
        ),
        ~blocked,
    )


_ANY_WAITING = select(delivery.c.id).where(_ready()).limit(1)
_NEXT = (
    select(delivery)
    .where(_ready())
    .order_by(delivery.c.next_try_at, delivery.c.seq)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)


_RELEASE = (
    update(delivery)
    # The state is written into it so that the partial index on parked deliveries is used.
    .where(delivery.c.conversation_id == bindparam("of"), is_one_of(delivery.c.state, ("parked",)))
    .values(
        state=State.QUEUED, next_try_at=bindparam("now"), error=None, updated_at=bindparam("now")
    )
)


async def any_waiting(tx: Transaction, account: tuple[str, str], now: datetime) -> bool:
    """Return whether `next_waiting` would find something."""
    which = {"on_channel": account[0], "on_account": account[1], "now": now}
    return (await tx.execute(_ANY_WAITING, which)).first() is not None


async def next_waiting(
    tx: Transaction, account: tuple[str, str], now: datetime, *, most: int
) -> list[Delivery]:
    """Return the deliveries of an account that are due first, locked, each of another conversation.

    A conversation's deliveries go in the order of its messages. One whose worker has not come back
    by the end of its lease is due again.
    """
    which = {"on_channel": account[0], "on_account": account[1], "now": now, "most": most}
    return [_record(row) for row in await tx.execute(_NEXT, which)]


async def behind(tx: Transaction, first: Delivery, *, most: int | None = None) -> list[Delivery]:
    """Return what waits behind a delivery of its conversation, in its order; `most` of it."""
    rows = await tx.execute(
        select(delivery)
        .where(
            delivery.c.conversation_id == first.conversation_id,
            is_one_of(delivery.c.state, OPEN),
            delivery.c.state == State.QUEUED,
            delivery.c.seq > first.seq,
        )
        .order_by(delivery.c.seq)
        .limit(most)
    )
    return [_record(row) for row in rows]


async def take(
    tx: Transaction,
    waiting: Sequence[Delivery],
    *,
    worker: str,
    call_id: str,
    parts: int,
    now: datetime,
    lease_until: datetime,
) -> list[Delivery]:
    """Give `worker` deliveries that this transaction has found waiting, for one call.

    One that was abandoned is marked possibly double: nobody knows whether the platform had it.
    """
    taken = []
    for entry in waiting:
        abandoned = entry.state is State.SENDING
        values = {
            "state": State.SENDING,
            "worker": worker,
            "lease_until": lease_until,
            "call_id": call_id,
            "parts": parts,
            "attempts": entry.attempts + 1,
            "possibly_double": entry.possibly_double or entry.answer_lost or abandoned,
            "answer_lost": False,
            "updated_at": now,
        }
        changed = update(delivery).where(delivery.c.id == entry.id).values(**values)
        (row,) = await tx.execute(changed.returning(delivery))
        taken.append(_record(row))
    return taken


def _still_taken(entry: Delivery) -> ColumnElement[bool]:
    return and_(
        delivery.c.id == entry.id,
        delivery.c.state == State.SENDING,
        delivery.c.worker == entry.worker,
        delivery.c.call_id == entry.call_id,
    )


async def put_back(tx: Transaction, taken: Delivery, now: datetime, **values: Any) -> None:
    """Change a delivery that the platform has not taken, unless another worker has it now."""
    await tx.execute(
        update(delivery)
        .where(_still_taken(taken))
        .values(updated_at=now, worker=None, lease_until=None, **values)
    )
    tx.announce(Change(Kind.MESSAGE, taken.conversation_id))


async def has_sent(
    tx: Transaction, taken: Sequence[Delivery], now: datetime, platform_id: str | None
) -> None:
    """Keep that the platform has taken a call; a report that was faster counts at once.

    A message of which parts are still to be sent waits for its next call.
    """
    if platform_id is not None:
        source = _source(taken[0])
        await _know(tx, source=source, name=platform_id, call_id=taken[0].call_id, now=now)
    for entry in taken:
        row = (
            await tx.execute(select(delivery).where(_still_taken(entry)).with_for_update())
        ).first()
        if row is None:
            continue
        told, error = await _told(tx, entry, platform_id)
        whole = entry.part + 1 >= entry.parts
        failed = told is State.FAILED
        await tx.execute(
            update(delivery)
            .where(delivery.c.id == entry.id)
            .values(
                state=told if whole or failed else State.QUEUED,
                error=error,
                platform_id=platform_id,
                part=0 if failed else entry.part + 1,
                attempts=entry.attempts if whole or failed else 0,
                next_try_at=now,
                worker=None,
                lease_until=None,
                updated_at=now,
            )
        )
        tx.announce(Change(Kind.MESSAGE, entry.conversation_id))
        if not whole:
            tx.announce(Change(Kind.DELIVERY, entry.conversation_id))


async def _told(
    tx: Transaction, entry: Delivery, platform_id: str | None
) -> tuple[State, str | None]:
    """Return what the reports say of a call that the platform has taken."""
    rows = await tx.execute(
        select(platform_message).where(platform_message.c.call_id == entry.call_id)
    )
    told = State.SENT
    for row in rows:
        if row.state == State.FAILED:
            return State.FAILED, row.error
        if row.platform_id == platform_id:
            told = State(row.state)
    return told, None


def _source(entry: Delivery) -> str:
    return f"{entry.channel}:{entry.account}"


async def _know(
    tx: Transaction, *, source: str, name: str, call_id: str | None, now: datetime
) -> Any:
    """Return what is known of a platform's message, locked; from now on at least that it exists.

    Sending and reports both begin here, so that neither can miss the other.
    """
    adding = (postgresql.insert if tx.shared else sqlite.insert)(platform_message).values(
        source=source, platform_id=name, call_id=call_id, state=State.SENT, updated_at=now
    )
    keep: dict[str, Any] = {"updated_at": now} | ({"call_id": call_id} if call_id else {})
    found = await tx.execute(
        adding.on_conflict_do_update(index_elements=["source", "platform_id"], set_=keep).returning(
            platform_message
        )
    )
    return found.one()


async def know(tx: Transaction, source: str, name: str, now: datetime) -> bool:
    """Return whether a platform's message is one that we have sent.

    Who learns the same name at the same time, by sending, comes before this or after it.
    """
    known = await _know(tx, source=source, name=name, call_id=None, now=now)
    return known.call_id is not None


async def named(tx: Transaction, call_id: str) -> list[str]:
    """Return the platform's names for what a call has brought, the latest first."""
    rows = await tx.execute(
        select(platform_message.c.platform_id)
        .where(platform_message.c.call_id == call_id)
        .order_by(platform_message.c.updated_at.desc())
    )
    return list(rows.scalars())


async def unsure(tx: Transaction, *, contact_id: str, channel: str, account: str) -> list[Delivery]:
    """Return the latest deliveries to a customer of which it is not known what became of each try.

    They are being sent, have lost their answer, or are possibly double; oldest first.
    """
    latest = (
        select(message.c.id)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            conversation.c.contact_id == contact_id,
            conversation.c.channel == channel,
            conversation.c.account == account,
        )
        .order_by(message.c.seq.desc())
        .limit(_LOOKED_AT)
    )
    rows = await tx.execute(
        select(delivery)
        .where(
            delivery.c.message_id.in_(latest),
            or_(
                delivery.c.state == State.SENDING,
                delivery.c.answer_lost.is_(True),
                delivery.c.possibly_double.is_(True),
            ),
        )
        .order_by(delivery.c.seq)
    )
    return [_record(row) for row in rows]


async def report(
    tx: Transaction,
    *,
    source: str,
    platform_id: str,
    state: State,
    call_id: str | None,
    error: str | None,
    now: datetime,
) -> list[Delivery]:
    """Keep how a platform's message fares; late, early, repeated and disordered reports are fine.

    Of a call whose answer was lost, and which has not been made again, this is the answer. Returns
    the deliveries that fare otherwise now.
    """
    this = (platform_message.c.source == source) & (platform_message.c.platform_id == platform_id)
    before = (await tx.execute(select(platform_message.c.call_id).where(this))).first()
    answered = before is not None and before.call_id is not None
    known = await _know(tx, source=source, name=platform_id, call_id=call_id, now=now)
    after = after_report(State(known.state), state)
    if after is not State(known.state):
        await tx.execute(update(platform_message).where(this).values(state=after, error=error))
    if known.call_id is None:
        return []
    told = []
    rows = await tx.execute(
        select(delivery).where(delivery.c.call_id == known.call_id).with_for_update()
    )
    for entry in map(_record, rows):
        values = _reported(entry, platform_id, after, error, answered=answered)
        if values:
            changed = update(delivery).where(delivery.c.id == entry.id)
            await tx.execute(changed.values(updated_at=now, **values))
            tx.announce(Change(Kind.MESSAGE, entry.conversation_id))
            told.append(replace(entry, **values))
    return told


def _reported(
    entry: Delivery, platform_id: str, told: State, error: str | None, *, answered: bool
) -> dict[str, Any]:
    """Return what a report changes; `answered` tells that the call's answer was not lost."""
    if entry.state is State.SENDING:
        # Who makes the call will find the report when it has the answer.
        return {}
    if entry.answer_lost and not answered:
        whole = entry.part + 1 >= entry.parts
        failed = told is State.FAILED
        return {
            "state": told if whole or failed else State.QUEUED,
            "error": error if failed else None,
            "platform_id": platform_id,
            "part": 0 if failed else entry.part + 1,
            "answer_lost": False,
        }
    if told is State.FAILED:
        after = after_report(entry.state, told)
        return {} if after is entry.state else {"state": after, "error": error, "part": 0}
    if entry.state in (State.QUEUED, State.PARKED):
        return {}
    # One part has arrived; the message has when its last part has.
    after = after_report(entry.state, told) if platform_id == entry.platform_id else entry.state
    return {} if after is entry.state else {"state": after}


async def give_back(tx: Transaction, now: datetime, worker: str | None = None) -> None:
    """Let everything that is being sent, or is by `worker`, be sent again: who did it has stopped.

    Nobody knows whether the platform has taken it.
    """
    sending = update(delivery).where(
        is_one_of(delivery.c.state, OPEN), delivery.c.state == State.SENDING
    )
    if worker is not None:
        sending = sending.where(delivery.c.worker == worker)
    freed = sending.values(
        state=State.QUEUED,
        next_try_at=now,
        answer_lost=True,
        worker=None,
        lease_until=None,
        updated_at=now,
    )
    for row in await tx.execute(freed.returning(delivery.c.conversation_id)):
        tx.announce(Change(Kind.DELIVERY, row.conversation_id))


async def queue_again(tx: Transaction, message_id: str, now: datetime) -> bool:
    """Put a failed delivery back into the outbox. Returns False when it had not failed."""
    row = (
        await tx.execute(
            update(delivery)
            .where(delivery.c.message_id == message_id, delivery.c.state == State.FAILED)
            .values(
                state=State.QUEUED,
                attempts=0,
                next_try_at=now,
                error=None,
                # What is still told of the earlier try is not about this one.
                call_id=None,
                updated_at=now,
            )
            .returning(delivery.c.conversation_id)
        )
    ).first()
    if row is None:
        return False
    tx.announce(Change(Kind.DELIVERY, row.conversation_id))
    tx.announce(Change(Kind.MESSAGE, row.conversation_id))
    return True


def is_machines(entry: Message) -> bool:
    """Return whether nobody wrote a message and no agent's reply depends on it.

    A template asks the customer to write so that such a reply may come.
    """
    return entry.author in (Author.BOT, Author.SYSTEM) and "template" not in entry.content


async def withdraw(tx: Transaction, conversation_id: str, error: str, now: datetime) -> None:
    """Let what waits and nobody wrote not be sent; an agent may still send it again."""
    waiting = await tx.execute(
        select(message)
        .join(delivery, delivery.c.message_id == message.c.id)
        .where(
            delivery.c.conversation_id == conversation_id,
            is_one_of(delivery.c.state, OPEN),
            delivery.c.state == State.QUEUED,
        )
    )
    entries = [Message(**row) for row in waiting.mappings()]
    machines = [entry.id for entry in entries if is_machines(entry)]
    withdrawn = await tx.execute(
        update(delivery)
        .where(
            delivery.c.conversation_id == conversation_id,
            is_one_of(delivery.c.state, OPEN),
            delivery.c.state == State.QUEUED,
            delivery.c.message_id.in_(machines),
        )
        .values(state=State.FAILED, error=error, updated_at=now)
    )
    if withdrawn.rowcount:
        tx.announce(Change(Kind.MESSAGE, conversation_id))


async def park(tx: Transaction, entries: Sequence[Delivery], now: datetime) -> None:
    """Let deliveries wait until the customer writes."""
    names = [entry.id for entry in entries]
    parked = update(delivery).where(delivery.c.id.in_(names))
    await tx.execute(
        parked.values(state=State.PARKED, error=None, worker=None, lease_until=None, updated_at=now)
    )
    for entry in entries:
        tx.announce(Change(Kind.MESSAGE, entry.conversation_id))


async def any_parked(tx: Transaction, conversation_id: str) -> bool:
    """Return whether something waits for the customer to write."""
    parked = select(delivery.c.id).where(
        delivery.c.conversation_id == conversation_id, delivery.c.state == State.PARKED
    )
    return (await tx.execute(parked.limit(1))).first() is not None


async def release(tx: Transaction, conversation_id: str, now: datetime) -> None:
    """Send what has waited for the customer to write."""
    freed = await tx.execute(_RELEASE, {"of": conversation_id, "now": now})
    if freed.rowcount:
        tx.announce(Change(Kind.DELIVERY, conversation_id))
        tx.announce(Change(Kind.MESSAGE, conversation_id))


async def of_messages(tx: Transaction, message_ids: list[str]) -> dict[str, Delivery]:
    """Return the deliveries of these messages, by message id."""
    if not message_ids:
        return {}
    rows = await tx.execute(select(delivery).where(delivery.c.message_id.in_(message_ids)))
    return {row.message_id: _record(row) for row in rows}
