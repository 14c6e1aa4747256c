"""The day and the time it is in the shop. Pure, but for `utc_now` and `today`."""

from datetime import UTC, date, datetime, timedelta, timezone

SHOP_TIME = timezone(timedelta(hours=3), "TRT")
"""Turkey has kept UTC+3 all year round since 2016, so no time zone database is needed."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def shop_day(value: datetime) -> date:
    """Return the day an aware `value` falls on in the shop."""
    return value.astimezone(SHOP_TIME).date()


def today() -> date:
    """Return today's day in the shop."""
    return shop_day(utc_now())
