"""Words in the customer's language: sentences of domain.yml, dates and money. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, cast

from shop.clock import SHOP_TIME

Language = Literal["tr", "en"]
Domain = Mapping[str, Any]
"""domain.yml, as Rasa sends it with every call."""

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
_SWAP_SEPARATORS = str.maketrans(",.", ".,")


def sentence(domain: Domain, name: str, language: Language, /, **values: object) -> str:
    """Return the text of response `name` in `language`, with `values` put in its `{places}`.

    Chooses as Rasa does: the variation for the language, else the one without a condition.
    Raises KeyError when the domain has no such response or a place has no value.
    """
    variations = cast("list[dict[str, Any]]", domain["responses"][name])
    chosen = next(
        (
            variation
            for variation in variations
            if any(
                condition["name"] == "language" and condition["value"] == language
                for condition in variation.get("condition") or ()
            )
        ),
        variations[0],
    )
    return cast("str", chosen["text"]).format_map(values)


def day(value: date, language: Language, today: date) -> str:
    """Return a day as it is said: "3 Kasım", "3 November", with the year when it is not today's."""
    said = f"{value.day} {_MONTHS[language][value.month - 1]}"
    return said if value.year == today.year else f"{said} {value.year}"


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
