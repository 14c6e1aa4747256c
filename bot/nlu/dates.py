"""What day a customer means. Pure: today comes as an argument.

A day is written as ISO 8601 has it: `2026-11-03`; a whole week `2026-W45`, a month `2026-11`, a
year `2026`.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Optional

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "ocak january jan",
            "subat february feb",
            "mart march mar",
            "nisan april apr",
            "mayis may",
            "haziran june jun",
            "temmuz july jul",
            "agustos august aug",
            "eylul september sept sep",
            "ekim october oct",
            "kasim november nov",
            "aralik december dec",
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "pazartesi monday",
            "sali tuesday",
            "carsamba wednesday",
            "persembe thursday",
            "cuma friday",
            "cumartesi saturday",
            "pazar sunday",
        )
    )
    for name in names.split()
}
UNITS = {
    **dict.fromkeys(("gun", "day", "days"), "day"),
    **dict.fromkeys(("hafta", "week", "weeks"), "week"),
    **dict.fromkeys(("ay", "month", "months"), "month"),
    **dict.fromkeys(("yil", "sene", "year", "years"), "year"),
}
NEAR_DAYS = {
    **dict.fromkeys(("dun", "yesterday"), -1),
    **dict.fromkeys(("bugun", "today"), 0),
    **dict.fromkeys(("yarin", "tomorrow"), 1),
}
SIDES = {
    **dict.fromkeys(("gecen", "gectigimiz", "last", "past"), -1),
    **dict.fromkeys(("bu", "this"), 0),
    **dict.fromkeys(("gelecek", "onumuzdeki", "next", "coming"), 1),
}
COUNTS = {
    name: number
    for number, names in enumerate(
        (
            "bir a an one",
            "iki two",
            "uc three",
            "dort four",
            "bes five",
            "alti six",
            "yedi seven",
            "sekiz eight",
            "dokuz nine",
            "on ten",
        ),
        1,
    )
    for name in names.split()
}

_FARTHEST = 5000  # days, weeks, months or years; more is no date anybody means


def numeric(first: str, month: str, last: str) -> Optional[str]:
    """The day of "03", "11", "2026" (or "26"), or of "2026", "11", "03"; None where there is no
    such day.
    """
    year, day = (first, last) if len(first) == 4 else (last, first)
    return _day(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))


def named(day: int, month: int, year: Optional[int], today: date) -> Optional[str]:
    """A day of a month; without a year, of the year that brings it nearest to today."""
    if year is not None:
        return _day(year, month, day)
    years = (today.year - 1, today.year, today.year + 1)
    days = [date.fromisoformat(found) for y in years if (found := _day(y, month, day))]
    return min(days, key=lambda one: abs(one - today)).isoformat() if days else None


def near(offset: int, today: date) -> str:
    """The day `offset` days from today."""
    return (today + timedelta(days=offset)).isoformat()


def counted(number: int, unit: str, side: int, today: date) -> Optional[str]:
    """The day a number of units before (`side` -1) or after (1) today."""
    if number > _FARTHEST:
        return None
    if unit in ("day", "week"):
        return near(side * number * (7 if unit == "week" else 1), today)
    year, month = _months_on(today, side * number * (12 if unit == "year" else 1))
    if not date.min.year <= year <= date.max.year:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(today.day, last)).isoformat()


def sided(unit: str, side: int, today: date) -> str:
    """The whole week, month or year before (-1), around (0) or after (1) today; a day for days."""
    if unit == "day":
        return near(side, today)
    if unit == "week":
        year, week, _ = (today + timedelta(weeks=side)).isocalendar()
        return f"{year}-W{week:02}"
    if unit == "month":
        year, month = _months_on(today, side)
        return f"{year}-{month:02}"
    return str(today.year + side)


def weekday(number: int, side: int, today: date) -> str:
    """The nearest such weekday (0 is Monday) before today (-1), from today on (0) or after (1)."""
    ahead = (number - today.weekday()) % 7
    if side < 0:
        return near(ahead - 7, today)
    return near(ahead or (7 if side else 0), today)


def weekday_of_week(number: int, side: int, today: date) -> str:
    """A weekday (0 is Monday) of the week before (-1), around (0) or after (1) today."""
    return near(7 * side - today.weekday() + number, today)


def _day(year: int, month: int, day: int) -> Optional[str]:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _months_on(today: date, months: int) -> tuple[int, int]:
    count = today.year * 12 + today.month - 1 + months
    return count // 12, count % 12 + 1
