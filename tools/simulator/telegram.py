"""Telegram, as the page sees it."""

import itertools
from typing import Any

from tests.fakes.mischief import Mischief
from tests.fakes.telegram import FakeTelegram, Person, Shown
from tools.simulator.sides import Customer, Message, Side, Typing, a_message, named, type_of


class _Telegram(FakeTelegram):
    """Remembers which messages Devir has acknowledged."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.acknowledged: set[int] = set()

    async def deliver(self, update: Any, **given: Any) -> int:
        """See FakeTelegram."""
        status = await super().deliver(update, **given)
        if status == 200 and "message" in update:
            self.acknowledged.add(update["message"]["message_id"])
        return status


class TelegramSide(Side):
    """A bot of the shop's on Telegram; `first` is where its people and messages are numbered."""

    id = "telegram"
    name = "Telegram"

    def __init__(self, token: str, first: int) -> None:
        self.fake = _Telegram(token=token, first=first)
        self._numbers = itertools.count(first)
        self._typing = Typing()
        self._edited: set[int] = set()

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
        return [self._customer(person) for person in self.fake.people.values()]

    def _customer(self, person: Person) -> Customer:
        name = str(person.id)
        return {
            "id": name,
            "name": person.name,
            "about": "Türkçe" if person.language == "tr" else "English",
            "blocked": person.blocked,
            "typing": self._typing.now(name, person.typing, len(person.heard)),
            "silent": False,
            "messages": [self._shown(person, shown) for shown in person.screen],
        }

    def _shown(self, person: Person, shown: Shown) -> Message:
        ticks = "taken" if shown.id in self.fake.acknowledged else "waiting"
        file = f"/file/telegram/{person.id}/{shown.id}" if shown.file else None
        picture = bool(shown.file) and type_of(shown.file or b"").startswith("image/")
        return a_message(
            shown.id,
            mine=shown.mine,
            text=shown.text,
            at=shown.at,
            ticks=ticks if shown.mine else None,
            editable=shown.mine and shown.file is None,
            edited=shown.id in self._edited,
            buttons=[{"id": data, "title": title} for title, data in shown.buttons],
            picture=file if picture else shown.picture,
            file=None if picture else file,
        )

    def join(self, name: str) -> str:
        """See Side."""
        number = next(self._numbers)
        self.fake.person(number, *named(len(self.fake.people), name))
        return str(number)

    async def say(self, customer: str, text: str) -> None:
        """See Side."""
        await self.fake.says(self._known(customer).id, text)

    async def edit(self, customer: str, message: str, text: str) -> None:
        """See Side."""
        self._edited.add(int(message))
        await self.fake.edits(self._known(customer).id, int(message), text)

    async def press(self, customer: str, button: str) -> None:
        """See Side."""
        await self.fake.presses(self._known(customer).id, button)

    async def show(self, customer: str, content: bytes, kind: str, text: str) -> None:
        """See Side."""
        person = self._known(customer)
        name = self.fake.keep_file(content)
        told: dict[str, Any] = {"file_id": name, "file_unique_id": name, "file_size": len(content)}
        caption = {"caption": text} if text else {}
        if kind.startswith("image/"):
            update = self.fake.message(
                person.id, {"photo": [{**told, "width": 800, "height": 600}], **caption}
            )
        else:
            document = {**told, "mime_type": kind, "file_name": "file"}
            update = self.fake.message(person.id, {"document": document, **caption})
        person.screen[-1].file = content
        await self.fake.tell(update)

    def file(self, customer: str, message: str) -> tuple[str, bytes] | None:
        """See Side."""
        for shown in self._known(customer).screen:
            if str(shown.id) == message and shown.file:
                return type_of(shown.file), shown.file
        return None

    async def read(self, customer: str) -> None:
        """See Side; a bot is not told."""

    async def silence(self, customer: str) -> None:
        """See Side; a bot may always answer."""

    async def block(self, customer: str, *, blocked: bool) -> None:
        """See Side."""
        await self.fake.blocks(self._known(customer).id, blocked=blocked)

    def _known(self, customer: str) -> Person:
        return self.fake.people[int(customer)]
