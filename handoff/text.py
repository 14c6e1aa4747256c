"""What counts as a message's text. Pure."""

import re
import unicodedata

from handoff.errors import MessageEmpty, MessageTooLong

LIMIT = 4000
"""Characters in a message of a page, and in what the bot is given."""

LONGEST = 20_000
"""Characters in a message of a platform, which has limits of its own and cannot be told ours."""

# Controls that never print, and the marks that change the direction of what follows: an agent would
# read "abc<U+202E>fdp.exe" as something else than was written.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_BLANK = frozenset({"Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"})


def clean(text: str, limit: int = LIMIT) -> str:
    """Return `text` as it is stored: NFC, without hidden controls, without blanks around it.

    Raises MessageEmpty when nothing visible is left, MessageTooLong above `limit` characters.
    """
    # Half a surrogate pair can come through JSON and cannot be stored as UTF-8.
    whole = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text
    cleaned = unicodedata.normalize("NFC", _HIDDEN.sub("", whole.replace("\r\n", "\n"))).strip()
    if all(unicodedata.category(character) in _BLANK for character in cleaned):
        raise MessageEmpty("the message has no visible text; write something")
    if len(cleaned) > limit:
        raise MessageTooLong(
            f"the message has {len(cleaned)} characters; send at most {limit} at once", limit=limit
        )
    return cleaned


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
