"""Bringing a shop's tables to the newest revision, from any directory and without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from shop.articles import library
from shop.connect import connection, open_engine, sqlite_file
from shop.wordindex import index_missing

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(url: str) -> None:
    """Make or update the tables at `url`, all or nothing. Makes the folder of an SQLite file.

    Products and articles nobody has indexed yet can be found afterwards.

    Raises ShopUnavailable when the database fails, ValueError when `url` is no shop's.
    """
    file = sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    async with (
        open_engine(url, begin="IMMEDIATE") as engine,
        connection(engine) as opened,
    ):
        await opened.run_sync(_upgrade)
        await index_missing(opened)
        await library.index_missing(opened)


def _upgrade(opened: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = opened
    command.upgrade(config, "head")
