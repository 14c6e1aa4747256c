"""Meta's Cloud API with one number of WhatsApp, true to its documented wire format.

For tests and for the simulator. It takes what is sent to customers, reports how that fares, keeps
files, and calls our webhook, all signed. What goes wrong is in `troubles`: done to the calls it is
made. Whatever the real one would refuse it refuses.
"""

import asyncio
import hashlib
import hmac
import itertools
import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.mischief import Courier, Mischief
from tests.fakes.trouble import Trouble, Troubles

VERSION = "v26.0"
TOKEN_EXPIRED = 190
RATE = 130429
PAIR_RATE = 131056
UNDELIVERABLE = 131026
WINDOW_CLOSED = 131047
ECHOES = "smb_message_echoes"

_DAY = 24 * 60 * 60
_USER = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_NUMBER = re.compile(r"\+?\d{6,15}")

Object = dict[str, Any]


@dataclass
class Phone:
    """A customer's telephone.

    Without a `number` its owner has a user name, and the shop knows only `user`. `wrote_at` is when
    they wrote last, in seconds. `blocks` says that nothing reaches it.
    """

    user: str
    number: str | None = None
    name: str = "Elif Aydın"
    wrote_at: float | None = None
    blocks: bool = False


@dataclass
class Sent:
    """A message that the platform has taken for a customer."""

    id: str
    to: str
    body: Object
    statuses: list[str] = field(default_factory=list)
    at: float = field(default_factory=time.time)

    @property
    def kind(self) -> str:
        """What kind of message it is: text, interactive, image …"""
        return str(self.body["type"])

    @property
    def content(self) -> Object:
        """What stands below its kind."""
        found: Object = self.body[self.kind]
        return found

    @property
    def text(self) -> str:
        """What the customer reads, but for buttons; a template has its name."""
        if self.kind == "interactive":
            return str(self.content["body"]["text"])
        found = {"text": "body", "template": "name"}.get(self.kind, "caption")
        return str(self.content.get(found, ""))

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The ids and titles of what can be pressed."""
        if self.kind != "interactive":
            return []
        action = self.content["action"]
        if self.content["type"] == "button":
            return [(one["reply"]["id"], one["reply"]["title"]) for one in action["buttons"]]
        rows = [row for section in action["sections"] for row in section["rows"]]
        return [(row["id"], row["title"]) for row in rows]


class FakeWhatsApp:
    """One app of a shop with one account and one number.

    `sent` is what it has taken, oldest first; `read` are the messages that were marked as read and
    `typing` those with a typing indicator. `reports` are the statuses it tells by itself of each.
    With `pair_rate` a customer is sent one message in so many seconds; `ahead` moves its clock.
    `on_app` says whether the number is used in the WhatsApp Business app too, None that it does not
    say, and `may_echo` whether our app may hear what is written there.
    `webhook` is our address that it calls; `answers` are the statuses it got there. What it names
    is numbered from `first` on.
    """

    def __init__(
        self, webhook: str = "", *, account: str = "106540352242922", first: int = 1
    ) -> None:
        self.account = account
        self.business = "102290129340398"
        self.app = "634974688087057"
        self.number = "15550783881"
        self.token = f"EAA{secrets.token_hex(24)}"
        self.app_secret = secrets.token_hex(16)
        self.verify_token = secrets.token_urlsafe(16)
        self.webhook = webhook
        self.templates: dict[str, dict[str, str]] = {
            "reply_waiting": {"tr": "APPROVED", "en": "APPROVED"}
        }
        self.tells_app = True
        self.fields = ["messages", ECHOES]
        self.may_echo = True
        self.on_app: bool | None = None
        self.expires_at = 0
        self.scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
        self.troubles = Troubles()
        self.mischief = Mischief()
        self.courier = Courier(self.mischief)
        self.reports: tuple[str, ...] = ("sent", "delivered")
        self.pair_rate: float | None = None
        self.ahead = 0.0
        self.sent: list[Sent] = []
        self.read: list[str] = []
        self.typing: list[str] = []
        self.answers: list[int] = []
        self.phones: dict[str, Phone] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.url = ""
        self._numbers = itertools.count(first)
        self._sent_at: dict[str, float] = {}
        self._client: aiohttp.ClientSession | None = None
        self._faring: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    # Running

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[Self]:
        """Serve while the block runs."""
        await self.start(port)
        try:
            yield self
        finally:
            await self.stop()

    async def start(self, port: int = 0) -> None:
        """Serve on loopback; `api` tells where."""
        self._runner = web.AppRunner(
            self.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Stop, and leave nothing under way."""
        await self.courier.close()
        for task in self._faring:
            task.cancel()
        await asyncio.gather(*self._faring, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api(self) -> str:
        """Its address with the version, as the service is told."""
        return f"{self.url}/{VERSION}"

    def application(self) -> web.Application:
        """Return its routes."""
        app = web.Application(
            middlewares=[
                self.troubles.middleware(spared=_is_mark),
                _json_errors,
                self._mischievous,
            ],
            client_max_size=110 * 1024**2,
        )
        below = f"/{VERSION}"
        app.router.add_post(f"{below}/{self.account}/messages", self._messages)
        app.router.add_post(f"{below}/{self.account}/media", self._upload)
        app.router.add_get(f"{below}/debug_token", self._debug_token)
        app.router.add_get(f"{below}/{self.app}/subscriptions", self._subscriptions)
        app.router.add_post(f"{below}/{self.app}/subscriptions", self._subscribe)
        app.router.add_get(f"{below}/{self.business}/message_templates", self._templates)
        app.router.add_get(f"{below}/{self.business}/subscribed_apps", self._subscribed_apps)
        app.router.add_post(f"{below}/{self.business}/subscribed_apps", self._subscribe_app)
        app.router.add_get(f"{below}/{{id}}", self._node)
        app.router.add_get("/whatsapp_business/attachments/", self._download)
        return app

    def now(self) -> float:
        """Return the seconds since 1970, moved by `ahead`."""
        return time.time() + self.ahead

    # A customer's side

    def phone(
        self, number: str | None = "905550000001", name: str = "Elif Aydın", user: str | None = None
    ) -> Phone:
        """Return a customer's telephone, the same for the same number or user."""
        user = user or f"TR.{hashlib.sha256((number or name).encode()).hexdigest()[:20]}"
        return self.phones.setdefault(user, Phone(user, number, name))

    async def says(self, phone: Phone, text: str) -> int:
        """Let a customer write; return what our webhook answers."""
        return await self.bring(self.batch((phone, self.message(phone, text=text))))

    async def presses(self, phone: Phone, sent: Sent, title: str) -> int:
        """Let a customer press a button or choose a row of a message they got."""
        (chosen,) = [one for one in sent.choices if one[1] == title]
        kind = "button_reply" if sent.content["type"] == "button" else "list_reply"
        message = self.message(
            phone,
            kind="interactive",
            interactive={"type": kind, kind: {"id": chosen[0], "title": chosen[1]}},
            context={"from": self.number, "id": sent.id},
        )
        return await self.bring(self.batch((phone, message)))

    async def sends(self, phone: Phone, kind: str, **content: Any) -> int:
        """Let a customer send something of another kind."""
        message = {**self.message(phone, kind=kind), kind: content}
        return await self.bring(self.batch((phone, message)))

    async def sends_file(
        self,
        phone: Phone,
        content: bytes,
        *,
        media_type: str = "image/jpeg",
        kind: str = "image",
        **fields: str,
    ) -> int:
        """Let a customer send a file."""
        return await self.sends(phone, kind, **self.keep(content, media_type), **fields)

    def keep(self, content: bytes, media_type: str) -> Object:
        """Keep a file as the platform does; return what a message says of it."""
        name = str(next(self._numbers) + 1_400_000_000_000)
        self.files[name] = (media_type, content)
        return {"id": name, "mime_type": media_type, "sha256": hashlib.sha256(content).hexdigest()}

    def message(
        self, phone: Phone, *, kind: str = "text", text: str | None = None, **content: Any
    ) -> Object:
        """Return a customer's message as webhooks tell it, with an id of its own."""
        phone.wrote_at = self.now()
        if text is not None:
            content["text"] = {"body": text}
        return {
            **({"from": phone.number} if phone.number else {}),
            "from_user_id": phone.user,
            "id": self._wamid(),
            "timestamp": str(int(self.now())),
            "type": kind,
            **content,
        }

    def batch(self, *messages: tuple[Phone, Object], account: str | None = None) -> Object:
        """Return a webhook's body that tells of these messages."""
        phones = {phone.user: phone for phone, _ in messages}
        contacts = [
            {
                "profile": {"name": phone.name},
                "user_id": phone.user,
                **({"wa_id": phone.number} if phone.number else {}),
            }
            for phone in phones.values()
        ]
        told = [message for _, message in messages]
        return self.body({"contacts": contacts, "messages": told}, account=account)

    def body(self, value: Object, *, account: str | None = None, which: str = "messages") -> Object:
        """Return a webhook's body with one change."""
        metadata = {
            "display_phone_number": self.number,
            "phone_number_id": account or self.account,
        }
        value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        entry = {"id": self.business, "changes": [{"value": value, "field": which}]}
        return {"object": "whatsapp_business_account", "entry": [entry]}

    # The shop's own telephone

    def echo(self, phone: Phone, kind: str, content: Any, *, name: str | None = None) -> Object:
        """Return what a webhook says of a message from the app, or of another one by its name."""
        return {
            "from": self.number,
            **({"to": f"+{phone.number}"} if phone.number else {}),
            "to_user_id": phone.user,
            "id": name or self._wamid(),
            "timestamp": str(int(self.now())),
            "type": kind,
            kind: content,
        }

    def echoed(self, *messages: tuple[Phone, Object]) -> Object:
        """Return a webhook's body that tells of messages from the app."""
        contacts = [
            {"user_id": phone.user, **({"wa_id": phone.number} if phone.number else {})}
            for phone, _ in messages
        ]
        told = [message for _, message in messages]
        return self.body({"contacts": contacts, "message_echoes": told}, which=ECHOES)

    def read_by(self, phone: Phone) -> list[Sent]:
        """Return what was sent to a telephone."""
        return [sent for sent in self.sent if sent.to in (phone.user, phone.number)]

    # Calling us

    def sign(self, raw: bytes) -> str:
        """Return the header that proves a body to be the app's."""
        return "sha256=" + hmac.new(self.app_secret.encode(), raw, hashlib.sha256).hexdigest()

    async def bring(self, body: Object) -> int:
        """Bring a body to our webhook, as often as it takes and with mischief."""
        return await self.courier.bring(lambda: self.deliver(body))

    async def deliver(self, body: Object) -> int:
        """Call our webhook once; 0 when there is no answer."""
        try:
            return await self.call(body)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    async def call(self, body: Object | bytes, *, signature: str | None = None) -> int:
        """Post a body to our webhook, signed unless another signature is given."""
        assert self._client is not None
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": self.sign(raw) if signature is None else signature,
        }
        async with self._client.post(self.webhook, data=raw, headers=headers) as response:
            self.answers.append(response.status)
            return response.status

    async def greets(self, *, token: str | None = None, challenge: str = "1158201444") -> Any:
        """Introduce itself to our webhook; return status and answer."""
        assert self._client is not None
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": self.verify_token if token is None else token,
            "hub.challenge": challenge,
        }
        async with self._client.get(self.webhook, params=query) as response:
            return response.status, await response.text()

    async def report(self, sent: Sent, status: str, code: int | None = None) -> int:
        """Tell how a message fares."""
        return await self.bring(self.body({"statuses": [self.status(sent, status, code)]}))

    def status(self, sent: Sent, status: str, code: int | None = None) -> Object:
        """Return what a webhook says of how a message fares."""
        sent.statuses.append(status)
        told: Object = {
            "id": sent.id,
            "status": status,
            "timestamp": str(int(self.now())),
            "recipient_id": sent.to,
        }
        if "biz_opaque_callback_data" in sent.body:
            told["biz_opaque_callback_data"] = sent.body["biz_opaque_callback_data"]
        if code is not None:
            told["errors"] = [{"code": code, "title": "not delivered", "message": "not delivered"}]
        return told

    def _wamid(self) -> str:
        return f"wamid.HBgM{next(self._numbers):024}"

    # Being called

    @web.middleware
    async def _mischievous(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return await self.mischief.to_call(
            request,
            handler,
            limited=lambda: _refusal(RATE, "(#130429) Rate limit hit", 429),
            expired=lambda: _refusal(TOKEN_EXPIRED, "Error validating access token", 401),
        )

    async def _messages(self, request: web.Request) -> web.Response:
        self._check_token(request)
        body = await request.json()
        if body.get("messaging_product") != "whatsapp":
            raise _Refused(100, "(#100) The parameter messaging_product is required.")
        if body.get("status") == "read":
            return self._mark(body)
        to = body.get("to") or body.get("recipient")
        _check_recipient(body)
        _check_content(body)
        if body["type"] == "template":
            self._check_template(body["template"])
        if (media := body.get(body["type"], {}).get("id")) and media not in self.files:
            raise _Refused(131052, "(#131052) Media download error")
        self._check_pair_rate(to)
        sent = Sent(self._wamid(), to, body)
        self.sent.append(sent)
        if self.webhook:
            self._later(sent)
        which = "wa_id" if "to" in body else "user_id"
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": to, which: to.lstrip("+")}],
                "messages": [{"id": sent.id}],
            }
        )

    def _mark(self, body: Object) -> web.Response:
        name = str(body.get("message_id"))
        if not name.startswith("wamid."):
            raise _Refused(100, "(#100) Invalid parameter")
        self.read.append(name)
        if body.get("typing_indicator") == {"type": "text"}:
            self.typing.append(name)
        return web.json_response({"success": True})

    def _later(self, sent: Sent) -> None:
        task = asyncio.create_task(self._fares(sent))
        self._faring.add(task)
        task.add_done_callback(self._faring.discard)

    async def _fares(self, sent: Sent) -> None:
        """Tell how a message fares, as it does."""
        phone = next(
            (one for one in self.phones.values() if sent.to in (one.number, one.user)), None
        )
        late = phone is None or phone.wrote_at is None or self.now() - phone.wrote_at > _DAY
        if phone is None or phone.blocks:
            await self.report(sent, "failed", UNDELIVERABLE)
        elif late and sent.kind != "template":
            await self.report(sent, "failed", WINDOW_CLOSED)
        else:
            for status in self.reports:
                await self.report(sent, status)

    def _check_token(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise _Refused(TOKEN_EXPIRED, "Error validating access token", 401)

    def _check_pair_rate(self, to: str) -> None:
        if self.pair_rate is None:
            return
        now = time.monotonic()
        if now - self._sent_at.get(to, -self.pair_rate) < self.pair_rate:
            raise _Refused(PAIR_RATE, "(#131056) (Business Account, Consumer Account) pair rate")
        self._sent_at[to] = now

    def _check_template(self, template: Object) -> None:
        state = self.templates.get(template["name"], {}).get(template["language"]["code"])
        if state is None:
            raise _Refused(132001, "(#132001) Template name does not exist in the translation")
        if state != "APPROVED":
            raise _Refused(132015, "(#132015) Template is paused")

    async def _upload(self, request: web.Request) -> web.Response:
        self._check_token(request)
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(file, web.FileField):
            raise _Refused(100, "(#100) Invalid parameter")
        content = file.file.read()
        if file.content_type.startswith("image/") and len(content) > 5 * 1024**2:
            raise _Refused(131053, "(#131053) Media upload error")
        return web.json_response({"id": self.keep(content, file.content_type)["id"]})

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        media_type, content = self.files[request.query["mid"]]
        return web.Response(body=content, content_type=media_type)

    async def _node(self, request: web.Request) -> web.Response:
        self._check_token(request)
        name = request.match_info["id"]
        if name == self.account:
            on_app = {} if self.on_app is None else {"is_on_biz_app": self.on_app}
            return web.json_response(
                {
                    "id": name,
                    "display_phone_number": f"+{self.number}",
                    "verified_name": "Lale",
                    "quality_rating": "GREEN",
                    "status": "CONNECTED",
                    "platform_type": "CLOUD_API",
                    **on_app,
                }
            )
        if name not in self.files:
            raise _Refused(100, "Unsupported get request. Object does not exist")
        media_type, content = self.files[name]
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"{self.url}/whatsapp_business/attachments/?mid={name}",
                "mime_type": media_type,
                "sha256": hashlib.sha256(content).hexdigest(),
                "file_size": str(len(content)),
                "id": name,
            }
        )

    # What its settings are

    async def _debug_token(self, request: web.Request) -> web.Response:
        self._check_app(request)
        valid = request.query.get("input_token") == self.token
        told: Object = {"is_valid": valid}
        if valid:
            told |= {
                "app_id": self.app,
                "expires_at": self.expires_at,
                "scopes": self.scopes,
                "granular_scopes": [
                    {"scope": scope, "target_ids": [self.business]} for scope in self.scopes
                ],
            }
        return web.json_response({"data": told})

    async def _subscriptions(self, request: web.Request) -> web.Response:
        self._check_app(request, as_app=True)
        subscription = {
            "object": "whatsapp_business_account",
            "callback_url": self.webhook,
            "active": True,
            "fields": [{"name": name, "version": VERSION} for name in self.fields],
        }
        return web.json_response({"data": [subscription] if self.webhook else []})

    async def _subscribe(self, request: web.Request) -> web.Response:
        self._check_app(request, as_app=True)
        form = await request.post()
        assert self._client is not None
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": str(form["verify_token"]),
            "hub.challenge": secrets.token_hex(5),
        }
        async with self._client.get(str(form["callback_url"]), params=query) as answer:
            greeted = answer.status == 200 and await answer.text() == query["hub.challenge"]
        if not greeted:
            raise _Refused(2200, "(#2200) Callback verification failed")
        fields = str(form["fields"]).split(",")
        if ECHOES in fields and not self.may_echo:
            raise _Refused(100, "(#100) Invalid parameter: fields")
        self.webhook, self.fields = str(form["callback_url"]), fields
        return web.json_response({"success": True})

    async def _subscribe_app(self, request: web.Request) -> web.Response:
        self._check_token(request)
        self.tells_app = True
        return web.json_response({"success": True})

    def _check_app(self, request: web.Request, *, as_app: bool = False) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != f"{self.app}|{self.app_secret}" and (as_app or given != self.token):
            raise _Refused(TOKEN_EXPIRED, "Invalid OAuth access token signature.")

    async def _subscribed_apps(self, request: web.Request) -> web.Response:
        self._check_token(request)
        app = {"id": self.app, "name": "Devir", "link": "https://example.com"}
        return web.json_response({"data": [{"whatsapp_business_api_data": app}] * self.tells_app})

    async def _templates(self, request: web.Request) -> web.Response:
        self._check_token(request)
        name = request.query.get("name", "")
        found = [
            {"name": name, "language": language, "status": state, "category": "UTILITY"}
            for language, state in self.templates.get(name, {}).items()
        ]
        return web.json_response({"data": found})


