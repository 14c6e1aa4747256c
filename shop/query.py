"""What a customer's sentence says of a product besides its name: prices and a size. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shop.text import fold

LONGEST = 500
"""Letters of a sentence that are read; what follows names no product."""

_NUMBER = r"(\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?)(?: ?(bin))?"
_MONEY = r"(?:tl|try|₺|liras?)"
_CASE = r"(?:['’ ]?(?:y?[aei]|n?[di]?[dt][ae]n|den|dan|n?in|yle|li[kg]i?|li[kg]|lu[kg]))?"
# Spaces in these patterns stand for any white space, also none.
_AMOUNT = rf"₺? {_NUMBER} {_MONEY}{_CASE}"
_BARE = rf"₺? {_NUMBER}(?: {_MONEY}{_CASE})?"
# "under 50 cm" and "42 saat" are not about money.
_NO_UNIT = (
    r"(?! (?:cm|mm|m|ml|l|kg|gr?|litre|adet|parca|saat|gun|yas|numara|beden|inc|inch|pieces?"
    r"|hours?|days?|years?)\b)"
)
_END = r"(?![\w.,]*\d)"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text.replace(" ?", "\\s?").replace(" ", "\\s*"))


_BETWEEN = (
    _pattern(rf"{_BARE} (?:-|–|ile|ila|ve) {_BARE} (?:arasi\w*|araligi\w*)"),
    _pattern(rf"\b(?:between|from) {_BARE} (?:and|to|-|–) {_BARE}{_NO_UNIT}{_END}"),
    _pattern(rf"{_BARE} (?:-|–|ile|ila|to) {_AMOUNT}{_END}"),
)
_MOST = (
    _pattern(rf"{_BARE} (?:alti(?:nda\w*|na)?|asagi\w*|ucuz\w*|gecmeyen\w*|asmayan\w*)\b"),
    _pattern(rf"{_AMOUNT} (?:kadar\w*|(?:['’]?(?:y[ei]|den|dan) )?(?:az|daha az|daha ucuz))\b"),
    _pattern(rf"{_AMOUNT} (?:gecme\w*|asma\w*)\b"),
    _pattern(rf"\b(?:en fazla|en cok|maksimum|max\.?|butce\w*) {_BARE}{_NO_UNIT}{_END}"),
    _pattern(
        rf"\b(?:under|below|less than|cheaper than|up to|at most|no more than|maximum|within)"
        rf" {_BARE}{_NO_UNIT}{_END}"
    ),
)
_LEAST = (
    _pattern(rf"{_BARE} (?:ustu(?:nde\w*|ne)?|uzeri(?:nde\w*|ne)?|yukari\w*|pahali\w*)\b"),
    _pattern(rf"{_AMOUNT} (?:daha )?(?:fazla|daha pahali)\b"),
    _pattern(rf"\b(?:en az|minimum|min\.?) {_BARE}{_NO_UNIT}{_END}"),
    _pattern(rf"\b(?:over|above|more than|at least) {_BARE}{_NO_UNIT}{_END}"),
)

# Read after the bounds: "50 TL'den ucuz" and "cheaper than 50" are no more than that.
_CHEAPEST = _pattern(
    r"\b(?:(?:en|daha) )?(?:ucuz\w*|hesapli\w*|ekonomik\w*|uygun fiyat\w*)\b|\ben uygun\w*"
    r"|\b(?:cheap(?:er|est)?|inexpensive|affordable|least expensive|lowest prices?\w*)\b"
)
_DEAREST = _pattern(
    r"\ben (?:pahali\w*|luks\w*|yuksek fiyat\w*)|\b(?:most expensive|priciest|highest prices?\w*)\b"
)

_LETTER_SIZE = r"(?:xxs|xs|s|m|l|xl|xxl|xxxl|2xl|3xl)"
_SUFFIX = r"(?:['’]\w+)?"
_SIZES = (
    _pattern(rf"\b(?:beden|numara|size|no)[ :]*(\d{{2}}|{_LETTER_SIZE})\b{_SUFFIX}"),
    _pattern(
        rf"(?<![\d.,'’-])\b(\d{{2}}|{_LETTER_SIZE}){_SUFFIX} (?:beden\w*|numara\w*|no\b|sizes?\b)"
    ),
    # Alone: sizes of shoes and clothes, and letters that are no words.
    _pattern(rf"(?<![\d.,x'’-])\b(3[4-9]|4[0-8])\b{_NO_UNIT}{_SUFFIX}(?! (?:x|tl|lira)|[.,x-]?\d)"),
    _pattern(rf"\b(xxs|xs|xl|xxl|xxxl|2xl|3xl)\b{_SUFFIX}"),
)
# "L" as people write it in a sentence of small letters; before folding, which makes all small.
_CAPITAL = re.compile(r"(?<![\w'’.])(?<!\d )([SML])(?![\w.])(?:['’]\w+)?")
_ALIKE = {"2xl": "xxl", "3xl": "xxxl"}

_RANGE = re.compile(r"(\d{2})-(\d{2})")
_PART = re.compile(rf"\d{{2}}|{_LETTER_SIZE}")
_WIDEST = 8


class Sorting(StrEnum):
    """By what products are told first that fit alike."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"

    def key(self, price: Decimal) -> Decimal:
        """Return what a product of this price is sorted by."""
        return price if self is Sorting.CHEAPEST else -price


