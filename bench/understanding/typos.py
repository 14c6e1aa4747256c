"""The same message as other people would type it; chance is handed in."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_PLAIN = str.maketrans("ıİşŞğĞüÜöÖçÇâÂîÎûÛ", "iIsSgGuUoOcCaAiIuU")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ADDRESS = re.compile(r"\S+@\S+")
_ROWS = ("qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç")

Typo = Callable[[str, random.Random], str]


def fold(text: str) -> str:
    """`text` as typed on a keyboard without Turkish letters."""
    return text.translate(_PLAIN)


def shout(text: str) -> str:
    """`text` in Turkish capitals."""
    return text.replace("i", "İ").replace("ı", "I").upper()


def swap(text: str, chance: random.Random) -> str:
    """`text` with two neighbouring letters of a word exchanged."""

    def change(word: str) -> str:
        places = [place for place in range(len(word) - 1) if word[place] != word[place + 1]]
        if not places:
            return word
        place = chance.choice(places)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return _in_a_word(text, chance, change)


def drop(text: str, chance: random.Random) -> str:
    """`text` with a letter of a word missing."""

    def change(word: str) -> str:
        place = chance.randrange(len(word))
        return word[:place] + word[place + 1 :]

    return _in_a_word(text, chance, change)


def double(text: str, chance: random.Random) -> str:
    """`text` with a letter of a word written twice."""

    def change(word: str) -> str:
        place = chance.randrange(len(word))
        return word[:place] + word[place] + word[place:]

    return _in_a_word(text, chance, change)


def neighbour(text: str, chance: random.Random) -> str:
    """`text` with a letter replaced by one beside it on the Turkish keyboard."""

    def change(word: str) -> str:
        places = [place for place, letter in enumerate(word) if _beside(letter)]
        if not places:
            return word
        place = chance.choice(places)
        return word[:place] + chance.choice(_beside(word[place])) + word[place + 1 :]

    return _in_a_word(text, chance, change)


TYPOS: dict[str, Typo] = {
    "swapped": swap,
    "dropped": drop,
    "doubled": double,
    "neighbour key": neighbour,
}


def _in_a_word(text: str, chance: random.Random, change: Callable[[str], str]) -> str:
    """Change one word of three letters or more, not an address; longer ones are the likelier."""
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    words = [
        match
        for match in _WORD.finditer(text)
        if not any(start <= match.start() < end for start, end in addresses)
    ]
    if not words:
        return text
    word = chance.choices(words, [len(match.group()) for match in words])[0]
    return text[: word.start()] + change(word.group()) + text[word.end() :]


def _beside(letter: str) -> str:
    lowered = {"I": "ı", "İ": "i"}.get(letter, letter.lower())
    for row in _ROWS:
        place = row.find(lowered)
        if place >= 0:
            return row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    return ""
