"""`python -m shop migrate|seed|import|export|index|check`: make a shop's tables and fill them."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select

from shop import tables
from shop.articles.exchange import take_in
from shop.articles.library import newest
from shop.articles.yamlfile import Named, read_articles, write_articles
from shop.clock import today, utc_now
from shop.connect import DEFAULT_URL, connection, database_url, open_engine, open_shop
from shop.errors import ShopUnavailable
from shop.importing import ORDERS, PRODUCTS, import_file
from shop.migrate import migrate
from shop.progress import Progress
from shop.rulefile import load_rules, rules_path
from shop.seed import PICTURES, seed
from shop.server import is_server
from shop.wordindex import index_all

_KINDS = {kind.name: kind for kind in (ORDERS, PRODUCTS)}
ARTICLES = "articles"
_SETTING = "DEVIR_SHOP_URL"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all of it is done, 1 when not, with sentences on stderr why."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command == "import" and given.draft and given.kind != ARTICLES:
        parser.error("--draft is for articles")
    try:
        if given.command == "import" and given.kind != ARTICLES:
            return asyncio.run(_import(database_url(given.url), given.kind, given.file))
        if given.command == "export":
            asyncio.run(_export(database_url(given.url), given.file))
            return 0
        print(asyncio.run(_run(given)))
    except (ShopUnavailable, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _run(given: argparse.Namespace) -> str:
    match given.command:
        case "migrate":
            await migrate(database_url(given.url))
            return "The shop's tables are up to date."
        case "import":
            async with (
                open_engine(database_url(given.url), begin="IMMEDIATE") as engine,
                connection(engine) as opened,
            ):
                articles = read_articles(given.file)
                changed = await take_in(opened, articles, utc_now(), publish=not given.draft)
            how = "saved as drafts" if given.draft else "published"
            return f"{changed} articles {how}, {len(articles) - changed} were the same already."
        case "index":
            async with (
                open_engine(database_url(given.url), begin="IMMEDIATE") as engine,
                connection(engine) as opened,
            ):
                return f"{await index_all(opened)} products can be searched."
        case "check":
            return await _check(given.url)
    done = await seed(database_url(given.url), given.today, given.pictures)
    return (
        f"{done.orders} demo orders and {done.campaigns} campaigns renewed, {done.products}"
        f" products and {done.articles} articles added. The articles are a starting point and no"
        " legal advice: check each before using it."
    )


async def _import(url: str, kind: str, path: Path) -> int:
    """Import a file, show how far it has come and tell each line that was left out."""
    bar: Progress | None = None

    def show(lines: int, total: int) -> None:
        nonlocal bar
        bar = bar or Progress(total, sys.stderr)
        bar.show(lines)

    try:
        done = await import_file(url, _KINDS[kind], path, show)
    finally:
        if bar is not None:
            bar.end()
    for problem in sorted(done.problems):
        at = f", {problem.column}" if problem.column else ""
        print(f"{path}, line {problem.line}{at}: {problem.told}", file=sys.stderr)
    print(f"{done.written} {kind} imported, {done.left_out} left out.")
    return 1 if done.problems else 0


async def _export(url: str, path: Path | None) -> None:
    async with open_engine(url) as engine, connection(engine) as opened:
        stored = await newest(opened)
    written = write_articles(Named(one.slug, one.latest.draft) for one in stored)
    if path is None:
        print(written, end="")
    else:
        path.write_text(written, encoding="utf-8")
        print(f"{len(stored)} articles written to {path}.", file=sys.stderr)


async def _check(url: str) -> str:
    """Read the rules and the shop, and say which categories of the rules no product has."""
    rules = load_rules(rules_path())
    async with open_shop(url, rules) as shop:
        await shop.check()
    ready = f"The rules in {rules_path()} and the shop can be used."
    if is_server(url):
        return ready
    async with open_engine(url) as engine, connection(engine) as opened:
        known = set((await opened.execute(select(tables.product.c.category).distinct())).scalars())
    unused = [
        f"{name}: no product's category is {category!r}."
        for name, excepted in rules.withdrawal.exceptions.named()
        for category in excepted.categories
        if category not in known
    ]
    return "\n".join([ready, *unused])


def _pictures(environ: Mapping[str, str]) -> str | None:
    """Return where the service shows the demo products' pictures, if it has the demo page."""
    public = environ.get("DEVIR_PUBLIC_URL")
    shown = environ.get("DEVIR_DEMO", "").lower() in ("true", "1", "yes", "on")
    return f"{public.rstrip('/')}{PICTURES}" if public and shown else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="make or update the shop's tables")
    seeding = commands.add_parser("seed", help="fill them with demo orders, products and articles")
    seeding.add_argument(
        "--today",
        type=date.fromisoformat,
        default=today(),
        help="the day the demo orders are dated around, YYYY-MM-DD",
    )
    seeding.add_argument(
        "--pictures",
        default=_pictures(os.environ),
        metavar="URL",
        help="where the demo products' pictures are (with DEVIR_DEMO, those of DEVIR_PUBLIC_URL)",
    )
    importing = commands.add_parser(
        "import", help="import your own orders or products (CSV), or articles (YAML)"
    )
    importing.add_argument("kind", choices=[*_KINDS, ARTICLES])
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument(
        "--draft", action="store_true", help="articles: do not publish what is imported"
    )
    exporting = commands.add_parser("export", help="write the newest version of every article")
    exporting.add_argument("kind", choices=[ARTICLES])
    exporting.add_argument("file", type=Path, metavar="FILE", nargs="?", help="else shown here")
    commands.add_parser("index", help="let products you changed by SQL be found again")
    commands.add_parser("check", help="read the shop's rules and the shop, and say what is wrong")
    for command in commands.choices.values():
        command.add_argument(
            "--url",
            default=os.environ.get(_SETTING) or DEFAULT_URL,
            help=f"the shop's database or system ({_SETTING}, else {DEFAULT_URL}); of a system,"
            " the articles' database is filled",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
