"""A messenger that does as the test says."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from handoff.channels.base import Call, Capabilities, Channel, Event, Outgoing, Unverified, Webhook


class Platform(Channel):
    """Takes what is sent to it, unless `trouble` has something to raise first.

    `sent` is what reached it, a text for each call; `calls` are the calls themselves. With `limit`
    a longer text takes several calls; `most_together` messages are merged into one. While `closed`
    is set no call is answered.
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
    ) -> None:
        self.name = name
        self.account = account
        self.most_together = most_together
        self.limit = limit
        self.capabilities = Capabilities(window=window, names_calls=names_calls)
        self.sent: list[str] = []
        self.calls: list[Call] = []
        self.trouble: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()

    def verify(self, call: Webhook) -> None:
        """Nothing is believed."""
        raise Unverified("nothing calls us in these tests")

    def parse(self, call: Webhook) -> Sequence[Event]:
        """Nothing comes in."""
        return ()

    def together(self, waiting: Sequence[Outgoing]) -> int:
        """As many short ones as there are."""
        short = [self.parts(message) == 1 for message in waiting]
        return [*short, False].index(False) or 1

    def parts(self, message: Outgoing) -> int:
        """As many as the limit makes of its text."""
        return max(1, -(-len(message.text or "") // self.limit))

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
        text = "\n".join(message.text or "" for message in call.messages)
        if len(call.messages) > 1:
            return text
        return text[call.part * self.limit : (call.part + 1) * self.limit]
