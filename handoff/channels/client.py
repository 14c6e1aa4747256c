"""One call of a platform over HTTP; what goes wrong on its way is told as channels tell it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from handoff.channels.base import TransientError

_TIMES = aiohttp.ClientTimeout(total=25, sock_connect=5)
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform has answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body, or an empty one when there is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


async def call(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    timeout: aiohttp.ClientTimeout = _TIMES,
    **given: Any,
) -> Answer:
    """Call a platform once; `given` as aiohttp's request takes it.

    Raises TransientError when no answer came, `reached` unless no connection was made.
    """
    async with open_call(client, method, url, timeout=timeout, **given) as response:
        body = await response.content.read(_LARGEST)
        while len(body) < _LARGEST and (more := await response.content.read(_LARGEST)):
            body += more
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, body)


@asynccontextmanager
async def open_call(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    timeout: aiohttp.ClientTimeout = _TIMES,
    **given: Any,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """As `call`, for an answer that is read inside the block."""
    try:
        async with client.request(
            method, url, timeout=timeout, allow_redirects=False, **given
        ) as response:
            yield response
    # Not chained: aiohttp's exceptions may tell the address, which may hold a token.
    except aiohttp.ConnectionTimeoutError:
        raise TransientError("timeout") from None
    except aiohttp.ClientConnectorError:
        raise TransientError("connection_lost") from None
    except TimeoutError:
        raise TransientError("timeout", reached=True) from None
    except (aiohttp.ClientError, OSError):
        raise TransientError("connection_lost", reached=True) from None
