"""The numbers in a text, as people write them, and the words beside them. Pure.

What the numbers are is decided in `handoff.masking`.
"""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """What the words beside a number say it is."""

    CARD = "card"
    IBAN = "iban"
    TCKN = "tckn"
    OTHER = "other"
    """An order, a parcel, a telephone: something that is no secret."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in ASCII digits, dashes and blanks, without what is invisible; `places` tells where
    each character stands in the text as written, and `folded` is it in lower ASCII letters.
    """

    text: str
    folded: str
    places: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "Plain":
        """Return a text as it is read here."""
        kept = [(_plain(one), place) for place, one in enumerate(text)]
        read = "".join(one for one, _ in kept)
        return cls(read, _fold(read), [place for one, place in kept if one])

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where `start` to `end` stands in the text as written."""
        return self.places[start], self.places[end - 1] + 1


_ASCII = str.maketrans("İIıŞşĞğÜüÖöÇçÂâÎîÛû", "iiissgguuooccaaiiuu")


def _plain(character: str) -> str:
    if character.isascii():
        return character
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cf" | "Mn" | "Me":
            return ""
    return "-" if character == "\N{MINUS SIGN}" else character


def _fold(text: str) -> str:
    # A letter whose lower case is longer would move what stands behind it.
    return "".join(one if len(one) == 1 else "_" for one in map(str.lower, text.translate(_ASCII)))


SOFT = r"[\s.\-_/*|·•]"
"""What may stand between two digits of one number."""

_DICTATED = "tire|nokta|bosluk|sonra|ardindan|devami|ve|dash|dot|space|then|and"
_GAP = re.compile(rf"{SOFT}{{1,3}}|,|{SOFT}{{1,2}}(?:{_DICTATED}){SOFT}{{1,2}}")
_GROUP = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Chain:
    """Groups of digits with little between them: one number, or some in a row.

    `groups` has where each begins and ends, `gaps` what stands between them. `before` and `after`
    are what the words on either side say of the number there.
    """

    text: str
    groups: tuple[tuple[int, int], ...]
    gaps: tuple[str, ...]
    before: Label | None
    after: Label | None

    def says(self, label: Label) -> bool:
        """Whether words on either side say so."""
        return label in (self.before, self.after)

    def digits(self, first: int, last: int) -> str:
        """Return the digits of the groups from `first` until before `last`."""
        return "".join(self.text[start:end] for start, end in self.groups[first:last])

    def shaped(self, shapes: Collection[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
        """Give first and last (exclusive) of the groups in a row that have one of these sizes."""
        sizes = tuple(end - start for start, end in self.groups)
        for first in range(len(sizes)):
            for shape in shapes:
                if sizes[first : first + len(shape)] == shape:
                    yield first, first + len(shape)

    def parts(self, least: int, most: int) -> Iterator[tuple[int, int]]:
        """Give first and last (exclusive) of all groups in a row with so many digits in all."""
        for first in range(len(self.groups)):
            digits = 0
            for last in range(first, len(self.groups)):
                start, end = self.groups[last]
                digits += end - start
                if digits > most:
                    break
                if digits >= least:
                    yield first, last + 1

    def whole(self, fewest: int) -> Iterator[tuple[int, int]]:
        """Give first and last (exclusive) of all groups if they seem to be one number: at least
        `fewest`, with the same sign between all of them.
        """
        if len(self.groups) >= fewest and len(set(self.gaps)) == 1 and self.gaps[0] != ",":
            yield 0, len(self.groups)


def chains(plain: Plain) -> list[Chain]:
    """Return the numbers of a text in order."""
    rows: list[list[tuple[int, int]]] = []
    end = 0
    for group in _GROUP.finditer(plain.text):
        if not rows or not _GAP.fullmatch(plain.folded, end, group.start()):
            rows.append([])
        rows[-1].append(group.span())
        end = group.end()
    found = []
    for number, row in enumerate(rows):
        earliest = rows[number - 1][-1][1] if number else 0
        latest = rows[number + 1][0][0] if number + 1 < len(rows) else None
        gaps = itertools.pairwise(row)
        found.append(
            Chain(
                plain.text,
                tuple(row),
                tuple(plain.folded[left[1] : right[0]] for left, right in gaps),
                _before(plain, earliest, row[0][0]),
                _after(plain, row[-1][1], latest),
            )
        )
    return found


# Words

_NEAR = 60
"""Characters on either side in which a word can belong to a number."""

_WORDS = 5
"""Words on either side that can."""

_WORD = re.compile(
    r"(?<![a-z])(?:"
    r"(?P<tckn>t\W{1,2}c|(?:tc|tckn|tcno)(?![a-z])"
    r"|(?:tckn|tckim|kimli|nufus|vatandas|identi|citizen|national)[a-z]*)"
    r"|(?P<card>(?!kartus|karton|kartpos|kartviz|cardig)"
    r"(?:kart|card|visa|master|maestro|troy|amex|debit)[a-z]*)"
    r"|(?P<iban>(?:iban|hesa[pb]|account)[a-z]*)"
    r"|(?P<other>(?:tel|teli|telim|ref|cep|gsm|rma|sku|cell|fis)(?![a-z])"
    r"|(?:siparis|order|kargo|takip|track|parcel|packag|paket|gonderi|shipment|fatura|invoice|iade"
    r"|return|refund|telefon|phone|mobil|whatsapp|kupon|coupon|voucher|barkod|barcode|stok|urun"
    r"|product|referans|reference|dekont|islem|transaction|musteri|customer|uyelik|talep|ticket"
    r"|seri[^n]|imei|vergi)[a-z]*)"
    r"|(?P<plain>[a-z]{1,2}(?![a-z])|(?:nolu|nosu|numara|number|num|kod|code|olan|was|benim)[a-z]*)"
    r"|(?P<word>[a-z]+))"
)

# What stands right before a number that is part of a code, an address or a telephone number.
_CODE = re.compile(r"(?:(?<![A-Za-z])(?!TC|NO|NU|NR|ID)[A-Z]{1,5}[-_/]?|[#+=/]|#\s)\Z")

_NUMBERED = re.compile(r"\W*(?:numarali|no\W?lu|li|lu)(?![a-z])")
_CLAUSE = re.compile(r"[,;.!?\n]")


def _before(plain: Plain, start: int, end: int) -> Label | None:
    start = max(start, end - _NEAR)
    said = _said([*_WORD.finditer(plain.folded, start, end)][::-1])
    if said is None and _CODE.search(plain.text, start, end):
        return Label.OTHER
    return said


def _after(plain: Plain, start: int, end: int | None) -> Label | None:
    near = plain.folded[start : min(start + _NEAR, len(plain.folded) if end is None else end)]
    clause = _CLAUSE.search(near)
    if clause:
        near = near[: clause.start()]
    elif end is not None and start + len(near) == end and not _NUMBERED.match(near):
        return None  # what stands between two numbers speaks of the second
    return _said([*_WORD.finditer(near)])


def _said(words: Sequence[re.Match[str]]) -> Label | None:
    """Return what words say, from the number outwards.

    An order or the like must stand right at the number, but for words like "no" and "is my": one
    can write of an order and give one's TCKN. What makes a number secret may stand further away.
    """
    at_number = True
    for word in words[:_WORDS]:
        match word.lastgroup:
            case "plain":
                continue
            case "word":
                at_number = False
            case "other":
                if at_number:
                    return Label.OTHER
            case secret:
                return Label(str(secret))
    return None