async def _is_mark(request: web.Request) -> bool:
    """Whether a call only marks something as read: it comes at any time, beside all others."""
    if not request.path.endswith("/messages"):
        return False
    return b'"status":"read"' in (await request.read()).replace(b" ", b"")


class _Refused(Exception):
    """An answer of the API that is an error."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.answer = _refusal(code, message, status)


def _refusal(code: int, message: str, status: int) -> web.Response:
    error = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": message},
        "fbtrace_id": "AxDOLm9ZJZ4mBtMRyXCcOc8",
    }
    return web.json_response({"error": error}, status=status)


def error(code: int, http_status: int = 400) -> Trouble:
    """Refuse the next call with an error of the API."""

    async def answer(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        return _refusal(code, f"(#{code}) as it was told to", http_status)

    return answer


@web.middleware
async def _json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except _Refused as refused:
        return refused.answer


def _check_recipient(body: Object) -> None:
    to, user = body.get("to"), body.get("recipient")
    if body.get("recipient_type", "individual") != "individual" or not (to or user):
        raise _Refused(100, "(#100) Invalid parameter: recipient_type")
    # The real one takes a user's id in `to` and delivers it to nobody.
    if to is not None and not _NUMBER.fullmatch(to):
        raise _Refused(131009, "(#131009) Parameter value is not valid: to")
    if user is not None and not _USER.fullmatch(user):
        raise _Refused(131009, "(#131009) Parameter value is not valid: recipient")
    if len(body.get("biz_opaque_callback_data", "")) > 512:
        raise _Refused(131009, "(#131009) Parameter value is not valid")


def _check_content(body: Object) -> None:
    kind = body.get("type")
    content = body.get(str(kind))
    if not isinstance(content, dict):
        raise _Refused(100, f"(#100) The parameter {kind} is required.")
    if kind == "text":
        _check_length(content.get("body"), 4096)
    elif kind == "interactive":
        _check_interactive(content)
    elif kind in ("image", "video", "audio", "document"):
        if not (content.get("id") or content.get("link")):
            raise _Refused(131008, "(#131008) Required parameter is missing")
        if "caption" in content:
            if kind == "audio":
                raise _Refused(100, "(#100) Unexpected key caption")
            _check_length(content["caption"], 1024)
    elif kind != "template":
        raise _Refused(131051, "(#131051) Unsupported message type")


def _check_interactive(content: Object) -> None:
    _check_length(content.get("body", {}).get("text"), 1024)
    action = content["action"]
    if content["type"] == "button":
        replies = [one["reply"] for one in action["buttons"]]
        _check_each(replies, most=3, title=20, name=256)
        if len({one["title"] for one in replies}) != len(replies):
            raise _Refused(131009, "(#131009) Duplicated title in buttons")
    elif content["type"] == "list":
        if "header" in content and content["header"]["type"] != "text":
            raise _Refused(131009, "(#131009) A list takes no header of this type")
        _check_length(action.get("button"), 20)
        rows = [row for section in action["sections"] for row in section["rows"]]
        _check_each(rows, most=10, title=24, name=200)
        for row in rows:
            if "description" in row:
                _check_length(row["description"], 72)
    else:
        raise _Refused(131009, "(#131009) Parameter value is not valid: type")


def _check_each(choices: Sequence[Object], *, most: int, title: int, name: int) -> None:
    if not 1 <= len(choices) <= most or len({one["id"] for one in choices}) != len(choices):
        raise _Refused(131009, "(#131009) Invalid number of buttons, or one twice")
    for one in choices:
        _check_length(one["title"], title)
        _check_length(one["id"], name)


def _check_length(text: object, most: int) -> None:
    if not isinstance(text, str) or not 1 <= len(text) <= most or not text.strip():
        raise _Refused(131009, f"(#131009) Parameter value is not valid: 1 to {most} characters")
