"""A platform's fake and what its customers do there, in the same words for every platform.

A rig brings its adapter by the settings a shop would set; calls go over HTTP on loopback.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlencode

import orjson
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from handoff.channels.twilio import sign
from tests.fakes.telegram import SECRET, TOKEN, FakeTelegram
from tests.fakes.trouble import Trouble, after, hang_up, status, text
from tests.fakes.twilio import CREDENTIALS, TEMPLATE, FakeTwilio, Form, Shown
from tests.fakes.whatsapp import ECHOES, PAIR_RATE, FakeWhatsApp, Phone, error
from tests.handoff.conftest import Service

Kind = Literal["limited", "failing", "lost", "refused", "expired"]
"""Trouble with a call of ours: not now, not taken, taken without an answer, never, no account."""


class Rig(ABC):
    """Customers have numbers, and messages are what stands on their screens."""

    channel: ClassVar[str]
    settings: dict[str, Any]

    @abstractmethod
    async def start(self) -> dict[str, Any]:
        """Start the fake and return the settings that name it."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop it."""

    @abstractmethod
    def attach(self, service: Service) -> None:
        """Let the platform call a service."""

    @abstractmethod
    async def says(self, who: int, text: str) -> int:
        """Let a customer write; return how the service answered the platform's call."""

    @abstractmethod
    async def again(self) -> int:
        """Bring the last call once more."""

    @abstractmethod
    async def presses(self, who: int, title: str) -> int:
        """Let a customer press a button of any message on their screen."""

    @abstractmethod
    def shown(self, who: int) -> list[str]:
        """Return the texts that a customer has got, in order."""

    @abstractmethod
    async def shows(self, who: int, photo: bytes, text: str, *, lost: bool = False) -> int:
        """Let a customer send a photo with a text below it, which the platform may have lost."""

    @abstractmethod
    def pictures(self, who: int) -> list[bytes]:
        """Return the photos that a customer has got."""

    @abstractmethod
    def trouble(self, *kinds: Kind) -> None:
        """Do this to the next calls that carry a message to a customer."""

    @property
    @abstractmethod
    def tries(self) -> int:
        """How many calls have carried a message, with trouble or without."""

    # Calls as they are on the wire

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the platform calls the service."""

    @abstractmethod
    def told(self, who: int, *texts: str) -> list[bytes]:
        """Return the bodies that tell of a customer's messages: as few as the platform makes."""

    @abstractmethod
    def proof(self, body: bytes) -> dict[str, str]:
        """Return the headers by which the platform proves a body to be its own."""

    @abstractmethod
    def odd(self) -> list[bytes]:
        """Return bodies that tell of nothing known, or say it as nobody would."""


class TellsBlocks(Rig):
    """A platform that tells who has blocked the shop."""

    error: ClassVar[str]
    """What an agent's message to them ends with."""

    @abstractmethod
    async def blocked(self, who: int, *, blocked: bool = True) -> None:
        """Let a customer block the shop, or let it in again."""


class TellsReports(Rig):
    """A platform that tells what became of a message."""

    @abstractmethod
    async def report(self, who: int, place: int, state: str) -> None:
        """Tell how the message at this place of `shown` fares."""


class Echoes(Rig):
    """A platform with an app in which the shop can answer too, and that tells of it."""

    @abstractmethod
    async def answers(self, who: int, text: str) -> int:
        """Let somebody at the shop write in the app; return how the service answered."""

    @abstractmethod
    async def shows_there(self, who: int, photo: bytes, text: str) -> int:
        """Let them send a photo with a text below it."""

    @abstractmethod
    async def echoes(self, who: int, place: int) -> int:
        """Tell of the message at this place of `shown`, which the service has sent itself."""


class Signs(Rig):
    """A platform that proves what it brings, and not itself alone."""


