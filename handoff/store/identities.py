"""Whom the shop has named to us, and the tokens that did it."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from handoff.store.base import Transaction
from handoff.store.rows import VerifiedCustomer
from handoff.store.tables import spent_token, verified_customer


async def spend(tx: Transaction, token_id: str, *, expires_at: datetime, now: datetime) -> bool:
    """Keep that a token was used; False when it was before. Tokens that expired are forgotten."""
    await tx.execute(delete(spent_token).where(spent_token.c.expires_at < now))
    known = await tx.execute(select(spent_token.c.id).where(spent_token.c.id == token_id))
    if known.first() is not None:
        return False
    await tx.execute(insert(spent_token).values(id=token_id, expires_at=expires_at))
    return True


async def put(tx: Transaction, verified: VerifiedCustomer) -> None:
    """Keep who a visitor is, in the place of what was known."""
    values = {name: getattr(verified, name) for name in VerifiedCustomer.__slots__}
    this = verified_customer.c.contact_id == verified.contact_id
    changed = await tx.execute(update(verified_customer).where(this).values(values))
    if not changed.rowcount:
        await tx.execute(insert(verified_customer).values(values))


async def get(tx: Transaction, contact_id: str) -> VerifiedCustomer | None:
    """Return who a visitor is said to be, however long ago, or None."""
    row = (
        await tx.execute(
            select(verified_customer).where(verified_customer.c.contact_id == contact_id)
        )
    ).first()
    return VerifiedCustomer(**row._mapping) if row else None
