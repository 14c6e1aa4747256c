"""Wrong proofs: how many were tried of late, and when no more is taken.

Who tries is stopped after LIMIT wrong proofs of one order, in one conversation or from one address
within WINDOW. An order that does not exist is counted like any other, so that being stopped tells
nothing either.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, ScalarSelect, bindparam, delete, func, select

from shop.base import Shop
from shop.clock import utc_now
from shop.errors import ShopUnavailable
from shop.given import order_number
from shop.insert import insert_or_update
from shop.models import Order
from shop.tables import wrong_proof
from shop.transactions import Run

LIMIT = 5
WINDOW = timedelta(minutes=15)

_LOOKS = 6
_LOOK_AGAIN_S = 0.1
_LOCK = 7_463_921  # any number that nothing else in the database locks


def _others(column: str) -> ScalarSelect[int]:
    """How many tries of late, other than this one, have something in common with it, if known."""
    same = wrong_proof.c[column] == bindparam(column)
    late = wrong_proof.c.at > bindparam("before")
    return (
        select(func.count())
        .where(same, late, wrong_proof.c[column] != "", wrong_proof.c.id != bindparam("id"))
        .scalar_subquery()
    )


# Made once: making one costs more than running it.
_COUNTS = select(_others("order_number"), _others("conversation"), _others("address"))
_FORGET = delete(wrong_proof).where(wrong_proof.c.at <= bindparam("before"))
_ALL = select(func.count()).select_from(wrong_proof)
_FORGIVE = delete(wrong_proof).where(wrong_proof.c.id == bindparam("one"))


@dataclass(frozen=True, slots=True)
class Try:
    """A proof someone wants to try of the order they name.

    `id` is the same when the same try is made again; `address` is where it comes from, in whatever
    form, or "" where nobody knows.
    """

    id: str
    order: str
    conversation: str
    address: str = ""


class TooManyTries(Exception):
    """This proof is not tried, whether or not it would be right."""


class Tries:
    """Counts tries in a table, for all processes that use it.

    The transactions `run` makes wait for each other. Raises ShopUnavailable when it cannot count.
    """

    def __init__(self, run: Run, clock: Callable[[], datetime] = utc_now) -> None:
        self._run = run
        self._clock = clock

    async def prove(self, shop: Shop, one: Try, factor: str) -> Order | None:
        """Return what `Shop.prove_order` does. Raises TooManyTries, and ShopUnavailable."""
        if not await self._admitted_soon(one):
            raise TooManyTries
        try:
            order = await shop.prove_order(one.order, factor)
        except ShopUnavailable:
            await self.forgive(one)
            raise
        if order:
            await self.forgive(one)
        return order

    async def _admitted_soon(self, one: Try) -> bool:
        """What is being tried this moment counts as wrong until it has turned out right: wait for
        it, so that many people behind one address are not refused for being right at once.
        """
        for _ in range(_LOOKS - 1):
            if await self.admit(one):
                return True
            await asyncio.sleep(_LOOK_AGAIN_S)
        return await self.admit(one)

    async def admit(self, one: Try) -> bool:
        """Count `one` as wrong and return True, or False if it must not be tried at all.

        It is counted before it is tried, so that of many at once no more than LIMIT get through;
        `forgive` one that was not wrong.
        """
        now = self._clock()
        row = {
            "id": one.id,
            "at": now,
            "order_number": _same(one.order),
            "conversation": one.conversation,
            "address": one.address,
        }
        return await self._run(lambda connection: _admitted(connection, row, now - WINDOW))

    async def forgive(self, one: Try) -> None:
        """Take back that `one` was counted: it was right, or nobody could tell."""
        await self._run(lambda connection: connection.execute(_FORGIVE, {"one": one.id}))

    async def recent(self) -> int:
        """Return how many wrong proofs everybody has tried within WINDOW, and forget older ones."""
        before = self._clock() - WINDOW
        return await self._run(lambda connection: _left_after(connection, before))


def _admitted(connection: Connection, row: dict[str, object], before: datetime) -> bool:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        # SQLite's writers wait for each other by themselves.
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if max(connection.execute(_COUNTS, {**row, "before": before}).one()) >= LIMIT:
        return False
    connection.execute(insert_or_update(dialect, wrong_proof, "at"), row)
    return True


def _left_after(connection: Connection, before: datetime) -> int:
    connection.execute(_FORGET, {"before": before})
    return int(connection.scalar(_ALL) or 0)


def _same(number: str) -> str:
    """Return what all ways to write a number have in common: some shops read 010482 as 10482."""
    return order_number(number).casefold().lstrip("0")
