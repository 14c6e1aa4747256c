"""Amounts of money as customers write them. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Optional

CURRENCIES = {
    **dict.fromkeys(("tl", "try", "lira", "₺"), "TRY"),
    **dict.fromkeys(("usd", "dolar", "dollar", "buck", "$"), "USD"),
    **dict.fromkeys(("eur", "euro", "avro", "€"), "EUR"),
    **dict.fromkeys(("gbp", "sterlin", "pound", "quid", "£"), "GBP"),
}
# Those that also stand before the number.
LEADING = frozenset(("tl", "try", "₺", "usd", "$", "eur", "€", "gbp", "£"))
SCALES = {"bin": 1000, "k": 1000, "thousand": 1000, "milyon": 1_000_000, "million": 1_000_000}

_CENT = Decimal("0.01")
_LONGEST = 15  # digits; more is no price


def amount(number: str, scale: Optional[str] = None) -> Optional[Decimal]:
    """A number as written, "1.249,90" or "1,249.90", as an amount; None when it is too long.

    Of one kind of separator, one that stands once and not before three digits is the decimal sign.
    """
    if sum(map(str.isdigit, number)) > _LONGEST:
        return None
    last = max(number.rfind("."), number.rfind(","))
    other = "," if last >= 0 and number[last] == "." else "."
    is_decimal = last >= 0 and (
        other in number or (number.count(number[last]) == 1 and len(number) - last != 4)
    )
    whole, cents = (number[:last], number[last + 1 :]) if is_decimal else (number, "")
    digits = whole.replace(".", "").replace(",", "")
    value = Decimal(f"{digits}.{cents}" if cents else digits) * SCALES.get(scale or "", 1)
    return value.quantize(_CENT)


def money(number: str, currency: str, scale: Optional[str] = None) -> Optional[str]:
    """An amount with its currency's ISO 4217 code: "1249.90 TRY"; None when there is none.

    `currency` is a key of CURRENCIES, `scale` one of SCALES.
    """
    value = amount(number, scale)
    return None if value is None else f"{value} {CURRENCIES[currency]}"