class TelegramRig(TellsBlocks):
    """A bot of the shop's on Telegram."""

    channel = "telegram"
    error = "blocked"

    _KINDS: ClassVar[dict[str, Trouble]] = {
        "failing": status(502),
        "lost": after(hang_up),
    }

    def __init__(self) -> None:
        self.fake = FakeTelegram()
        self._last: dict[str, Any] = {}

    async def start(self) -> dict[str, Any]:
        """See Rig."""
        await self.fake.start()
        return {
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api": self.fake.url,
        }

    async def stop(self) -> None:
        """See Rig."""
        await self.fake.stop()

    def attach(self, service: Service) -> None:
        """See Rig."""
        self.fake.set_webhook(f"{service.url}/channels/telegram/{self.fake.account}")

    async def says(self, who: int, text: str) -> int:
        """See Rig."""
        self._last = self.fake.message(who, {"text": text})
        return await self.fake.tell(self._last)

    async def again(self) -> int:
        """See Rig."""
        return await self.fake.tell(self._last)

    async def presses(self, who: int, title: str) -> int:
        """See Rig."""
        found = [dict(one.buttons)[title] for one in self._heard(who) if title in dict(one.buttons)]
        self._last = self.fake.press(who, found[-1])
        return await self.fake.tell(self._last)

    def _heard(self, who: int) -> list[Any]:
        return self.fake.person(who).heard

    def shown(self, who: int) -> list[str]:
        """See Rig."""
        return [one.text or "" for one in self._heard(who)]

    async def shows(self, who: int, photo: bytes, text: str, *, lost: bool = False) -> int:
        """See Rig."""
        name = self.fake.keep_file(photo)
        if lost:
            self.fake.files.clear()
        sizes = [{"file_id": name, "file_size": len(photo), "width": 40, "height": 30}]
        return await self.fake.sends(who, {"photo": sizes, "caption": text})

    def pictures(self, who: int) -> list[bytes]:
        """See Rig."""
        return [one.file for one in self._heard(who) if one.file]

    def trouble(self, *kinds: Kind) -> None:
        """See Rig."""
        self.fake.troubles.come(*(self._KINDS.get(kind) or _saying(kind) for kind in kinds))

    @property
    def tries(self) -> int:
        """See Rig."""
        return sum("/send" in asked.path for asked in self.fake.troubles.asked)

    @property
    def address(self) -> str:
        """See Rig."""
        return self.fake.webhook or ""

    def told(self, who: int, *texts: str) -> list[bytes]:
        """See Rig."""
        return [orjson.dumps(self.fake.message(who, {"text": text})) for text in texts]

    def proof(self, body: bytes) -> dict[str, str]:
        """See Rig."""
        return {"X-Telegram-Bot-Api-Secret-Token": SECRET}

    def odd(self) -> list[bytes]:
        """See Rig."""
        whole = self.fake.message(9, {"text": "hello"})
        message = whole["message"]
        odd: list[Any] = [
            {"update_id": 1},
            {"update_id": 2, "poll": {"id": "1"}},
            {"update_id": 3, "message": None},
            {"update_id": 4, "message": {**message, "chat": 7}},
            {"update_id": 5, "message": {**message, "from": None}},
            {"update_id": 6, "message": {**message, "message_id": "x"}},
            {"update_id": 7, "message": {**message, "text": 7}},
            {"update_id": 8, "message": {**message, "photo": [{}]}},
            {"update_id": 9, "callback_query": {"id": "1"}},
            {"update_id": 10, "edited_message": {"message_id": 1}},
        ]
        return [orjson.dumps(one) for one in odd]

    async def blocked(self, who: int, *, blocked: bool = True) -> None:
        """See Rig."""
        assert await self.fake.blocks(who, blocked=blocked) == 200


