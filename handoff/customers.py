"""Whom a platform means: the same customer by whichever of their names it tells."""

from sqlalchemy.exc import IntegrityError

from handoff.channels.base import Renamed, Sender
from handoff.clock import Clock
from handoff.errors import MessageEmpty, MessageTooLong
from handoff.notices import LANGUAGES
from handoff.privacy import Privacy
from handoff.store import contacts, conversations
from handoff.store.base import Store, Transaction
from handoff.store.rows import Contact
from handoff.text import clean

_LONGEST_NAME = 120

Name = tuple[str, str]
"""Kind and value, as in Sender.identities."""


class Customers:
    """Knows customers by the names that platforms give them."""

    def __init__(self, store: Store, privacy: Privacy, clock: Clock) -> None:
        self._store = store
        self._privacy = privacy
        self._clock = clock

    async def known(self, channel: str, sender: Sender) -> Contact:
        """Return whom a platform means, made when they write for the first time.

        The first of a sender's names is the surest. Another one (a telephone number) may have been
        somebody's who has a surer name, which is not this sender's: then it has changed hands, and
        is this sender's from now on without anything that was the other one's. What they are called
        is kept, with card numbers and the like hidden.
        """
        try:
            return await self._known(channel, sender)
        except IntegrityError:
            # Two at once: the other one has made the customer.
            return await self._known(channel, sender)

    async def _known(self, channel: str, sender: Sender) -> Contact:
        name = self._name(sender.name)
        async with self._store.read() as tx:
            found, missing, foreign = await self._look_up(tx, channel, sender)
        if found is not None and not missing and not foreign and name in (None, found.name):
            return found
        async with self._store.write() as tx:
            now = self._clock()
            found, missing, foreign = await self._look_up(tx, channel, sender)
            for owner, (kind, value) in foreign:
                await self._forget(tx, channel, owner.id, (kind, value))
                missing.append((kind, value))
            if found is None:
                (kind, value), *missing = missing
                found = await contacts.create(
                    tx,
                    channel=channel,
                    kind=kind,
                    value=value,
                    language=sender.language or LANGUAGES[0],
                    now=now,
                )
            for kind, value in missing:
                await contacts.add_identity(
                    tx, found.id, channel=channel, kind=kind, value=value, now=now
                )
            if name not in (None, found.name):
                await contacts.set_name(tx, found.id, name)
            return found

    async def _look_up(
        self, tx: Transaction, channel: str, sender: Sender
    ) -> tuple[Contact | None, list[Name], list[tuple[Contact, Name]]]:
        """Return the customer, what names nobody has yet, and those that are somebody else's."""
        surest = sender.identities[0][0]
        first: Contact | None = None
        missing, foreign = [], []
        for kind, value in sender.identities:
            found = await contacts.find(tx, channel=channel, kind=kind, value=value)
            if found is None:
                missing.append((kind, value))
            elif kind == surest or found == first:
                first = found
            elif await contacts.has_kind(tx, found.id, channel=channel, kind=surest):
                foreign.append((found, (kind, value)))
            else:
                first = first or found
        return first, missing, foreign

    async def renamed(self, channel: str, event: Renamed) -> None:
        """Keep that a customer has other names now; what was never heard of changes nothing.

        Their former ones may be somebody else's some day.
        """
        async with self._store.write() as tx:
            found, _, _ = await self._look_up(tx, channel, event.before)
            if found is None:
                return
            before, after = event.before.identities, event.after.identities
            added = [name for name in after if name not in before]
            for kind, value in added:
                if await contacts.find(tx, channel=channel, kind=kind, value=value):
                    return  # they have written under it already, and are another customer there
            for name in before:
                if name not in after:
                    await self._forget(tx, channel, found.id, name)
            for kind, value in added:
                await contacts.add_identity(
                    tx, found.id, channel=channel, kind=kind, value=value, now=self._clock()
                )
            await conversations.set_addresses(
                tx, found.id, channel=channel, was=None, address=event.address
            )

    async def _forget(self, tx: Transaction, channel: str, contact_id: str, name: Name) -> None:
        """Know a customer by this name no more, and send nothing to it."""
        kind, value = name
        await contacts.remove_identity(tx, contact_id, channel=channel, kind=kind, value=value)
        await conversations.set_addresses(tx, contact_id, channel=channel, was=value, address=None)

    def _name(self, given: str | None) -> str | None:
        try:
            name = self._privacy.mask(clean(" ".join((given or "").split()))).text
        except (MessageEmpty, MessageTooLong):
            return None
        return name[:_LONGEST_NAME]
