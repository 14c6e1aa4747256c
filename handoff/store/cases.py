"""What customers have left with the shop: complaints, and what is wrong with their deliveries."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Case, Turn
from handoff.store.tables import agent, case


async def add(
    tx: Transaction,
    turn: Turn,
    *,
    reference: str,
    kind: str,
    category: str | None,
    order_number: str | None,
    lines: Sequence[dict[str, int]],
    text: str,
    now: datetime,
) -> None:
    """Keep the case that `turn` completed."""
    await tx.execute(
        insert(case).values(
            id=new_id(),
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            reference=reference,
            kind=kind,
            category=category,
            order_number=order_number,
            lines=list(lines),
            text=text,
            created_at=now,
        )
    )


async def of_conversation(tx: Transaction, conversation_id: str) -> list[tuple[Case, str | None]]:
    """Return a conversation's cases, newest first, each with the name of who closed it."""
    return await _named(tx, case.c.conversation_id == conversation_id)


async def get(tx: Transaction, case_id: str) -> tuple[Case, str | None] | None:
    """Return a case and the name of who closed it."""
    return next(iter(await _named(tx, case.c.id == case_id)), None)


async def close(tx: Transaction, case_id: str, *, agent_id: str, note: str, now: datetime) -> bool:
    """Close a case that is open; False when somebody has closed it before."""
    closed = await tx.execute(
        update(case)
        .where(case.c.id == case_id, case.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=agent_id, closing_note=note)
    )
    return bool(closed.rowcount)


async def reopen(tx: Transaction, case_id: str) -> bool:
    """Open a case again that was closed; False when it is open."""
    reopened = await tx.execute(
        update(case)
        .where(case.c.id == case_id, case.c.closed_at.is_not(None))
        .values(closed_at=None, closed_by=None, closing_note=None)
    )
    return bool(reopened.rowcount)


async def _named(tx: Transaction, which: ColumnElement[bool]) -> list[tuple[Case, str | None]]:
    rows = await tx.execute(
        select(case, agent.c.name.label("closer"))
        .outerjoin(agent, agent.c.id == case.c.closed_by)
        .where(which)
        .order_by(case.c.created_at.desc(), case.c.id)
    )
    found = [dict(row) for row in rows.mappings()]
    return [(Case(**row), closer) for row in found for closer in (row.pop("closer"),)]
