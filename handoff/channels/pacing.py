"""How fast a platform may be called, so that it need not say no. Pure."""

from collections import OrderedDict


class Pacer:
    """Gives each call its moment: `rate` a second for each key, the first `burst` at once.

    Knows only keys that have called of late.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._every = 1 / rate
        self._ahead = (burst - 1) / rate
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, now: float, key: str = "") -> float:
        """Return the seconds a call that is wished for at `now` must wait, and count it."""
        while self._free_at and next(iter(self._free_at.values())) <= now:
            self._free_at.popitem(last=False)
        free_at = max(self._free_at.pop(key, now), now)
        self._free_at[key] = free_at + self._every
        return max(0.0, free_at - self._ahead - now)
