"""Turns of the bot: what waits, what runs, what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, insert, or_, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind
from handoff.store.rows import Conversation, Message, Turn
from handoff.store.tables import is_one_of, turn

OPEN = ("pending", "running")


def _ready() -> ColumnElement[bool]:
    """What may run: not yet begun or abandoned, and nothing earlier of its conversation is open."""
    other = turn.alias("other")
    blocked = exists().where(
        other.c.conversation_id == turn.c.conversation_id,
        is_one_of(other.c.state, OPEN),
        other.c.seq < turn.c.seq,
    )
    abandoned = and_(turn.c.state == "running", turn.c.lease_until < bindparam("now"))
    # The states are named once more so that the partial index on open turns is used.
    return and_(is_one_of(turn.c.state, OPEN), or_(turn.c.state == "pending", abandoned), ~blocked)


# Made once: they run several times a turn, and making them costs more than running them.
_ANY_WAITING = select(turn.c.id).where(_ready()).limit(1)
_NEXT = (
    select(turn)
    .where(_ready())
    .order_by(turn.c.created_at, turn.c.seq)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(turn)
    .where(turn.c.id == bindparam("taken"))
    .values(state="running", worker=bindparam("by"), lease_until=bindparam("until"))
)
_ADD = insert(turn)
_FINISH = (
    update(turn)
    .where(
        turn.c.id == bindparam("taken"),
        turn.c.state == "running",
        turn.c.worker == bindparam("by"),
    )
    .values(
        state=bindparam("to"),
        finished_at=bindparam("now"),
        error=bindparam("why"),
        understanding=bindparam("understood"),
    )
)
_OF_CONVERSATION = turn.c.conversation_id == bindparam("conversation")
_BEFORE = select(
    exists().where(_OF_CONVERSATION, turn.c.epoch == bindparam("epoch")).label("epoch_known"),
    exists().where(_OF_CONVERSATION, is_one_of(turn.c.state, OPEN)).label("any_open"),
)


async def add(
    tx: Transaction,
    locked: Conversation,
    entry: Message,
    given: dict[str, str],
    sender: dict[str, Any],
    now: datetime,
    worker: str | None,
    lease_until: datetime,
) -> Turn:
    """Store the turn of a customer's message; `given` and `sender` as in Turn.

    The first turn of an epoch asks the bot to begin its dialogue anew. `worker` has it at once, as
    if by `take`, when no other turn of the conversation is open; without one it waits.
    """
    which = {"conversation": locked.id, "epoch": locked.epoch}
    before = (await tx.execute(_BEFORE, which)).one()
    taken = worker is not None and not before.any_open
    added = Turn(
        id=new_id(),
        conversation_id=locked.id,
        message_id=entry.id,
        seq=entry.seq,
        epoch=locked.epoch,
        input=given,
        sender=sender,
        reset=not before.epoch_known,
        state="running" if taken else "pending",
        worker=worker if taken else None,
        lease_until=lease_until if taken else None,
        created_at=now,
        finished_at=None,
        error=None,
        understanding=None,
    )
    await tx.execute(_ADD, {field: getattr(added, field) for field in Turn.__slots__})
    if not taken:
        tx.announce(Change(Kind.TURN, locked.id))
    return added


async def any_waiting(tx: Transaction, now: datetime) -> bool:
    """Return whether `take` would find something."""
    return (await tx.execute(_ANY_WAITING, {"now": now})).first() is not None


async def take(
    tx: Transaction, *, worker: str, now: datetime, lease_until: datetime
) -> Turn | None:
    """Give `worker` the oldest turn that may run, or None.

    A conversation has one running turn at most, and its turns run in the order of its messages. A
    turn whose worker has not finished it by the end of its lease may be taken again.
    """
    row = (await tx.execute(_NEXT, {"now": now})).first()
    if row is None:
        return None
    await tx.execute(_TAKE, {"taken": row.id, "by": worker, "until": lease_until})
    values = {"state": "running", "worker": worker, "lease_until": lease_until}
    return Turn(**{**row._mapping, **values})


async def free_running(tx: Transaction, worker: str | None = None) -> None:
    """Let every running turn, or those of `worker`, be taken again: who ran them has stopped."""
    running = update(turn).where(is_one_of(turn.c.state, OPEN), turn.c.state == "running")
    if worker is not None:
        running = running.where(turn.c.worker == worker)
    freed = running.values(state="pending", worker=None, lease_until=None)
    for row in await tx.execute(freed.returning(turn.c.conversation_id)):
        tx.announce(Change(Kind.TURN, row.conversation_id))


async def finish(
    tx: Transaction,
    taken: Turn,
    *,
    state: str,
    now: datetime,
    error: str | None = None,
    understanding: dict[str, Any] | None = None,
) -> bool:
    """Close a turn that its worker still holds.

    Returns False when another worker has taken it meanwhile.
    """
    result = await tx.execute(
        _FINISH,
        {
            "taken": taken.id,
            "by": taken.worker,
            "to": state,
            "now": now,
            "why": error,
            "understood": understanding,
        },
    )
    return bool(result.rowcount)


async def cancel_pending(tx: Transaction, conversation_id: str, now: datetime) -> None:
    """Drop the turns that have not begun: the conversation has left the bot."""
    await tx.execute(
        update(turn)
        .where(turn.c.conversation_id == conversation_id, turn.c.state == "pending")
        .values(state="cancelled", finished_at=now)
    )


async def understandings(tx: Transaction, message_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return what the bot understood of these messages, by message id."""
    if not message_ids:
        return {}
    rows = await tx.execute(
        select(turn.c.message_id, turn.c.understanding).where(
            turn.c.message_id.in_(message_ids), turn.c.understanding.is_not(None)
        )
    )
    return {row.message_id: row.understanding for row in rows if row.understanding}


async def get(tx: Transaction, turn_id: str) -> Turn | None:
    """Return a turn, or None."""
    row = (await tx.execute(select(turn).where(turn.c.id == turn_id))).first()
    return Turn(**row._mapping) if row else None


async def latest_understood(tx: Transaction, conversation_id: str) -> Turn | None:
    """Return the newest turn that the bot has answered, or None."""
    row = (
        await tx.execute(
            select(turn)
            .where(turn.c.conversation_id == conversation_id, turn.c.state == "done")
            .order_by(turn.c.seq.desc())
            .limit(1)
        )
    ).first()
    return Turn(**row._mapping) if row else None
