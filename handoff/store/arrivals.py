"""What platforms have told and is no message yet, because its files are still to be fetched."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, insert, or_, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind
from handoff.store.rows import Arrival
from handoff.store.tables import arrival


def _same_customer(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(
        one.c.contact_id == other.c.contact_id,
        one.c.channel == other.c.channel,
        one.c.account == other.c.account,
    )


def _ready() -> ColumnElement[bool]:
    """What may be fetched: due, in nobody's hands, and nothing earlier is in its first try."""
    other = arrival.alias("other")
    now: ColumnElement[datetime] = bindparam("now")
    blocked = exists().where(
        _same_customer(other, arrival),
        other.c.first_try,
        or_(
            other.c.created_at < arrival.c.created_at,
            and_(other.c.created_at == arrival.c.created_at, other.c.id < arrival.c.id),
        ),
    )
    free = or_(arrival.c.lease_until.is_(None), arrival.c.lease_until < now)
    return and_(arrival.c.next_try_at <= now, free, ~blocked)


def _still_held(taken: Arrival) -> ColumnElement[bool]:
    """Whether nobody has taken it since, not even the same worker once more."""
    return and_(
        arrival.c.id == taken.id,
        arrival.c.worker == taken.worker,
        arrival.c.attempts == taken.attempts,
    )


_ANY_WAITING = select(arrival.c.id).where(_ready()).limit(1)
_NEXT = (
    select(arrival)
    .where(_ready())
    .order_by(arrival.c.next_try_at, arrival.c.created_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_IN_FIRST_TRY = (
    select(arrival.c.id)
    .where(
        arrival.c.contact_id == bindparam("contact"),
        arrival.c.channel == bindparam("on_channel"),
        arrival.c.account == bindparam("on_account"),
        arrival.c.first_try,
    )
    .limit(1)
)


async def add(
    tx: Transaction,
    *,
    contact_id: str,
    channel: str,
    account: str,
    source: str,
    source_id: str,
    content: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep something a customer sent until it can be a message; of one source once."""
    await tx.execute(
        insert(arrival).values(
            id=new_id(),
            contact_id=contact_id,
            channel=channel,
            account=account,
            source=source,
            source_id=source_id,
            content=content,
            attempts=0,
            first_try=True,
            next_try_at=now,
            created_at=now,
        )
    )
    tx.announce(Change(Kind.ARRIVAL, "", contact_id))


async def find(tx: Transaction, source: str, source_id: str) -> Arrival | None:
    """Return what waits from this source, or None."""
    query = select(arrival).where(arrival.c.source == source, arrival.c.source_id == source_id)
    row = (await tx.execute(query)).first()
    return Arrival(**row._mapping) if row else None


async def rewrite(tx: Transaction, waiting: Arrival, *, content: Mapping[str, Any]) -> None:
    """Let a waiting arrival become another message; who has it in hands has it no more."""
    await tx.execute(
        update(arrival)
        .where(arrival.c.id == waiting.id)
        .values(content=content, worker=None, lease_until=None)
    )
    tx.announce(Change(Kind.ARRIVAL, "", waiting.contact_id))


async def in_first_try(tx: Transaction, *, contact_id: str, channel: str, account: str) -> bool:
    """Return whether something of this customer waits that has not failed yet."""
    which = {"contact": contact_id, "on_channel": channel, "on_account": account}
    return (await tx.execute(_IN_FIRST_TRY, which)).first() is not None


async def any_waiting(tx: Transaction, now: datetime) -> bool:
    """Return whether `take` would find something."""
    return (await tx.execute(_ANY_WAITING, {"now": now})).first() is not None


async def take(
    tx: Transaction, *, worker: str, now: datetime, lease_until: datetime
) -> Arrival | None:
    """Give `worker` the next arrival that is due, or None."""
    row = (await tx.execute(_NEXT, {"now": now})).first()
    if row is None:
        return None
    values = {"worker": worker, "lease_until": lease_until, "attempts": row.attempts + 1}
    await tx.execute(update(arrival).where(arrival.c.id == row.id).values(values))
    return Arrival(**{**row._mapping, **values})


async def put_back(tx: Transaction, taken: Arrival, *, next_try_at: datetime) -> None:
    """Let a taken arrival be tried again; what its customer sends meanwhile waits no more."""
    await tx.execute(
        update(arrival)
        .where(_still_held(taken))
        .values(first_try=False, next_try_at=next_try_at, worker=None, lease_until=None)
    )


async def remove(tx: Transaction, taken: Arrival) -> bool:
    """Forget an arrival that its worker still holds; False when another one has it."""
    result = await tx.execute(delete(arrival).where(_still_held(taken)))
    return bool(result.rowcount)


async def give_back(tx: Transaction, worker: str | None = None) -> None:
    """Let what `worker`, or anybody, has taken be taken again: who had it has stopped."""
    held = update(arrival).where(arrival.c.lease_until.is_not(None))
    if worker is not None:
        held = held.where(arrival.c.worker == worker)
    await tx.execute(held.values(worker=None, lease_until=None))
