"""The way to the action server."""

from __future__ import annotations

from typing import Any, Optional

import ujson
from aiohttp import BasicAuth, ClientSession, ClientTimeout
from rasa.utils.endpoints import DEFAULT_REQUEST_TIMEOUT, EndpointConfig


class KeptEndpoint(EndpointConfig):
    """An endpoint that keeps its connections open between calls.

    Rasa makes a new session, and with it a new connection, for each call of an action: a tenth of a
    turn with actions. And it writes conversations with `json`, which takes more than twice as long.
    """

    def __init__(self, like: EndpointConfig) -> None:
        """An endpoint at the place of `like`, with all its settings."""
        self.__dict__.update(like.__dict__)
        self._kept: Optional[ClientSession] = None

    def session(self) -> Any:
        """What gives the open session to a block, and leaves it open at the block's end."""
        if self._kept is None or self._kept.closed:
            self._kept = ClientSession(
                headers=self.headers,
                auth=self._auth(),
                timeout=ClientTimeout(DEFAULT_REQUEST_TIMEOUT),
                json_serialize=ujson.dumps,
            )
        return _Left(self._kept)

    def _auth(self) -> Optional[BasicAuth]:
        given = self.basic_auth
        return BasicAuth(given["username"], given["password"]) if given else None

    async def close(self) -> None:
        """Close the connections."""
        if self._kept is not None:
            await self._kept.close()


class _Left:
    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> ClientSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        """The session stays open."""
