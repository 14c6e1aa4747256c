"""The outbox: messages on their way to platforms that must be called."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, or_, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind
from handoff.store.rows import Conversation, Delivery, Message
from handoff.store.tables import delivery, is_one_of

OPEN = ("queued", "sending")


async def add(tx: Transaction, locked: Conversation, entries: list[Message], now: datetime) -> None:
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
                "state": "queued",
                "attempts": 0,
                "next_try_at": now,
                "possibly_double": False,
                "updated_at": now,
            }
            for entry in entries
        ],
    )
    tx.announce(Change(Kind.DELIVERY, locked.id))


async def take(
    tx: Transaction, *, worker: str, now: datetime, lease_until: datetime
) -> Delivery | None:
    """Give `worker` the oldest delivery that is due and first of its conversation, or None.

    One whose worker has not come back by the end of its lease is taken again, marked possibly
    double: nobody knows whether the platform had it.
    """
    other = delivery.alias("other")
    blocked = exists().where(
        other.c.conversation_id == delivery.c.conversation_id,
        is_one_of(other.c.state, OPEN),
        other.c.seq < delivery.c.seq,
    )
    row = (
        await tx.execute(
            select(delivery)
            .where(
                is_one_of(delivery.c.state, OPEN),
                or_(
                    (delivery.c.state == "queued") & (delivery.c.next_try_at <= now),
                    (delivery.c.state == "sending") & (delivery.c.lease_until < now),
                ),
                ~blocked,
            )
            .order_by(delivery.c.next_try_at, delivery.c.seq)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
    ).first()
    if row is None:
        return None
    values: dict[str, Any] = {
        "state": "sending",
        "worker": worker,
        "lease_until": lease_until,
        "attempts": row.attempts + 1,
        "possibly_double": row.possibly_double or row.state == "sending",
        "updated_at": now,
    }
    await tx.execute(update(delivery).where(delivery.c.id == row.id).values(**values))
    return Delivery(**{**row._mapping, **values})


async def update_taken(tx: Transaction, taken: Delivery, now: datetime, **values: Any) -> None:
    """Change a delivery, unless another worker has taken it meanwhile."""
    await tx.execute(
        update(delivery)
        .where(
            delivery.c.id == taken.id,
            delivery.c.state == "sending",
            delivery.c.worker == taken.worker,
        )
        .values(updated_at=now, worker=None, lease_until=None, **values)
    )
    tx.announce(Change(Kind.MESSAGE, taken.conversation_id))


async def queue_again(tx: Transaction, message_id: str, now: datetime) -> bool:
    """Put a failed delivery back into the outbox. Returns False when it had not failed."""
    row = (
        await tx.execute(
            update(delivery)
            .where(delivery.c.message_id == message_id, delivery.c.state == "failed")
            .values(state="queued", attempts=0, next_try_at=now, error=None, updated_at=now)
            .returning(delivery.c.conversation_id)
        )
    ).first()
    if row is None:
        return False
    tx.announce(Change(Kind.DELIVERY, row.conversation_id))
    tx.announce(Change(Kind.MESSAGE, row.conversation_id))
    return True


async def of_messages(tx: Transaction, message_ids: list[str]) -> dict[str, Delivery]:
    """Return the deliveries of these messages, by message id."""
    if not message_ids:
        return {}
    rows = await tx.execute(select(delivery).where(delivery.c.message_id.in_(message_ids)))
    return {row.message_id: Delivery(**row._mapping) for row in rows}
