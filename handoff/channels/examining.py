"""What every account can be asked whether it works. Pure."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from handoff.channels.base import Check

_CLOCK_SECONDS = 60


def clock(headers: Mapping[str, str], now: datetime) -> Check:
    """Compare this machine's clock with the one of a platform that has just answered."""
    try:
        there = parsedate_to_datetime(headers["date"])
        ahead = round((now - there).total_seconds())
    except (KeyError, TypeError, ValueError):
        return Check("clock", "the platform did not tell its own", ok=None)
    if abs(ahead) <= _CLOCK_SECONDS:
        return Check("clock", f"within {_CLOCK_SECONDS} seconds of the platform's")
    side = "ahead of" if ahead > 0 else "behind"
    return Check(
        "clock",
        f"{abs(ahead)} seconds {side} the platform's",
        ok=False,
        fix="let the machine set its clock: timedatectl set-ntp true",
    )
