"""The record of every change of hands."""

from datetime import datetime

from sqlalchemy import func, insert, select

from handoff.clock import new_id
from handoff.conversation import Author, Command, Control
from handoff.store.base import Transaction
from handoff.store.tables import control_change


async def add(
    tx: Transaction,
    *,
    conversation_id: str,
    epoch: int,
    command: Command,
    before: Control,
    after: Control,
    actor: Author,
    agent_id: str | None,
    reason: str | None,
    at: datetime,
) -> None:
    """Keep one change; `epoch` is the one that it began."""
    await tx.execute(
        insert(control_change).values(
            id=new_id(),
            conversation_id=conversation_id,
            epoch=epoch,
            command=command,
            before=before,
            after=after,
            actor=actor,
            agent_id=agent_id,
            reason=reason,
            at=at,
        )
    )


async def last(tx: Transaction, conversation_id: str, command: Command) -> datetime | None:
    """Return when a command was last given in a conversation, or None."""
    row = await tx.execute(
        select(func.max(control_change.c.at)).where(
            control_change.c.conversation_id == conversation_id,
            control_change.c.command == command,
        )
    )
    at: datetime | None = row.scalar_one()
    return at
