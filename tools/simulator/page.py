"""The page's server: what it shows, and what a click does. For this machine alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.mischief import Mischief
from tools.simulator.sides import Side, WithShopPhone

STATIC = Path(__file__).parent / "static"
LARGEST_FILE = 20 * 1024 * 1024

_LOOK_SECONDS = 0.1
_ALIVE_SECONDS = 15.0
_OWN_NAMES = {"127.0.0.1", "localhost"}
_POLICY = (
    "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_SHARES = ("duplicates", "reordered", "limited", "failing", "lost", "hanging")
_LONGEST_DELAY = 30.0


def create_page(sides: Sequence[Side], console: str) -> web.Application:
    """Return the application that shows `sides`, and leads to the agents' console."""
    page = _Page({side.id: side for side in sides}, console)
    app = web.Application(middlewares=[_guard], client_max_size=LARGEST_FILE)
    app.router.add_get("/", page.index)
    app.router.add_get("/events", page.events)
    app.router.add_get("/file/{side}/{customer}/{message}", page.file)
    app.router.add_post("/do/{side}/{action}", page.do)
    app.router.add_post("/photo/{side}/{customer}", page.photo)
    app.router.add_static("/static", STATIC)
    app.on_shutdown.append(page.close)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve only this machine's own pages: a stranger's page must not speak for customers."""
    origin = request.headers.get("Origin")
    names = {request.url.host, urlsplit(origin).hostname if origin else "localhost"}
    if not names <= _OWN_NAMES or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="open the address that `make simulate` has printed")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
    return response


class _Page:
    def __init__(self, sides: Mapping[str, Side], console: str) -> None:
        self._sides = sides
        self._console = console
        self._closing = asyncio.Event()

    async def index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell everything whenever something has changed."""
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        with suppress(ConnectionResetError):
            async for event in self._changes():
                await stream.write(event)
        return stream

    async def _changes(self) -> AsyncIterator[bytes]:
        before, quiet = "", 0.0
        while not self._closing.is_set():
            now = json.dumps(self._state())
            if now != before:
                yield f"data: {now}\n\n".encode()
                before, quiet = now, 0.0
            elif quiet > _ALIVE_SECONDS:
                yield b": still here\n\n"
                quiet = 0.0
            quiet += _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)

    def _state(self) -> dict[str, Any]:
        return {"console": self._console, "sides": [_told(one) for one in self._sides.values()]}

    async def file(self, request: web.Request) -> web.Response:
        """Give a file that somebody has sent."""
        found = self._side(request).file(
            request.match_info["customer"], request.match_info["message"]
        )
        if found is None:
            raise web.HTTPNotFound
        kind, content = found
        # Whatever it is, it is shown as a picture or not at all.
        shown = kind if kind.startswith("image/") and kind != "image/svg+xml" else None
        return web.Response(body=content, content_type=shown or "application/octet-stream")

    async def do(self, request: web.Request) -> web.Response:
        """Let somebody do something."""
        side = self._side(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            given = dict(await request.json())
            answer = await self._do(side, request.match_info["action"], given)
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"this cannot be done: {error}") from error
        return web.json_response(answer)

    async def _do(self, side: Side, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        match action:
            case "join":
                return {"customer": side.join(str(given["name"]).strip()[:60])}
            case "say":
                await side.say(str(given["customer"]), str(given["text"]))
            case "edit":
                told = (str(given[name]) for name in ("customer", "message", "text"))
                await side.edit(*told)
            case "answer":
                await _with_phone(side).answer(str(given["customer"]), str(given["text"]))
            case "press":
                await side.press(str(given["customer"]), str(given["button"]))
            case "read":
                await side.read(str(given["customer"]))
            case "silence":
                await side.silence(str(given["customer"]))
            case "block":
                await side.block(str(given["customer"]), blocked=bool(given["blocked"]))
            case "mischief":
                _set(side.mischief, given)
            case _:
                raise ValueError(action)
        return {}

    async def photo(self, request: web.Request) -> web.Response:
        """Let somebody send a file; the body is the file, `text` what is written below it.

        With `by=shop` it is somebody at the shop, from its phone.
        """
        side, customer = self._side(request), request.match_info["customer"]
        content, kind = await request.read(), request.content_type
        text = request.query.get("text", "")
        if request.query.get("by") != "shop":
            await side.show(customer, content, kind, text)
        else:
            await _with_phone(side).answer(customer, text, (content, kind))
        return web.json_response({})

    def _side(self, request: web.Request) -> Side:
        side = self._sides.get(request.match_info["side"])
        if side is None:
            raise web.HTTPNotFound
        return side

    async def close(self, _app: web.Application) -> None:
        self._closing.set()


def _with_phone(side: Side) -> WithShopPhone:
    if not isinstance(side, WithShopPhone):
        raise web.HTTPBadRequest(text=f"there is no phone of the shop's on {side.name}")
    return side


def _told(side: Side) -> dict[str, Any]:
    mischief = side.mischief
    return {
        "id": side.id,
        "name": side.name,
        "shop_phone": isinstance(side, WithShopPhone),
        "customers": side.customers(),
        "mischief": {name: getattr(mischief, name) for name in (*_SHARES, "delay", "expired")},
        "counts": {"calls": side.calls, **{name: mischief.done[name] for name in _SHARES}},
    }


def _set(mischief: Mischief, given: Mapping[str, Any]) -> None:
    """Change what goes wrong. Raises ValueError, and then nothing is changed."""
    wanted: dict[str, Any] = {}
    for name, value in given.items():
        if name == "expired":
            wanted[name] = bool(value)
        elif name in _SHARES or name == "delay":
            most = _LONGEST_DELAY if name == "delay" else 1.0
            wanted[name] = min(most, max(0.0, float(value)))
        else:
            raise ValueError(name)
    for name, value in wanted.items():
        setattr(mischief, name, value)
