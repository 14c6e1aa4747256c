"""Opening a shop that lies behind a server of its own, and what its address may be."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from shop.base import Shop
from shop.breaker import Breaker
from shop.http import CONTRACT, Articles, HttpShop
from shop.remote import Remote
from shop.rulebook import Rules

TOKEN = "DEVIR_SHOP_TOKEN"

_SCHEMES = ("https", "http")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CONNECTIONS = 50


def is_server(url: str) -> bool:
    """Return whether `url` names a server, and not a database."""
    return url.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


def base_of(url: str) -> str:
    """Return the web address in `url`.

    Raises ValueError when customers' data would travel in the open, or a secret stands in it.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("DEVIR_SHOP_URL names no server, as https://shop.example.com/devir does.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("DEVIR_SHOP_URL must begin with https:// unless it is this machine.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "DEVIR_SHOP_URL must hold no user, password, query or fragment; put the key into"
            f" {TOKEN}."
        )
    return url.rstrip("/")


@asynccontextmanager
async def open_server(
    url: str, rules: Rules, articles: Articles, environ: Mapping[str, str]
) -> AsyncIterator[Shop]:
    """The shop behind the server at `url`, closed when the context ends.

    Its key is read from DEVIR_SHOP_TOKEN in `environ`. Raises ValueError for an address or a key
    that is none. Connects on first use.
    """
    base, token = base_of(url), environ.get(TOKEN, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise ValueError(f"{TOKEN} must be set to the key that the shop's server at {base} knows.")
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        remote = Remote(
            session,
            base,
            {"Authorization": f"Bearer {token}"},
            Breaker(time.monotonic),
            contract=CONTRACT,
        )
        yield HttpShop(remote, articles, rules)
