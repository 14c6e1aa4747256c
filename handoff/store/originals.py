"""Messages as they were before their numbers were hidden, sealed; and who has seen one."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.tables import original, reveal


async def add(tx: Transaction, message_id: str, *, sealed: str, now: datetime) -> None:
    """Keep what a message said."""
    await tx.execute(insert(original).values(message_id=message_id, sealed=sealed, created_at=now))


async def remove(tx: Transaction, message_id: str) -> None:
    """Keep what a message said no longer."""
    await tx.execute(delete(original).where(original.c.message_id == message_id))


async def get(tx: Transaction, message_id: str) -> str | None:
    """Return what a message said, sealed, or None when it is not kept."""
    found: str | None = (
        await tx.execute(select(original.c.sealed).where(original.c.message_id == message_id))
    ).scalar_one_or_none()
    return found


async def add_reveal(tx: Transaction, message_id: str, *, agent_id: str, now: datetime) -> None:
    """Keep that an agent has seen what a message said."""
    await tx.execute(
        insert(reveal).values(id=new_id(), message_id=message_id, agent_id=agent_id, at=now)
    )
