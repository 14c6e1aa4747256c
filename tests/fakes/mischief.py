"""What goes wrong between a platform and us, by chance: the same for every fake of a platform.

Tests that want one certain trouble use tests/fakes/trouble.py instead.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.trouble import hang_up

Deliver = Callable[[], Awaitable[int]]
"""Calls our webhook once and returns the status, 0 when there was no answer."""


@dataclass
class Mischief:
    """How often what happens; shares between 0 and 1, times in seconds. Changed at any time.

    Of what comes to us: `duplicates` are brought twice, `reordered` later than what was written
    after them, all `delay` late. Of our calls: `limited` are refused for now, `failing` answered
    503 and not taken, `lost` taken but the answer is not given, `hanging` not answered at all.
    `expired`: the account's token is good no more.
    """

    duplicates: float = 0.0
    reordered: float = 0.0
    delay: float = 0.0
    limited: float = 0.0
    failing: float = 0.0
    lost: float = 0.0
    hanging: float = 0.0
    expired: bool = False
    random: Random = field(default_factory=Random)
    done: Counter[str] = field(default_factory=Counter)
    """How often what has happened, by the names above."""

    def happens(self, name: str) -> bool:
        """Whether something of this name happens now."""
        share: float = getattr(self, name)
        if share <= 0 or self.random.random() >= share:
            return False
        self.done[name] += 1
        return True

    async def to_call(
        self,
        request: web.Request,
        handler: Handler,
        *,
        limited: Callable[[], web.StreamResponse],
        expired: Callable[[], web.StreamResponse],
    ) -> web.StreamResponse:
        """Answer a call of ours, as badly as it should be; the rest is in the platform's words."""
        if self.expired:
            return expired()
        if self.happens("limited"):
            return limited()
        if self.happens("failing"):
            return web.Response(status=503, text="upstream is away")
        if self.happens("hanging"):
            await asyncio.sleep(3600)
        if self.happens("lost"):
            await handler(request)
            return await hang_up(request, handler)
        return await handler(request)


class Courier:
    """Brings what happens at a platform to our webhook: at least once, and with mischief."""

    def __init__(self, mischief: Mischief, *, first_wait: float = 0.2, longest_wait: float = 2.0):
        self._mischief = mischief
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        """How many calls are still under way, or tried again."""
        return len(self._under_way)

    async def bring(self, deliver: Deliver) -> int:
        """Bring a call and return the first status; what is refused is brought again, for good.

        What is to come late is brought later, and has the status 0 now.
        """
        if self._mischief.happens("duplicates"):
            self._later(deliver, 0.05 + self._mischief.delay)
        if self._mischief.happens("reordered"):
            self._later(deliver, 0.3 + self._mischief.delay)
            return 0
        if self._mischief.delay:
            await asyncio.sleep(self._mischief.delay)
        status = await deliver()
        if not 200 <= status < 300:
            self._later(deliver, self._first_wait)
        return status

    def _later(self, deliver: Deliver, wait: float) -> None:
        task = asyncio.create_task(self._insist(deliver, wait))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _insist(self, deliver: Deliver, wait: float) -> None:
        await asyncio.sleep(wait)
        again = self._first_wait
        while not 200 <= await deliver() < 300:
            await asyncio.sleep(again)
            again = min(self._longest_wait, 2 * again)

    async def close(self) -> None:
        """Bring nothing any more."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
