"""Keeping secrets of high entropy without knowing them."""

import hashlib


def digest(token: str) -> str:
    """Return the SHA-256 of a random token, 64 hexadecimal digits.

    Passwords need more than that: see `handoff.signin`.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
