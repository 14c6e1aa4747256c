"""Orders beside the chat, and what agents have done with them."""

from typing import Annotated

import structlog
from aiohttp import web
from pydantic import Field, TypeAdapter

from handoff import errors
from handoff.errors import NotFound
from handoff.operations import Performed
from handoff.store import agents, conversations
from handoff.store.rows import AgentSession
from handoff.web import orders, present
from handoff.web.keys import OPERATIONS, SHOP, STORE
from handoff.web.middleware import json_response
from handoff.web.schemas import ClientId, Strict, read_body
from handoff.wishes import Wish
from shop.clock import today
from shop.errors import ShopUnavailable
from shop.variants import variants_of

log = structlog.get_logger(__name__)


class Perform(Strict):
    """Body of an operation: what is wished, and what the agent notes about it."""

    client_id: ClientId
    wish: Wish
    note: Annotated[str, Field(max_length=4000)] = ""


_PERFORM = TypeAdapter(Perform)


async def read_orders(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations/{id}/orders"""
    name = request.match_info["id"]
    service, shop = request.app[OPERATIONS], request.app[SHOP]
    async with request.app[STORE].read() as tx:
        conversation = await conversations.get(tx, name)
    if conversation is None:
        raise NotFound("there is no such conversation")
    try:
        found = await service.beside(name)
    except ShopUnavailable as error:
        log.warning("shop_away", operation="orders", why=str(error))
        known = await service.known(name)
        return json_response(orders.unavailable(known))
    return json_response(orders.beside(found, conversation.language, today(), shop.rules))


async def read_variants(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations/{id}/orders/{number}/lines/{line}/variants"""
    number, at = request.match_info["number"], int(request.match_info["line"])
    try:
        beside = await request.app[OPERATIONS].beside(request.match_info["id"])
        order = beside.find(number)
        if order is None or at >= len(order.lines):
            raise NotFound("there is no such line beside this conversation")
        variants = await variants_of(request.app[SHOP], order.lines[at])
    except ShopUnavailable as error:
        log.warning("shop_away", operation="variants", why=str(error))
        raise errors.ShopUnavailable("the shop does not answer; try again later") from error
    return json_response({"variants": [{"name": v.name, "stock": v.stock} for v in variants]})


async def perform(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/operations"""
    body = await read_body(request, _PERFORM)
    done = await request.app[OPERATIONS].perform(
        session.agent,
        request.match_info["id"],
        client_id=body.client_id,
        wish=body.wish,
        note=body.note,
    )
    return await _performed(request, done)


async def again(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/operations/{id}/again"""
    done = await request.app[OPERATIONS].again(session.agent, request.match_info["id"])
    return await _performed(request, done)


async def _performed(request: web.Request, done: Performed) -> web.StreamResponse:
    async with request.app[STORE].read() as tx:
        agent = await agents.get(tx, done.operation.agent_id or "")
    shown = present.operation(done.operation, agent.name if agent else None)
    return json_response({"operation": shown, "tell": done.tell})
