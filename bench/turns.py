"""How fast training and a turn are, beside Rasa's default configuration: `python -m bench.turns`.

Both models are trained one after the other when anything they are made of is new. Then three
systems run at once on this machine and are asked in turns of a few seconds, so that whatever
else the machine does hits all of them: Devir through the socket a browser uses, Devir's Rasa alone,
and Rasa with the configuration, channel and (in memory) tracker store it has by default, trained on
the same data and calling the same actions. Prints tables, writes them to var/bench/, and fails
below the bars.
"""

import argparse
import asyncio
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import aiohttp

from bench import manyorders
from bench.customers import Customer, DefaultCustomer, GatewayCustomer, WidgetCustomer
from bench.models import Models, both
from bench.systems import Running, running
from tools.clone import this_clone

SYSTEMS: dict[str, type[Customer]] = {
    "service": WidgetCustomer,
    "gateway": GatewayCustomer,
    "default": DefaultCustomer,
}
# What a customer says, and a part of the last answer that shows it was the right one. Each talks of
# an order of their own: of one order, only so many are told at the same moment.
KINDS: dict[str, tuple[Sequence[str], str]] = {
    "plain": (("merhaba", "teşekkürler", "merhaba", "teşekkürler"), ""),
    "action": (("{order} numaralı siparişim nerede", "4821"), "{order}"),
}
ORDERS = 1_000
_ORDERS = cycle(range(manyorders.FIRST, manyorders.FIRST + ORDERS // 2))
TALKS = 5  # conversations of each of the customers that talk at once, before they are counted
BARS = {
    ("plain", "service"): 5.0,
    ("plain", "gateway"): 10.0,
    ("action", "service"): 5.0,
    ("action", "gateway"): 5.0,
}
"""How many times the default's throughput each kind of turn must reach at each system."""
TRAINING_BAR = 8.0
"""How many times as fast as the default's training ours must be."""


@dataclass
class Measured:
    """Turns of one kind at one system: how many in how many seconds, and how long each took.

    `latencies` are the milliseconds of a lone customer's turns.
    """

    turns: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        """Turns a second, with all customers at once."""
        return self.turns / self.seconds

    def percentile(self, share: int) -> float:
        """Milliseconds within which `share` percent of a lone customer's turns are answered."""
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[share - 1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when Devir reaches the bar, 1 when not."""
    given = _parser().parse_args(arguments)
    clone = this_clone()
    models = both(clone, _say)
    _say("Starting all systems.")
    with (
        tempfile.TemporaryDirectory(prefix="run-", dir=clone.var / "bench") as folder,
        running(clone, models.ours, models.default, Path(folder), ORDERS) as system,
    ):
        measured = asyncio.run(_measure(system, given.rounds, given.seconds, given.customers))
    print(_training(models))
    print(_table(measured))
    path = clone.var / "bench" / f"turns-{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps(_report(models, measured, vars(given)), indent=2), encoding="utf-8")
    _say(f"Written to {clone.relative(path)}.")
    return 0 if _reached(models, measured) else 1


async def _measure(
    system: Running, rounds: int, seconds: float, customers: int
) -> dict[tuple[str, str], Measured]:
    measured = {(kind, name): Measured() for kind in KINDS for name in SYSTEMS}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        for name in SYSTEMS:
            for kind in KINDS:
                async with SYSTEMS[name](session, system) as one:
                    await _talk(one, kind, [])  # warm, and known to work
        for number in range(1, rounds + 1):
            for kind in KINDS:
                for name, customer in SYSTEMS.items():
                    _say(f"round {number} of {rounds}: {kind} turns, {name}")
                    found = measured[kind, name]
                    until = time.monotonic() + seconds / 2
                    while time.monotonic() < until:
                        async with customer(session, system) as one:
                            await _talk(one, kind, found.latencies)
                    await _crowd(session, system, customer, kind, customers, seconds, found)
    return measured


async def _crowd(
    session: aiohttp.ClientSession,
    system: Running,
    customer: type[Customer],
    kind: str,
    customers: int,
    seconds: float,
    measured: Measured,
) -> None:
    """Let customers talk at once for some seconds; what they wait for before they talk is not
    counted.
    """
    until = measured.seconds + seconds
    while measured.seconds < until:
        async with AsyncExitStack() as open_now:
            come = [
                await open_now.enter_async_context(customer(session, system))
                for _ in range(customers * TALKS)
            ]
            latencies: list[float] = []

            async def talk(mine: Sequence[Customer], latencies: list[float] = latencies) -> None:
                for one in mine:
                    await _talk(one, kind, latencies)

            started = time.monotonic()
            await asyncio.gather(*(talk(come[n::customers]) for n in range(customers)))
            measured.turns += len(latencies)
            measured.seconds += time.monotonic() - started


async def _talk(customer: Customer, kind: str, latencies: list[float]) -> None:
    """Have one conversation, and note each turn's milliseconds."""
    said, told = KINDS[kind]
    order = str(next(_ORDERS))
    answer = ""
    for text in said:
        started = time.perf_counter()
        answer = await customer.say(text.format(order=order))
        latencies.append((time.perf_counter() - started) * 1000)
        if not answer:
            raise RuntimeError(f"{type(customer).__name__} got no answer to a {kind} turn.")
    if told.format(order=order) not in answer:
        raise RuntimeError(f"{type(customer).__name__} got a wrong answer to a {kind} turn.")


def _table(measured: dict[tuple[str, str], Measured]) -> str:
    lines = [
        f"{'':8}{'':9}{'turns/s':>9}{'ratio':>8}{'p50 ms':>9}{'ratio':>8}{'p95 ms':>9}{'ratio':>8}"
    ]
    for (kind, name), one in measured.items():
        base = measured[kind, "default"]
        lines.append(
            f"{kind:8}{name:9}{one.throughput:9.1f}{one.throughput / base.throughput:8.1f}"
            f"{one.percentile(50):9.1f}{base.percentile(50) / one.percentile(50):8.1f}"
            f"{one.percentile(95):9.1f}{base.percentile(95) / one.percentile(95):8.1f}"
        )
    return "\n".join(lines)


def _training(models: Models) -> str:
    ours, default = models.seconds["ours"], models.default_seconds
    return (
        f"training  Devir {ours:.0f} s, default {models.seconds['one']:.0f} s with one epoch, "
        f"{models.seconds['two']:.0f} s with two, so {default:.0f} s whole: "
        f"ratio {default / ours:.1f}\n"
        f"model     Devir {models.ours.stat().st_size / 1e6:.1f} MB, "
        f"default {models.default.stat().st_size / 1e6:.1f} MB\n"
    )


def _report(
    models: Models, measured: dict[tuple[str, str], Measured], settings: dict[str, object]
) -> dict[str, object]:
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "settings": settings,
        "bars": {f"{kind} {name}": bar for (kind, name), bar in BARS.items()},
        "reached": _reached(models, measured),
        "training_seconds": models.seconds,
        "measured": [
            {
                "kind": kind,
                "system": name,
                "turns_per_second": one.throughput,
                "p50_ms": one.percentile(50),
                "p95_ms": one.percentile(95),
                "ratio": one.throughput / measured[kind, "default"].throughput,
                "counted": {"together": one.turns, "alone": len(one.latencies)},
            }
            for (kind, name), one in measured.items()
        ],
    }


def _reached(models: Models, measured: dict[tuple[str, str], Measured]) -> bool:
    quick = all(
        measured[kind, name].throughput >= bar * measured[kind, "default"].throughput
        for (kind, name), bar in BARS.items()
    )
    return quick and models.default_seconds >= TRAINING_BAR * models.seconds["ours"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="times each system is asked")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each asking")
    parser.add_argument("--customers", type=int, default=8, help="customers at once")
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
