"""Hiding card numbers, IBANs and Turkish identity numbers (TCKN) in a text. Pure.

What passes its checksums is found however it is written: with spaces, dashes or dots, over several
lines, dictated ("4111 tire 1111 …"), with an ending on it. The words beside a number decide where
its digits alone cannot: every hundredth number of eleven digits passes for a TCKN, so "sipariş no"
before it or "numaralı siparişim" behind it rules that out. A card number is one whatever is said of
it. docs/decisions.md has the measurements.
"""

import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stdnum import iban, luhn
from stdnum.tr import tckimlik

from handoff.numbers import SOFT, Chain, Label, Plain, chains


class Kind(StrEnum):
    """What a hidden number is."""

    CARD = "card"
    IBAN = "iban"
    TCKN = "tckn"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text whose numbers are hidden, and of what kinds they are, each once.

    `text` shows their last digits, for people: "•••• •••• •••• 1234", "TR•• … 26", "•••••••••01".
    `blind` shows none, for the bot, which would take four digits for an answer.
    """

    text: str
    blind: str
    kinds: tuple[Kind, ...]


_HIDDEN = "•"
_FEWEST_DIGITS = 11


def mask(text: str, spared: Collection[str] = ()) -> Masked:
    """Return `text` with its card numbers, IBANs and TCKNs hidden.

    IBANs in `spared` (in capitals, without blanks) stay readable: the shop's own.
    """
    if sum(map(str.isdecimal, text)) < _FEWEST_DIGITS:
        return Masked(text, text, ())
    plain = Plain.of(text)
    shown, blind, done = "", "", 0
    kinds = set()
    for found in sorted(_secrets(plain), key=lambda one: one.start):
        if found.kind is Kind.IBAN and found.number in spared:
            continue
        start, end = plain.place(found.start, found.end)
        shown += text[done:start] + found.shown
        blind += text[done:start] + re.sub("[0-9]", _HIDDEN, found.shown)
        kinds.add(found.kind)
        done = end
    return Masked(
        shown + text[done:], blind + text[done:], tuple(kind for kind in Kind if kind in kinds)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: Kind
    number: str

    @property
    def shown(self) -> str:
        match self.kind:
            case Kind.CARD:
                return f"{_HIDDEN * 4} {_HIDDEN * 4} {_HIDDEN * 4} {self.number[-4:]}"
            case Kind.IBAN:
                return f"{self.number[:2]}{_HIDDEN * 2} … {self.number[-2:]}"
            case Kind.TCKN:
                return f"{_HIDDEN * 9}{self.number[-2:]}"


def _secrets(plain: Plain) -> list[_Found]:
    """Return what must be hidden; no two overlap, and the surer kind goes first."""
    numbers = chains(plain)
    rules = (_bare_ibans, _cards, _tckns)
    found: list[_Found] = []
    for one in itertools.chain(_ibans(plain), *(rule(row) for rule in rules for row in numbers)):
        if not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return found


def _found(chain: Chain, first: int, last: int, kind: Kind, number: str) -> _Found:
    return _Found(chain.groups[first][0], chain.groups[last - 1][1], kind, number)


# IBANs

_IBAN_BEGINS = re.compile(rf"(?<![0-9])(?=([A-Za-z]{SOFT}?[A-Za-z]{SOFT}{{0,3}}[0-9]{SOFT}?[0-9]))")
_IBAN_GOES_ON = re.compile(rf"{SOFT}{{0,3}}([A-Za-z0-9])")
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34
_BARE_IBAN = 24
_BARE_IBAN_SHAPES = ((24,), (2, 4, 4, 4, 4, 4, 2), (4, 4, 4, 4, 4, 4))
_ALWAYS_ZERO = 7  # the sixth digit of a Turkish account is reserved


def _ibans(plain: Plain) -> Iterator[_Found]:
    """IBANs with their country, of every country."""
    done = 0
    for begins in _IBAN_BEGINS.finditer(plain.text):
        if begins.start() < done:
            continue
        number, end, rest = "", begins.start(), 0
        while len(number) < _LONGEST_IBAN and (part := _IBAN_GOES_ON.match(plain.text, end)):
            end = part.end()
            number += part[1].upper()
            if len(number) > 4:
                # Counted as it grows: trying each length anew would take a long text too long.
                rest = _modulo_97(rest, number[-1])
            if len(number) < _SHORTEST_IBAN or _modulo_97(rest, number[:4]) != 1:
                continue
            if iban.is_valid(number):
                yield _Found(begins.start(), end, Kind.IBAN, number)
                done = end
                break


def _modulo_97(rest: int, signs: str) -> int:
    for sign in signs:
        value = int(sign, 36)
        rest = (rest * (100 if value > 9 else 10) + value) % 97
    return rest


def _bare_ibans(chain: Chain) -> Iterator[_Found]:
    """Turkish IBANs without their "TR"."""
    parts = (
        chain.parts(_BARE_IBAN, _BARE_IBAN)
        if chain.says(Label.IBAN)
        else chain.shaped(_BARE_IBAN_SHAPES)
    )
    for first, last in parts:
        digits = chain.digits(first, last)
        if digits[_ALWAYS_ZERO] == "0" and iban.is_valid(f"TR{digits}"):
            yield _found(chain, first, last, Kind.IBAN, f"TR{digits}")


# Cards

_CARD_SHAPES = (
    *((16,), (4, 4, 4, 4), (4, 4, 8), (4, 8, 4), (8, 4, 4), (8, 8), (4, 12), (12, 4)),
    *((15,), (4, 6, 5), (14,), (4, 6, 4), (13,), (19,), (4, 4, 4, 4, 3)),
)
_SHORTEST_CARD, _LONGEST_CARD = 12, 19
_LONGEST_ROW = 40  # groups; in a longer one trying every part would stop the service (0.1 s)

# What card numbers begin with, by length: Visa 4, Mastercard 2 and 5, Amex 34 and 37, Troy 65 and
# 9792, Diners 30, 36, 38 and 39, JCB 35, Mir 220, UnionPay 62 and 81, Discover and Maestro 5 and 6.
_NETWORKS = {
    13: re.compile("4"),
    14: re.compile("30|36|38|39"),
    15: re.compile("34|37"),
    16: re.compile("4|5|6|22|23|24|25|26|27|35|81|9792"),
    19: re.compile("4|5|6"),
}
_BARCODE = 13  # digits; Visa has given out no number so short for long
_USUAL = (16, 15, 14, 19, 13, 18, 17, 12)


def _cards(chain: Chain) -> Iterator[_Found]:
    """Card numbers: of a known network, or any that are said to be of a card."""
    said = chain.says(Label.CARD)
    parts = (
        chain.parts(_SHORTEST_CARD, _LONGEST_CARD)
        if said and len(chain.groups) <= _LONGEST_ROW
        else itertools.chain(chain.shaped(_CARD_SHAPES), chain.whole(2))
    )
    numbers = [(chain.digits(first, last), first, last) for first, last in parts]
    for digits, first, last in sorted(numbers, key=lambda one: _rank(one[0])):
        may_be = digits[0] != "0" if said else _is_of_network(chain, first, last)
        if may_be and luhn.is_valid(digits):
            yield _found(chain, first, last, Kind.CARD, digits)


def _is_of_network(chain: Chain, first: int, last: int) -> bool:
    digits = chain.digits(first, last)
    network = _NETWORKS.get(len(digits))
    if network is None or not network.match(digits):
        return False
    return len(digits) != _BARCODE or (last - first == 1 and _may_be(chain, first, last))


def _rank(digits: str) -> int:
    # Of a card number and the three digits of its back, the number alone.
    return _USUAL.index(len(digits)) if len(digits) in _USUAL else len(_USUAL)


# TCKN

_TCKN = 11
_TCKN_SHAPES = ((11,), (3, 3, 3, 2), (3, 4, 4), (4, 4, 3), (2, 3, 3, 3))
_PHONE_SHAPES = ((1, 3, 3, 4), (2, 1, 2, 2, 2, 2))
_JOINED_SHORTER = 10  # digits: a TCKN may have a telephone number beside it


def _tckns(chain: Chain) -> Iterator[_Found]:
    """Identity numbers, unless the words or signs beside them say that they are something else."""
    said = chain.says(Label.TCKN)
    if said:
        parts = [*chain.parts(_TCKN, _TCKN)]
    else:
        whole = [*chain.whole(4)] if not [*chain.shaped(_PHONE_SHAPES)] else []
        parts = [part for part in [*chain.shaped(_TCKN_SHAPES), *whole] if _may_be(chain, *part)]
    for first, last in parts:
        digits = chain.digits(first, last)
        if len(digits) == _TCKN and tckimlik.is_valid(digits):
            yield _found(chain, first, last, Kind.TCKN, digits)


def _may_be(chain: Chain, first: int, last: int) -> bool:
    """Whether nothing speaks against a part of a chain being a TCKN."""
    if first == 0 and chain.before is Label.OTHER:
        return False
    if last == len(chain.groups) and chain.after is Label.OTHER:
        return False
    beside = ((first - 1, first - 1), (last, last - 1))
    return not any(
        0 <= group < len(chain.groups)
        and not re.search(r"\s", chain.gaps[gap])
        and len(chain.digits(group, group + 1)) < _JOINED_SHORTER
        for group, gap in beside
    )
