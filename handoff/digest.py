"""Keeping secrets, and telling things apart, without knowing them."""

import hashlib
import hmac


def digest(token: str) -> str:
    """Return the SHA-256 of a random token, 64 hexadecimal digits.

    Passwords need more than that: see `handoff.signin`.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def keyed_digest(key: str, text: str) -> str:
    """Return an HMAC-SHA256 of `text`, 32 hexadecimal digits: without `key` nobody can try what
    it is of, however few the possibilities.
    """
    return hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
