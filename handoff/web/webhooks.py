"""Where platforms call us: /channels/{channel}/{account}."""

from urllib.parse import quote

import structlog
from aiohttp import web

from handoff.channels.base import Channel, Malformed, Unverified, Webhook
from handoff.errors import BodyTooLarge, InvalidJson, NotAuthenticated, NotFound
from handoff.files import HEAD, type_of
from handoff.web.keys import CHANNELS, CLOCK, INTAKE, MEDIA, SETTINGS

log = structlog.get_logger(__name__)

WEBHOOK_LIMIT = 3 * 1024 * 1024
"""Bytes; the largest that a platform sends (WhatsApp)."""


async def greet(request: web.Request) -> web.Response:
    """GET /channels/{channel}/{account}"""
    channel = _channel(request)
    try:
        return web.Response(text=channel.greet(_webhook(request, b"")))
    except Unverified as error:
        raise _refused(channel) from error


async def hear(request: web.Request) -> web.Response:
    """POST /channels/{channel}/{account}"""
    channel = _channel(request)
    call = _webhook(request, await _read(request))
    try:
        channel.verify(call)
        events = channel.parse(call)
    except Unverified as error:
        raise _refused(channel) from error
    except Malformed as error:
        raise InvalidJson("this cannot be read as the platform's") from error
    await request.app[INTAKE].take(channel, events)
    return web.Response()


async def lend(request: web.Request) -> web.StreamResponse:
    """GET /channels/{channel}/{account}/files/{file}/{name}"""
    sha256 = _channel(request).lent(request.match_info["file"], request.app[CLOCK]())
    path = request.app[MEDIA].place(sha256) if sha256 else None
    if path is None or not path.is_file():
        raise NotFound("there is no such file, or it is not lent any more")
    with path.open("rb") as file:
        kind = type_of(file.read(HEAD))
    name = quote(request.match_info["name"], safe="")
    return web.FileResponse(
        path,
        headers={
            "Content-Type": kind or "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )


def _channel(request: web.Request) -> Channel:
    name, account = request.match_info["channel"], request.match_info["account"]
    channel = request.app[CHANNELS].get((name, account))
    if channel is None:
        raise NotFound("there is no such channel")
    return channel


def _refused(channel: Channel) -> NotAuthenticated:
    log.warning("webhook_refused", channel=channel.name)
    return NotAuthenticated("this does not prove to come from the platform")


def _webhook(request: web.Request, body: bytes) -> Webhook:
    return Webhook(
        method=request.method,
        url=f"{request.app[SETTINGS].public_url}{request.raw_path}",
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


async def _read(request: web.Request) -> bytes:
    too_large = BodyTooLarge(f"send at most {WEBHOOK_LIMIT} bytes", limit=WEBHOOK_LIMIT)
    if (request.content_length or 0) > WEBHOOK_LIMIT:
        raise too_large
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > WEBHOOK_LIMIT:
                raise too_large
    except web.RequestPayloadError as error:
        raise InvalidJson("send the whole body, encoded as its headers say") from error
    return bytes(body)
