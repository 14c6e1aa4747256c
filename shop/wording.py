"""Days, moments and money as customers read them, in Turkish and English. Pure."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from shop.clock import SHOP_TIME

Language = Literal["tr", "en"]

_MONTHS: dict[Language, tuple[str, ...]] = {
    "tr": (
        "Ocak",
        "Şubat",
        "Mart",
        "Nisan",
        "Mayıs",
        "Haziran",
        "Temmuz",
        "Ağustos",
        "Eylül",
        "Ekim",
        "Kasım",
        "Aralık",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
# How the dative, "until", is written after what a day or a year ends with.
_TO_MONTH = ("a", "a", "a", "a", "a", "a", "a", "a", "e", "e", "a", "a")
_TO_DIGIT = ("a", "e", "ye", "e", "e", "e", "ya", "ye", "e", "a")
_TO_TENS = {10: "a", 20: "ye", 30: "a", 40: "a", 50: "ye", 60: "a", 70: "e", 80: "e", 90: "a"}
_TO_HUNDREDS = "e"
_SWAP_SEPARATORS = str.maketrans(",.", ".,")


def day(value: date, language: Language, today: date) -> str:
    """Return a day as it is said: "3 Kasım", "3 November", with the year when it is not today's."""
    said = f"{value.day} {_MONTHS[language][value.month - 1]}"
    return said if value.year == today.year else f"{said} {value.year}"


def day_to(value: date, language: Language, today: date) -> str:
    """Return a day as said before "kadar": "17 Kasım'a", "4 Ocak 2027'ye"; in English as ever."""
    said = day(value, language, today)
    if language == "en":
        return said
    if value.year == today.year:
        return f"{said}'{_TO_MONTH[value.month - 1]}"
    last = value.year % 10
    ending = _TO_DIGIT[last] if last else _TO_TENS.get(value.year % 100, _TO_HUNDREDS)
    return f"{said}'{ending}"


def moment(value: datetime, language: Language, today: date) -> str:
    """Return an aware `value` in the shop's time: "3 Kasım 14.05", "3 November, 14:05"."""
    local = value.astimezone(SHOP_TIME)
    said = day(local.date(), language, today)
    return f"{said} {local:%H.%M}" if language == "tr" else f"{said}, {local:%H:%M}"


def money(amount: Decimal, currency: str, language: Language) -> str:
    """Return an amount as it is written: "1.249,90 TL", "₺1,249.90"; others "1,249.90 EUR"."""
    plain = f"{amount:,.2f}"
    if language == "tr":
        return f"{plain.translate(_SWAP_SEPARATORS)} {'TL' if currency == 'TRY' else currency}"
    return f"₺{plain}" if currency == "TRY" else f"{plain} {currency}"
