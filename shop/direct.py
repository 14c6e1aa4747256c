"""SQLite asked in the event loop's own thread.

A search by an index takes some ten microseconds; handing it to a driver's thread and back takes ten
times as long, and an order is seven statements. What waits for a disk or for another process does
not belong here: it would stop the loop.
"""

import sqlite3
from typing import Any, Self

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

NAME = "sqlite+direct"
"""What `create_async_engine` knows it by."""


class Direct(SQLiteDialect_pysqlite):
    """Python's own driver in the place of an asynchronous one."""

    driver = "direct"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:  # noqa: ARG003 - SQLAlchemy's signature
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": _Connection}


class _Connection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(_Cursor)


class _Cursor(sqlite3.Cursor):
    """A cursor as SQLAlchemy expects it of asynchronous drivers."""

    def execute(self, *statement: Any) -> Self:
        await_only(_nothing())  # whoever never awaits is taken for a driver that blocks by mistake
        return super().execute(*statement)

    def executemany(self, *statement: Any) -> Self:
        await_only(_nothing())
        return super().executemany(*statement)

    async def _async_soft_close(self) -> None:
        """Keep nothing open elsewhere: there is no elsewhere."""


async def _nothing() -> None:
    return None


registry.register("sqlite.direct", __name__, "Direct")
