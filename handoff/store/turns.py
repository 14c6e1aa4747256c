"""Turns of the bot: what waits, what runs, what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update

from handoff.clock import new_id
from handoff.store.changes import Change, Kind
from handoff.store.engine import Transaction
from handoff.store.rows import Conversation, Message, Turn
from handoff.store.tables import turn

OPEN = ("pending", "running")


async def add(
    tx: Transaction, locked: Conversation, entry: Message, given: dict[str, str], now: datetime
) -> None:
    """Let the bot have a customer's message; `given` is `{"text"}` or `{"payload"}`.

    The first turn of an epoch asks the bot to begin its dialogue anew.
    """
    known = await tx.execute(
        select(exists().where(turn.c.conversation_id == locked.id, turn.c.epoch == locked.epoch))
    )
    await tx.execute(
        insert(turn).values(
            id=new_id(),
            conversation_id=locked.id,
            message_id=entry.id,
            seq=entry.seq,
            epoch=locked.epoch,
            input=given,
            reset=not known.scalar_one(),
            state="pending",
            created_at=now,
        )
    )
    tx.announce(Change(Kind.TURN, locked.id))


def _ready(now: datetime) -> ColumnElement[bool]:
    """What may run: not yet begun or abandoned, and nothing earlier of its conversation is open."""
    other = turn.alias("other")
    blocked = exists().where(
        other.c.conversation_id == turn.c.conversation_id,
        other.c.state.in_(OPEN),
        other.c.seq < turn.c.seq,
    )
    waiting = or_(
        turn.c.state == "pending", and_(turn.c.state == "running", turn.c.lease_until < now)
    )
    # Named so that the partial index on open turns is used.
    return and_(turn.c.state.in_(OPEN), waiting, ~blocked)


async def any_waiting(tx: Transaction, now: datetime) -> bool:
    """Return whether `take` would find something."""
    query = select(turn.c.id).where(_ready(now)).limit(1)
    return (await tx.execute(query)).first() is not None


async def take(
    tx: Transaction, *, worker: str, now: datetime, lease_until: datetime
) -> Turn | None:
    """Give `worker` the oldest turn that may run, or None.

    A conversation has one running turn at most, and its turns run in the order of its messages. A
    turn whose worker has not finished it by the end of its lease may be taken again.
    """
    row = (
        await tx.execute(
            select(turn)
            .where(_ready(now))
            .order_by(turn.c.created_at, turn.c.seq)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
    ).first()
    if row is None:
        return None
    values = {"state": "running", "worker": worker, "lease_until": lease_until}
    await tx.execute(update(turn).where(turn.c.id == row.id).values(**values))
    return Turn(**{**row._mapping, **values})


async def free_running(tx: Transaction) -> None:
    """Let every running turn be taken again: the process that ran it has stopped."""
    await tx.execute(
        update(turn).where(turn.c.state == "running").values(state="pending", worker=None)
    )


async def finish(
    tx: Transaction,
    taken: Turn,
    *,
    state: str,
    now: datetime,
    error: str | None = None,
    understanding: dict[str, Any] | None = None,
) -> bool:
    """Close a turn that its worker still holds. Returns False when another worker has taken it
    meanwhile.
    """
    result = await tx.execute(
        update(turn)
        .where(turn.c.id == taken.id, turn.c.state == "running", turn.c.worker == taken.worker)
        .values(state=state, finished_at=now, error=error, understanding=understanding)
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
