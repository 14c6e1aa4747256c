"""Calls of Meta's Graph API, which WhatsApp's Cloud API is a part of."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from handoff.channels import client as http
from handoff.channels.base import TransientError
from handoff.channels.whatsapp_errors import ERRORS, PAIR_RATE, PAIR_WAIT


class Graph:
    """The API at `url`, its version included, opened by `token`."""

    def __init__(self, client: aiohttp.ClientSession, url: str, token: str) -> None:
        self.client = client
        self.url = url.rstrip("/")
        self.token = token

    def headers(self, token: str | None = None) -> Mapping[str, str]:
        """Return what opens the API, by `token` instead of our own."""
        return {"Authorization": f"Bearer {token or self.token}"}

    def owns(self, address: str) -> bool:
        """Return whether our token may be sent to an address that the API has named."""
        given, own = urlsplit(address), urlsplit(self.url)
        return given.scheme == "https" or (given.scheme, given.netloc) == (own.scheme, own.netloc)

    async def ask(
        self, method: str, path: str, *, token: str | None = None, **given: Any
    ) -> dict[str, Any]:
        """Call it once, and return the object it answers with.

        Raises TransientError or PermanentError.
        """
        found, _ = await self.ask_whole(method, path, token=token, **given)
        return found

    async def ask_whole(
        self, method: str, path: str, *, token: str | None = None, **given: Any
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """As `ask`, with the answer's headers."""
        answer = await http.call(
            self.client, method, f"{self.url}{path}", headers=self.headers(token), **given
        )
        said = answer.json()
        if answer.status == 200 and said:
            return said, answer.headers
        if answer.status == 200:
            raise TransientError("connection_lost", reached=True)
        error = said.get("error")
        code = error.get("code") if isinstance(error, dict) else None
        wait = PAIR_WAIT if str(code) == PAIR_RATE else _seconds(answer.headers.get("retry-after"))
        raise ERRORS.error(answer.status, code, retry_after=wait)


def _seconds(given: str | None) -> float | None:
    return float(given) if given and given.isascii() and given.isdigit() else None
