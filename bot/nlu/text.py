"""Text as the components see it: cleaned, lowered the Turkish way, folded to plain letters.

Pure functions. Turkish has two letters i: `I` lowers to `ı` and `İ` to `i`, and many people type
neither (`siparis`, `kargom nerede`). So every text has two readings: `lowered` keeps the Turkish
letters, `folded` maps them to the Latin ones (which also gives English its `i` back). Features see
the folded one, the embedding the one with Turkish letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

_TURKISH_CAPITALS = str.maketrans({"I": "ı", "İ": "i"})
_PLAIN_LETTERS = str.maketrans({"ı": "i", "ğ": "g", "ü": "u", "ş": "s", "ö": "o", "ç": "c"})
_COMBINING_DOT = "\u0307"

# Bounded repetitions: unbounded ones take time with the square of the length.
_EMAIL = re.compile(r"[^\s@<>,;:()]{1,64}@[^\s@<>,;:()]{1,255}\.[^\W\d_]{2,24}")
_DIGIT = re.compile(r"\d")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_TOKEN = re.compile(r"\w+|[?!]|[\u2190-\U0010ffff]")

_WORD_GRAMS = (1, 2)
_CHARACTER_GRAMS = (2, 3, 4, 5)
_STEM = 5  # letters; Turkish endings follow the stem, and most stems have become clear by then


@dataclass(frozen=True)
class Forms:
    """The readings of one text: without invisible characters, lowered, folded."""

    clean: str
    lowered: str
    folded: str

    @cached_property
    def words(self) -> list[str]:
        """The folded words, as the function of that name finds them."""
        return words(self.folded)

    @cached_property
    def word_features(self) -> list[str]:
        """Folded words and word pairs, and all of them again cut down to their beginnings, so that
        `kargom` and `kargoyu` share one.
        """
        return _grams(self.words) + _grams([word[:_STEM] for word in self.words])

    @cached_property
    def character_features(self) -> list[str]:
        """Runs of 2 to 5 characters inside the folded words, with the words' edges as spaces."""
        features = []
        for word in self.words:
            padded = f" {word} "
            length = len(padded)
            for size in _CHARACTER_GRAMS:
                features += [padded[i : i + size] for i in range(length - size + 1)]
        return features


def clean(text: str) -> str:
    """The text in NFC with control and format characters (zero width, right-to-left marks) and
    repeated white space taken out. May be empty.
    """
    kept = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf")
    )
    return " ".join(kept.split())


def lower(text: str) -> str:
    """Lower case by Turkish rules: `I` becomes `ı`, `İ` becomes `i`."""
    return text.translate(_TURKISH_CAPITALS).lower().replace(_COMBINING_DOT, "")


def fold(text: str) -> str:
    """Lower case without Turkish letters or accents: `ŞİKÂYET` and `sikayet` become the same."""
    decomposed = unicodedata.normalize("NFD", lower(text).translate(_PLAIN_LETTERS))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def forms(text: str) -> Forms:
    """All readings of a text."""
    cleaned = clean(text)
    return Forms(cleaned, lower(cleaned), fold(cleaned))


def words(text: str) -> list[str]:
    """Words, question and exclamation marks and symbols such as emoji, in order. E-mail addresses
    become one word and each digit a 0: a classifier should learn that a number is there, not which.
    """
    masked = _DIGIT.sub("0", _EMAIL.sub(" emailaddress ", text))
    return _TOKEN.findall(_STRETCHED.sub(r"\1", masked))


def letters(text: str) -> int:
    """How many letters were written; addresses do not count, a stretched letter counts once."""
    return sum(map(str.isalpha, _STRETCHED.sub(r"\1", _EMAIL.sub(" ", text))))


def _grams(tokens: list[str]) -> list[str]:
    return [
        " ".join(tokens[i : i + size])
        for size in _WORD_GRAMS
        for i in range(len(tokens) - size + 1)
    ]
