"""Customers and how channels know them."""

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Contact
from handoff.store.tables import contact, identity

_COLUMNS = (contact.c.id, contact.c.name, contact.c.language, contact.c.created_at)

# Made once, because every message of a platform runs it.
_KNOWN_AS = (
    select(*_COLUMNS)
    .join(identity, identity.c.contact_id == contact.c.id)
    .where(
        identity.c.channel == bindparam("on_channel"),
        identity.c.kind == bindparam("of_kind"),
        identity.c.value == bindparam("as_value"),
    )
)
_KNOWN_SINCE = _KNOWN_AS.where(identity.c.created_at >= bindparam("since"))


async def create(
    tx: Transaction, *, channel: str, kind: str, value: str, language: str, now: datetime
) -> Contact:
    """Store a new customer whom `channel` knows by `value`."""
    created = Contact(id=new_id(), name=None, language=language, created_at=now)
    await tx.execute(
        insert(contact).values(id=created.id, name=None, language=language, created_at=now)
    )
    await add_identity(tx, created.id, channel=channel, kind=kind, value=value, now=now)
    return created


async def add_identity(
    tx: Transaction, contact_id: str, *, channel: str, kind: str, value: str, now: datetime
) -> None:
    """Keep that `channel` knows a customer by `value`."""
    await tx.execute(
        insert(identity).values(
            id=new_id(),
            contact_id=contact_id,
            channel=channel,
            kind=kind,
            value=value,
            created_at=now,
        )
    )


async def remove_identity(
    tx: Transaction, contact_id: str, *, channel: str, kind: str, value: str
) -> None:
    """Keep that `channel` does not mean a customer by `value` any more."""
    await tx.execute(
        delete(identity).where(
            identity.c.contact_id == contact_id,
            identity.c.channel == channel,
            identity.c.kind == kind,
            identity.c.value == value,
        )
    )


async def has_kind(tx: Transaction, contact_id: str, *, channel: str, kind: str) -> bool:
    """Return whether `channel` knows a customer by a name of this kind."""
    query = select(identity.c.id).where(
        identity.c.contact_id == contact_id,
        identity.c.channel == channel,
        identity.c.kind == kind,
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def find(
    tx: Transaction, *, channel: str, kind: str, value: str, since: datetime | None = None
) -> Contact | None:
    """Return whom `channel` knows by `value`, unless first seen before `since`."""
    which = {"on_channel": channel, "of_kind": kind, "as_value": value}
    if since is None:
        row = (await tx.execute(_KNOWN_AS, which)).first()
    else:
        row = (await tx.execute(_KNOWN_SINCE, {**which, "since": since})).first()
    return Contact(**row._mapping) if row else None


async def get(tx: Transaction, contact_id: str) -> Contact | None:
    """Return a customer, or None."""
    row = (await tx.execute(select(*_COLUMNS).where(contact.c.id == contact_id))).first()
    return Contact(**row._mapping) if row else None


async def set_name(tx: Transaction, contact_id: str, name: str) -> None:
    """Remember what a customer is called."""
    await tx.execute(update(contact).where(contact.c.id == contact_id).values(name=name))


async def set_language(tx: Transaction, contact_id: str, language: str) -> None:
    """Remember the language a customer chose."""
    await tx.execute(update(contact).where(contact.c.id == contact_id).values(language=language))
