"""What a committed transaction tells the rest of the service."""

from dataclasses import dataclass
from enum import StrEnum

from handoff.store.rows import Conversation, Message


class Kind(StrEnum):
    """What has changed."""

    MESSAGE = "message"
    """A conversation has a new message, or one of its messages was delivered or read."""
    STATE = "state"
    """A conversation changed hands, language or place."""
    QUEUE = "queue"
    """The waiting customers' places have moved."""
    TURN = "turn"
    """A turn waits for the bot."""
    DELIVERY = "delivery"
    """A message waits to be sent."""
    ARRIVAL = "arrival"
    """Something waits for its files; it may have no conversation yet."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Messages as they were appended, and the conversation as it was then."""

    conversation: Conversation
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A hint, never the truth: whoever hears it looks into the store.

    `contact_id` is the customer, told with messages: the conversation may be new to their sockets.
    `posted` spares that look where it is known to fit; other processes do not get it.
    """

    kind: Kind
    conversation_id: str
    contact_id: str | None = None
    posted: Posted | None = None
