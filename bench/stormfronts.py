"""The platforms of the storm: fakes whose people write, and what stands on their screens."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from handoff.channels.twilio import sign
from tests.fakes.mischief import Courier, Mischief
from tests.fakes.telegram import SECRET, TOKEN, FakeTelegram
from tests.fakes.trouble import Troubles
from tests.fakes.twilio import CREDENTIALS, TEMPLATE, FakeTwilio
from tests.fakes.whatsapp import FakeWhatsApp, Phone

Deliver = Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Letter:
    """A message on its way to us: what it is stored as, and one try to bring it."""

    source_id: str
    deliver: Deliver


class Front(ABC):
    """A platform with customers who have numbers; `services` are called in turn."""

    channel: str
    account: str
    troubles: Troubles
    mischief: Mischief
    courier: Courier

    def __init__(self) -> None:
        self._services: Iterator[str] = cycle([""])

    @property
    def source(self) -> str:
        """What is stored as where its messages come from."""
        return f"{self.channel}:{self.account}"

    def call(self, services: list[str]) -> None:
        """Let the platform call these, as a balancer before them would."""
        self._services = cycle(services)

    def address(self) -> str:
        """Return whom the next call is for."""
        return f"{next(self._services)}/channels/{self.channel}/{self.account}"

    @abstractmethod
    async def start(self) -> dict[str, str]:
        """Start it and return the settings that name it."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop it."""

    @abstractmethod
    def write(self, who: int, text: str) -> Letter:
        """Let a customer write something."""

    @abstractmethod
    def screen(self, who: int) -> list[str]:
        """Return the texts that a customer has got."""

    @abstractmethod
    def reply_to(self, who: int) -> str:
        """Return what is stored as the address of a customer."""


class TelegramFront(Front):
    """Telegram."""

    channel = "telegram"

    def __init__(self) -> None:
        super().__init__()
        self._fake = FakeTelegram()
        self.account = self._fake.account
        self.troubles = self._fake.troubles
        self.mischief = self._fake.mischief
        self.courier = self._fake.courier

    async def start(self) -> dict[str, str]:
        """See Front."""
        await self._fake.start()
        self._fake.secret = SECRET
        return {
            "DEVIR_TELEGRAM_TOKEN": TOKEN,
            "DEVIR_TELEGRAM_SECRET": SECRET,
            "DEVIR_TELEGRAM_API": self._fake.url,
        }

    async def stop(self) -> None:
        """See Front."""
        await self._fake.stop()

    def write(self, who: int, text: str) -> Letter:
        """See Front."""
        update = self._fake.message(_telegram_id(who), {"text": text})
        name = f"{_telegram_id(who)}.{update['message']['message_id']}"

        async def deliver() -> int:
            self._fake.webhook = self.address()
            return await self._fake.deliver(update)

        return Letter(name, deliver)

    def screen(self, who: int) -> list[str]:
        """See Front."""
        return [shown.text or "" for shown in self._fake.person(_telegram_id(who)).heard]

    def reply_to(self, who: int) -> str:
        """See Front."""
        return str(_telegram_id(who))


def _telegram_id(who: int) -> int:
    return 500_000_000 + who


class WhatsAppFront(Front):
    """WhatsApp by the Cloud API; it tells how what we send fares, with the same mischief."""

    channel = "whatsapp"

    def __init__(self) -> None:
        super().__init__()
        self._fake = FakeWhatsApp()
        self.account = self._fake.account
        self.troubles = self._fake.troubles
        self.mischief = self._fake.mischief
        self.courier = self._fake.courier

    async def start(self) -> dict[str, str]:
        """See Front."""
        await self._fake.start()
        return {
            "DEVIR_WHATSAPP_TOKEN": self._fake.token,
            "DEVIR_WHATSAPP_PHONE_ID": self._fake.account,
            "DEVIR_WHATSAPP_APP_SECRET": self._fake.app_secret,
            "DEVIR_WHATSAPP_VERIFY_TOKEN": self._fake.verify_token,
            "DEVIR_WHATSAPP_TEMPLATE": "reply_waiting",
            "DEVIR_WHATSAPP_API": self._fake.api,
        }

    async def stop(self) -> None:
        """See Front."""
        await self._fake.stop()

    def call(self, services: list[str]) -> None:
        """See Front."""
        super().call(services)
        self._fake.webhook = self.address()

    def _phone(self, who: int) -> Phone:
        return self._fake.phone(f"9055500{who:05}", f"Person {who}")

    def write(self, who: int, text: str) -> Letter:
        """See Front."""
        phone = self._phone(who)
        message = self._fake.message(phone, text=text)
        body: dict[str, Any] = self._fake.batch((phone, message))

        async def deliver() -> int:
            self._fake.webhook = self.address()
            return await self._fake.deliver(body)

        return Letter(message["id"], deliver)

    def screen(self, who: int) -> list[str]:
        """See Front."""
        return [sent.text for sent in self._fake.read_by(self._phone(who))]

    def reply_to(self, who: int) -> str:
        """See Front."""
        return str(self._phone(who).number)


class TwilioFront(Front):
    """WhatsApp through Twilio; its calls are signed for the one address that the world knows."""

    channel = "twilio"

    def __init__(self) -> None:
        super().__init__()
        self._fake = FakeTwilio()
        self.account = CREDENTIALS.number
        self.troubles = self._fake.troubles
        self.mischief = self._fake.mischief
        self.courier = self._fake.courier
        self._public = ""

    async def start(self) -> dict[str, str]:
        """See Front."""
        await self._fake.start()
        return {
            "DEVIR_TWILIO_ACCOUNT": CREDENTIALS.account,
            "DEVIR_TWILIO_TOKEN": CREDENTIALS.token,
            "DEVIR_TWILIO_NUMBER": f"+{CREDENTIALS.number}",
            "DEVIR_TWILIO_TEMPLATE": TEMPLATE,
            "DEVIR_TWILIO_API": self._fake.url,
        }

    async def stop(self) -> None:
        """See Front."""
        await self._fake.stop()

    def call(self, services: list[str]) -> None:
        """See Front."""
        super().call(services)
        self._public = f"{services[0]}/channels/{self.channel}/{self.account}"

    def write(self, who: int, text: str) -> Letter:
        """See Front."""
        form = self._fake.message(_twilio_number(who), text)
        # The courier never gives up, so that the service finds nothing in the log to ask for.
        self._fake.heard.clear()
        signature = sign(CREDENTIALS.token, self._public, list(form.items()))

        async def deliver() -> int:
            return await self._fake.deliver(form, url=self.address(), signature=signature)

        return Letter(form["MessageSid"], deliver)

    def screen(self, who: int) -> list[str]:
        """See Front."""
        return [shown.text for shown in self._fake.person(_twilio_number(who)).heard]

    def reply_to(self, who: int) -> str:
        """See Front."""
        return self._fake.person(_twilio_number(who)).address


def _twilio_number(who: int) -> str:
    return f"9055511{who:05}"


FRONTS: tuple[type[Front], ...] = (TelegramFront, WhatsAppFront, TwilioFront)
