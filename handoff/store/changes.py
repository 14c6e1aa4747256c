"""What a committed transaction tells the rest of the service."""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Change:
    """A hint, never the truth: whoever hears it looks into the store."""

    kind: Kind
    conversation_id: str
