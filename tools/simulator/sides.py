"""Each platform as the page sees it: customers with a screen, and what they can do."""

import time
from abc import ABC, abstractmethod
from typing import Any

from tests.fakes.mischief import Mischief

Customer = dict[str, Any]
Message = dict[str, Any]

_NAMES = (
    ("Elif Aydın", "tr"),
    ("Emma Hill", "en"),
    ("Mert Kaplan", "tr"),
    ("Jack Moore", "en"),
    ("Ayşe Güneş", "tr"),
    ("Can Öztürk", "tr"),
)
_TYPING_SECONDS = 5.0
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


class Side(ABC):
    """One platform."""

    id: str
    name: str

    @property
    @abstractmethod
    def mischief(self) -> Mischief:
        """What goes wrong."""

    @property
    @abstractmethod
    def calls(self) -> int:
        """How often Devir has called."""

    @abstractmethod
    def customers(self) -> list[Customer]:
        """Return everybody with their screen, as the page shows it."""

    @abstractmethod
    def join(self, name: str) -> str:
        """Return a new customer's id; without a name they get one."""

    @abstractmethod
    async def say(self, customer: str, text: str) -> None:
        """Let somebody write."""

    @abstractmethod
    async def edit(self, customer: str, message: str, text: str) -> None:
        """Let somebody change what they wrote, where the platform tells of it."""

    @abstractmethod
    async def press(self, customer: str, button: str) -> None:
        """Let somebody press a button."""

    @abstractmethod
    async def show(self, customer: str, content: bytes, kind: str, text: str) -> None:
        """Let somebody send a file with a text below it."""

    @abstractmethod
    def file(self, customer: str, message: str) -> tuple[str, bytes] | None:
        """Return the type and the content of a message's file."""

    @abstractmethod
    async def read(self, customer: str) -> None:
        """Let somebody look at their screen, where the platform tells of it."""

    @abstractmethod
    async def silence(self, customer: str) -> None:
        """Let more than a day pass since somebody wrote, where the platform cares."""

    @abstractmethod
    async def block(self, customer: str, *, blocked: bool) -> None:
        """Let somebody block the shop, or let it in again."""


class WithShopPhone(Side):
    """A platform on which the shop can answer from a phone of its own, and which tells of it."""

    @abstractmethod
    async def answer(self, customer: str, text: str, file: tuple[bytes, str] | None = None) -> None:
        """Let somebody at the shop answer; a file has its type, and `text` below it."""


class Typing:
    """When each customer was last shown that somebody writes to them."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}

    def now(self, customer: str, count: int, heard: int) -> bool:
        """Whether it shows now; `count` only grows, and a message ends it."""
        key = f"{customer} {heard}"
        before, at = self._seen.get(key, (count, 0.0))
        if count != before:
            at = time.monotonic()
        self._seen[key] = (count, at)
        return time.monotonic() - at < _TYPING_SECONDS and at > 0


def named(number: int, name: str) -> tuple[str, str]:
    """Return the name and the language of the next customer."""
    known, language = _NAMES[number % len(_NAMES)]
    return name or known, language


def type_of(content: bytes) -> str:
    found = (kind for begin, kind in _PICTURES.items() if content.startswith(begin))
    return next(found, "application/octet-stream")


def a_message(
    name: object,
    *,
    mine: bool,
    text: str | None,
    at: float,
    ticks: str | None,
    **more: Any,
) -> Message:
    """Return a message as the page takes it."""
    return {
        "id": str(name),
        "mine": mine,
        "text": text or "",
        "at": at,
        "ticks": ticks,
        "buttons": (),
        "picture": None,
        "file": None,
        "phone": False,
        **more,
    }
