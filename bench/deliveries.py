"""How fast platforms and agents are served: `python -m bench.deliveries`.

The service runs alone, Rasa is stopped. First customers of two platforms write, and what counts is
how long each webhook waits for its answer: every message is on disk before it. Then an agent who
has taken all of them answers, while one platform refuses everything with 429, and what counts is
how long a reply takes to the other one. Prints percentiles and fails above the bars.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.storm import database
from bench.stormfronts import Front, TelegramFront, WhatsAppFront
from tests.system.installation import HANDOFF, PASSWORD, Installation
from tools.clone import this_clone

ACKNOWLEDGED_MS = 50.0
"""Within which 99 of 100 webhooks must be answered."""
REPLIED_MS = 200.0
"""Within which 99 of 100 replies must be at the platform."""
_BOT_SECONDS = 1.0
_READY_SECONDS = 60.0
_LATE_SECONDS = 20.0


@dataclass
class Desk:
    """The agent's side of the service."""

    http: aiohttp.ClientSession
    url: str
    csrf: str = ""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the answer of the console's interface; raises aiohttp.ClientError."""
        headers = {"Origin": self.url, "X-CSRF-Token": self.csrf}
        async with self.http.request(
            method, f"{self.url}/console/api{path}", json=body, headers=headers
        ) as response:
            response.raise_for_status()
            return await response.json()

    async def sign_in(self) -> None:
        """Sign in as the agent the installation has."""
        me = await self.ask("POST", "/login", {"login": Installation.login, "password": PASSWORD})
        self.csrf = me["csrf"]

    async def take_all(self) -> dict[str, list[str]]:
        """Take everybody who waits; the conversations of each channel."""
        taken: dict[str, list[str]] = {}
        while True:
            page = await self.ask("GET", "/conversations?view=waiting&limit=50")
            if not page["conversations"]:
                return taken
            for one in page["conversations"]:
                path = f"/conversations/{one['id']}/claim"
                await self.ask("POST", path, {"epoch": one["epoch"]})
                taken.setdefault(one["channel"], []).append(one["id"])

    async def reply(self, conversation: str, text: str) -> None:
        """Write to a customer."""
        body = {"client_id": f"bench-{next(self.numbers):08}", "text": text}
        await self.ask("POST", f"/conversations/{conversation}/reply", body)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when both bars are kept, 1 when not."""
    given = _parser().parse_args(arguments)
    bench = this_clone().var / "bench"
    bench.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="deliveries-", dir=bench) as name,
        database(given.database, Path(name)) as url,
    ):
        acknowledged, replied = asyncio.run(_run(given, Path(name), url))
    print(f"{'':34}{'count':>7}{'p50 ms':>9}{'p99 ms':>9}{'bar':>7}")
    kept = _told("webhooks acknowledged", acknowledged, ACKNOWLEDGED_MS)
    return 0 if _told("replies beside a channel of 429", replied, REPLIED_MS) and kept else 1


async def _run(
    given: argparse.Namespace, folder: Path, database_url: str
) -> tuple[list[float], list[float]]:
    well, ill = WhatsAppFront(), TelegramFront()
    settings = {"DEVIR_DATABASE_URL": database_url, "DEVIR_BOT_TIMEOUT": str(_BOT_SECONDS)}
    for front in (well, ill):
        settings |= await front.start()
    installation = await asyncio.to_thread(Installation, folder, this_clone().model, settings)
    try:
        installation.start(HANDOFF)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            await _until(lambda: _answers(http, installation.url), _READY_SECONDS)
            for front in (well, ill):
                front.call([installation.url])
            acknowledged = await _write((well, ill), given)
            desk = Desk(http, installation.url)
            await desk.sign_in()
            replied = await _reply(desk, well, ill, given)
        return acknowledged, replied
    finally:
        for front in (well, ill):
            await front.stop()
        installation.close()


async def _write(fronts: Sequence[Front], given: argparse.Namespace) -> list[float]:
    """Let customers write at an even pace; the milliseconds until each was acknowledged."""
    took: list[float] = []

    async def bring(number: int) -> None:
        front = fronts[number % len(fronts)]
        letter = front.write(number % given.customers, f"message {number}")
        begun = time.perf_counter()
        status = await letter.deliver()
        took.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            raise RuntimeError(f"A webhook was answered {status}.")

    await _evenly(given.webhooks * given.seconds, given.webhooks, bring)
    return took


async def _reply(desk: Desk, well: Front, ill: Front, given: argparse.Namespace) -> list[float]:
    """Answer everybody, those of `ill` in vain; the milliseconds until each was with `well`."""
    found: dict[str, list[str]] = {}

    async def all_wait() -> bool:
        for channel, names in (await desk.take_all()).items():
            found.setdefault(channel, []).extend(names)
        return bool(sum(map(len, found.values())) == given.customers)

    await _until(all_wait, given.customers * _BOT_SECONDS)
    ill.mischief.limited = 1.0
    begun: dict[str, float] = {}
    took: list[float] = []
    to_well, to_ill = itertools.cycle(found[well.channel]), itertools.cycle(found[ill.channel])

    async def answer(number: int) -> None:
        if number % 5 == 0:
            await desk.reply(next(to_ill), f"in vain {number}")
        text = f"answer {number}"
        begun[text] = time.perf_counter()
        await desk.reply(next(to_well), text)

    async def watch() -> None:
        customers = range(0, given.customers, 2)
        seen = dict.fromkeys(customers, 0)
        while True:
            for who in customers:
                screen = well.screen(who)
                lines = "\n".join(screen[seen[who] :]).splitlines()  # several may come as one
                here = [begun.pop(line) for line in lines if line in begun]
                took.extend((time.perf_counter() - then) * 1000 for then in here)
                seen[who] = len(screen)
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    count = given.replies * given.seconds
    await _evenly(count, given.replies, answer)

    async def all_there() -> bool:
        return bool(len(took) == count)

    await _until(all_there, _LATE_SECONDS)
    watching.cancel()
    return took


async def _evenly(count: int, rate: int, do: Callable[[int], Awaitable[None]]) -> None:
    """Begin `rate` a second, however long each takes."""
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
            group.create_task(_one(do, number))


async def _one(do: Callable[[int], Awaitable[None]], number: int) -> None:
    await do(number)


async def _until(so: Callable[[], Awaitable[bool]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not await so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"It was not so after {seconds:.0f} seconds.")
        await asyncio.sleep(0.1)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/healthz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def _told(name: str, took: list[float], bar: float) -> bool:
    """Print what was found; whether the bar was kept."""
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    print(f"{name:34}{len(took):7}{cuts[49]:9.1f}{cuts[98]:9.1f}{bar:7.0f}")
    return cuts[98] <= bar


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.deliveries", description=__doc__)
    parser.add_argument("--webhooks", type=int, default=200, help="messages a second")
    parser.add_argument("--replies", type=int, default=50, help="replies a second")
    parser.add_argument("--seconds", type=int, default=15, help="length of each part")
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser


if __name__ == "__main__":
    sys.exit(main())
