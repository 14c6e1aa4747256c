"""Saying no on a beat, so that how long a search took does not tell what it found."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")

BEAT_S = 0.5


class Pace:
    """Holds every no back until the next beat, counted from when each was asked for."""

    def __init__(
        self,
        beat: float = BEAT_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`beat` is in seconds, as are what `clock` tells, which never goes back, and `sleep`."""
        self._beat = beat
        self._clock = clock
        self._sleep = sleep

    async def keep(self, work: Awaitable[Found | None]) -> Found | None:
        """Return what `work` does: at once what it finds, None a whole number of beats after now.

        What it raises is not held back either: a failing server tells nothing of an order.
        """
        begun = self._clock()
        found = await work
        if found is None:
            await self._sleep(-(self._clock() - begun) % self._beat)
        return found
