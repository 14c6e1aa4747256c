"""Which customers are one person, by an agent's word; below /console/api/conversations/{id}."""

from aiohttp import web
from pydantic import TypeAdapter

from handoff.errors import InvalidInput, NotFound
from handoff.store import conversations, persons
from handoff.store.base import Transaction
from handoff.store.persons import Known
from handoff.store.rows import AgentSession, Conversation
from handoff.web.keys import CLOCK, STORE
from handoff.web.middleware import json_response
from handoff.web.present import instant
from handoff.web.schemas import Join, Nothing, read_body

_JOIN = TypeAdapter(Join)
_NOTHING = TypeAdapter(Nothing)
_MOST = 10
_SHORTEST, _LONGEST = 2, 80


async def read_person(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/conversations/{id}/person"""
    text = " ".join(request.query.get("text", "").split())[:_LONGEST]
    async with request.app[STORE].read() as tx:
        found = await _conversation(tx, request.match_info["id"])
        return json_response(await _told(tx, found, text))


async def join(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/join"""
    body = await read_body(request, _JOIN)
    async with request.app[STORE].write() as tx:
        found = await _conversation(tx, request.match_info["id"])
        other = await _conversation(tx, body.conversation)
        if other.contact_id == found.contact_id:
            raise InvalidInput(
                "correct the fields named", fields={"conversation": "one of another customer"}
            )
        await persons.join(
            tx,
            found.contact_id,
            other.contact_id,
            agent_id=session.agent.id,
            now=request.app[CLOCK](),
        )
        return json_response(await _told(tx, found, ""))


async def separate(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/conversations/{id}/separate"""
    await read_body(request, _NOTHING)
    async with request.app[STORE].write() as tx:
        found = await _conversation(tx, request.match_info["id"])
        await persons.separate(tx, found.contact_id)
        return json_response(await _told(tx, found, ""))


async def _conversation(tx: Transaction, name: str) -> Conversation:
    found = await conversations.get(tx, name)
    if found is None:
        raise NotFound("there is no such conversation")
    return found


async def _told(tx: Transaction, found: Conversation, text: str) -> dict[str, object]:
    joined = await persons.joined(tx, found.contact_id)
    ids = {one.conversation_id for one in joined}
    like = await persons.with_same_number(tx, found.contact_id, limit=_MOST)
    looked_up = (
        await persons.search(tx, found.contact_id, text, limit=_MOST)
        if len(text) >= _SHORTEST
        else []
    )
    return {
        "joined": [_known(one) for one in joined],
        "same_number": [_known(one) for one in like if one.conversation_id not in ids],
        "found": [_known(one) for one in looked_up if one.conversation_id not in ids],
    }


def _known(one: Known) -> dict[str, object]:
    return {
        "conversation": one.conversation_id,
        "channel": one.channel,
        "customer": {"name": one.name},
        "updated_at": instant(one.updated_at),
    }
