"""Twilio with WhatsApp, as much of it as a shop meets, and the people who write to it there.

True to https://www.twilio.com/docs/messaging/api/message-resource in its paths, answers, limits,
signatures and refusals.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from handoff.channels.twilio import sign
from handoff.channels.twilio_api import Credentials
from tests.fakes.mischief import Courier, Mischief
from tests.fakes.trouble import Troubles

CREDENTIALS = Credentials(
    account=f"AC{0:032x}",
    token="the auth token of an account that is nowhere",
    number="14155238886",
)
TEMPLATE = f"HX{0:032x}"

Form = dict[str, str]

_LONGEST = 1600
_TYPES = ("image/jpeg", "image/png", "application/pdf", "audio/ogg", "audio/mpeg", "audio/mp4")
_SENDER = f"XE{0:032x}"


@dataclass
class Shown:
    """A message on a customer's screen; `status` is the last that Twilio has told of ours."""

    sid: str
    mine: bool
    text: str
    picture: str | None = None
    file: bytes | None = None
    form: Form = field(default_factory=dict)
    status: str = "queued"
    at: float = field(default_factory=time.time)


@dataclass
class Person:
    """Somebody with WhatsApp on their phone. `recent`: has written to the shop within a day."""

    number: str
    name: str
    recent: bool = False
    blocked: bool = False
    screen: list[Shown] = field(default_factory=list)

    @property
    def address(self) -> str:
        """How Twilio names them."""
        return f"whatsapp:+{self.number}"

    @property
    def heard(self) -> list[Shown]:
        """What the shop has written."""
        return [shown for shown in self.screen if not shown.mine]


