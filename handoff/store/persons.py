"""Which customers are one person, by an agent's word: on several channels, or by several names."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.tables import contact, conversation, identity, joined_customer

PHONE = "phone"
"""The kind of name that is the same on several channels."""


@dataclass(frozen=True, slots=True)
class Known:
    """A customer's conversation, as one looks for it."""

    conversation_id: str
    channel: str
    name: str | None
    updated_at: datetime


async def joined(tx: Transaction, contact_id: str) -> list[Known]:
    """Return the conversations of the other customers who are the same person."""
    mine = joined_customer.alias("mine")
    same = (
        select(joined_customer.c.contact_id)
        .join(mine, mine.c.person == joined_customer.c.person)
        .where(mine.c.contact_id == contact_id)
    )
    return await _conversations(tx, contact_id, contact.c.id.in_(same), limit=50)


async def with_same_number(tx: Transaction, contact_id: str, *, limit: int) -> list[Known]:
    """Return conversations of others whom a platform knows by the same telephone number."""
    of_phone = identity.c.kind == PHONE
    mine = await tx.execute(
        select(identity.c.value).where(identity.c.contact_id == contact_id, of_phone)
    )
    # Some platforms write a number with its plus, some without.
    numbers = {value.removeprefix("+") for value in mine.scalars()}
    written = [*numbers, *(f"+{number}" for number in numbers)]
    same = select(identity.c.contact_id).where(identity.c.value.in_(written), of_phone)
    return await _conversations(tx, contact_id, contact.c.id.in_(same), limit=limit)


async def search(tx: Transaction, contact_id: str, text: str, *, limit: int) -> list[Known]:
    """Return conversations of others whose name has `text` in it, or whose number its digits."""
    wanted: list[ColumnElement[bool]] = [contact.c.name.icontains(text, autoescape=True)]
    digits = "".join(character for character in text if character in "0123456789")
    if len(digits) >= 5:
        numbers = select(identity.c.contact_id).where(
            identity.c.kind == PHONE, identity.c.value.contains(digits.lstrip("0"), autoescape=True)
        )
        wanted.append(contact.c.id.in_(numbers))
    return await _conversations(tx, contact_id, or_(*wanted), limit=limit)


async def _conversations(
    tx: Transaction, contact_id: str, which: ColumnElement[bool], *, limit: int
) -> list[Known]:
    c = conversation.c
    rows = await tx.execute(
        select(c.id, c.channel, contact.c.name, c.updated_at)
        .join(contact, contact.c.id == c.contact_id)
        .where(which, contact.c.id != contact_id)
        .order_by(c.updated_at.desc())
        .limit(limit)
    )
    return [Known(*row) for row in rows]


async def join(tx: Transaction, one: str, other: str, *, agent_id: str, now: datetime) -> None:
    """Keep that two customers are one person; those who were joined with either are it, too."""
    persons = {name: await _person(tx, name) for name in (one, other)}
    kept = persons[one] or persons[other] or new_id()
    if persons[other] not in (None, kept):
        await tx.execute(
            update(joined_customer)
            .where(joined_customer.c.person == persons[other])
            .values(person=kept)
        )
    for name, person in persons.items():
        if person is None:
            await tx.execute(
                insert(joined_customer).values(
                    contact_id=name, person=kept, joined_by=agent_id, joined_at=now
                )
            )


async def separate(tx: Transaction, contact_id: str) -> None:
    """Keep that a customer is a person of their own."""
    person = await _person(tx, contact_id)
    if person is None:
        return
    of_person = joined_customer.c.person == person
    await tx.execute(delete(joined_customer).where(joined_customer.c.contact_id == contact_id))
    left = await tx.execute(select(func.count()).select_from(joined_customer).where(of_person))
    if left.scalar_one() == 1:
        await tx.execute(delete(joined_customer).where(of_person))


async def _person(tx: Transaction, contact_id: str) -> str | None:
    row = (
        await tx.execute(
            select(joined_customer.c.person).where(joined_customer.c.contact_id == contact_id)
        )
    ).first()
    return row.person if row else None
