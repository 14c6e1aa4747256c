"""WhatsApp's Cloud API, as the page sees it."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.mischief import Mischief
from tests.fakes.whatsapp import FakeWhatsApp, Phone, Sent
from tools.simulator.sides import (
    Customer,
    Message,
    Typing,
    WithShopPhone,
    a_message,
    named,
    type_of,
)

_RANK = ["failed", "sent", "delivered", "read"]
_SILENCE_SECONDS = 25 * 60 * 60


class _WhatsApp(FakeWhatsApp):
    """Remembers which messages Devir has acknowledged."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.acknowledged: set[str] = set()

    async def call(self, body: Any, **given: Any) -> int:
        """See FakeWhatsApp."""
        status = await super().call(body, **given)
        if status == 200 and isinstance(body, dict):
            changes = (change for entry in body["entry"] for change in entry["changes"])
            for change in changes:
                for told in ("messages", "message_echoes"):
                    self.acknowledged |= {one["id"] for one in change["value"].get(told, ())}
        return status


@dataclass
class _Chat:
    """A customer, what they have written themselves, and the shop to them from its phone."""

    phone: Phone
    language: str
    written: list[Message] = field(default_factory=list)
    answered: list[Message] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


class WhatsAppSide(WithShopPhone):
    """The shop's number on WhatsApp; `first` is where its people and messages are numbered."""

    id = "whatsapp"
    name = "WhatsApp"

    def __init__(self, first: int, **given: Any) -> None:
        self.fake = _WhatsApp(first=first, **given)
        self._numbers = itertools.count(first)
        self._chats: dict[str, _Chat] = {}
        self._typing = Typing()

    @property
    def mischief(self) -> Mischief:
        """See Side."""
        return self.fake.mischief

    @property
    def calls(self) -> int:
        """See Side."""
        return len(self.fake.troubles.asked)

    def customers(self) -> list[Customer]:
        """See Side."""
        return [self._customer(name, chat) for name, chat in self._chats.items()]

    def _customer(self, name: str, chat: _Chat) -> Customer:
        ours = [self._written(one) for one in chat.written]
        answered = [self._answered(one) for one in chat.answered]
        theirs = answered + [self._sent(name, one) for one in self._reached(chat.phone)]
        asked = sum(one["id"] in self.fake.typing for one in ours)
        number = chat.phone.number or ""
        return {
            "id": name,
            "name": chat.phone.name,
            "about": f"+{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}",
            "blocked": chat.phone.blocks,
            "typing": self._typing.now(name, asked, len(theirs)),
            "silent": True,
            "messages": sorted(ours + theirs, key=lambda one: float(one["at"])),
        }

    def _reached(self, phone: Phone) -> list[Sent]:
        return [one for one in self.fake.read_by(phone) if one.statuses[-1:] != ["failed"]]

    def _written(self, message: Message) -> Message:
        name = message["id"]
        taken = "taken" if name in self.fake.acknowledged else "waiting"
        return {**message, "ticks": "read" if name in self.fake.read else taken}

    def _answered(self, message: Message) -> Message:
        taken = message["id"] in self.fake.acknowledged
        return {**message, "ticks": "taken" if taken else "waiting"}

    def _sent(self, customer: str, sent: Sent) -> Message:
        place = f"/file/whatsapp/{customer}/{sent.id}" if sent.content.get("id") else None
        return a_message(
            sent.id,
            mine=False,
            text=f"[template {sent.text}]" if sent.kind == "template" else sent.text,
            at=sent.at,
            ticks=max(sent.statuses, key=_RANK.index, default="sent"),
            buttons=[{"id": f"{sent.id} {name}", "title": title} for name, title in sent.choices],
            picture=(place or sent.content.get("link")) if sent.kind == "image" else None,
            file=place if sent.kind != "image" else None,
        )

    def join(self, name: str) -> str:
        """See Side."""
        number = next(self._numbers) % 10_000_000
        known, language = named(len(self._chats) + 1, name)
        digits = f"90555{number:07}" if language == "tr" else f"44770{number:07}"
        self._chats[digits] = _Chat(self.fake.phone(digits, known), language)
        return digits

    async def say(self, customer: str, text: str) -> None:
        """See Side."""
        told, shown = {"body": text}, {"editable": True}
        await self._tell(self._chats[customer], text, kind="text", told=told, shown=shown)

    async def edit(self, customer: str, message: str, text: str) -> None:
        """See Side."""
        chat = self._chats[customer]
        (own,) = [one for one in chat.written if one["id"] == message]
        own.update(text=text, edited=True)
        changed = {"type": "text", "text": {"body": text}}
        told = {"original_message_id": message, "message": changed}
        edit = {**self.fake.message(chat.phone, kind="edit"), "edit": told}
        await self.fake.bring(self.fake.batch((chat.phone, edit)))

    async def press(self, customer: str, button: str) -> None:
        """See Side."""
        chat = self._chats[customer]
        name, _, choice = button.partition(" ")
        (sent,) = [one for one in self.fake.read_by(chat.phone) if one.id == name]
        title = dict(sent.choices)[choice]
        kind = "button_reply" if sent.content["type"] == "button" else "list_reply"
        told = {"type": kind, kind: {"id": choice, "title": title}}
        context = {"from": self.fake.number, "id": sent.id}
        await self._tell(chat, title, kind="interactive", told=told, context=context)

    async def show(self, customer: str, content: bytes, kind: str, text: str) -> None:
        """See Side."""
        name, told, shown = self._keep(customer, content, kind, text)
        await self._tell(self._chats[customer], text, kind=name, told=told, shown=shown)

    def _keep(
        self, customer: str, content: bytes, kind: str, text: str
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Keep a file; return its message's kind, what webhooks say of it, and how it looks."""
        told = self.fake.keep(content, kind)
        self._chats[customer].files[told["id"]] = content
        place = f"/file/whatsapp/{customer}/{told['id']}"
        picture = kind in ("image/jpeg", "image/png")
        caption = {"caption": text} if text else {}
        name = "image" if picture else kind.partition("/")[0]
        if name not in ("image", "audio", "video"):
            name, caption["filename"] = "document", "file"
        return name, {**told, **caption}, {"picture": place} if picture else {"file": place}

    async def answer(self, customer: str, text: str, file: tuple[bytes, str] | None = None) -> None:
        """See Side."""
        chat = self._chats[customer]
        kind, told, shown = "text", {"body": text}, dict[str, Any]()
        if file is not None:
            kind, told, shown = self._keep(customer, *file, text)
        echo = self.fake.echo(chat.phone, kind, told)
        own = a_message(
            echo["id"], mine=False, text=text, at=time.time(), ticks=None, phone=True, **shown
        )
        chat.answered.append(own)
        await self.fake.bring(self.fake.echoed((chat.phone, echo)))

    async def _tell(
        self,
        chat: _Chat,
        text: str,
        *,
        kind: str,
        told: dict[str, Any],
        shown: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        message = {**self.fake.message(chat.phone, kind=kind), kind: told, **more}
        own = a_message(
            message["id"], mine=True, text=text, at=time.time(), ticks=None, **(shown or {})
        )
        chat.written.append(own)
        await self.fake.bring(self.fake.batch((chat.phone, message)))

    def file(self, customer: str, message: str) -> tuple[str, bytes] | None:
        """See Side."""
        chat = self._chats[customer]
        if content := chat.files.get(message):
            return type_of(content), content
        for sent in self.fake.read_by(chat.phone):
            if sent.id == message and "id" in sent.content:
                return self.fake.files.get(sent.content["id"])
        return None

    async def read(self, customer: str) -> None:
        """See Side."""
        for sent in self._reached(self._chats[customer].phone):
            if "delivered" in sent.statuses and "read" not in sent.statuses:
                await self.fake.report(sent, "read")

    async def silence(self, customer: str) -> None:
        """See Side."""
        self._chats[customer].phone.wrote_at = time.time() - _SILENCE_SECONDS

    async def block(self, customer: str, *, blocked: bool) -> None:
        """See Side."""
        self._chats[customer].phone.blocks = blocked
