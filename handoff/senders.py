"""What the bot is told of who sent a message. Nothing of it can come from the customer."""

from datetime import datetime
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from typing import Any

from handoff.channels.base import Inbound
from handoff.digest import keyed_digest
from handoff.identity import Identity
from handoff.store.base import Transaction

_PREFIX = 64


class Senders:
    """Describes senders. `key` is a secret: an address leaves the service as a digest alone."""

    def __init__(self, identity: Identity, key: str) -> None:
        self._identity = identity
        self._key = key

    async def told_of(self, tx: Transaction, inbound: Inbound, now: datetime) -> dict[str, Any]:
        """Return what docs/protocol.md has in a turn's metadata, but for the channel."""
        if inbound.address:
            place = f"network {_network(inbound.address)}"
        else:
            place = f"contact {inbound.contact_id}"
        told: dict[str, Any] = {"address": keyed_digest(self._key, place)}
        if inbound.photos:
            told["photos"] = True
        verified = await self._identity.verified(tx, inbound.contact_id, now)
        if verified is not None:
            told["customer"] = {
                "id": verified.customer,
                "email": verified.email,
                "since": verified.since.timestamp(),
            }
        return told


def _network(address: str) -> str:
    """Return what one client cannot easily change of its address: of IPv6 the first half."""
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _PREFIX), strict=False))
