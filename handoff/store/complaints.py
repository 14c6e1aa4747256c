"""What customers complained about."""

from datetime import datetime

from sqlalchemy import insert, select

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Complaint, Turn
from handoff.store.tables import complaint


async def add(
    tx: Transaction, turn: Turn, *, reference: str, category: str, text: str, now: datetime
) -> None:
    """Keep the complaint that `turn` completed."""
    await tx.execute(
        insert(complaint).values(
            id=new_id(),
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            reference=reference,
            category=category,
            text=text,
            created_at=now,
        )
    )


async def of_conversation(tx: Transaction, conversation_id: str) -> list[Complaint]:
    """Return a conversation's complaints, newest first."""
    rows = await tx.execute(
        select(complaint)
        .where(complaint.c.conversation_id == conversation_id)
        .order_by(complaint.c.created_at.desc())
    )
    return [Complaint(**row) for row in rows.mappings()]
