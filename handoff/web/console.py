"""The agents' console: signing in, the list, a conversation, and what may be done with it."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import WSMsgType, web
from pydantic import TypeAdapter

from handoff.conversation import Author, Command
from handoff.desk import Cited, Written
from handoff.errors import (
    CaseClosed,
    CsrfFailed,
    DevirError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
)
from handoff.store import cases, conversations, handoffs, history, messages, operations, turns
from handoff.store.base import Transaction
from handoff.store.rows import AgentSession, Conversation, Message
from handoff.web import present
from handoff.web.keys import CLOCK, DESK, LIVE, PRIVACY, SETTINGS, SIGN_IN, STORE, TYPING
from handoff.web.live import PAGE, AgentSocket, present_agent_messages
from handoff.web.middleware import check_origin, client_address, error_body, json_response
from handoff.web.schemas import (
    AGENT_FRAME,
    AgentSeen,
    AgentTyping,
    Closing,
    Epoch,
    Login,
    Ping,
    Reply,
    Transfer,
    Watch,
    Write,
    parse,
    read_body,
)
from handoff.web.sockets import NOT_AUTHENTICATED, open_socket, until_it_fails
from handoff.web.widget import whole_number

log = structlog.get_logger(__name__)

LIST_PAGE = 50
_VIEWS = ("waiting", "mine", "all", "cases")
_ORDERS = ("activity", "window")
_STILL_SIGNED_IN_SECONDS = 30.0
_EARLIER = 20

_LOGIN = TypeAdapter(Login)
_EPOCH = TypeAdapter(Epoch)
_TRANSFER = TypeAdapter(Transfer)
_REPLY = TypeAdapter(Reply)
_WRITE = TypeAdapter(Write)
_CLOSING = TypeAdapter(Closing)

COMMANDS = {
    "claim": Command.CLAIM,
    "take-over": Command.TAKE_OVER,
    "hand-back": Command.HAND_BACK,
    "release": Command.RELEASE,
    "resolve": Command.RESOLVE,
}

AgentHandler = Callable[[web.Request, AgentSession], Awaitable[web.StreamResponse]]


def cookie_name(request: web.Request) -> str:
    """Return the name of the session cookie; over TLS one that browsers guard more closely."""
    return "__Host-devir" if request.app[SETTINGS].secure else "devir"


def for_agents(handler: AgentHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Let only signed-in agents through, and changing requests only with their CSRF token from our
    own pages.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        session = await request.app[SIGN_IN].session(request.cookies.get(cookie_name(request)))
        if request.method not in ("GET", "HEAD"):
            check_origin(request, request.app[SETTINGS].own_origins, required=False)
            given = request.headers.get("X-CSRF-Token", "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, session.csrf.encode()):
                raise CsrfFailed("send X-CSRF-Token with the value from /console/api/me")
        return await handler(request, session)

    return guarded


async def login(request: web.Request) -> web.StreamResponse:
    """POST /console/api/login"""
    check_origin(request, request.app[SETTINGS].own_origins, required=False)
    body = await read_body(request, _LOGIN)
    signed_in = await request.app[SIGN_IN].sign_in(
        body.login,
        body.password,
        address=client_address(request),
        replaces=request.cookies.get(cookie_name(request)),
    )
    settings = request.app[SETTINGS]
    departments = settings.departments
    response = json_response(present.me(signed_in.agent, signed_in.csrf, departments))
    response.set_cookie(
        cookie_name(request),
        signed_in.token,
        max_age=settings.session_hours * 3600,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=settings.secure,
    )
    return response


async def logout(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/logout"""
    await request.app[SIGN_IN].sign_out(session)
    await request.app[LIVE].sign_out(session.token_hash)
    response = web.Response(status=204)
    # Browsers ignore a `__Host-` cookie that comes without Secure, also one that deletes.
    response.del_cookie(
        cookie_name(request),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.app[SETTINGS].secure,
    )
    return response


