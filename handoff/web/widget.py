"""The website's channel: sessions, messages and the socket of the widget."""

import asyncio
from typing import Any

from aiohttp import WSMsgType, web
from pydantic import TypeAdapter

from handoff.channels.base import WIDGET, Inbound
from handoff.conversation import Author
from handoff.errors import DevirError, InvalidInput, NotAuthenticated
from handoff.files import File
from handoff.inbox import Receipt
from handoff.store import conversations, messages
from handoff.store.rows import Contact
from handoff.web import present
from handoff.web.keys import (
    FRAME_LIMIT,
    IDENTITY,
    INBOX,
    LIVE,
    MESSAGE_LIMIT,
    SESSION_LIMIT,
    SETTINGS,
    STORE,
)
from handoff.web.live import PAGE, CustomerSocket
from handoff.web.middleware import check_origin, client_address, error_body, json_response
from handoff.web.schemas import (
    CUSTOMER_FRAME,
    MESSAGE_BODY,
    ChooseLanguage,
    Hello,
    IdentityBody,
    NewSession,
    Ping,
    Press,
    PressBody,
    Seen,
    Send,
    SendBody,
    Typing,
    echo_client_id,
    parse,
    read_body,
)
from handoff.web.sockets import NOT_AUTHENTICATED, open_socket, until_it_fails

ACCOUNT = "default"
HELLO_SECONDS = 10.0
FRAMES_PER_MESSAGE = 10
"""Frames of any kind (typing, seen, ping) that a page may send for each message it may send."""

_NEW_SESSION = TypeAdapter(NewSession)
_IDENTITY = TypeAdapter(IdentityBody)


async def open_session(request: web.Request) -> web.Response:
    """POST /widget/sessions"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=True)
    request.app[SESSION_LIMIT].take(client_address(request))
    body = await read_body(request, _NEW_SESSION)
    token = await request.app[INBOX].open_session(body.language)
    return json_response({"token": token}, 201)


async def verify_identity(request: web.Request) -> web.Response:
    """POST /widget/identity"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=True)
    contact = await visitor(request)
    request.app[MESSAGE_LIMIT].take(contact.id)
    body = await read_body(request, _IDENTITY)
    until = await request.app[IDENTITY].verify(contact, body.token)
    return json_response({"until": present.instant(until)})


async def read_messages(request: web.Request) -> web.Response:
    """GET /widget/messages"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=False)
    contact = await visitor(request)
    after = whole_number(request, "after", 0, most=2**31 - 1)
    limit = whole_number(request, "limit", PAGE, least=1, most=PAGE)
    async with request.app[STORE].read() as tx:
        found = await conversations.of_contact(tx, contact.id)
        if found is None:
            return json_response({"conversation": None, "messages": [], "more": False})
        row = await conversations.with_agent(tx, found.id)
        place = await conversations.position(tx, found)
        page = await messages.after(tx, found.id, after, limit=limit + 1, public=True)
    return json_response(
        {
            "conversation": present.state(found, row[1] if row else None, place),
            "messages": [present.message(entry) for entry in page[:limit]],
            "more": len(page) > limit,
        }
    )


async def post_message(request: web.Request) -> web.Response:
    """POST /widget/messages"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=True)
    contact = await visitor(request)
    body = await read_body(request, MESSAGE_BODY)
    receipt = await _receive(request.app, contact, body, client_address(request))
    return json_response(
        {"client_id": body.client_id, "seq": receipt.seq}, 200 if receipt.duplicate else 201
    )


