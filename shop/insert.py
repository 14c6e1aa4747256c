"""Inserting rows that may be there already, on either database.

Statements are made once for each table: making one costs more than running it. `dialect` is the
name SQLAlchemy knows the database by, as in `connection.dialect.name`.
"""

from functools import cache

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


@cache
def insert_or_leave(dialect: str, table: Table) -> Insert:
    """Return an INSERT that leaves a row with the same primary key as it is."""
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def insert_or_update(dialect: str, table: Table, *columns: str) -> Insert:
    """Return an INSERT that sets `columns` of a row with the same primary key instead."""
    insert = _insert(dialect, table)
    return insert.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_={column: insert.excluded[column] for column in columns},
    )


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
