"""Who a customer is, on the word of the shop's own server.

A token is exchanged once, for half an hour in which the visitor counts as the customer it names.
After that the conversation stays this customer's: nobody else can be verified in it, because they
would read what was said.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError

from handoff.claims import SKEW, Claims, read_token
from handoff.clock import Clock
from handoff.digest import digest
from handoff.errors import IdentityRefused, OtherCustomer
from handoff.store import contacts, conversations, identities
from handoff.store.base import Store, Transaction
from handoff.store.changes import Change, Kind
from handoff.store.rows import Contact, VerifiedCustomer

log = structlog.get_logger(__name__)

VERIFIED_FOR = timedelta(minutes=30)


class Identity:
    """Exchanges tokens. `secret` is shared with the shop's server; without one none is good."""

    def __init__(self, store: Store, clock: Clock, *, secret: str | None, audience: str) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._audience = audience

    async def verify(self, contact: Contact, token: str) -> datetime:
        """Take the visitor for the customer whom `token` names. Returns until when.

        Raises IdentityRefused for a token that is not good, and OtherCustomer, which leaves it
        good, when this visitor has been another customer.
        """
        if self._secret is None:
            raise IdentityRefused("set DEVIR_IDENTITY_SECRET, here and in the shop's server")
        now = self._clock()
        claims = read_token(token, self._secret, self._audience, now)
        try:
            async with self._store.write() as tx:
                verified = await self._exchange(tx, contact, claims, now)
        except IntegrityError:
            # The same token, or the same visitor's other one, at the same moment.
            async with self._store.write() as tx:
                verified = await self._exchange(tx, contact, claims, now)
        log.info("customer_verified", contact=contact.id)
        return verified.until

    async def _exchange(
        self, tx: Transaction, contact: Contact, claims: Claims, now: datetime
    ) -> VerifiedCustomer:
        known = await identities.get(tx, contact.id)
        verified = VerifiedCustomer(
            contact_id=contact.id,
            customer=claims.customer,
            email=claims.email,
            since=now,
            until=now + VERIFIED_FOR,
        )
        if known is not None and _who(known) != _who(verified):
            raise OtherCustomer("open a new session for the customer who sits there now")
        if not await identities.spend(
            tx, digest(claims.id), expires_at=claims.expires_at + SKEW, now=now
        ):
            raise IdentityRefused("the token was used before; make one for each page view")
        await identities.put(tx, verified)
        if claims.name:
            await contacts.set_name(tx, contact.id, claims.name)
        conversation = await conversations.of_contact(tx, contact.id)
        if conversation is not None:
            tx.announce(Change(Kind.STATE, conversation.id))
        return verified

    async def verified(
        self, tx: Transaction, contact_id: str, now: datetime
    ) -> VerifiedCustomer | None:
        """Return who a visitor counts as now, None when nobody has said so of late."""
        if self._secret is None:
            return None
        known = await identities.get(tx, contact_id)
        return known if known is not None and known.since <= now < known.until else None


def _who(verified: VerifiedCustomer) -> tuple[str | None, str | None]:
    return verified.customer, verified.email and verified.email.casefold()