async def socket(request: web.Request) -> web.StreamResponse:
    """GET /widget/socket"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=True)
    ws = await open_socket(request)
    async with until_it_fails(ws):
        connection = await _authenticate(request, ws)
        if connection is not None:
            async with request.app[LIVE].customer(connection):
                await _converse(request.app, connection, ws, client_address(request))
    return ws


async def _converse(
    app: web.Application, connection: CustomerSocket, ws: web.WebSocketResponse, address: str
) -> None:
    async for incoming in ws:
        if incoming.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            continue
        try:
            app[FRAME_LIMIT].take(connection.contact.id)
            await _handle(app, connection, parse(incoming.data, CUSTOMER_FRAME), address)
        except DevirError as error:
            await connection.send(_error_frame(error, incoming.data))


async def _authenticate(request: web.Request, ws: web.WebSocketResponse) -> CustomerSocket | None:
    app = request.app
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            incoming = await ws.receive()
        if incoming.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        hello = parse(incoming.data, CUSTOMER_FRAME)
        if not isinstance(hello, Hello):
            raise NotAuthenticated("begin with a hello frame")
        contact = await app[INBOX].visitor(hello.token, days=app[SETTINGS].visitor_days)
        if contact is None:
            raise NotAuthenticated("the token is unknown or too old; open a new session")
        if hello.language != contact.language:
            # Chosen while the page was not connected.
            await app[INBOX].choose_language(contact, hello.language)
    except TimeoutError:
        await ws.close(code=NOT_AUTHENTICATED, message=b"no hello")
        return None
    except DevirError as error:
        await ws.send_json({"type": "error", **error_body(error)})
        await ws.close(code=NOT_AUTHENTICATED, message=error.code.encode())
        return None
    connection = CustomerSocket(ws, request.transport, app[STORE], contact, hello.after)
    await connection.send(await connection.welcome())
    return connection


async def _handle(
    app: web.Application, connection: CustomerSocket, frame: Any, address: str
) -> None:
    contact = connection.contact
    match frame:
        case Send() | Press():
            receipt = await _receive(app, contact, frame, address)
            await connection.send(
                {
                    "type": "ack",
                    "client_id": frame.client_id,
                    "seq": receipt.seq,
                    "duplicate": receipt.duplicate,
                }
            )
        case ChooseLanguage(language=language):
            await app[INBOX].choose_language(contact, language)
        case Typing(on=on):
            if connection.conversation_id:
                app[LIVE].typing(connection.conversation_id, Author.CUSTOMER, on)
        case Seen(seq=seq):
            if connection.conversation_id:
                await app[INBOX].seen(connection.conversation_id, seq)
        case Ping():
            await connection.send({"type": "pong"})
        case Hello():
            raise InvalidInput("hello comes once", fields={"type": "the socket is open already"})


async def _receive(
    app: web.Application, contact: Contact, body: SendBody | PressBody, address: str
) -> Receipt:
    app[MESSAGE_LIMIT].take(contact.id)
    text = body.text if isinstance(body, SendBody) else None
    button = body.button if isinstance(body, PressBody) else None
    return await app[INBOX].receive(
        inbound_of(contact, body.client_id, address, text=text, button=button)
    )


def inbound_of(
    contact: Contact,
    client_id: str,
    address: str,
    *,
    text: str | None = None,
    button: str | None = None,
    files: tuple[File, ...] = (),
) -> Inbound:
    """Return what a visitor has sent under a `client_id` of their page."""
    return Inbound(
        contact_id=contact.id,
        channel=WIDGET,
        account=ACCOUNT,
        source=f"{WIDGET}:{contact.id}",
        source_id=client_id,
        text=text,
        button=button,
        files=files,
        address=address,
        photos=True,
    )


async def visitor(request: web.Request) -> Contact:
    """Return whose token came with a request. Raises NotAuthenticated."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = (
        await request.app[INBOX].visitor(token, days=request.app[SETTINGS].visitor_days)
        if scheme.lower() == "bearer" and token
        else None
    )
    if found is None:
        raise NotAuthenticated("the token is unknown or too old; open a new session")
    return found


def _error_frame(error: DevirError, raw: bytes | str) -> dict[str, Any]:
    frame = {"type": "error", **error_body(error)}
    client_id = echo_client_id(raw)
    return {**frame, "client_id": client_id} if client_id else frame


def whole_number(
    request: web.Request, name: str, default: int, *, least: int = 0, most: int
) -> int:
    """Return a query parameter between `least` and `most`. Raises InvalidInput."""
    given = request.query.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(most))) or not (
        least <= int(given) <= most
    ):
        raise InvalidInput(
            "correct the fields named", fields={name: f"a number from {least} to {most}"}
        )
    return int(given)
