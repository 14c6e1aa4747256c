"""Inserting rows that may be there already, on either database."""

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_or_leave(connection: Connection | AsyncConnection, table: Table) -> Insert:
    """Return an INSERT that leaves a row with the same primary key as it is."""
    return _insert(connection, table).on_conflict_do_nothing()


def insert_or_update(
    connection: Connection | AsyncConnection, table: Table, *columns: str
) -> Insert:
    """Return an INSERT that sets `columns` of a row with the same primary key instead."""
    insert = _insert(connection, table)
    return insert.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_={column: insert.excluded[column] for column in columns},
    )


def _insert(
    connection: Connection | AsyncConnection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
