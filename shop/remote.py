"""Asking a shop's server over HTTP: bounded in time and size, and telling no secret when it fails.

Customers' data stand in paths, queries and bodies, and keys in headers; so log lines and messages
name the server, the operation and the status alone, and no exception from below is chained to ours.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from shop.breaker import Breaker
from shop.errors import ShopUnavailable

Told = TypeVar("Told")
Readers = Mapping[int, Callable[[bytes], Told]]
"""How the body of an answer is read, by status. A reader raises ValueError for a wrong one."""

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_TOO_MANY = 429
_FLEETING = frozenset({500, 502, 503, 504})
_REFUSED_KEY = frozenset({401, 403})
_AGENT = "Devir"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one question may take (seconds), all its tries together, and how much it may bring.

    There is a try more than there are `pauses`.
    """

    connect: float = 2.0
    whole: float = 5.0
    most_bytes: int = 2_000_000
    pauses: Sequence[float] = (0.2, 0.6)


class _Failed(Exception):
    """One try brought nothing.

    `again` tells whether another may bring more, `rest` for how long the server wants none, and
    `down` whether it is the server that fails, and not this question alone.
    """

    def __init__(
        self,
        fix: str,
        cause: str,
        *,
        again: bool = False,
        rest: float | None = None,
        down: bool = True,
    ) -> None:
        self.fix = fix
        self.cause = cause
        self.again = again
        self.rest = rest
        self.down = down
        super().__init__(fix)


class Remote:
    """A shop's server.

    `base` is its address, without anything secret in it; `contract` names, for whoever has to
    repair the server, what it has to fulfil.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base: str,
        headers: Mapping[str, str],
        breaker: Breaker,
        *,
        contract: str,
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._base = URL(base.rstrip("/"))
        self._headers = {"Accept": "application/json", "User-Agent": _AGENT, **headers}
        self._breaker = breaker
        self._contract = contract
        self._limits = limits or Limits()
        self._sleep = sleep

    async def ask(
        self,
        operation: str,
        method: str,
        path: str,
        readers: Readers[Told],
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        key: str | None = None,
    ) -> Told:
        """Return what the reader for the answer's status makes of its body.

        `operation` names the question in logs; `path` is encoded already. `key` goes into the
        header Idempotency-Key: the server does what is asked once, however often it is told. Only
        GET and what has a key are tried again.

        Raises ShopUnavailable for everything but an answer `readers` can read.
        """
        ticket = self._breaker.enter()
        if ticket is None:
            raise ShopUnavailable(
                f"The shop's server at {self._base} failed several times in a row and is left alone"
                " for a while; the log says why."
            )
        pauses = iter(self._limits.pauses if method == "GET" or key is not None else ())
        target = self._base.with_path(self._base.raw_path.rstrip("/") + path, encoded=True)
        if query:
            target = target.with_query(query)
        headers = self._headers if key is None else {**self._headers, "Idempotency-Key": key}
        told = False
        try:
            async with asyncio.timeout(self._limits.whole):
                while True:
                    try:
                        answer = await self._try(method, target, headers, body, set(readers))
                        break
                    except _Failed as error:
                        pause = next(pauses, None) if error.again else None
                        if pause is None:
                            raise
                        logger.info("shop_asked_again: %s (%s)", operation, error.cause)
                        await self._sleep(pause)
            told = True
            self._breaker.succeeded(ticket)
        except TimeoutError:
            told = True
            self._breaker.failed(ticket)
            fix = f"did not answer within {self._limits.whole:g} seconds; look at its load"
            raise self._unavailable(operation, fix, "timeout") from None
        except _Failed as error:
            told = True
            if error.down:
                self._breaker.failed(ticket, error.rest)
            else:
                self._breaker.succeeded(ticket)
            raise self._unavailable(operation, error.fix, error.cause) from None
        finally:
            if not told:
                self._breaker.abandoned(ticket)
        status, content = answer
        try:
            return readers[status](content)
        except ValueError as error:
            # Where it is wrong, but not what stands there.
            cause = f"{status}, {type(error).__name__}{_places(error)}"
            raise self._unavailable(
                operation, f"answered what it must not; compare it with {self._contract}", cause
            ) from None

    async def _try(
        self,
        method: str,
        target: URL,
        headers: Mapping[str, str],
        body: object,
        expected: set[int],
    ) -> tuple[int, bytes]:
        try:
            async with self._session.request(
                method,
                target,
                headers=headers,
                json=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=self._limits.connect, sock_connect=self._limits.connect
                ),
            ) as answer:
                if answer.status not in expected:
                    raise self._wrong(answer.status, answer.headers.get("Retry-After"))
                return answer.status, await self._content(answer)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise _Failed(
                "shows no valid certificate; renew it or correct DEVIR_SHOP_URL", _name(error)
            ) from None
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError) as error:
            raise _Failed(
                "cannot be reached; start it or correct DEVIR_SHOP_URL", _name(error), again=True
            ) from None
        except aiohttp.ClientError as error:
            raise _Failed(
                f"does not speak HTTP rightly; compare it with {self._contract}", _name(error)
            ) from None

    async def _content(self, answer: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > self._limits.most_bytes:
                answer.close()
                raise _Failed(
                    f"answered more than {self._limits.most_bytes // 1000:,} kB; compare it with"
                    f" {self._contract}",
                    "too much",
                    down=False,
                )
        return bytes(content)

    def _wrong(self, status: int, retry_after: str | None) -> _Failed:
        """Return what an answer with this status means."""
        cause = str(status)
        if status in _REFUSED_KEY:
            return _Failed(
                "refused our key; correct DEVIR_SHOP_TOKEN, or its rights on that server", cause
            )
        if status == _TOO_MANY:
            return _Failed(
                "was asked too often; raise its limit for Devir", cause, rest=_seconds(retry_after)
            )
        if status in _FLEETING:
            rest = _seconds(retry_after)
            return _Failed("failed; look into its own log", cause, again=rest is None, rest=rest)
        if 300 <= status < 400:
            return _Failed("sends us elsewhere; put its last address into DEVIR_SHOP_URL", cause)
        return _Failed(
            f"answered {status}, which it must not; correct DEVIR_SHOP_URL or compare it with"
            f" {self._contract}",
            cause,
            down=False,
        )

    def _unavailable(self, operation: str, fix: str, cause: str) -> ShopUnavailable:
        logger.warning("shop_unavailable: %s at %s (%s)", operation, self._base.host, cause)
        return ShopUnavailable(f"The shop's server at {self._base} {fix}.")


def _name(error: Exception) -> str:
    return type(error).__name__


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds a Retry-After asks for, as a number or a date; None when it asks none."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _places(error: ValueError) -> str:
    """Return the fields a pydantic error is about, without their values."""
    found: Any = getattr(error, "errors", None)
    if found is None:
        return ""
    fields = {".".join(map(str, one["loc"])) for one in found(include_input=False)}
    return f" at {json.dumps(sorted(fields)[:3])}"
