"""The one door into Rasa: a turn over HTTP (docs/protocol.md, "One turn of the bot").

Only the service calls it, over loopback, with a shared secret. Every request gets a definite
answer; the log tells which turn failed and where, never what was said.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Optional
from weakref import WeakValueDictionary

import rasa.core.agent
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as answer_json

from bot import speed
from bot.processor import CHANNEL, PayloadRefused, Turn, TurnProcessor

logger = logging.getLogger(__name__)

LANGUAGES = ("tr", "en")
MAX_BODY = 64 * 1024
MAX_ID = 255
MAX_TEXT = 4000  # what the service lets a customer write
# Below the 15 s after which the service takes a silent bot for failed.
TURN_TIMEOUT = 12.0

_FIELDS = frozenset(
    ("conversation_id", "message_id", "text", "payload", "language", "reset", "metadata")
)


class Refused(Exception):
    """A request that is not carried out: the status and the error the caller gets."""

    def __init__(
        self, status: int, code: str, message: str, fields: Optional[dict[str, str]] = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.error = {"code": code, "message": message, **({"fields": fields} if fields else {})}


class Gateway(InputChannel):
    """`POST /webhooks/gateway/turn` and `GET /webhooks/gateway/ready`."""

    def __init__(self, token: str, turn_timeout: float = TURN_TIMEOUT) -> None:
        """`token` is the shared secret, `turn_timeout` the seconds a turn may take."""
        self._token = token.encode()
        self._turn_timeout = turn_timeout
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> Gateway:
        """The channel of credentials.yml; Rasa calls this before it loads the model.

        Raises RasaException without a secret.
        """
        settings = credentials or {}
        token = str(settings.get("token") or "").strip()
        if not token:
            raise RasaException(
                "The secret of the gateway channel is empty. Set DEVIR_BOT_TOKEN to the secret the "
                "service uses; credentials.yml reads it from there."
            )
        speed.install()
        rasa.core.agent.MessageProcessor = TurnProcessor
        return cls(token, float(settings.get("turn_timeout", TURN_TIMEOUT)))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes. `on_new_message` stays unused: it drops messages while the model loads."""
        blueprint = Blueprint("gateway")

        @blueprint.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            return await self._answer(request, self._turn)

        @blueprint.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            return await self._answer(request, self._ready)

        @blueprint.after_server_stop
        async def close(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            agent: Optional[Agent] = getattr(app.ctx, "agent", None)
            if agent is not None and isinstance(agent.processor, TurnProcessor):
                await agent.processor.close()

        return blueprint

    async def _answer(
        self, request: Request, handle: Callable[[Request], Awaitable[dict[str, Any]]]
    ) -> HTTPResponse:
        try:
            self._check_secret(request)
            return answer_json(await handle(request), ensure_ascii=False, dumps=json.dumps)
        except Refused as refused:
            return answer_json({"error": refused.error}, status=refused.status)

    def _check_secret(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), self._token):
            raise Refused(
                401,
                "not_authenticated",
                "Send the secret as Authorization: Bearer DEVIR_BOT_TOKEN.",
            )

    async def _ready(self, request: Request) -> dict[str, Any]:
        return {"status": "ready", "model": _processor(request).model_metadata.model_id}

    async def _turn(self, request: Request) -> dict[str, Any]:
        turn = _read_turn(request.body)
        processor = _processor(request)
        lock = self._locks.setdefault(turn.conversation_id, asyncio.Lock())
        try:
            async with lock:
                answer = await asyncio.wait_for(processor.turn(turn), self._turn_timeout)
        except PayloadRefused as error:
            raise _invalid({"payload": str(error)}) from error
        except Exception as error:
            # Without the exception's own message, which may quote the customer.
            logger.error(
                "turn_failed conversation=%s message=%s %s",
                turn.conversation_id,
                turn.message_id,
                _where(error),
            )
            raise Refused(
                500,
                "turn_failed",
                "The bot could not answer; the log of Rasa says where it failed.",
            ) from error
        return answer.as_dict()


def _processor(request: Request) -> TurnProcessor:
    agent: Optional[Agent] = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise Refused(503, "not_ready", "The model is still loading; try again shortly.")
    processor: TurnProcessor = agent.processor
    return processor


def _read_turn(body: bytes) -> Turn:
    """The turn of a request's body; raises Refused with every field that is wrong."""
    if len(body) > MAX_BODY:
        raise Refused(413, "body_too_large", f"Send at most {MAX_BODY} bytes.")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refused(400, "invalid_json", "Send a JSON object.")

    wrong = {name: "is not a field of a turn" for name in given if name not in _FIELDS}
    for name in ("conversation_id", "message_id"):
        value = given.get(name)
        if not (isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable()):
            wrong[name] = f"must be a printable string of 1 to {MAX_ID} characters"
    for name in ("text", "payload"):
        value = given.get(name)
        if not (value is None or (isinstance(value, str) and value.strip())):
            wrong[name] = "must be a string that is not blank"
        elif value and len(value) > MAX_TEXT:
            wrong[name] = f"must have at most {MAX_TEXT} characters"
    if (given.get("text") is None) == (given.get("payload") is None):
        wrong.setdefault("text", "must be given, or payload, but not both")
    if given.get("language") not in (None, *LANGUAGES):
        wrong["language"] = f"must be null or one of {', '.join(LANGUAGES)}"
    if not isinstance(given.get("reset", False), bool):
        wrong["reset"] = "must be true or false"
    if not isinstance(given.get("metadata", {}), dict):
        wrong["metadata"] = "must be an object"
    if wrong:
        raise _invalid(wrong)
    return Turn(
        given["conversation_id"],
        given["message_id"],
        given.get("text"),
        given.get("payload"),
        given.get("language"),
        given.get("reset", False),
        given.get("metadata", {}),
    )


def _invalid(fields: dict[str, str]) -> Refused:
    return Refused(422, "invalid_input", "Correct the fields named in `fields`.", fields)


def _where(error: BaseException) -> str:
    """The kinds and places of an exception and its causes, without what they say."""
    found = []
    cause: Optional[BaseException] = error
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)[-3:]
        places = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))
        found.append(f"{type(cause).__name__} at {places}")
        cause = cause.__cause__ or cause.__context__
    return "; caused by ".join(found)
