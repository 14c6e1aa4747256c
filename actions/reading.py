"""Order numbers, e-mail and postal addresses, and phone endings in what is written. Pure.

The form reads the text itself because it knows what it asked for: an entity, found without knowing
that, takes the "0555" of "0555 010 48 21" for the end of a phone number.
"""

import re

from shop.models import Address

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# A whole phone number, written with its country code, its leading 0 or as a Turkish mobile (5…).
_BETWEEN = r"[\s.()-]*"
_PHONE = re.compile(
    rf"(?<![\d#])(?:(?:\+|00)(?:{_BETWEEN}\d){{8,15}}|0(?:{_BETWEEN}\d){{10}}"
    rf"|5\d\d(?:{_BETWEEN}\d){{7}})(?!\d)"
)
_CURRENCY = r"(?:tl|try|lira\w*|₺|euro\w*|eur|€|dolar\w*|dollars?|usd|\$|£)"
_MONEY = re.compile(rf"[₺€$£]\s?\d[\d.,]*|\d[\d.,]*\s?{_CURRENCY}(?!\w)", re.IGNORECASE)
_MONTH = (
    r"(?:ocak|şubat|subat|mart|nisan|mayıs|mayis|haziran|temmuz|ağustos|agustos|eylül|eylul|ekim"
    r"|kasım|kasim|aralık|aralik|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[^\W\d]*"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"(?<!\d)(?:\d\d?[./-]\d\d?[./-](?:{_YEAR}|\d\d)|{_YEAR}[./-]\d\d?[./-]\d\d?"
    rf"|\d\d?(?:st|nd|rd|th|\.)?\s*(?:of\s+)?{_MONTH}\.?(?:,?\s*{_YEAR})?"
    rf"|(?<!\w){_MONTH}\s*(?:\d\d?(?:st|nd|rd|th)?,?\s*)?{_YEAR})(?!\d)",
    re.IGNORECASE,
)
_ORDER_NUMBER = re.compile(r"(?<![\d.,])\d{5,8}(?![\d]|[.,]\d)")
_FOUR_DIGITS = re.compile(r"(?<![\d.,])(\d{2})[ .-]?(\d{2})(?![\d]|[.,]\d)")

_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_PARTS = re.compile(r"\s*[,\n;]+\s*")
_SLASHED = re.compile(r"^(?:(.*)\s)?([^\s/]+)\s*/\s*([^/]+)$", re.DOTALL)


def order_number(text: str, besides: str | None = None) -> str | None:
    """Return the first order number in `text`: five to eight digits of no phone, date, e-mail or
    sum.

    Of several, the first that is not `besides`: "10391 değil 10482" corrects 10391.
    """
    numbers = _ORDER_NUMBER.findall(_PHONE.sub(" ", _without_the_known(text)))
    return next((number for number in numbers if number != besides), next(iter(numbers), None))


def email(text: str) -> str | None:
    """Return the first e-mail address in `text`."""
    match = _EMAIL.search(text)
    return match.group() if match else None


def phone_ending(text: str) -> str | None:
    """Return the last four digits of a phone in `text`, written alone or as a whole number."""
    without = _without_the_known(text)
    phone = _PHONE.search(without)
    if phone:
        return re.sub(r"\D", "", phone.group())[-4:]
    ending = _FOUR_DIGITS.search(without)
    return "".join(ending.groups()) if ending else None


def address(text: str, recipient: str) -> Address | None:
    """Return the address in `text` for `recipient`: street, district and city, in this order.

    They are told apart by commas or lines, district and city by a slash or a blank too; a postcode
    may stand anywhere. None when the three cannot be told apart or nothing in it is a number.
    """
    found = _POSTCODE.search(text)
    parts = [part.strip(" .") for part in _PARTS.split(_POSTCODE.sub(" ", text, count=1))]
    *before, last = [" ".join(part.split()) for part in parts if part.strip(" .")] or [""]
    slashed = _SLASHED.match(last)
    if slashed:
        rest, district, city = slashed.groups()
        before += [rest] if rest else []
    elif len(before) > 1:
        *before, district = before
        city = last
    else:
        district, _, city = last.rpartition(" ")
    street = ", ".join(before)
    if not (street and district and city and any(sign.isdigit() for sign in street)):
        return None
    return Address(recipient, street, district.strip(), city.strip(), found and found.group())


def _without_the_known(text: str) -> str:
    """Return `text` without e-mail addresses, dates and sums."""
    return _MONEY.sub(" ", _DATE.sub(" ", _EMAIL.sub(" ", text)))
