"""`python -m shop migrate|seed`: make a shop's tables, fill them with demo data."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import date

from shop.clock import today
from shop.connect import DEFAULT_URL, database_url
from shop.errors import ShopUnavailable
from shop.migrate import migrate
from shop.seed import seed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 with a sentence on stderr when not."""
    given = _parser().parse_args(arguments)
    try:
        print(asyncio.run(_run(given)))
    except (ShopUnavailable, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _run(given: argparse.Namespace) -> str:
    if given.command == "migrate":
        await migrate(given.url)
        return "The shop's tables are up to date."
    done = await seed(given.url, given.today)
    return (
        f"{done.orders} demo orders and {done.campaigns} campaigns renewed, {done.products}"
        f" products and {done.articles} articles added. The articles are a starting point and no"
        " legal advice: check each before using it."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in (
        ("migrate", "make or update the shop's tables"),
        ("seed", "fill them with demo orders, products and articles"),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument(
            "--url",
            default=database_url(os.environ.get("DEVIR_SHOP_URL", DEFAULT_URL)),
            help="the shop's database (DEVIR_SHOP_URL, or DEVIR_ARTICLES_URL where that names the"
            f" shop's own system; else {DEFAULT_URL})",
        )
        if name == "seed":
            command.add_argument(
                "--today",
                type=date.fromisoformat,
                default=today(),
                help="the day the demo orders are dated around, YYYY-MM-DD",
            )
    return parser


if __name__ == "__main__":
    sys.exit(main())
