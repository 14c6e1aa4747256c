"""What the bot and agents did with customers' orders."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Operation, Turn
from handoff.store.tables import agent, operation

_ADD = insert(operation)  # made once: making one costs more than running it
_NEWEST_FIRST = (operation.c.created_at.desc(), operation.c.position.desc(), operation.c.id)


async def add_of_turn(
    tx: Transaction, turn: Turn, done: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Keep what the bot did in `turn`, in its order.

    Each has `name`, `order_number`, `outcome`, `rule`, `since`, `until` and `details`.
    """
    rows = [
        {
            **one,
            "id": new_id(),
            "conversation_id": turn.conversation_id,
            "turn_id": turn.id,
            "position": position,
            "request": {},
            "created_at": now,
            "finished_at": None if one["outcome"] == "open" else now,
        }
        for position, one in enumerate(done)
    ]
    await tx.execute(_ADD, rows)


async def begin(
    tx: Transaction,
    *,
    conversation_id: str,
    agent_id: str,
    client_id: str,
    name: str,
    order_number: str,
    request: dict[str, Any],
    now: datetime,
) -> Operation:
    """Keep that an agent begins something, before anything is done.

    `client_id` is stored once for each agent in a conversation: IntegrityError if it was.
    """
    begun = Operation(
        id=new_id(),
        conversation_id=conversation_id,
        turn_id=None,
        agent_id=agent_id,
        client_id=client_id,
        position=0,
        name=name,
        order_number=order_number,
        request=request,
        outcome="open",
        rule=None,
        since=None,
        until=None,
        details={},
        created_at=now,
        finished_at=None,
    )
    await tx.execute(
        insert(operation).values({field: getattr(begun, field) for field in Operation.__slots__})
    )
    return begun


async def finish(
    tx: Transaction,
    operation_id: str,
    *,
    outcome: str,
    rule: str | None,
    since: date | None,
    until: date | None,
    details: dict[str, Any],
    now: datetime,
) -> bool:
    """Keep what came of an operation. Returns False when that was known already."""
    result = await tx.execute(
        update(operation)
        .where(operation.c.id == operation_id, operation.c.outcome == "open")
        .values(
            outcome=outcome, rule=rule, since=since, until=until, details=details, finished_at=now
        )
    )
    return bool(result.rowcount)


async def get(tx: Transaction, operation_id: str) -> Operation | None:
    """Return an operation, or None."""
    row = (await tx.execute(select(operation).where(operation.c.id == operation_id))).first()
    return Operation(**row._mapping) if row else None


async def find(
    tx: Transaction, *, conversation_id: str, agent_id: str, client_id: str
) -> Operation | None:
    """Return what an agent began under this name, or None."""
    row = (
        await tx.execute(
            select(operation).where(
                operation.c.conversation_id == conversation_id,
                operation.c.agent_id == agent_id,
                operation.c.client_id == client_id,
            )
        )
    ).first()
    return Operation(**row._mapping) if row else None


async def of_conversation(
    tx: Transaction, conversation_id: str, *, limit: int
) -> list[tuple[Operation, str | None]]:
    """Return what was done in a conversation, newest first, each with the name of its agent."""
    rows = await tx.execute(
        select(operation, agent.c.name.label("agent_name"))
        .outerjoin(agent, agent.c.id == operation.c.agent_id)
        .where(operation.c.conversation_id == conversation_id)
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
    )
    return [(_record(row), row["agent_name"]) for row in rows.mappings()]


async def since(
    tx: Transaction, conversation_id: str, at: datetime | None, *, limit: int
) -> list[Operation]:
    """Return what was done in a conversation after a time (None: ever), newest first."""
    query = select(operation).where(operation.c.conversation_id == conversation_id)
    if at is not None:
        query = query.where(operation.c.created_at > at)
    rows = await tx.execute(query.order_by(*_NEWEST_FIRST).limit(limit))
    return [_record(row) for row in rows.mappings()]


def _record(mapping: Any) -> Operation:
    return Operation(**{column.name: mapping[column] for column in operation.c})
