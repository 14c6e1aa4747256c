"""What the cells of an imported table mean. Pure; each function raises Unfit for what does not fit.

A cell is read as people in Turkey and elsewhere write: 1.249,90 TL or 1249.90, 03.11.2026 or
2026-11-03, "kargoda" or "shipped".
"""

import re
from datetime import date, datetime
from decimal import Decimal

import phonenumbers

from shop.clock import SHOP_TIME
from shop.models import OrderStatus
from shop.text import fold

_LONGEST = 500
_LONGEST_TEXT = 5_000
_MOST_MONEY = Decimal(20_000_000)
_MOST_PIECES = 1_000_000
_NUMBER = re.compile(r"[0-9A-Za-z-]{1,32}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,188}")
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(.*)")
_AMOUNT = re.compile(
    r"([0-9]{1,3}([., ])[0-9]{3}(?:\2[0-9]{3})*|[0-9]{1,12})(?:([.,])([0-9]{1,2}))?"
)
_CURRENCY_WORDS = re.compile(r"\s*(?:₺|tl|try|lira)\s*")
_STATUSES = {
    "alindi": OrderStatus.RECEIVED,
    "siparis alindi": OrderStatus.RECEIVED,
    "yeni": OrderStatus.RECEIVED,
    "hazirlaniyor": OrderStatus.PREPARING,
    "paketlendi": OrderStatus.PACKED,
    "kargoda": OrderStatus.SHIPPED,
    "kargoya verildi": OrderStatus.SHIPPED,
    "teslim edildi": OrderStatus.DELIVERED,
    "iptal": OrderStatus.CANCELLED,
    "iptal edildi": OrderStatus.CANCELLED,
    "iade": OrderStatus.RETURNED,
    "iade edildi": OrderStatus.RETURNED,
} | {str(status): status for status in OrderStatus}


class Unfit(ValueError):
    """The cell does not fit its column. The message says what to write."""


def text(cell: str) -> str:
    """A name, a SKU, an address: one line."""
    if not cell.isprintable() or len(cell) > _LONGEST:
        raise Unfit(f"must be one line of at most {_LONGEST} letters")
    return cell


def long_text(cell: str) -> str:
    """A description: a few lines."""
    joined = " ".join(cell.split())
    if not joined.isprintable() or len(joined) > _LONGEST_TEXT:
        raise Unfit(f"must be text of at most {_LONGEST_TEXT} letters")
    return joined


def number(cell: str) -> str:
    """An order's number, as customers will type it."""
    bare = cell.lstrip("#")
    if not _NUMBER.fullmatch(bare):
        raise Unfit(f"{_shown(cell)} must be 1 to 32 Latin letters, digits and hyphens")
    return bare


def status(cell: str) -> OrderStatus:
    """A state, in English or Turkish."""
    found = _STATUSES.get(fold(cell))
    if found is None:
        raise Unfit(f"{_shown(cell)} is no state; write one of {', '.join(OrderStatus)}")
    return found


def money(cell: str) -> Decimal:
    """An amount of at most two decimals. A dot or comma before three digits divides thousands."""
    found = _AMOUNT.fullmatch(_CURRENCY_WORDS.sub("", fold(cell)))
    if found is None or (found[2] and found[2] == found[3]):
        raise Unfit(f"{_shown(cell)} is no amount; write it as 1249.90")
    amount = Decimal(f"{re.sub('[^0-9]', '', found[1])}.{found[4] or 0}")
    if amount > _MOST_MONEY:
        raise Unfit(f"{_shown(cell)} is too much; at most {_MOST_MONEY:,} can be kept")
    return amount


def pieces(cell: str) -> int:
    """A whole number of pieces above 0."""
    found = stock(cell)
    if found == 0:
        raise Unfit("0 pieces cannot be ordered; write at least 1")
    return found


def stock(cell: str) -> int:
    """A whole number of pieces."""
    if not (cell.isascii() and cell.isdigit()) or int(cell[:10]) > _MOST_PIECES:
        raise Unfit(f"{_shown(cell)} is no whole number of pieces; write digits alone")
    return int(cell)


def moment(cell: str) -> datetime:
    """A time; without a zone it is Turkey's, and without an hour midnight."""
    found = _DAY.fullmatch(cell)
    iso = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}{found[4]}" if found else cell
    try:
        value = datetime.fromisoformat(iso)
        value = value if value.tzinfo else value.replace(tzinfo=SHOP_TIME)
        value.astimezone(SHOP_TIME)
    except (ValueError, OverflowError):
        value = None
    if value is None or not 2000 <= value.year <= 2100:
        raise Unfit(f"{_shown(cell)} is no time; write 2026-11-03 14:05 or 03.11.2026 14:05")
    return value


def day(cell: str) -> date:
    """A day in Turkey."""
    return moment(cell).astimezone(SHOP_TIME).date()


def email(cell: str) -> str:
    """An e-mail address."""
    if not (_EMAIL.fullmatch(cell) and cell.isprintable()):
        raise Unfit(f"{_shown(cell)} is no e-mail address; write name@example.com")
    return cell


def phone(cell: str) -> str:
    """A phone number in E.164; without a country it is Turkey's."""
    try:
        found = phonenumbers.parse(cell, "TR")
    except phonenumbers.NumberParseException:
        found = None
    if found is None or not phonenumbers.is_possible_number(found):
        raise Unfit(f"{_shown(cell)} is no phone number; write +905551234567")
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def currency(cell: str) -> str:
    """An ISO 4217 code."""
    code = {"TL": "TRY", "₺": "TRY"}.get(cell.upper(), cell.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Unfit(f"{_shown(cell)} is no currency; write TRY")
    return code


def url(cell: str) -> str:
    """An address of the web, with nothing a page could run."""
    if not re.fullmatch(r"https?://[^\s\"'<>]{1,490}", cell):
        raise Unfit(f"{_shown(cell)} is no address; write https://...")
    return cell


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:37]}...")
