"""What telling where an order is costs beside a plain turn: `python -m bench.tracking`.

One customer after the other talks through the socket a browser uses, warm, with few and with many
orders in the shop; plain turns and turns that track an order come by turns. Prints medians and
their ratio, and fails when a tracking turn of a customer who is known costs more than half as much
again as a plain one. The turn that also takes their proof stands beside it.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from bench.customers import Customer, GatewayCustomer, WidgetCustomer
from bench.systems import Running, running
from tools.clone import this_clone
from tools.model import is_current, train

BAR = 1.5
"""How many times a plain turn an order-tracking turn may cost."""
SIZES = (1_000, 100_000)
PLAIN, PROVEN, KNOWN = "plain", "tracked after a proof", "tracked again"
# What a customer says, what kind of turn that is (None: not counted) and what the answer names.
TALK: tuple[tuple[str, str | None, str], ...] = (
    ("merhaba", PLAIN, ""),
    ("10482 numaralı siparişim nerede", None, "10482"),
    ("4821", PROVEN, "TRN48210482"),
    ("teşekkürler", PLAIN, ""),
    ("10482 nerede", KNOWN, "TRN48210482"),
    ("merhaba", PLAIN, ""),
    ("10482 nerede kaldı", KNOWN, "TRN48210482"),
    ("teşekkürler", PLAIN, ""),
)
_WARM = 20  # conversations before any is counted

Measured = dict[str, list[float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when tracking costs no more than the bar, 1 when it does."""
    given = _parser().parse_args(arguments)
    clone = this_clone()
    if not is_current(clone):
        print("Training the model of what is here now.", file=sys.stderr, flush=True)
        train(clone)
    customer = GatewayCustomer if given.gateway else WidgetCustomer
    kept = True
    for orders in SIZES:
        print(f"Starting with {orders} orders.", file=sys.stderr, flush=True)
        with (
            tempfile.TemporaryDirectory(prefix="devir-tracking-") as folder,
            running(clone, clone.model, None, Path(folder), orders) as system,
        ):
            measured = asyncio.run(_measure(system, customer, given.talks))
        kept &= _told(measured, orders)
    return 0 if kept else 1


async def _measure(system: Running, customer: type[Customer], talks: int) -> Measured:
    measured: Measured = {PLAIN: [], PROVEN: [], KNOWN: []}
    async with aiohttp.ClientSession() as session:
        for number in range(_WARM + talks):
            async with customer(session, system) as one:
                for said, kind, told in TALK:
                    begun = time.perf_counter()
                    answer = await one.say(said)
                    took = (time.perf_counter() - begun) * 1000
                    if told not in answer:
                        raise RuntimeError(f"A wrong answer to {said!r}: {answer!r}")
                    if kind and number >= _WARM:
                        measured[kind].append(took)
    return measured


def _told(measured: Measured, orders: int) -> bool:
    """Print what was found. Returns whether the bar was kept."""
    medians = {kind: statistics.median(took) for kind, took in measured.items()}
    plain = medians[PLAIN]
    print(f"{orders} orders{'':16}{'p50 ms':>9}{'p95 ms':>9}{'ratio':>8}")
    for kind, median in medians.items():
        high = statistics.quantiles(measured[kind], n=20)[-1]
        print(f"  {kind:26}{median:9.1f}{high:9.1f}{median / plain:8.2f}")
    return medians[KNOWN] / plain <= BAR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.tracking", description=__doc__)
    parser.add_argument("--talks", type=int, default=60, help="conversations with each size")
    parser.add_argument(
        "--gateway", action="store_true", help="ask Rasa alone, without the service before it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
