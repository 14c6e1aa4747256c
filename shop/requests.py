"""Doing a wish once, however often it is asked: the outcome is kept under the caller's key."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.insert import insert_or_leave
from shop.outcomes import Outcome, Refused, Rule

Told = TypeVar("Told", bound=Outcome)

_LONGEST = 200


def check_key(key: str) -> str:
    """Return `key`. Raises ValueError when it is none: a mistake of the caller's."""
    if not (1 <= len(key) <= _LONGEST and key.isprintable()):
        raise ValueError(f"a key has 1 to {_LONGEST} printable characters")
    return key


async def once(
    connection: AsyncConnection,
    key: str,
    wish: tuple[object, ...],
    now: datetime,
    outcomes: TypeAdapter[Told],
    decide: Callable[[], Awaitable[Told]],
) -> Told | Refused:
    """Return what came of `wish` when `key` was first given, else what comes of `decide` now.

    `decide` runs in the same transaction as the key is kept in. Another transaction with this key
    is waited for: SQLite has one writer, PostgreSQL holds an insert of the same key back.
    """
    told = hashlib.sha256(repr(wish).encode("utf-8", "backslashreplace")).hexdigest()
    row = {"key": key, "wish": told, "at": now}
    mine = await connection.execute(insert_or_leave(connection.dialect.name, tables.request), row)
    this = tables.request.c.key == key
    if mine.rowcount == 0:
        kept = (await connection.execute(select(tables.request).where(this))).one()
        if kept.wish != told:
            return Refused(Rule.KEY_REUSED)
        return outcomes.validate_json(kept.outcome)
    outcome = await decide()
    kept_as = outcomes.dump_json(outcome).decode()
    await connection.execute(update(tables.request).where(this).values(outcome=kept_as))
    return outcome
