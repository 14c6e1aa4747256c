"""Asking the Rasa process for one turn, as docs/protocol.md describes it."""

from datetime import date
from typing import Any, Literal, Protocol

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handoff.conversation import Reason
from handoff.store.rows import Conversation, Turn


class BotNotReady(Exception):
    """The bot is starting, restarting or unreachable; the same question may be asked again."""


class BotFailed(Exception):
    """The bot has no answer to this turn and would have none if asked again.

    The argument is a code.
    """


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Button(_Frozen):
    """A quick reply; `payload` is what it means to the bot."""

    title: str = Field(min_length=1)
    payload: str = Field(min_length=1)


class Reply(_Frozen):
    """One bubble of the bot."""

    text: str | None = None
    buttons: tuple[Button, ...] = ()
    image: str | None = None


class Guess(_Frozen):
    """An intent with its confidence, 0 to 1."""

    name: str | None
    confidence: float


class Entity(_Frozen):
    """A value that was found in the text."""

    entity: str
    value: Any


class Understanding(_Frozen):
    """What the bot made of the message."""

    intent: Guess
    ranking: tuple[Guess, ...] = ()
    entities: tuple[Entity, ...] = ()
    language: Literal["tr", "en"] | None = None


class Request(_Frozen):
    """The bot's wish to hand the conversation to a person."""

    reason: Reason
    department: str | None = Field(None, max_length=60)
    summary: str | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)


class Complaint(_Frozen):
    """A complaint the bot has taken down; `reference` is the number it told the customer."""

    reference: str = Field(min_length=1, max_length=20)
    category: Literal["delivery", "product", "service", "payment", "website", "other"]
    text: str = Field(min_length=1, max_length=4000)


class OrderLine(_Frozen):
    """Pieces of a line of an order; `line` is its place, from 0."""

    line: int = Field(ge=0)
    quantity: int = Field(ge=1)


class Case(_Frozen):
    """What is wrong with a delivery; `reference` is the number the bot told the customer."""

    reference: str = Field(min_length=1, max_length=20)
    kind: Literal["missing", "damaged", "wrong"]
    order: str | None = Field(None, max_length=64)
    lines: tuple[OrderLine, ...] = ()
    text: str = Field(min_length=1, max_length=4000)


class Operation(_Frozen):
    """What the bot did with an order, or the rule that refused it; `open` where nobody knows.

    `since` and `until` are the days that the rule was computed from.
    """

    name: Literal[
        "prove_order",
        "cancel_order",
        "change_address",
        "return_item",
        "exchange_item",
        "refund_status",
        "invoice",
    ]
    order: str = Field(min_length=1, max_length=64)
    outcome: Literal["done", "refused", "not_found", "open"]
    rule: str | None = Field(None, max_length=40)
    since: date | None = None
    until: date | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class Answer(_Frozen):
    """What one turn brought."""

    replies: tuple[Reply, ...]
    understanding: Understanding
    handoff: Request | None = None
    complaint: Complaint | None = None
    case: Case | None = None
    operations: tuple[Operation, ...] = ()


class Bot(Protocol):
    """Answers turns."""

    async def answer(self, conversation: Conversation, turn: Turn) -> Answer:
        """Return the answer to `turn`; asked again for the same message it is the same.

        Raises BotNotReady or BotFailed.
        """
        ...


class RasaBot:
    """The bot in the Rasa process at `url`, called with the secret both know."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._turn = f"{url}/webhooks/gateway/turn"
        self._ready = f"{url}/webhooks/gateway/ready"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    async def answer(self, conversation: Conversation, turn: Turn) -> Answer:
        """See Bot."""
        question = {
            "conversation_id": conversation.id,
            "message_id": turn.message_id,
            **turn.input,
            "language": conversation.language,
            "reset": turn.reset,
            "metadata": {"channel": conversation.channel, **turn.sender},
        }
        try:
            async with self._session.post(
                self._turn, data=orjson.dumps(question), headers=self._headers
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise BotNotReady(type(error).__name__) from error
        if response.status == 503:
            raise BotNotReady("loading")
        if response.status != 200:
            raise BotFailed(
                "turn_failed" if response.status == 500 else f"status_{response.status}"
            )
        try:
            answer = Answer.model_validate_json(body)
        except ValidationError as error:
            raise BotFailed("answer_invalid") from error
        if not answer.replies and answer.handoff is None:
            raise BotFailed("answer_empty")
        return answer

    async def check(self) -> None:
        """Raise BotNotReady unless the bot can answer turns."""
        try:
            async with self._session.get(
                self._ready, headers=self._headers, timeout=aiohttp.ClientTimeout(total=3)
            ) as response:
                status = response.status
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise BotNotReady("does not answer; is the rasa process running?") from error
        if status != 200:
            hint = "is loading its model" if status == 503 else f"answers with status {status}"
            raise BotNotReady(hint)