@dataclass(frozen=True, slots=True)
class Query:
    """A sentence taken apart: `words` is what is left of it, folded, without prices and size.

    `least` and `most` are in the shop's currency; the bounds count themselves.
    """

    words: str
    least: Decimal | None = None
    most: Decimal | None = None
    size: str | None = None
    sorting: Sorting | None = None

    @property
    def is_of_price_or_size(self) -> bool:
        """Whether it asks for products even where it names none."""
        return (self.least, self.most, self.size, self.sorting) != (None, None, None, None)


def read(text: str) -> Query:
    """Take a customer's sentence apart."""
    text = " ".join(text[:LONGEST].split())
    capital = _CAPITAL.search(text) if not text.isupper() else None
    size = capital[1].lower() if capital else None
    if capital:
        text = f"{text[: capital.start()]} {text[capital.end() :]}"
    rest = fold(text)
    least, most, rest = _bounds(rest)
    sorting, rest = _sorting(rest)
    if size is None:
        size, rest = _size(rest)
    return Query(rest, least, most, size, sorting)


def sizes_of(variant: str) -> frozenset[str]:
    """Return the sizes a variant fits: "42" fits 42, "41-43" all three, "S/M" both."""
    folded = fold(variant)
    span = _RANGE.fullmatch(folded)
    if span and 0 <= int(span[2]) - int(span[1]) <= _WIDEST:
        return frozenset(str(size) for size in range(int(span[1]), int(span[2]) + 1))
    parts = folded.split("/")
    if not all(_PART.fullmatch(part) for part in parts):
        return frozenset()
    return frozenset(_ALIKE.get(part, part) for part in parts)


def _bounds(text: str) -> tuple[Decimal | None, Decimal | None, str]:
    """Return the least and the most it may cost, and the text without that."""
    least = most = None
    for pattern in _BETWEEN:
        if found := pattern.search(text):
            thousand = found[2] or found[4]  # "1-2 bin"
            ends = sorted((_amount(found[1], thousand), _amount(found[3], found[4])))
            return ends[0], ends[1], _without(text, found)
    for pattern in _MOST:
        if found := pattern.search(text):
            most, text = _amount(found[1], found[2]), _without(text, found)
            break
    for pattern in _LEAST:
        if found := pattern.search(text):
            least, text = _amount(found[1], found[2]), _without(text, found)
            break
    return least, most, text


def _sorting(text: str) -> tuple[Sorting | None, str]:
    for pattern, sorting in ((_DEAREST, Sorting.DEAREST), (_CHEAPEST, Sorting.CHEAPEST)):
        if found := pattern.search(text):
            return sorting, _without(text, found)
    return None, text


def _size(text: str) -> tuple[str | None, str]:
    for pattern in _SIZES:
        if found := pattern.search(text):
            return _ALIKE.get(found[1], found[1]), _without(text, found)
    return None, text


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _amount(number: str, thousand: str | None) -> Decimal:
    """Read "1.250,50", "1,250.50", "1.250" and "50,5"; a separator before three digits is none."""
    head, separator, tail = number.rpartition("," if number.rfind(",") > number.rfind(".") else ".")
    if separator and len(tail) != 3:
        value = Decimal(f"{re.sub('[.,]', '', head)}.{tail}")
    else:
        value = Decimal(re.sub("[.,]", "", number))
    return value * 1000 if thousand else value
