"""Watching for somebody who guesses proofs of orders, from however many places."""

import asyncio

import structlog

from handoff import metrics
from shop.errors import ShopUnavailable
from shop.tries import WINDOW, Tries

log = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0
_MINUTES = int(WINDOW.total_seconds() // 60)


class Guessing:
    """Raises an alarm, once, when everybody together has tried `alarm` wrong proofs of late."""

    def __init__(self, tries: Tries, alarm: int) -> None:
        self._tries = tries
        self._alarm = alarm
        self._raised = False

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await self.warning()
            await asyncio.sleep(LOOK_SECONDS)

    async def warning(self) -> str | None:
        """Look now. Returns what an operator should know; None when all is quiet or unknown."""
        try:
            wrong = await self._tries.recent()
        except ShopUnavailable:
            return None  # /readyz says so in its own words
        metrics.wrong_proofs.set(wrong)
        raised = wrong >= self._alarm
        if raised and not self._raised:
            log.warning("many_wrong_proofs", proofs=wrong, minutes=_MINUTES)
        self._raised = raised
        if not raised:
            return None
        return f"{wrong} wrong proofs of orders within {_MINUTES} minutes; somebody may be guessing"
