"""Where a message comes from, on channels that tell no address."""

from datetime import UTC, datetime
from typing import Any, cast

from handoff.channels.base import Inbound
from handoff.identity import Identity
from handoff.senders import Senders

NOBODY: Any = None  # nothing is read where no shop names anybody
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def place(key: str, contact: str, address: str = "") -> str:
    identity = Identity(NOBODY, lambda: NOW, secret=None, audience="")
    inbound = Inbound(contact, "telegram", "bot", "telegram:bot", "1", "hello", address=address)
    told = await Senders(identity, key).told_of(NOBODY, inbound, NOW)
    assert told.keys() == {"address"}
    return cast("str", told["address"])


async def test_contacts_are_told_apart_where_no_address_is_known() -> None:
    assert await place("a key", "ada") == await place("a key", "ada")
    assert await place("a key", "ada") != await place("a key", "bob")


async def test_an_address_counts_whoever_writes_from_it() -> None:
    home = "203.0.113.7"
    assert await place("a key", "ada", home) == await place("a key", "bob", home)
    assert await place("a key", home) != await place("a key", "ada", home)


async def test_a_digest_means_nothing_without_the_key() -> None:
    assert await place("a key", "ada") != await place("another key", "ada")
