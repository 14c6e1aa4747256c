"""A messenger whose every answer the test decides, and that calls us as a platform does."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from handoff.channels.base import (
    Call,
    Capabilities,
    Channel,
    Echo,
    Event,
    Malformed,
    Outgoing,
    PermanentError,
    Polled,
    Reachability,
    Received,
    RemoteFile,
    Report,
    Sender,
    Unverified,
    Webhook,
)
from handoff.ledger import State

SECRET = "what the platform knows"


class Platform(Channel):
    """Takes what is sent to it, unless `trouble` has something to raise first.

    `sent` is what reached it, a text for each call; `calls` are all tries. With `limit` a longer
    text takes several calls; `most_together` messages are merged into one. While `open` is not set
    no call is answered. With `numbers` it knows no buttons. `files` are what it keeps for us, by
    reference, or what it raises when asked for one; `fetched` are the references asked for.
    """

    def __init__(
        self,
        name: str = "telegram",
        account: str = "shop_bot",
        *,
        most_together: int = 1,
        limit: int = 4000,
        window: timedelta | None = None,
        names_calls: bool = False,
        files: Collection[str] = (),
        file_limit: int = 1_000_000,
        numbers: bool = False,
    ) -> None:
        self.name = name
        self.account = account
        self.numbers = numbers
        self.most_together = most_together
        self.limit = limit
        self.capabilities = Capabilities(
            window=window,
            names_calls=names_calls,
            files=frozenset(files),
            file_limit=file_limit,
        )
        self.files: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []
        self.sent: list[str] = []
        self.calls: list[Call] = []
        self.trouble: list[Exception] = []
        self.acknowledged: list[str | None] = []
        self.open = asyncio.Event()
        self.open.set()

    @property
    def path(self) -> str:
        """Where it calls us."""
        return f"/channels/{self.name}/{self.account}"

    def verify(self, call: Webhook) -> None:
        """By a header that only the platform can know."""
        if not hmac.compare_digest(call.headers.get("x-secret", "").encode(), SECRET.encode()):
            raise Unverified("wrong secret")

    def greet(self, call: Webhook) -> str:
        """Repeat what the platform wants to hear."""
        self.verify(call)
        return call.query["challenge"]

    def parse(self, call: Webhook) -> Sequence[Event]:
        """One event for each entry of a JSON list."""
        try:
            return [event_of(entry) for entry in orjson.loads(call.body)]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Malformed("no list of events") from error

    async def acknowledge(self, received: Received) -> None:
        """Remember the press."""
        self.acknowledged.append(received.press)

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """Give a file in pieces of a thousand bytes."""
        self.fetched.append(file.reference)
        kept = self.files.get(file.reference, PermanentError("gone"))
        if isinstance(kept, Exception):
            raise kept
        for start in range(0, len(kept), 1000):
            yield kept[start : start + 1000]

    def together(self, waiting: Sequence[Outgoing]) -> int:
        """As many short ones as there are."""
        short = [self.parts(message) == 1 for message in waiting]
        return [*short, False].index(False) or 1

    def parts(self, message: Outgoing) -> int:
        """As many as the limit makes of its text."""
        return max(1, -(-len(message.text or "") // self.limit))

    def tells_of(self, echo: Echo, call: Call) -> bool:
        """By the text."""
        return echo.text == self._text(call)

    def shows_numbers(self, message: Outgoing) -> bool:
        """As the test wants."""
        return self.numbers

    async def send(self, call: Call) -> str | None:
        """Take a call."""
        await self.open.wait()
        self.calls.append(call)
        if self.trouble:
            raise self.trouble.pop(0)
        self.sent.append(self._text(call))
        return f"{self.account}-{len(self.sent)}"

    def _text(self, call: Call) -> str:
        if call.messages[0].template:
            return f"template {call.messages[0].template}"
        if len(call.messages) > 1:
            return "\n".join(message.text or "" for message in call.messages)
        return (call.messages[0].text or "")[call.part * self.limit : (call.part + 1) * self.limit]


class PolledPlatform(Platform, Polled):
    """One that is asked, and then gives what the test has put into `waiting`."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: asyncio.Queue[list[Event]] = asyncio.Queue()

    async def poll(self) -> AsyncIterator[Sequence[Event]]:
        """See Polled."""
        while True:
            yield await self.waiting.get()


def event_of(entry: dict[str, Any]) -> Event:
    """Return what an entry says: {"report"…}, {"echo"…}, {"blocked"…}, or a message."""
    if "report" in entry:
        return Report(
            platform_id=entry["report"],
            state=State(entry["state"]),
            call_id=entry.get("call_id"),
            code=entry.get("code"),
        )
    if "echo" in entry:
        return Echo(
            external_id=entry["echo"],
            customer=Sender((("user", entry["to"]),), language="en"),
            address=f"chat {entry['to']}",
            text=entry.get("text"),
            unsupported=entry.get("unsupported"),
            edits=entry.get("edits"),
            files=tuple(RemoteFile(**file) for file in entry.get("files", ())),
        )
    names = ((entry.get("kind", "user"), entry["from"]),)
    sender = Sender(names, entry.get("name"), entry.get("language", "en"))
    if "blocked" in entry:
        return Reachability(sender, not entry["blocked"])
    return Received(
        external_id=entry["id"],
        sender=sender,
        address=f"chat {entry['from']}",
        sent_at=datetime.fromisoformat(entry["at"]) if "at" in entry else None,
        text=entry.get("text"),
        button=entry.get("button"),
        press=entry.get("press"),
        unsupported=entry.get("unsupported"),
        edits=entry.get("edits"),
        files=tuple(RemoteFile(**file) for file in entry.get("files", ())),
    )
