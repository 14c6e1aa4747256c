"""How often somebody may ask."""

import math
from collections import OrderedDict
from collections.abc import Callable

from handoff.errors import RateLimited

_MOST_KEYS = 50_000


class Buckets:
    """A token bucket for each key: `per_minute` requests a minute, half of them at once."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._rate = per_minute / 60
        self._size = max(1.0, per_minute / 2)
        self._monotonic = monotonic
        self._level: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one request of `key`. Raises RateLimited when its bucket is empty."""
        now = self._monotonic()
        level, at = self._level.pop(key, (self._size, now))
        level = min(self._size, level + (now - at) * self._rate)
        allowed = level >= 1
        self._level[key] = (level - 1 if allowed else level, now)
        while len(self._level) > _MOST_KEYS:
            self._level.popitem(last=False)
        if not allowed:
            raise RateLimited(
                "too many in a short time; wait a moment",
                retry_after=math.ceil((1 - level) / self._rate),
            )
