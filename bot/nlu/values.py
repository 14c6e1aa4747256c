"""Which pieces of a message are a value, and what it is once written in one way.

Each rule names an entity, gives the pattern of its pieces for spaCy's Matcher and reads what the
pattern found. Pure: today comes as an argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Optional

from bot.nlu import dates
from bot.nlu.money import CURRENCIES, LEADING, SCALES, money
from bot.nlu.places import ADDRESS_WORDS, PROVINCES, is_postcode
from bot.nlu.tokens import DAY, DIGITS, EMAIL, NUMBER, PHONE, WORD, Token


@dataclass(frozen=True)
class Found:
    """Pieces `first` to `last` (both included) of a message, and what a rule reads in them."""

    message: Sequence[Token]
    first: int
    last: int
    today: date

    @property
    def pieces(self) -> Sequence[Token]:
        return self.message[self.first : self.last + 1]

    def number(self) -> Token:
        """The last number in it."""
        return next(t for t in reversed(self.pieces) if t.kind in (DIGITS, NUMBER))

    def count(self) -> int:
        """How many it says, in digits or as a word."""
        piece = next(t for t in self.pieces if t.kind == DIGITS or t.base in dates.COUNTS)
        return int(piece.text) if piece.kind == DIGITS else dates.COUNTS[piece.base]

    def meaning(self, words: dict[str, Any]) -> Any:
        """What the first of the given words that is in it stands for."""
        return next(words[t.base] for t in self.pieces if t.base in words)


Pattern = list[dict[str, Any]]
Read = Callable[[Found], Optional[str]]


@dataclass(frozen=True)
class Rule:
    """A pattern of pieces and how its value is read; the value is None where it is no value."""

    entity: str
    pattern: Pattern
    read: Read


_AGO = {
    **dict.fromkeys(("once", "evvel", "ago"), -1),
    **dict.fromkeys(("sonra", "later"), 1),
}
_BEFORE_LAST = ("evvelsi", "evvelki", "onceki")
_ORDINALS = ("st", "nd", "rd", "th")
_WEEKDAY_NAMES = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_NUMBERED = ("no", "nolu", "numara", "numarali")
# What makes a number a count or a measure.
_COUNTED_BY = """
    tane adet pcs piece gun day saat hour yil year ay month model puan point
    gram gr kg kilo ml litre cm mm km metre watt mah
