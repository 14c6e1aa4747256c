"""Bringing the database to the newest revision, and writing new ones; needs no ini file."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from handoff.store.connect import open_store

FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the tables at `url` to a revision, all or nothing; they are made where none are."""
    await _on(url, lambda connection: command.upgrade(_config(connection), revision))


async def write_revision(url: str, message: str) -> None:
    """Write a revision with what `tables` has and the migrated database at `url` has not."""
    await _on(
        url,
        lambda connection: command.revision(_config(connection), message, autogenerate=True),
    )


async def check_current(url: str) -> None:
    """Raise LookupError with the fix when the database is not at the newest revision."""

    def check(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        newest = ScriptDirectory(str(FOLDER)).get_current_head()
        if context.get_current_revision() != newest:
            raise LookupError("the tables are missing or old; run: python -m handoff migrate")

    await _on(url, check)


async def _on(url: str, work: Callable[[Connection], object]) -> None:
    async with open_store(url, lambda _: None) as store:
        await store.run(work)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
