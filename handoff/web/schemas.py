"""What clients may send. Unknown fields are refused, so that a misspelt one is noticed."""

from typing import Annotated, Any, Literal, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from handoff.errors import BodyTooLarge, InvalidInput, InvalidJson

BODY_LIMIT = 64 * 1024

Language = Literal["tr", "en"]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Strict(BaseModel):
    """A body or frame whose every field is known and of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NewSession(Strict):
    """Body of POST /widget/sessions."""

    language: Language


class IdentityBody(Strict):
    """Body of POST /widget/identity."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class SendBody(Strict):
    """Body of POST /widget/messages with a text."""

    client_id: ClientId
    text: str


class PressBody(Strict):
    """Body of POST /widget/messages with a button."""

    client_id: ClientId
    button: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]


class Hello(Strict):
    """First frame of a widget's socket."""

    type: Literal["hello"]
    token: Annotated[str, StringConstraints(max_length=128)]
    after: Seq = 0
    language: Language


class Send(SendBody):
    """A customer's text."""

    type: Literal["send"]


class Press(PressBody):
    """A customer's press on a button."""

    type: Literal["press"]


class ChooseLanguage(Strict):
    """A customer's choice of language."""

    type: Literal["language"]
    language: Language


class Typing(Strict):
    """A customer begins or stops to write."""

    type: Literal["typing"]
    on: bool


class Seen(Strict):
    """A customer has seen everything up to `seq`."""

    type: Literal["seen"]
    seq: Seq


class Ping(Strict):
    """Is anybody there?"""

    type: Literal["ping"]


class Watch(Strict):
    """An agent looks at a conversation, or at none."""

    type: Literal["watch"]
    conversation: Id | None


class AgentTyping(Strict):
    """An agent begins or stops to write."""

    type: Literal["typing"]
    conversation: Id
    on: bool


class AgentSeen(Strict):
    """An agent has read everything up to `seq`."""

    type: Literal["seen"]
    conversation: Id
    seq: Seq


class Login(Strict):
    """Body of POST /console/api/login."""

    login: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,120}$")]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Epoch(Strict):
    """Body of a command: the epoch at which the agent saw the conversation."""

    epoch: Seq


class SentArticle(Strict):
    """The article a reply was taken from."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Transfer(Epoch):
    """Body of a transfer: to which department (null: any), and what the next agent should know."""

    department: str | None
    note: str


class Closing(Strict):
    """Body of closing a case: what was done about it, for colleagues."""

    note: str


class Write(Strict):
    """Body of a note."""

    client_id: ClientId
    text: str


class Join(Strict):
    """Body that names a conversation of the same person."""

    conversation: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class Nothing(Strict):
    """An empty body."""


class Reply(Write):
    """Body of a reply, and the article it was taken from."""

    article: SentArticle | None = None


CustomerFrame = Annotated[
    Hello | Send | Press | ChooseLanguage | Typing | Seen | Ping, Field(discriminator="type")
]
AgentFrame = Annotated[Watch | AgentTyping | AgentSeen | Ping, Field(discriminator="type")]

CUSTOMER_FRAME: TypeAdapter[CustomerFrame] = TypeAdapter(CustomerFrame)
AGENT_FRAME: TypeAdapter[AgentFrame] = TypeAdapter(AgentFrame)
MESSAGE_BODY: TypeAdapter[SendBody | PressBody] = TypeAdapter(SendBody | PressBody)

T = TypeVar("T")


async def read_body(request: web.Request, schema: TypeAdapter[T]) -> T:
    """Return a request's body. Raises BodyTooLarge, InvalidJson or InvalidInput."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise BodyTooLarge(f"send at most {BODY_LIMIT} bytes", limit=BODY_LIMIT)
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise BodyTooLarge(f"send at most {BODY_LIMIT} bytes", limit=BODY_LIMIT) from error
    except web.RequestPayloadError as error:
        raise InvalidJson("send the whole body, encoded as its headers say") from error
    return parse(raw, schema)


def parse(raw: bytes | str, schema: TypeAdapter[T]) -> T:
    """Return what a body or frame says. Raises InvalidJson or InvalidInput."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidJson("send a JSON object in UTF-8") from error
    if not isinstance(value, dict):
        raise InvalidJson("send a JSON object")
    try:
        return schema.validate_python(value)
    except ValidationError as error:
        raise InvalidInput("correct the fields named", fields=_fields(error)) from error


def _fields(error: ValidationError) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    for problem in error.errors(include_input=False, include_url=False):
        # Of a union pydantic names the branch first; clients know only fields.
        place = [str(part) for part in problem["loc"] if str(part).islower()]
        told = "is not a type of frame" if "tag" in problem["type"] else problem["msg"]
        problems[place[-1] if place else "type"] = told
    return problems


def echo_client_id(raw: bytes | str) -> str | None:
    """Return the `client_id` of a frame that was refused, if it has a proper one."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    found = value.get("client_id") if isinstance(value, dict) else None
    return found if isinstance(found, str) and len(found) <= 64 else None
