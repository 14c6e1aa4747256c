"""Customers who talk to each of the measured systems, one message after the other."""

import uuid
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import aiohttp

from bench.systems import Running


class Customer(ABC):
    """A new conversation; enter it before the first message."""

    def __init__(self, session: aiohttp.ClientSession, system: Running) -> None:
        self.session = session
        self.system = system
        self.conversation = uuid.uuid4().hex

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    @abstractmethod
    async def say(self, text: str) -> str:
        """Write a message, and return the bot's answer once it is here."""


class GatewayCustomer(Customer):
    """Straight at our Rasa."""

    async def say(self, text: str) -> str:
        body = {
            "conversation_id": self.conversation,
            "message_id": uuid.uuid4().hex,
            "text": text,
            "language": "tr",
        }
        headers = {"Authorization": f"Bearer {self.system.token}"}
        async with self.session.post(self.system.gateway, json=body, headers=headers) as response:
            response.raise_for_status()
            answer = await response.json()
        return "\n".join(reply.get("text", "") for reply in answer["replies"])


class DefaultCustomer(Customer):
    """At the rest channel of Rasa's default configuration."""

    async def say(self, text: str) -> str:
        body = {"sender": self.conversation, "message": text}
        async with self.session.post(self.system.default, json=body) as response:
            response.raise_for_status()
            return "\n".join(message.get("text", "") for message in await response.json())


class WidgetCustomer(Customer):
    """Through the service's socket, as the widget does; stored on disk on both ways."""

    async def __aenter__(self) -> Self:
        base = self.system.service
        # From an address of their own: of one address, only so many orders are told at a time.
        address = f"10.{'.'.join(map(str, uuid.uuid4().bytes[:3]))}"
        headers = {"Origin": base, "X-Forwarded-For": address}
        async with self.session.post(
            f"{base}/widget/sessions", json={"language": "tr"}, headers=headers
        ) as made:
            made.raise_for_status()
            token = (await made.json())["token"]
        self._socket = await self.session.ws_connect(f"{base}/widget/socket", headers=headers)
        await self._socket.send_json(
            {"type": "hello", "token": token, "after": 0, "language": "tr"}
        )
        await self._next("welcome")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._socket.close()

    async def say(self, text: str) -> str:
        await self._socket.send_json({"type": "send", "client_id": uuid.uuid4().hex, "text": text})
        stored = 0
        while True:
            frame = await self._socket.receive_json(timeout=30)
            if frame["type"] == "error":
                raise RuntimeError(frame["code"])
            if frame["type"] == "ack":
                stored = frame["seq"]
            if frame["type"] == "message":
                message = frame["message"]
                if message["author"] == "bot" and message["seq"] > stored > 0:
                    return str(message["text"])

    async def _next(self, kind: str) -> None:
        while (await self._socket.receive_json(timeout=30))["type"] != kind:
            pass