async def me(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/me"""
    departments = request.app[SETTINGS].departments
    return json_response(present.me(session.agent, session.csrf, departments))


async def list_conversations(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations"""
    view = request.query.get("view", "waiting")
    limit = whole_number(request, "limit", LIST_PAGE, least=1, most=PAGE)
    before = _time(request, "before")
    order = request.query.get("order", "activity")
    if view not in _VIEWS or order not in _ORDERS:
        wanted = {"view": "waiting, mine, all or cases", "order": "activity or window"}
        raise InvalidInput("correct the fields named", fields=wanted)
    holder = session.agent.id if view == "mine" else None
    live = request.app[LIVE]
    async with request.app[STORE].read() as tx:
        counts = await conversations.count(tx)
        if order == "window":
            rows = await conversations.list_by_window(
                tx,
                limit=limit + 1,
                now=request.app[CLOCK](),
                waiting=view == "waiting",
                agent_id=holder,
                with_case=view == "cases",
            )
        elif view == "waiting":
            rows = await conversations.list_waiting(tx, limit=limit + 1)
        else:
            rows = await conversations.list_recent(
                tx,
                limit=limit + 1,
                before=before,
                agent_id=holder,
                with_case=view == "cases",
            )
        listed = []
        for number, row in enumerate(rows[:limit], start=1):
            found = conversations.from_summary(row)
            in_turn = view == "waiting" and order == "activity"
            place = number if in_turn else await conversations.position(tx, found)
            listed.append(present.summary(row, found, place, live=live.is_live(found.id)))
    return json_response(
        {
            "conversations": listed,
            "counts": counts.of(session.agent.id),
            "more": len(rows) > limit,
        }
    )


async def read_conversation(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations/{id}"""
    async with request.app[STORE].read() as tx:
        found = await _access(tx, request)
        newest = await messages.before(tx, found.id, None, limit=PAGE)
        body = {
            "conversation": await request.app[LIVE].summary(tx, found.id),
            "messages": await present_agent_messages(tx, found.id, newest),
            "card": await _card(tx, found),
            "cases": [
                present.case(one, closer)
                for one, closer in await cases.of_conversation(tx, found.id)
            ],
            "operations": [
                present.operation(one, agent_name)
                for one, agent_name in await operations.of_conversation(tx, found.id, limit=PAGE)
            ],
        }
    return json_response(body)


async def _card(tx: Transaction, found: Conversation) -> dict[str, Any] | None:
    latest = await handoffs.latest(tx, found.id)
    if latest is None:
        return None
    turn = (
        await turns.get(tx, latest.turn_id)
        if latest.turn_id
        else await turns.latest_understood(tx, found.id)
    )
    return present.card(latest, turn, found)


async def read_messages(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations/{id}/messages"""
    limit = whole_number(request, "limit", PAGE, least=1, most=PAGE)
    after = whole_number(request, "after", 0, most=2**31 - 1)
    before = whole_number(request, "before", 0, most=2**31 - 1)
    async with request.app[STORE].read() as tx:
        found = await _access(tx, request)
        if before:
            page = await messages.before(tx, found.id, before, limit=limit + 1)
            shown = page[-limit:]
        else:
            page = await messages.after(tx, found.id, after, limit=limit + 1, public=False)
            shown = page[:limit]
        listed = await present_agent_messages(tx, found.id, shown)
    return json_response({"messages": listed, "more": len(page) > limit})


async def read_history(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations/{id}/history"""
    async with request.app[STORE].read() as tx:
        found = await _access(tx, request)
        talks = await history.before(tx, found, limit=_EARLIER)
    return json_response({"earlier": [present.talk(one) for one in talks]})


async def give_command(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/{command}"""
    command = COMMANDS[request.match_info["command"]]
    body = await read_body(request, _EPOCH)
    conversation_id = request.match_info["id"]
    change = request.app[DESK].command(
        session.agent, conversation_id, command, seen_epoch=body.epoch
    )
    return await _changed(request, conversation_id, change)


async def _changed(
    request: web.Request, conversation_id: str, change: Awaitable[Conversation]
) -> web.StreamResponse:
    """Answer a change of hands with the conversation as it is now, also where it was refused."""
    try:
        await change
    except DevirError as error:
        if error.status == 409:
            error.fields["conversation"] = await _summary(request, conversation_id)
        raise
    return json_response(await _summary(request, conversation_id))


async def transfer(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/transfer"""
    body = await read_body(request, _TRANSFER)
    known = request.app[SETTINGS].departments
    if body.department is not None and body.department not in known:
        raise InvalidInput("correct the fields named", fields={"department": "is none of them"})
    conversation_id = request.match_info["id"]
    change = request.app[DESK].transfer(
        session.agent,
        conversation_id,
        department=body.department,
        note=body.note,
        seen_epoch=body.epoch,
    )
    return await _changed(request, conversation_id, change)


async def _summary(request: web.Request, conversation_id: str) -> dict[str, Any] | None:
    async with request.app[STORE].read() as tx:
        return await request.app[LIVE].summary(tx, conversation_id)


async def reply(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/reply"""
    body = await read_body(request, _REPLY)
    written = await request.app[DESK].reply(
        session.agent,
        request.match_info["id"],
        client_id=body.client_id,
        text=body.text,
        article=Cited(body.article.slug, body.article.title) if body.article else None,
    )
    return await answer_written(request, written)


async def close_case(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/cases/{id}/close"""
    body = await read_body(request, _CLOSING)
    case_id = request.match_info["id"]
    try:
        await request.app[DESK].close_case(session.agent, case_id, note=body.note)
    except CaseClosed as error:
        error.fields["case"] = await _case(request, case_id)
        raise
    return json_response(await _case(request, case_id))


async def reopen_case(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/cases/{id}/reopen"""
    case_id = request.match_info["id"]
    await request.app[DESK].reopen_case(session.agent, case_id)
    return json_response(await _case(request, case_id))


async def _case(request: web.Request, case_id: str) -> dict[str, Any] | None:
    async with request.app[STORE].read() as tx:
        found = await cases.get(tx, case_id)
    return present.case(*found) if found else None


async def note(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/note"""
    body = await read_body(request, _WRITE)
    written = await request.app[DESK].note(
        session.agent, request.match_info["id"], client_id=body.client_id, text=body.text
    )
    return await answer_written(request, written)


async def retry(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/messages/{id}/retry"""
    sent = await request.app[DESK].retry(session.agent, request.match_info["id"])
    return json_response(await _one_message(request, sent))


async def reveal(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/messages/{id}/reveal"""
    text = await request.app[PRIVACY].reveal(session.agent, request.match_info["id"])
    return json_response({"text": text})


async def answer_written(request: web.Request, written: Written) -> web.Response:
    """Answer with a message of an agent, 200 when it was there before."""
    body = await _one_message(request, written.message)
    return json_response(body, 200 if written.duplicate else 201)


async def _one_message(request: web.Request, record: Message) -> dict[str, Any]:
    async with request.app[STORE].read() as tx:
        (presented,) = await present_agent_messages(tx, record.conversation_id, [record])
    return presented


async def socket(request: web.Request) -> web.StreamResponse:
    """GET /console/socket"""
    check_origin(request, request.app[SETTINGS].own_origins, required=True)
    cookie = request.cookies.get(cookie_name(request))
    session = await request.app[SIGN_IN].session(cookie)
    ws = await open_socket(request)
    app = request.app
    connection = AgentSocket(ws, request.transport, app[STORE], session)
    guard = asyncio.create_task(_still_signed_in(app, ws, cookie), name="still-signed-in")
    try:
        async with until_it_fails(ws), app[LIVE].agent(connection):
            await connection.send(await _hello(app, connection))
            await _converse(app, connection, ws)
    finally:
        guard.cancel()
        await asyncio.gather(guard, return_exceptions=True)
    return ws


async def _hello(app: web.Application, connection: AgentSocket) -> dict[str, Any]:
    async with app[STORE].read() as tx:
        counts = await conversations.count(tx)
    return {
        "type": "hello",
        "agent": present.agent_view(connection.agent),
        "counts": counts.of(connection.agent.id),
    }


async def _converse(
    app: web.Application, connection: AgentSocket, ws: web.WebSocketResponse
) -> None:
    async for incoming in ws:
        if incoming.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            continue
        try:
            await _handle(app, connection, parse(incoming.data, AGENT_FRAME))
        except DevirError as error:
            await connection.send({"type": "error", **error_body(error)})


async def _handle(app: web.Application, connection: AgentSocket, frame: Any) -> None:
    match frame:
        case Watch(conversation=name):
            last = await connection.watch(name)
            await connection.send(
                {"type": "watching", "conversation": connection.watched, "last_seq": last}
            )
        case AgentTyping(conversation=name, on=on):
            async with app[STORE].read() as tx:
                found = await conversations.get(tx, name)
            if found is not None and found.agent_id == connection.agent.id:
                app[TYPING](name, Author.AGENT, on)
        case AgentSeen(conversation=name, seq=seq):
            await app[DESK].seen(name, seq)
        case Ping():
            await connection.send({"type": "pong"})


async def _still_signed_in(
    app: web.Application, ws: web.WebSocketResponse, cookie: str | None
) -> None:
    """Keep the agent present while the console is open, and close it when the session has ended."""
    while True:
        await asyncio.sleep(_STILL_SIGNED_IN_SECONDS)
        try:
            await app[SIGN_IN].session(cookie)
        except NotAuthenticated:
            await ws.close(code=NOT_AUTHENTICATED, message=b"signed out")
            return
        except Exception:
            # The store may be away for a moment; that signs nobody out, and ends no watch.
            log.exception("session_check_failed")


async def _access(tx: Transaction, request: web.Request) -> Conversation:
    """The one door to a conversation for agents."""
    found = await conversations.get(tx, request.match_info["id"])
    if found is None:
        raise NotFound("there is no such conversation")
    return found


def _time(request: web.Request, name: str) -> datetime | None:
    given = request.query.get(name)
    if not given:
        return None
    wrong = InvalidInput("correct the fields named", fields={name: "a time with its zone"})
    try:
        value = datetime.fromisoformat(given)
        if value.tzinfo is None:
            raise wrong
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
