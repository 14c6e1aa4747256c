"""Whether how long a proof takes tells which orders exist: `python -m bench.proofs`.

Tries to prove orders that do not exist, and orders that do with a factor that is wrong, in random
order: in the tables each time another one, with `--server` in the demo behind a shop's server.
Prints the medians and their difference, beside what two halves of the same kind differ by. Fails
when the kinds differ by more than a twentieth.
"""

import argparse
import asyncio
import gc
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from bench import manyorders
from shop.base import Shop
from shop.connect import open_shop
from shop.migrate import migrate
from shop.seed import seed
from tests.dialogue.servers import KINDS, running_server

BAR = 0.05
"""The share of the median by which "no such order" and "wrong factor" may differ."""
_WARM = 20
_FACTORS = ("0000", "nobody@example.com", "9 9 9 9", "someone.else@example.org")
_ABSENT = 5_000_000  # how much higher the numbers of orders that do not exist are


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when the kinds cannot be told apart, 1 when they can."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="devir-proofs-") as name:
        folder = Path(name)
        if given.server:
            with running_server(given.server, folder) as server:
                os.environ |= server.settings
                numbers = _numbers(folder / "shop.db")
                found = asyncio.run(_measure(server.url, numbers, given.tries, given.seed))
        else:
            url = asyncio.run(_filled(folder / "shop.db", given.orders))
            numbers = range(manyorders.FIRST, manyorders.FIRST + given.orders // 2)
            found = asyncio.run(_measure(url, numbers, given.tries, given.seed))
    print(f"{given.server or 'tables'}, {given.tries} tries of each kind, milliseconds")
    return 0 if _told(found) < BAR else 1


async def _filled(file: Path, orders: int) -> str:
    """Fill a shop with so many orders, and return its address."""
    url = f"sqlite+aiosqlite:///{file}"
    await migrate(url)
    await seed(url, date.today())  # noqa: DTZ011 - any day will do
    manyorders.fill(file, orders)
    return url


def _numbers(file: Path) -> list[int]:
    """Return the numbers of a shop's orders."""
    with closing(sqlite3.connect(file)) as database:
        return [int(number) for (number,) in database.execute("SELECT number FROM shop_order")]


async def _measure(
    url: str, numbers: Sequence[int], tries: int, seeded: int
) -> dict[str, list[float]]:
    choice = random.Random(seeded)
    there = choice.choices(numbers, k=tries + _WARM)
    absent = [number + _ABSENT for number in choice.choices(numbers, k=tries + _WARM)]
    kinds = ["wrong factor", "no such order"] * tries
    choice.shuffle(kinds)
    found: dict[str, list[float]] = {"wrong factor": [], "no such order": []}
    async with open_shop(url) as shop:
        for number in [*there[:_WARM], *absent[:_WARM]]:
            await _try(shop, number, _FACTORS[0])
        left = {"wrong factor": there[_WARM:], "no such order": absent[_WARM:]}
        gc.disable()
        for kind in kinds:
            found[kind].append(await _try(shop, left[kind].pop(), choice.choice(_FACTORS)))
        gc.enable()
    return found


async def _try(shop: Shop, number: int, factor: str) -> float:
    """Try a proof that is wrong. Returns how many milliseconds it took."""
    begun = time.perf_counter()
    order = await shop.prove_order(str(number), factor)
    took = (time.perf_counter() - begun) * 1000
    if order is not None:
        raise RuntimeError(f"{factor} proves an order.")
    return took


def _told(found: dict[str, list[float]]) -> float:
    """Print what was found. Returns by which share of the median the kinds differ."""
    print(f"{'':16}{'median':>9}{'p95':>9}{'halves differ by':>18}")
    for kind, took in found.items():
        noise = abs(statistics.median(took[::2]) / statistics.median(took[1::2]) - 1)
        high = statistics.quantiles(took, n=20)[-1]
        print(f"{kind:16}{statistics.median(took):9.3f}{high:9.3f}{noise:18.1%}")
    wrong, absent = (statistics.median(took) for took in found.values())
    differ = abs(wrong - absent) / max(wrong, absent)
    print(f"The medians differ by {differ:.1%}; the bar is {BAR:.0%}.")
    return differ


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.proofs", description=__doc__)
    parser.add_argument("--server", choices=KINDS, help="the kind of server, none for the tables")
    parser.add_argument("--orders", type=int, default=100_000, help="orders in the tables")
    parser.add_argument("--tries", type=int, default=500, help="tries of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which they come")
    return parser


if __name__ == "__main__":
    sys.exit(main())
