"""Inserting rows that may be there already, on either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_AT_ONCE = 1_000
"""Rows in one statement: SQLite takes 32,766 values in one, PostgreSQL's protocol 32,767."""


async def insert_missing(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Insert the rows whose primary key is free, and return how many those were."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done = 0
    for start in range(0, len(rows), _AT_ONCE):
        statement = insert(table).values(list(rows[start : start + _AT_ONCE]))
        result = await connection.execute(statement.on_conflict_do_nothing())
        done += result.rowcount
    return done
