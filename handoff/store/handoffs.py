"""Why persons were asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Handoff
from handoff.store.tables import handoff


async def add(
    tx: Transaction,
    *,
    conversation_id: str,
    turn_id: str | None,
    seq: int,
    reason: str,
    department: str | None,
    summary: str | None,
    evidence: dict[str, Any],
    now: datetime,
) -> None:
    """Keep why a person was asked for."""
    await tx.execute(
        insert(handoff).values(
            id=new_id(),
            conversation_id=conversation_id,
            turn_id=turn_id,
            seq=seq,
            reason=reason,
            department=department,
            summary=summary,
            evidence=evidence,
            created_at=now,
        )
    )


async def latest(tx: Transaction, conversation_id: str) -> Handoff | None:
    """Return the newest handoff of a conversation, or None."""
    row = (
        await tx.execute(
            select(handoff)
            .where(handoff.c.conversation_id == conversation_id)
            .order_by(handoff.c.seq.desc(), handoff.c.created_at.desc())
            .limit(1)
        )
    ).first()
    return Handoff(**row._mapping) if row else None
