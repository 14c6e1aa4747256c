"""Nobody guesses their way to an order: wrong proofs are counted for all processes."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shop.base import Shop
from shop.connect import connection, open_engine, open_tries
from shop.errors import ShopUnavailable
from shop.migrate import migrate
from shop.tables import wrong_proof
from shop.transactions import through
from shop.tries import LIMIT, WINDOW, Tries, Try

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def tries(empty_url: str, clock: Clock) -> AsyncIterator[Tries]:
    await migrate(empty_url)
    async with open_engine(empty_url, begin="IMMEDIATE") as engine:
        yield Tries(through(lambda: connection(engine)), clock)


def numbered(number: int, **told: str) -> Try:
    """One of many tries that have nothing in common but what is told."""
    each = {"order": f"9{number}", "conversation": f"c-{number}", "address": f"a-{number}"}
    return Try(f"m-{number}", **(each | told))


IN_COMMON: list[dict[str, str]] = [
    {"order": "10482"},
    {"conversation": "c-elif"},
    {"address": "a-home"},
]
each_in_common = pytest.mark.parametrize("told", IN_COMMON, ids=lambda told: next(iter(told)))


@each_in_common
async def test_the_sixth_wrong_proof_is_not_tried(tries: Tries, told: dict[str, str]) -> None:
    admitted = [await tries.admit(numbered(n, **told)) for n in range(LIMIT + 2)]
    assert admitted == [True] * 5 + [False] * 2
    assert await tries.admit(numbered(99))


@each_in_common
async def test_after_a_quarter_of_an_hour_it_is(
    tries: Tries, clock: Clock, told: dict[str, str]
) -> None:
    for n in range(LIMIT):
        await tries.admit(numbered(n, **told))
        clock.now += timedelta(minutes=1)
    clock.now = NOON + WINDOW - timedelta(seconds=1)
    assert not await tries.admit(numbered(6, **told))
    clock.now = NOON + WINDOW
    assert await tries.admit(numbered(7, **told))
    assert not await tries.admit(numbered(8, **told)), "of the five only the first is old enough"


@each_in_common
async def test_what_was_refused_makes_nobody_wait_longer(
    tries: Tries, clock: Clock, told: dict[str, str]
) -> None:
    for n in range(LIMIT):
        await tries.admit(numbered(n, **told))
    clock.now += WINDOW / 2
    for n in range(10, 20):
        assert not await tries.admit(numbered(n, **told))
    clock.now = NOON + WINDOW
    assert await tries.admit(numbered(30, **told))


@each_in_common
async def test_of_many_at_once_no_more_get_through(tries: Tries, told: dict[str, str]) -> None:
    admitted = await asyncio.gather(*(tries.admit(numbered(n, **told)) for n in range(30)))
    assert sum(admitted) == LIMIT


@each_in_common
async def test_many_who_are_right_at_once_are_not_refused(
    tries: Tries, shop: Shop, told: dict[str, str]
) -> None:
    told = {"order": "10482"} | told
    proofs = (tries.prove(shop, numbered(n, **told), "4821") for n in range(2 * LIMIT))
    found = await asyncio.gather(*proofs)
    assert [order.number for order in found if order] == ["10482"] * len(found)
    assert await tries.recent() == 0


async def test_what_was_right_is_not_counted(tries: Tries) -> None:
    for n in range(3 * LIMIT):
        right = numbered(n, order="10482")
        assert await tries.admit(right)
        await tries.forgive(right)


async def test_the_same_try_again_counts_once(tries: Tries) -> None:
    for _ in range(3 * LIMIT):
        assert await tries.admit(numbered(1, order="10482"))
    assert await tries.recent() == 1


async def test_the_same_try_much_later_counts_again(tries: Tries, clock: Clock) -> None:
    await tries.admit(numbered(1))
    clock.now += WINDOW
    assert await tries.admit(numbered(1))
    assert await tries.recent() == 1


async def test_what_is_too_old_to_count_is_forgotten(
    tries: Tries, clock: Clock, empty_url: str
) -> None:
    for n in range(3):
        await tries.admit(numbered(n))
        clock.now += WINDOW / 2
    await tries.recent()
    async with open_engine(empty_url) as engine, connection(engine) as opened:
        kept = (await opened.execute(select(wrong_proof.c.id))).scalars().all()
    assert kept == ["m-2"]


@pytest.mark.parametrize("written", ["#10482", " 10482 ", "010482", "00010482"])
async def test_a_number_written_otherwise_is_the_same(tries: Tries, written: str) -> None:
    for n in range(LIMIT):
        await tries.admit(numbered(n, order="10482"))
    assert not await tries.admit(numbered(7, order=written))


async def test_unknown_addresses_have_nothing_in_common(tries: Tries) -> None:
    admitted = [await tries.admit(numbered(n, address="")) for n in range(3 * LIMIT)]
    assert all(admitted)


async def test_all_wrong_proofs_of_late_are_counted(tries: Tries, clock: Clock) -> None:
    for n in range(20):
        await tries.admit(numbered(n))
        clock.now += timedelta(minutes=1)
    assert await tries.recent() == 14


async def test_other_processes_count_along_and_a_restart_forgets_nothing(empty_url: str) -> None:
    await migrate(empty_url)
    program = (
        "import asyncio, sys\n"
        "from shop.connect import open_tries\n"
        "from shop.tries import Try\n"
        "async def main():\n"
        "    async with open_tries(sys.argv[1]) as tries:\n"
        "        for n in range(3):\n"
        "            await tries.admit(Try(sys.argv[2] + str(n), '10482', sys.argv[2]))\n"
        "asyncio.run(main())\n"
    )
    for who in "ab":
        command = [sys.executable, "-c", program, empty_url, who]
        await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=True)
    async with open_tries(empty_url) as tries:
        assert await tries.recent() == LIMIT
        assert not await tries.admit(Try("m", "10482", "c"))


async def test_nothing_is_tried_while_nobody_can_count(empty_url: str) -> None:
    async with open_tries(empty_url) as tries:
        with pytest.raises(ShopUnavailable):
            await tries.admit(Try("m", "10482", "c"))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_another_process_that_writes_is_waited_for_without_stopping_the_loop(
    empty_url: str,
) -> None:
    await migrate(empty_url)
    async with open_tries(empty_url) as tries:
        await tries.recent()
        with closing(
            sqlite3.connect(empty_url.partition(":///")[2], isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(tries.admit(Try("m", "10482", "c")))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            other.execute("COMMIT")
        assert await waiting
