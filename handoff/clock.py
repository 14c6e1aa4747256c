"""Time and names as arguments, so that rules and tests decide them."""

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the time now, aware and in UTC."""


def utc_now() -> datetime:
    """Return the time now, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a new identifier, 32 hexadecimal digits."""
    return uuid.uuid4().hex


def new_token() -> str:
    """Return a new secret of 256 random bits, 43 characters that are safe in a URL."""
    return secrets.token_urlsafe(32)
