"""The action server's one connection to the shop, and to what counts wrong proofs."""

import asyncio
import os
from contextlib import AsyncExitStack
from functools import cache

from shop.base import Shop
from shop.connect import DEFAULT_URL, open_shop, open_tries
from shop.tries import Tries


class Connection:
    """A shop, and what counts wrong proofs: opened when first needed, and then kept open."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._resources = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._shop: Shop | None = None
        self._tries: Tries | None = None

    async def shop(self) -> Shop:
        """Return the open shop. Raises ValueError when its address is none."""
        async with self._opening:
            if self._shop is None:
                self._shop = await self._resources.enter_async_context(open_shop(self._url))
            return self._shop

    async def tries(self) -> Tries:
        """Return what counts wrong proofs. Raises ValueError when the shop's address is none."""
        async with self._opening:
            if self._tries is None:
                self._tries = await self._resources.enter_async_context(open_tries(self._url))
            return self._tries

    async def close(self) -> None:
        """Close what is open."""
        async with self._opening:
            self._shop = self._tries = None
            await self._resources.aclose()


def shop_url() -> str:
    """Return the shop's address."""
    return os.environ.get("DEVIR_SHOP_URL") or DEFAULT_URL


@cache
def connection() -> Connection:
    """Return this process's connection, to the shop at DEVIR_SHOP_URL."""
    return Connection(shop_url())
