"""What goes wrong with servers, for the fakes of shops to do when told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Trouble = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


Spared = Callable[[web.Request], Awaitable[bool]]


@dataclass(frozen=True)
class Asked:
    """A request that reached the server."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass
class Troubles:
    """Middleware: `next_` are done to the requests to come, one each, then `always` to all."""

    next_: list[Trouble] = field(default_factory=list)
    always: Trouble | None = None
    asked: list[Asked] = field(default_factory=list)

    def come(self, *troubles: Trouble) -> None:
        """Do these to the next requests."""
        self.next_ += troubles

    def middleware(self, spared: Spared | None = None) -> Middleware:
        """Return what an aiohttp application is given; what is `spared` is done no trouble."""

        @web.middleware
        async def troubled(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.asked.append(
                Asked(
                    request.method,
                    request.rel_url.raw_path,
                    dict(request.query),
                    dict(request.headers),
                    await _body(request),
                )
            )
            if spared is not None and await spared(request):
                return await handler(request)
            trouble = self.next_.pop(0) if self.next_ else self.always
            return await (trouble(request, handler) if trouble else handler(request))

        return troubled


async def _body(request: web.Request) -> str:
    if request.content_type.startswith("multipart/"):
        return ""  # can be read once only, and whoever answers needs it
    return (await request.read()).decode(errors="replace")


def status(code: int, headers: Iterable[tuple[str, str]] = ()) -> Trouble:
    """Answer nothing but this status, and say in the body what nobody must read in a log."""

    async def answer(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        return web.json_response(
            {"problem": "elif.aydin@example.com owes us"}, status=code, headers=dict(headers)
        )

    return answer


def text(body: str | bytes, code: int = 200, kind: str = "application/json") -> Trouble:
    """Answer this body."""

    async def answer(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        raw = body if isinstance(body, bytes) else body.encode()
        return web.Response(body=raw, status=code, content_type=kind)

    return answer


def late(seconds: float) -> Trouble:
    """Answer rightly, but late."""

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await handler(request)

    return answer


def after(then: Trouble) -> Trouble:
    """Do what is asked, and only then `then`: the asker does not learn that it was done."""

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        await handler(request)
        return await then(request, handler)

    return answer


async def hang_up(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Close the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def trickle(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Begin an answer and never end it."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.02)


async def flood(request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Answer ten megabytes."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    for _ in range(160):
        await answer.write(b" " * 65_536)
    await answer.write_eof()
    return answer


async def half(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Promise a whole answer and hang up in the middle of it."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = 1000
    await answer.prepare(request)
    await answer.write(b'{"number": "104')
    return await hang_up(request, handler)