"""
_COUNTED = frozenset(_COUNTED_BY.split())
_PARTS = re.compile(r"[./-]")


def _word(*words: str) -> dict[str, Any]:
    return {"ORTH": {"IN": list(words)}}


def _kind(*kinds: str) -> dict[str, Any]:
    return {"TAG": {"IN": list(kinds)}}


def _digits(*lengths: int) -> dict[str, Any]:
    return _word(*("0" * length for length in lengths))


def _maybe(piece: dict[str, Any]) -> dict[str, Any]:
    return {**piece, "OP": "?"}


def _any_number(found: Found) -> bool:
    """Whether nothing around the digits says that they are a part, a count or a measure."""
    token = found.message[found.first]
    following = found.message[found.last + 1 : found.last + 2]
    if token.glued:
        return False
    if not following:
        return True
    after = following[0]
    if after.start == token.end and after.kind == WORD and after.base not in _NUMBERED:
        return False
    return after.base not in _COUNTED


def _order_number(found: Found) -> Optional[str]:
    return found.message[found.first].text if _any_number(found) else None


def _postcode(found: Found) -> Optional[str]:
    return _order_number(found) if is_postcode(found.message, found.first) else None


def _phone(found: Found) -> Optional[str]:
    written = found.message[found.first].text
    digits = re.sub(r"\D", "", written)
    if written.startswith("+") or digits.startswith("00"):
        return "+" + digits.removeprefix("00")
    return "+90" + digits[-10:]


def _money(found: Found) -> Optional[str]:
    currency = next(t for t in found.pieces if t.base.lower() in CURRENCIES)
    if currency.base == "try" and currency.text != "TRY":
        return None
    before = found.message[max(0, found.first - 1) : found.first]
    if before and before[0].kind == WORD and before[0].end == found.pieces[0].start:
        return None
    scale = next((t.base for t in found.pieces if t.base in SCALES), None)
    return money(found.number().text, currency.base, scale)


def _range_start(found: Found) -> Optional[str]:
    """The first amount of "100-200 TL", whose currency stands behind the second."""
    after = found.message[found.last + 1 : found.last + 4]
    if [t.text for t in after[:1]] not in (["-"], ["–"]) or len(after) < 3:
        return None
    if after[1].kind not in (DIGITS, NUMBER) or after[2].base not in CURRENCIES:
        return None
    return money(found.message[found.first].text, after[2].base)


def _numeric_day(found: Found) -> Optional[str]:
    parts = _PARTS.split(found.message[found.first].text)
    if len(parts) == 3:
        return dates.numeric(*parts)
    if len(parts) != 2 or not all(len(part) <= 2 for part in parts):
        return None
    return _named(int(parts[0]), int(parts[1]), None, found.today)


def _day_of_month(found: Found) -> Optional[str]:
    numbers = [int(t.text) for t in found.pieces if t.kind == DIGITS]
    year = numbers[1] if len(numbers) > 1 else None
    if year is not None and not 1900 <= year < 2100:
        return None
    return _named(numbers[0], found.meaning(dates.MONTHS), year, found.today)


def _named(day: int, month: int, year: Optional[int], today: date) -> Optional[str]:
    return dates.named(day, month, year, today) if 1 <= month <= 12 else None


def _near_day(found: Found) -> Optional[str]:
    return dates.near(found.meaning(dates.NEAR_DAYS), found.today)


def _day_but_one(found: Found) -> Optional[str]:
    later = any(t.base in ("obur", "after") for t in found.pieces)
    return dates.near(2 if later else -2, found.today)


def _counted(found: Found) -> Optional[str]:
    side = next((_AGO[t.base] for t in found.pieces if t.base in _AGO), 1)
    return dates.counted(found.count(), found.meaning(dates.UNITS), side, found.today)


def _sided(found: Found) -> Optional[str]:
    return dates.sided(found.meaning(dates.UNITS), found.meaning(dates.SIDES), found.today)


def _weekday(found: Found) -> Optional[str]:
    number, before = found.meaning(dates.WEEKDAYS), found.pieces[:-1]
    side = next((dates.SIDES[t.base] for t in before if t.base in dates.SIDES), None)
    if any(dates.UNITS.get(t.base) == "week" for t in before):  # "haftaya salı" has no other side
        return dates.weekday_of_week(number, 1 if side is None else side, found.today)
    if side is not None:
        return dates.weekday(number, side, found.today)
    return _WEEKDAY_NAMES[number]  # which one is meant, only the customer knows


_AMOUNT = _kind(DIGITS, NUMBER)
_MONTH = _word(*dates.MONTHS)
_UNIT = _word(*dates.UNITS)
_WHOLE = _word(*(word for word, unit in dates.UNITS.items() if unit != "day"))
_WEEKDAY = _word(*dates.WEEKDAYS)
_SIDE = _word(*dates.SIDES)
_DAY_NUMBER = _digits(1, 2)
_COUNTS = (_digits(1, 2, 3), _word(*dates.COUNTS))

# Of two rules for the same pieces the first that reads a value counts.
RULES = (
    Rule("email", [_kind(EMAIL)], lambda found: found.message[found.first].text.lower()),
    Rule("phone", [_kind(PHONE)], _phone),
    Rule("money", [_AMOUNT, _maybe(_word(*SCALES)), _word(*CURRENCIES)], _money),
    Rule("money", [_word(*LEADING), _AMOUNT], _money),
    Rule("money", [_AMOUNT], _range_start),
    Rule("date", [_kind(DAY)], _numeric_day),
    Rule("date", [_kind(NUMBER), _word("tarih")], _numeric_day),
    *(
        Rule("date", [*pattern, *year], _day_of_month)
        for pattern in (
            [_DAY_NUMBER, _maybe(_word(*_ORDINALS)), _maybe(_word("of")), _MONTH],
            [_MONTH, _DAY_NUMBER, _maybe(_word(*_ORDINALS))],
        )
        for year in ([], [_maybe(_word(",")), _digits(4)])
    ),
    Rule("date", [_word(*dates.NEAR_DAYS)], _near_day),
    Rule("date", [_word("bu"), _word("gun")], lambda found: dates.near(0, found.today)),
    Rule("date", [_word(*_BEFORE_LAST, "obur"), _word("gun")], _day_but_one),
    Rule(
        "date",
        [
            _maybe(_word("the")),
            _word("day"),
            _word("before", "after"),
            _word("yesterday", "tomorrow"),
        ],
        _day_but_one,
    ),
    *(Rule("date", [count, _UNIT, _word(*_AGO)], _counted) for count in _COUNTS),
    *(Rule("date", [_word("in"), count, _UNIT], _counted) for count in _COUNTS),
    Rule("date", [_SIDE, _WHOLE], _sided),
    Rule("date", [_SIDE, _WEEKDAY], _weekday),
    Rule("date", [_SIDE, _word("hafta", "week"), _WEEKDAY], _weekday),
    Rule("date", [_word("hafta"), _WEEKDAY], _weekday),
    Rule("date", [_WEEKDAY], _weekday),
    Rule("postcode", [_digits(5)], _postcode),
    Rule("order_number", [_digits(5, 6, 7, 8)], _order_number),
    Rule("phone_last4", [_digits(4)], _order_number),
)

VOCABULARY = frozenset(
    (
        *CURRENCIES,
        *SCALES,
        *dates.MONTHS,
        *dates.WEEKDAYS,
        *dates.UNITS,
        *dates.NEAR_DAYS,
        *dates.SIDES,
        *dates.COUNTS,
        *_AGO,
        *_BEFORE_LAST,
        *_ORDINALS,
        *_NUMBERED,
        *_COUNTED,
        *PROVINCES,
        *ADDRESS_WORDS,
        *("obur", "tarih", "of", ",", "before", "after", "in", "to"),
        # Otherwise "dün", "Aras", "mont" and "Sürat" with an ending.
        *("dunya", "arasi", "arasinda", "monte", "suratli", "suratle", "suratsiz"),
    )
)
"""The folded words and signs the rules know."""
