"""What the sockets of both sides have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from handoff.errors import InvalidInput
from handoff.web.schemas import BODY_LIMIT

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 25.0

NOT_AUTHENTICATED = 4401
"""Close code: no token or session, or it has ended."""

GOING_AWAY = 1001
"""Close code: the client comes back and asks for what it missed."""

FAILED = 1011
"""Close code: our own fault; the client comes back and asks for what it missed."""


async def open_socket(request: web.Request) -> web.WebSocketResponse:
    """Return the request's WebSocket, open. Raises InvalidInput when it asked for none."""
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=BODY_LIMIT, compress=False)
    if not ws.can_prepare(request):
        raise InvalidInput(
            "open a WebSocket at this address", fields={"Upgrade": "must be websocket"}
        )
    await ws.prepare(request)
    return ws


@asynccontextmanager
async def until_it_fails(ws: web.WebSocketResponse) -> AsyncIterator[None]:
    """Run a block that talks on `ws`; whatever it raises closes the socket and goes no further.

    Once a socket is open no HTTP answer can follow, so an error must not reach the middleware.
    """
    try:
        yield
    except ConnectionResetError:
        return  # the browser has gone, or was cut off
    except Exception:
        log.exception("socket_failed")
        await ws.close(code=FAILED)