class WhatsAppRig(TellsReports, Echoes, Signs):
    """A number of the shop's on WhatsApp."""

    channel = "whatsapp"

    _KINDS: ClassVar[dict[str, Trouble]] = {
        "limited": error(PAIR_RATE),
        "failing": status(503),
        "lost": after(hang_up),
        "refused": error(131009),
        "expired": error(190, 401),
    }

    def __init__(self) -> None:
        self.fake = FakeWhatsApp()
        self.fake.reports = ()
        self._last: dict[str, Any] = {}

    async def start(self) -> dict[str, Any]:
        """See Rig."""
        await self.fake.start()
        return {
            "whatsapp_token": self.fake.token,
            "whatsapp_phone_id": self.fake.account,
            "whatsapp_app_secret": self.fake.app_secret,
            "whatsapp_verify_token": self.fake.verify_token,
            "whatsapp_template": "reply_waiting",
            "whatsapp_api": self.fake.api,
        }

    async def stop(self) -> None:
        """See Rig."""
        await self.fake.stop()

    def attach(self, service: Service) -> None:
        """See Rig."""
        self.fake.webhook = f"{service.url}/channels/whatsapp/{self.fake.account}"

    def _phone(self, who: int) -> Phone:
        """The odd ones have a number, the even ones a user name instead."""
        number = f"90555000{who:04}" if who % 2 else None
        return self.fake.phone(number, f"Person {who}", f"TR.{who:020}")

    async def says(self, who: int, text: str) -> int:
        """See Rig."""
        phone = self._phone(who)
        self._last = self.fake.batch((phone, self.fake.message(phone, text=text)))
        return await self.again()

    async def again(self) -> int:
        """See Rig."""
        return await self.fake.bring(self._last)

    async def presses(self, who: int, title: str) -> int:
        """See Rig."""
        phone = self._phone(who)
        found = [
            sent for sent in self.fake.read_by(phone) if title in dict(map(reversed, sent.choices))
        ]
        return await self.fake.presses(phone, found[-1], title)

    def shown(self, who: int) -> list[str]:
        """See Rig."""
        return [sent.text for sent in self.fake.read_by(self._phone(who))]

    async def shows(self, who: int, photo: bytes, text: str, *, lost: bool = False) -> int:
        """See Rig."""
        image = self.fake.keep(photo, "image/jpeg")
        if lost:
            self.fake.files.clear()
        return await self.fake.sends(self._phone(who), "image", **image, caption=text)

    def pictures(self, who: int) -> list[bytes]:
        """See Rig."""
        sent = [one for one in self.fake.read_by(self._phone(who)) if one.kind == "image"]
        return [self.fake.files[one.content["id"]][1] for one in sent]

    def trouble(self, *kinds: Kind) -> None:
        """See Rig."""
        self.fake.troubles.come(*(self._KINDS[kind] for kind in kinds))

    @property
    def tries(self) -> int:
        """See Rig."""
        return sum("biz_opaque" in asked.body for asked in self.fake.troubles.asked)

    @property
    def address(self) -> str:
        """See Rig."""
        return self.fake.webhook

    def told(self, who: int, *texts: str) -> list[bytes]:
        """See Rig."""
        phone = self._phone(who)
        messages = [(phone, self.fake.message(phone, text=text)) for text in texts]
        return [orjson.dumps(self.fake.batch(*messages))]

    def proof(self, body: bytes) -> dict[str, str]:
        """See Rig."""
        return {"X-Hub-Signature-256": self.fake.sign(body)}

    def odd(self) -> list[bytes]:
        """See Rig."""
        phone = self._phone(9)
        message = self.fake.message(phone, text="hello")
        messages: list[Any] = [
            None,
            {},
            {**message, "id": None},
            {**message, "id": "wamid.\u0000"},
            {**message, "from": None, "from_user_id": None},
            {**message, "type": "hologram"},
            {**message, "text": 7},
            {**message, "type": "image", "image": []},
        ]
        odd: list[Any] = [
            {},
            {"object": "page", "entry": [{"messaging": []}]},
            {"object": "whatsapp_business_account", "entry": None},
            self.fake.body({"event": "VERIFIED_ACCOUNT"}, which="account_update"),
            self.fake.body({"statuses": [None, {}, {"id": "wamid.1", "status": "lost"}]}),
            self.fake.body({"messages": messages, "contacts": [None]}),
            self.fake.body({"errors": [{"code": 131000}]}),
            self.fake.body({"message_echoes": [None, {}, {**message, "to": 7}]}, which=ECHOES),
        ]
        return [orjson.dumps(one) for one in odd]

    async def answers(self, who: int, text: str) -> int:
        """See Rig."""
        phone = self._phone(who)
        self._last = self.fake.echoed((phone, self.fake.echo(phone, "text", {"body": text})))
        return await self.again()

    async def shows_there(self, who: int, photo: bytes, text: str) -> int:
        """See Rig."""
        phone, image = self._phone(who), self.fake.keep(photo, "image/jpeg")
        echo = self.fake.echo(phone, "image", {**image, "caption": text})
        self._last = self.fake.echoed((phone, echo))
        return await self.again()

    async def echoes(self, who: int, place: int) -> int:
        """See Rig."""
        phone = self._phone(who)
        sent = self.fake.read_by(phone)[place]
        echo = self.fake.echo(phone, sent.kind, sent.content, name=sent.id)
        self._last = self.fake.echoed((phone, echo))
        return await self.again()

    async def report(self, who: int, place: int, state: str) -> None:
        """See Rig."""
        sent = self.fake.read_by(self._phone(who))[place]
        assert await self.fake.report(sent, state) == 200


