"""What every channel is to the rest of the service."""

from dataclasses import dataclass
from typing import Protocol

from handoff.store.rows import Conversation, Message


class TransientError(Exception):
    """The platform could not take the message now; trying again may help.

    `code` names the cause; `retry_after` is the platform's own wish in seconds; `reached` says that
    the platform may have had the message although its answer was lost.
    """

    def __init__(
        self, code: str, *, retry_after: float | None = None, reached: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.reached = reached


class PermanentError(Exception):
    """The platform refuses the message for good; `code` names the cause."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something a customer sent, verified and understood by its channel.

    Exactly one of `text` and `button` is given. `source` and `source_id` name it for good: the same
    pair is stored once, however often it comes. `address` is the client's in the network, "" where
    the channel does not tell it.
    """

    contact_id: str
    channel: str
    account: str
    source: str
    source_id: str
    text: str | None = None
    button: str | None = None
    address: str = ""


class Channel(Protocol):
    """A platform that must be called to reach the customer."""

    name: str

    async def send(self, conversation: Conversation, message: Message) -> str | None:
        """Send one public message.

        Returns the platform's id of it, if it has one. Raises TransientError or PermanentError.
        """
        ...
