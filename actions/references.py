"""The number a customer is told for what they have left with the shop. Pure."""

import hashlib

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS = 7


def reference(message_id: str) -> str:
    """Return the number of what a message completed, the same each time it is asked for.

    It is "S" and seven characters of Crockford's base 32, which has no letter to mistake for a
    digit: the first 35 bits of the id's SHA-256.
    """
    digest = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:5]) >> 5
    return "S" + "".join(
        _CROCKFORD[digest >> 5 * place & 31] for place in reversed(range(_CHARACTERS))
    )
