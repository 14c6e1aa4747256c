"""Files: sent from the widget and the console, and shown to who may see their conversation."""

import re
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import StringConstraints, TypeAdapter, ValidationError

from handoff.conversation import Visibility
from handoff.errors import FileBroken, FileTooLarge, InvalidInput, NotFound
from handoff.files import LIMIT, PDF, File, of_content
from handoff.store import conversations, messages
from handoff.store.base import Transaction
from handoff.store.rows import AgentSession, Message
from handoff.web.console import answer_written
from handoff.web.keys import DESK, FILE_LIMIT, INBOX, MEDIA, SETTINGS, STORE
from handoff.web.middleware import check_origin, client_address, json_response
from handoff.web.schemas import ClientId
from handoff.web.widget import inbound_of, visitor

_CLIENT_ID: TypeAdapter[str] = TypeAdapter(ClientId)
_NAME: TypeAdapter[str] = TypeAdapter(Annotated[str, StringConstraints(max_length=1000)])
_PATH = re.compile(r"([0-9a-f]{32})\.([0-9]{1,2})")

# Whatever a file turns out to be, a browser that opens it runs nothing of it.
_POLICY = "default-src 'none'; sandbox"


async def receive_file(request: web.Request) -> web.Response:
    """POST /widget/files"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=True)
    contact = await visitor(request)
    address = client_address(request)
    client_id, name = _named(request)
    request.app[FILE_LIMIT].take(address)
    file = await request.app[MEDIA].keep(_body(request), name)
    inbound = inbound_of(contact, client_id, address, files=(file,))
    receipt = await request.app[INBOX].receive(inbound)
    return json_response(
        {"client_id": client_id, "seq": receipt.seq}, 200 if receipt.duplicate else 201
    )


async def send_file(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/files"""
    client_id, name = _named(request)
    file = await request.app[MEDIA].keep(_body(request), name)
    written = await request.app[DESK].send_file(
        session.agent, request.match_info["id"], client_id=client_id, file=file
    )
    return await answer_written(request, written)


async def show_to_customer(request: web.Request) -> web.StreamResponse:
    """GET /widget/files/{file}"""
    check_origin(request, request.app[SETTINGS].allowed_origins, required=False)
    contact = await visitor(request)
    async with request.app[STORE].read() as tx:
        message, file = await _find(tx, request)
        conversation = await conversations.get(tx, message.conversation_id)
    if (
        conversation is None
        or conversation.contact_id != contact.id
        or message.visibility is not Visibility.PUBLIC
    ):
        raise _no_such_file()
    return _shown(request, file)


async def show_to_agent(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/files/{file}"""
    async with request.app[STORE].read() as tx:
        _, file = await _find(tx, request)
    return _shown(request, file)


async def _find(tx: Transaction, request: web.Request) -> tuple[Message, File]:
    named = _PATH.fullmatch(request.match_info["file"])
    message = await messages.get(tx, named[1]) if named else None
    files = of_content(message.content) if message else ()
    place = int(named[2]) if named else 0
    if message is None or place >= len(files):
        raise _no_such_file()
    return message, files[place]


def _no_such_file() -> NotFound:
    return NotFound("there is no such file, or it is not yours")


def _shown(request: web.Request, file: File) -> web.FileResponse:
    path = request.app[MEDIA].path(file)
    if not path.is_file():
        raise _no_such_file()
    # A document is saved and not opened: it may hold scripts, whatever it looks like.
    how = "attachment" if file.type == PDF else "inline"
    return web.FileResponse(
        path,
        headers={
            "Content-Type": file.type,
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "private, max-age=86400, immutable",
        },
    )


def _named(request: web.Request) -> tuple[str, str | None]:
    """Return the client's id and name of a file."""
    fields = {}
    for key, kind in (("client_id", _CLIENT_ID), ("name", _NAME)):
        try:
            fields[key] = kind.validate_python(request.query.get(key, ""))
        except ValidationError as error:
            told = error.errors(include_input=False, include_url=False)[0]["msg"]
            raise InvalidInput("correct the fields named", fields={key: told}) from error
    return fields["client_id"], fields["name"]


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    """Give a request's body as it comes."""
    if (request.content_length or 0) > LIMIT:
        raise FileTooLarge(f"send a file of at most {LIMIT} bytes", limit=LIMIT)
    try:
        async for piece in request.content.iter_any():
            yield piece
    except (web.RequestPayloadError, ConnectionError) as error:
        raise FileBroken("the file has not come whole; send it once more") from error
