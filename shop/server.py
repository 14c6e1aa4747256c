"""Opening a shop that lies behind a server of its own, and what its address may be.

https://shop.example.com/devir fulfils docs/openapi-shop.yml; its key is one string.
woocommerce+https://shop.example.com is a site with WooCommerce; its key is "ck_…:cs_…".
"""

import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp

from shop import http, woocommerce
from shop.base import Shop
from shop.breaker import Breaker
from shop.errors import SettingInvalid
from shop.remote import Remote
from shop.rulebook import Rules
from shop.woosettings import read_settings

TOKEN = "DEVIR_SHOP_TOKEN"

_WEB = ("https://", "http://")
_WOOCOMMERCE = "woocommerce+"
_API = "/wp-json/wc/v3"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CONNECTIONS = 50


def is_server(url: str) -> bool:
    """Return whether `url` names a server, and not a database."""
    return url.removeprefix(_WOOCOMMERCE).startswith(_WEB)


def check_server(url: str, environ: Mapping[str, str]) -> None:
    """Return if `url` and what `environ` sets for it could be. Raises SettingInvalid if not."""
    woo = url.startswith(_WOOCOMMERCE)
    _token(environ, _base(url.removeprefix(_WOOCOMMERCE)), pair=woo)
    if woo:
        read_settings(environ)


@asynccontextmanager
async def open_server(
    url: str, rules: Rules, ours: woocommerce.Ours, environ: Mapping[str, str]
) -> AsyncIterator[Shop]:
    """The shop behind the server at `url`, closed when the context ends.

    `ours` is what Devir keeps for it. Its key is read from DEVIR_SHOP_TOKEN in `environ`. Raises
    SettingInvalid for an address, a key or a setting that is none. Connects on first use.
    """
    woo = url.startswith(_WOOCOMMERCE)
    base = _base(url.removeprefix(_WOOCOMMERCE))
    token = _token(environ, base, pair=woo)
    settings = read_settings(environ) if woo else None
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:

        def remote(base: str, authorization: str, contract: str) -> Remote:
            headers = {"Authorization": authorization}
            return Remote(session, base, headers, Breaker(time.monotonic), contract=contract)

        if settings is None:
            yield http.HttpShop(remote(base, f"Bearer {token}", http.CONTRACT), ours, rules)
            return
        basic = f"Basic {b64encode(token.encode()).decode()}"
        yield woocommerce.WooCommerceShop(
            remote(f"{base}{_API}", basic, woocommerce.CONTRACT),
            ours,
            token,
            lambda: datetime.now(UTC),
            rules,
            settings,
        )


def _base(url: str) -> str:
    """Return the web address in `url`.

    Raises SettingInvalid when customers' data would travel in the open, or a secret stands in it.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise SettingInvalid("DEVIR_SHOP_URL must name a server: https://shop.example.com/devir")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise SettingInvalid("DEVIR_SHOP_URL must begin with https:// unless it is this machine.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingInvalid(
            "DEVIR_SHOP_URL must hold no user, password, query or fragment; put the key into"
            f" {TOKEN}."
        )
    return url.rstrip("/")


def _token(environ: Mapping[str, str], base: str, *, pair: bool) -> str:
    token = environ.get(TOKEN, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise SettingInvalid(f"{TOKEN} must be set to the key the shop's server at {base} knows.")
    if pair and not all(token.partition(":")):
        raise SettingInvalid(
            f"{TOKEN} must be WooCommerce's consumer key and secret, with a colon between them."
        )
    return token