class FakeTwilio:
    """One account with one sender. `troubles` are done to calls of it, `mischief` by chance.

    `sent` is what it has taken, for whomever; of each it tells by itself what is in `reports`. What
    its console shows of the account, the sender and the template can be set.
    """

    def __init__(
        self, credentials: Credentials = CREDENTIALS, webhook: str = "", template: str = TEMPLATE
    ) -> None:
        self.credentials = credentials
        self.webhook = webhook
        self.template = template
        self.troubles = Troubles()
        self.mischief = Mischief()
        self.courier = Courier(self.mischief)
        self.reports: Sequence[str] = ("sent", "delivered")
        self.people: dict[str, Person] = {}
        self.sent: list[Shown] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.heard: list[tuple[datetime, Form]] = []
        self.status = "active"
        self.sender: Form | None = {"status": "ONLINE", "callback_url": webhook}
        self.approval = "approved"
        self.url = ""
        self._numbers = itertools.count(1)
        self._reporting: set[asyncio.Task[None]] = set()
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Serve on loopback."""
        app = web.Application(middlewares=[self.troubles.middleware(), self._mischievous])
        account = "/2010-04-01/Accounts/{account}"
        app.router.add_get(f"{account}.json", self._account)
        app.router.add_post(f"{account}/Messages.json", self._take)
        app.router.add_get(f"{account}/Messages.json", self._list)
        app.router.add_get(f"{account}/Messages/{{message}}/Media.json", self._list_media)
        app.router.add_get(f"{account}/Messages/{{message}}/Media/{{file}}", self._redirect)
        app.router.add_get("/store/{file}", self._file)
        app.router.add_get("/v2/Channels/Senders", self._senders)
        app.router.add_get(f"/v2/Channels/Senders/{_SENDER}", self._one_sender)
        app.router.add_post(f"/v2/Channels/Senders/{_SENDER}", self._set_sender)
        app.router.add_get("/v1/Content/{template}/ApprovalRequests", self._approval)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Stop."""
        for task in self._reporting:
            task.cancel()
        await asyncio.gather(*self._reporting, return_exceptions=True)
        await self.courier.close()
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # What people do

    def person(self, number: str = "905550000001", name: str = "") -> Person:
        """Return a person, made when first named."""
        if number not in self.people:
            self.people[number] = Person(number, name or f"Person {number[-4:]}")
        return self.people[number]

    async def says(self, number: str, text: str = "", **fields: str) -> int:
        """Let somebody write; returns how our webhook answered, as the others do."""
        return await self.tell(self.message(number, text, **fields))

    async def shows(
        self, number: str, content: bytes, kind: str = "image/jpeg", text: str = ""
    ) -> int:
        """Let somebody send a file, with a text below it."""
        return await self.tell(self.photo(number, content, kind, text))

    def message(self, number: str, text: str = "", **fields: str) -> Form:
        """Put a message on somebody's screen and return the form that tells of it."""
        person = self.person(number)
        person.recent = True
        sid = self._sid("SM")
        person.screen.append(Shown(sid, mine=True, text=text))
        form = {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": person.name,
            "MessageType": "text",
            "SmsSid": sid,
            "WaId": number,
            "SmsStatus": "received",
            "Body": text,
            "To": self._own,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": self.credentials.account,
            "From": person.address,
            "ApiVersion": "2010-04-01",
            **fields,
        }
        self.heard.append((datetime.now(UTC), form))
        return form

    def photo(self, number: str, content: bytes, kind: str = "image/jpeg", text: str = "") -> Form:
        """As `message`, for a file with a text below it."""
        name = self._sid("ME")
        self.files[name] = (kind, content)
        form = self.message(
            number, text, MessageType="image", NumMedia="1", MediaContentType0=kind, MediaSid0=name
        )
        account = f"{self.url}/2010-04-01/Accounts/{self.credentials.account}"
        form["MediaUrl0"] = f"{account}/Messages/{form['MessageSid']}/Media/{name}"
        return form

    async def reads(self, number: str) -> None:
        """Let somebody look at their screen, and tell of each message that it was read."""
        for shown in self.person(number).heard:
            if shown.status == "delivered":
                await self.report(shown, "read")

    # What we are told

    async def tell(self, form: Form) -> int:
        """Bring a message to the webhook."""
        return await self.courier.bring(lambda: self.deliver(form))

    async def report(self, shown: Shown, status: str, code: str | None = None) -> int:
        """Tell how a message fares."""
        shown.status = status
        form = {
            "SmsSid": shown.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "ChannelToAddress": shown.form["To"],
            "To": shown.form["To"],
            "ChannelPrefix": "whatsapp",
            "MessageSid": shown.sid,
            "AccountSid": self.credentials.account,
            "From": self._own,
            "ApiVersion": "2010-04-01",
        }
        if code:
            form |= {"ErrorCode": code, "ChannelStatusMessage": "not delivered"}
        url = shown.form["StatusCallback"].partition("#")[0]
        return await self.courier.bring(lambda: self.deliver(form, url=url))

    async def deliver(
        self, form: Form, *, url: str | None = None, signature: str | None = None
    ) -> int:
        """Call us once, signed unless another signature is given; 0 when there is no answer."""
        assert self._client is not None
        url = url or self.webhook
        if signature is None:
            signature = sign(self.credentials.token, url, list(form.items()))
        try:
            async with self._client.post(
                url,
                data=form,
                headers={"X-Twilio-Signature": signature},
                timeout=aiohttp.ClientTimeout(total=15),
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    # The API

    @web.middleware
    async def _mischievous(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return await self.mischief.to_call(
            request,
            handler,
            limited=lambda: _no(429, 20429, "Too Many Requests"),
            expired=lambda: _no(401, 20003, "Authenticate"),
        )

    async def _account(self, request: web.Request) -> web.Response:
        if refused := self._refuse(request):
            return refused
        return web.json_response(
            {"sid": self.credentials.account, "status": self.status, "type": "Full"}
        )

    async def _senders(self, request: web.Request) -> web.Response:
        if refused := self._refuse(request):
            return refused
        if request.query.get("Channel") != "whatsapp":
            return _no(400, 20001, "Channel is required")
        listed = [{"sid": _SENDER, "sender_id": self._own}] if self.sender else []
        return web.json_response({"senders": listed, "meta": {"page": 0}})

    async def _one_sender(self, request: web.Request) -> web.Response:
        if refused := self._refuse(request):
            return refused
        assert self.sender is not None
        return web.json_response(
            {
                "sid": _SENDER,
                "sender_id": self._own,
                "status": self.sender["status"],
                "webhook": {
                    "callback_url": self.sender["callback_url"],
                    "callback_method": "POST",
                },
            }
        )

    async def _set_sender(self, request: web.Request) -> web.Response:
        if refused := self._refuse(request):
            return refused
        assert self.sender is not None
        told = (await request.json())["webhook"]
        if told["callback_method"] != "POST":
            return _no(400, 20001, "callback_method")
        self.sender["callback_url"] = told["callback_url"]
        self.webhook = told["callback_url"].partition("#")[0]
        return web.json_response({"sid": _SENDER, "status": "ONLINE:UPDATING"}, status=202)

    async def _approval(self, request: web.Request) -> web.Response:
        if refused := self._refuse(request):
            return refused
        if request.match_info["template"] != self.template:
            return _no(404, 20404, "The requested resource was not found")
        whatsapp = {"name": "reply_waiting", "category": "UTILITY", "status": self.approval}
        return web.json_response({"sid": self.template, "whatsapp": whatsapp})

    async def _take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if refused := self._refuse(request) or self._find_fault(form):
            return refused
        shown = Shown(
            self._sid("SM"),
            mine=False,
            text=form.get("Body", ""),
            picture=form.get("MediaUrl"),
            form=form,
        )
        self.sent.append(shown)
        if form.get("StatusCallback"):
            task = asyncio.create_task(self._fare(shown))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)
        told = {"sid": shown.sid, "status": "queued", "to": form["To"], "error_code": None}
        return web.json_response(told, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        """Its log, the newest first."""
        if refused := self._refuse(request):
            return refused
        day, size = request.query.get("DateSent>", ""), int(request.query.get("PageSize", "50"))
        first = int(request.query.get("Page", "0")) * size
        wanted = [
            (at, form)
            for at, form in reversed(self.heard)
            if form["To"] == request.query.get("To") and at.date().isoformat() >= day
        ]
        listed = [
            {
                "sid": form["MessageSid"],
                "direction": "inbound",
                "from": form["From"],
                "to": form["To"],
                "body": form["Body"],
                "num_media": form["NumMedia"],
                "date_sent": at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
                "status": "received",
            }
            for at, form in wanted[first : first + size]
        ]
        query = {**request.query, "Page": str(first // size + 1)}
        following = str(request.rel_url.with_query(query)) if first + size < len(wanted) else None
        return web.json_response({"messages": listed, "next_page_uri": following})

    async def _list_media(self, request: web.Request) -> web.Response:
        if refused := self._refuse(request):
            return refused
        name = request.match_info["message"]
        (form,) = [form for _, form in self.heard if form["MessageSid"] == name]
        listed = [{"sid": form["MediaSid0"], "content_type": form["MediaContentType0"]}]
        return web.json_response({"media_list": listed})

    def _refuse(self, request: web.Request) -> web.Response | None:
        own = self.credentials
        if request.match_info.get("account", own.account) != own.account:
            return _no(404, 20404, "The requested resource was not found")
        given = request.headers.get("Authorization", "")
        if given != aiohttp.encode_basic_auth(own.account, own.token):
            return _no(401, 20003, "Authenticate")
        return None

    def _find_fault(self, form: Form) -> web.Response | None:
        if form.get("From") != self._own:
            return _no(400, 21606, "The 'From' number is not of this account")
        if not form.get("To", "").startswith("whatsapp:"):
            return _no(400, 21211, "Invalid 'To' Phone Number")
        if not (form.get("Body") or form.get("MediaUrl") or form.get("ContentSid")):
            return _no(400, 21619, "A text message body or media urls must be specified.")
        if form.get("ContentSid", self.template) != self.template:
            return _no(400, 21655, "The ContentSid is Invalid")
        if len(form.get("Body", "")) > _LONGEST:
            return _no(400, 21617, "The concatenated message body exceeds 1600 characters")
        return None

    async def _fare(self, shown: Shown) -> None:
        """Tell what becomes of a message: of its customer Twilio knows nothing when it takes it."""
        person = self.people.get(shown.form["To"].removeprefix("whatsapp:+"))
        if person is None:
            await self.report(shown, "undelivered", "63003")
        elif person.blocked:
            await self.report(shown, "undelivered", "63014")
        elif not person.recent and "ContentSid" not in shown.form:
            await self.report(shown, "failed", "63016")
        elif not await self._fetch(shown):
            await self.report(shown, "failed", "63019")
        else:
            person.screen.append(shown)
            for status in self.reports:
                await self.report(shown, status)

    async def _fetch(self, shown: Shown) -> bool:
        """Fetch a message's file, if it is on this machine: the rest of the world is not called."""
        if shown.picture is None or not shown.picture.startswith("http://127.0.0.1:"):
            return True
        assert self._client is not None
        async with self._client.get(shown.picture) as response:
            shown.file = await response.read()
            return response.status == 200 and response.content_type in _TYPES

    async def _redirect(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refuse(request):
            return refused
        if request.match_info["file"] not in self.files:
            return _no(404, 20404, "The requested resource was not found")
        raise web.HTTPTemporaryRedirect(f"{self.url}/store/{request.match_info['file']}")

    async def _file(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return web.Response(status=400, text="only one way to authenticate is allowed")
        kind, content = self.files[request.match_info["file"]]
        return web.Response(body=content, content_type=kind)

    @property
    def _own(self) -> str:
        return f"whatsapp:+{self.credentials.number}"

    def _sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):032x}"


def _no(status: int, code: int, message: str) -> web.Response:
    body: dict[str, Any] = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)
