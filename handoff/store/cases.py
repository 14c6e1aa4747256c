"""What customers have left with the shop: complaints, and what is wrong with their deliveries."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Case, Turn
from handoff.store.tables import case


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


async def of_conversation(tx: Transaction, conversation_id: str) -> list[Case]:
    """Return a conversation's cases, newest first."""
    rows = await tx.execute(
        select(case)
        .where(case.c.conversation_id == conversation_id)
        .order_by(case.c.created_at.desc(), case.c.id)
    )
    return [Case(**row) for row in rows.mappings()]