class TwilioRig(TellsReports, Signs):
    """The shop's number on WhatsApp through Twilio, which has no buttons.

    Who wants one types its number, or its title after something else was said.
    """

    channel = "twilio"

    _KINDS: ClassVar[dict[Kind, Trouble]] = {
        "limited": text('{"code": 20429, "status": 429}', 429),
        "failing": status(503),
        "lost": after(hang_up),
        "refused": text('{"code": 21617, "status": 400}', 400),
        "expired": text('{"code": 20003, "status": 401}', 401),
    }

    def __init__(self) -> None:
        self.fake = FakeTwilio()
        self.fake.reports = ("sent",)
        self._last: Form = {}

    async def start(self) -> dict[str, Any]:
        """See Rig."""
        await self.fake.start()
        return {
            "twilio_account": CREDENTIALS.account,
            "twilio_token": CREDENTIALS.token,
            "twilio_number": f"+{CREDENTIALS.number}",
            "twilio_template": TEMPLATE,
            "twilio_api": self.fake.url,
        }

    async def stop(self) -> None:
        """See Rig."""
        await self.fake.stop()

    def attach(self, service: Service) -> None:
        """See Rig."""
        self.fake.webhook = f"{service.url}/channels/twilio/{CREDENTIALS.number}"

    async def says(self, who: int, text: str) -> int:
        """See Rig."""
        self._last = self.fake.message(_number(who), text)
        return await self.fake.tell(self._last)

    async def again(self) -> int:
        """See Rig."""
        return await self.fake.tell(self._last)

    async def presses(self, who: int, title: str) -> int:
        """See Rig."""
        menu = [line.partition(". ") for line in self.shown(who)[-1].splitlines()]
        numbers = [number for number, _, name in menu if name == title]
        return await self.says(who, numbers[0] if numbers else title)

    def _heard(self, who: int) -> list[Shown]:
        return self.fake.person(_number(who)).heard

    def shown(self, who: int) -> list[str]:
        """See Rig."""
        return [one.text for one in self._heard(who)]

    async def shows(self, who: int, photo: bytes, text: str, *, lost: bool = False) -> int:
        """See Rig."""
        form = self.fake.photo(_number(who), photo, text=text)
        if lost:
            self.fake.files.clear()
        return await self.fake.tell(form)

    def pictures(self, who: int) -> list[bytes]:
        """See Rig."""
        return [one.file for one in self._heard(who) if one.file]

    def trouble(self, *kinds: Kind) -> None:
        """See Rig."""
        self.fake.troubles.come(*(self._KINDS[kind] for kind in kinds))

    @property
    def tries(self) -> int:
        """See Rig."""
        return sum(asked.path.endswith("/Messages.json") for asked in self.fake.troubles.asked)

    @property
    def address(self) -> str:
        """See Rig."""
        return self.fake.webhook

    def told(self, who: int, *texts: str) -> list[bytes]:
        """See Rig."""
        return [urlencode(self.fake.message(_number(who), text)).encode() for text in texts]

    def proof(self, body: bytes) -> dict[str, str]:
        """See Rig."""
        fields = parse_qsl(body.decode(), keep_blank_values=True)
        return {"X-Twilio-Signature": sign(CREDENTIALS.token, self.fake.webhook, fields)}

    def odd(self) -> list[bytes]:
        """See Rig."""
        message = self.fake.message(_number(9), "hello")
        odd = [
            {**message, "MessageType": "hologram", "Body": ""},
            {**message, "NumMedia": "many"},
            {**message, "NumMedia": "9"},
            {**message, "ProfileName": "\u0000"},
        ]
        return [urlencode(one).encode() for one in odd]

    async def report(self, who: int, place: int, state: str) -> None:
        """See Rig."""
        assert await self.fake.report(self._heard(who)[place], state) == 200


def _number(who: int) -> str:
    return f"9055500000{who:02}"


def _saying(kind: str) -> Trouble:
    refusals: dict[str, dict[str, Any]] = {
        "limited": {
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        },
        "refused": {"error_code": 400, "description": "Bad Request: message text is empty"},
        "expired": {"error_code": 401, "description": "Unauthorized"},
    }

    async def answer(_request: web.Request, _handler: Handler) -> web.StreamResponse:
        told = refusals[kind]
        return web.json_response({"ok": False, **told}, status=told["error_code"])

    return answer


RIGS: tuple[type[Rig], ...] = (TelegramRig, WhatsAppRig, TwilioRig)


def of_those(kind: type[Rig]) -> pytest.MarkDecorator:
    """Let a test run on the platforms of a kind alone."""
    rigs = [rig for rig in RIGS if issubclass(rig, kind)]
    return pytest.mark.parametrize("rig", rigs, indirect=True, ids=lambda rig: rig.channel)
