"""Comparing what customers type: letters folded, words split, suffixes and slips tolerated."""

import re
import unicodedata
from functools import lru_cache

# Turkish letters become the Latin ones people type when theirs are missing; before casefold(),
# which would turn "İ" into two characters and leave "ı" alone.
_LETTERS = str.maketrans("İIıŞşĞğÜüÖöÇçÂâÎîÛû", "iiissgguuooccaaiiuu")

# A final p, ç, t, k softens before a vowel (çorap, çorabı): compared as if it never did.
_SOFTENED = str.maketrans("bdg", "ptk")

_APOSTROPHE = re.compile(r"['’`´]\w*")  # Kıbrıs'a, mug's: what follows is a suffix
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

# What may follow a Turkish noun, written as `words` leaves it:
# -li/-siz/-lik, plural, possessive, case, -ki, and the question particle joined by mistake.
_SUFFIXES = re.compile(
    r"(?:l[iu]|s[iu]z|l[iu]k|c[iu]k?)?"
    r"(?:l[ae]r)?"
    r"(?:[iu]m[iu]z|[iu]n[iu]z|[iu]m|[iu]n|m[iu]z|n[iu]z|s[iu]|m|n|[iu])?"
    r"(?:nt[ae]n?|y[iuae]|n[iuae]|t[ae]n?|[iu]n|n[iu]n|y?l[ae]|[iuae])?"
    r"(?:k[iu])?"
    r"(?:m[iu])?"
    r"|e?s"  # the English plural
)
_POSSESSIVES = ("i", "u", "si", "su")  # of the second noun of two: kesme tahtası, soya mumu
_POSSESSIVE = re.compile("|".join(_POSSESSIVES))
_SHORTEST = 3
_SHORTEST_STEM = 4
_SHORTEST_WITH_SLIP = 6  # shorter words have too many neighbours: kazak, kazan


def fold(text: str) -> str:
    """`text` in lower case with plain Latin letters: "ŞİŞE" and "sise" become the same."""
    plain = unicodedata.normalize("NFKC", text).translate(_LETTERS).casefold()
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of `text` in order, made comparable: folded, consonants hardened.

    Hyphens, and suffixes after an apostrophe, are dropped.
    """
    comparable = _APOSTROPHE.sub("", fold(text)).translate(_SOFTENED)
    return [word.replace("-", "") for word in _WORD.findall(comparable)]


def same_word(asked: str, known: str) -> bool:
    """Whether a customer's word is a known one, give or take a suffix or a slip of the finger.

    Both come from `words`.
    """
    if asked == known:
        return True
    if asked[0] != known[0]:
        return False
    shorter, longer = (asked, known) if len(asked) <= len(known) else (known, asked)
    if len(shorter) < _SHORTEST:
        return False
    # The customer may add any suffix; known words carry at most the possessive (hava, havale).
    suffixes = _POSSESSIVE if shorter is asked else _SUFFIXES
    if longer.startswith(shorter) and suffixes.fullmatch(longer, len(shorter)):
        return True
    if len(shorter) >= _SHORTEST_WITH_SLIP and _one_slip_apart(shorter, longer):
        return True
    return any(
        _SUFFIXES.fullmatch(asked, end) and _one_slip_apart(*sorted((asked[:end], known), key=len))
        for end in range(len(known) - 1, len(known) + 2)
        if min(end, len(known)) >= _SHORTEST_WITH_SLIP and end < len(asked)
    )


def near(word: str) -> set[str]:
    """Return a word and, where a slip is forgiven, what is left of it without each letter.

    Two words one slip apart share one of these.
    """
    if len(word) < _SHORTEST_WITH_SLIP:
        return {word}
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def may_be(asked: str) -> set[str]:
    """Return what `near` has to have in common with a known word for `same_word` to say yes."""
    stems = [asked[:end] for end in range(min(_SHORTEST, len(asked)), len(asked) + 1)]
    found = {asked + suffix for suffix in _POSSESSIVES}
    for stem in stems:
        found |= near(stem)
    return found


@lru_cache(4096)
def stems(word: str) -> frozenset[str]:
    """Return what may be left of a word without its suffixes, itself too.

    Two words of running texts are alike when they have one of these in common; in titles and lists
    of words `same_word` is more careful, and does not take "havale" for a "hava".
    """
    ends = range(_SHORTEST_STEM, len(word))
    return frozenset({word, *(word[:end] for end in ends if _SUFFIXES.fullmatch(word, end))})


def _one_slip_apart(shorter: str, longer: str) -> bool:
    """Whether one letter added, left out, changed or swapped turns one word into the other."""
    if len(longer) - len(shorter) > 1:
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    if len(longer) > len(shorter):
        return shorter[start:] == longer[start + 1 :]
    swapped = shorter[start + 1 : start + 2] + shorter[start : start + 1] + shorter[start + 2 :]
    return shorter[start + 1 :] == longer[start + 1 :] or swapped == longer[start:]
