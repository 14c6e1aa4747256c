"""What platforms' limits make of a text. Pure."""

from collections.abc import Sequence

_GOOD_PLACES = ("\n\n", "\n", ". ", "! ", "? ", " ")
"""Where a text is cut, the best place first."""


def units(text: str) -> int:
    """Return how long platforms count a text: in UTF-16, where an emoji takes two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int) -> list[str]:
    """Return a text in pieces of at most `limit` units: one at least, and always the same ones.

    It is cut after a paragraph, a line, a sentence or a word, if that leaves half a piece at least.
    """
    pieces = []
    rest = text.strip()
    while units(rest) > limit:
        head = _head(rest, limit)
        places = [head.rfind(good) + len(good) for good in _GOOD_PLACES if good in head]
        cut = next((place for place in places if 2 * place >= len(head)), len(head))
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def _head(text: str, limit: int) -> str:
    """Return the most of a text's beginning that fits."""
    head = text[:limit]
    while units(head) > limit:
        head = head[: len(head) - max(1, (units(head) - limit) // 2)]
    return head


def numbered(text: str | None, titles: Sequence[str]) -> str:
    """Return a text with its buttons below, for a platform that has none: 1. … 2. …"""
    menu = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    return "\n\n".join(part for part in (text, menu) if part)
