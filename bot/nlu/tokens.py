"""A message as pieces with a place: words without their endings, numbers, addresses, signs.

Pure. Turkish puts endings on everything ("Arçelik'in", "50 TL'lik", "kupaları", "3 Kasım'da"), so a
piece covers what is meant and the ending stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.nlu.text import fold

WORD, DIGITS, NUMBER, DAY, PHONE, EMAIL, SIGN = (
    "WORD",
    "DIGITS",
    "NUMBER",
    "DAY",
    "PHONE",
    "EMAIL",
    "SIGN",
)

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

# Every repetition is bounded: unbounded ones take time with the square of the length.
_EMAIL = r"(?<!\w)\w[\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
_TURKISH_PHONE = (
    r"(?:(?:\+|00)?90[ .-]?)?"
    r"(?:\(0?[2-58][0-9]{2}\)|0[ -]?\(?[2-58][0-9]{2}\)?|(?<=90)[2-58][0-9]{2}"
    r"|(?<=90[ .-])[2-58][0-9]{2}|5[0-9]{2})"
    r"[ .-]?[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{2}(?![0-9])"
)
_OTHER_PHONE = r"(?:\+|(?<![0-9])00)(?!90)[1-9](?:[ .-]?\(?[0-9]\)?){7,14}(?![0-9])"
_DAY = (
    r"(?:[0-9]{1,2}(?P<between>[./-])[0-9]{1,2}(?P=between)(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{2}/[0-9]{2})(?![0-9]|[./-][0-9])"
)
_NUMBER = r"[0-9]+(?:[.,][0-9]+)*"
_LETTERS = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*"
_TOKEN = re.compile(
    rf"(?P<EMAIL>{_EMAIL})"
    rf"|(?<![\w+.,-])(?P<PHONE>{_TURKISH_PHONE}|{_OTHER_PHONE})"
    rf"|(?<![\w.,/+-])(?P<DAY>{_DAY})"
    rf"|(?P<NUMBER>{_NUMBER})"
    rf"|(?P<WORD>{_LETTERS})"
    r"|(?P<SIGN>[^\w\s])"
)
_APOSTROPHE = re.compile(r"['’‘´`](?P<ending>[^\W\d_]{1,12})")

# In the order in which endings follow a word, folded; each may be missing.
_TURKISH_ENDING = re.compile(
    r"(?:lar|ler)?(?:l[iu]k|l[iu]|s[iu]z)?(?:[iu]?m[iu]z|[iu]?n[iu]z|[iu]?m|[iu]?n|s[iu]|[iu])?"
    r"(?:n[iu]n|[iu]n|y?[iuae]|n[iuae]|n?[dt][ae]n?|y?l[ae])?(?:k[iu])?(?:[dt][iu]r)?"
    r"|e?s"  # English words live on in Turkish messages
)
_ENGLISH_ENDING = re.compile(r"(?:e?s)?")
_ENDINGS = {"tr": _TURKISH_ENDING, "en": _ENGLISH_ENDING}
_LONGEST_ENDING = 16
_SOFTENED = {"p": "b", "t": "d", "k": "g"}


@dataclass(frozen=True)
class Token:
    """A piece of a message: from `start` to `end` of the text as written, without the ending.

    `base` is the folded word without an ending it may have, or the text itself; `ending` is folded;
    `glued` tells that a letter, digit or one of ``+-._`` stands right before it.
    """

    start: int
    end: int
    kind: str
    text: str
    base: str
    ending: str
    glued: bool


class Words:
    """The words that mean something, and how to recognise them with endings on."""

    def __init__(self, known: Collection[str]) -> None:
        """`known` are folded words."""
        self._bases = {word: word for word in known}
        self._longest = max(map(len, known), default=0)
        for word in known:
            softened = word[:-1] + _SOFTENED.get(word[-1], word[-1])
            self._bases.setdefault(softened, word)

    def split(self, word: str, language: str) -> tuple[str, str]:
        """A folded word as the longest known word it begins with and an ending of the language;
        the word itself and "" where there is none.
        """
        if self._bases.get(word) == word:
            return word, ""
        shortest = max(1, len(word) - _LONGEST_ENDING - 1)
        for length in range(min(len(word) - 1, self._longest), shortest, -1):
            base, ending = self._bases.get(word[:length]), word[length:]
            if base is None or not _ENDINGS[language].fullmatch(ending):
                continue
            if base == word[:length] or (language == "tr" and ending[0] in "aeiu"):
                return base, ending
        return word, ""


def tokens(text: str, words: Words, language: str) -> list[Token]:
    """The pieces of a text, in order. Places are those of `text`, also where invisible characters
    stand inside a word or a number.
    """
    places = None
    if _INVISIBLE.search(text):
        places = [i for i, character in enumerate(text) if not _INVISIBLE.match(character)]
        text = "".join(text[i] for i in places)
    found = []
    position = 0
    while match := _TOKEN.search(text, position):
        token, position = _token(match, text, words, language)
        found.append(token if places is None else _placed(token, places))
    return found


def _token(match: re.Match[str], text: str, words: Words, language: str) -> tuple[Token, int]:
    kind = str(match.lastgroup)
    start, end = match.span(kind)
    written = match[kind]
    base, ending = written, ""
    if kind == NUMBER and written.isdigit():
        kind = DIGITS
    elif kind == WORD:
        base, ending = words.split(fold(written), language)
        if ending and len(base) + len(ending) == len(written):
            end = start + len(base)
    position = match.end()
    after = _APOSTROPHE.match(text, position)
    if after and kind != SIGN:
        ending, position = fold(after["ending"]), after.end()
    before = text[start - 1] if start else " "
    glued = before.isalnum() or before in "+-._"
    return Token(start, end, kind, text[start:end], base, ending, glued), position


def _placed(token: Token, places: list[int]) -> Token:
    start, end = places[token.start], places[token.end - 1] + 1
    return Token(start, end, token.kind, token.text, token.base, token.ending, token.glued)
