"""Nothing lost, nothing twice, while everything goes wrong: `python -m bench.storm`.

Customers on several platforms write at once to an installation as it really runs. Platforms bring
calls twice and out of order, refuse ours, and lose answers; the service and Rasa are killed again
and again. Afterwards every message is accounted for. Prints a table, writes it to var/bench/, and
fails when a promise was broken. The model is the one in var/models.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from bench.stormcheck import Stored, Verdict, Written, judge, table
from bench.stormfronts import FRONTS, Front, Letter
from handoff.store.base import Store
from handoff.store.connect import open_store
from handoff.store.tables import conversation, delivery, message, turn
from tests.postgres import postgres_server
from tests.system.installation import ACTIONS, BOT, HANDOFF, PASSWORD, Installation
from tools.clone import this_clone

WORDS = (
    *("merhaba", "teşekkürler", "iade nasıl yapılır", "kargo ücreti ne kadar", "kupa var mı"),
    *("hello", "thank you", "how do I return something", "do you have mugs", "what can you do"),
)
SECOND = "handoff2"
AGENTS = 3
_BACK_SECONDS = 1.0
_SETTLED_SECONDS = 600.0


@dataclass
class Plan:
    """How much of everything; shares are between 0 and 1."""

    messages: int
    conversations: int
    kills: int
    rate: float
    seed: int
    duplicates: float = 0.20
    reordered: float = 0.10
    limited: float = 0.025
    failing: float = 0.025
    lost: float = 0.02
    persons: float = 0.01
    """How many messages ask for a person."""


@dataclass
class Storm:
    """What is under way, and what has been seen."""

    plan: Plan
    installation: Installation
    fronts: list[Front]
    services: list[str]
    urls: list[str]
    store: Store
    random: random.Random
    written: list[Written] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    over: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Let it come; 0 when every promise was kept, 1 when not."""
    given = _parser().parse_args(arguments)
    plan = Plan(given.messages, given.conversations, given.kills, given.rate, given.seed)
    clone = this_clone()
    bench = clone.var / "bench"
    bench.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="storm-", dir=bench) as name:
        folder = Path(name)
        with database(given.database, folder) as url:
            started = time.monotonic()
            verdict, seen = asyncio.run(_run(plan, clone.model, folder, url))
            seen["seconds"] = f"{time.monotonic() - started:.0f}"
        if verdict.broken and given.keep:
            print(f"Logs are kept in {folder}; press Enter to remove them.", flush=True)
            input()
    title = "SQLite" if given.database == "sqlite" else "PostgreSQL, two services"
    print(table(title, verdict, seen))
    path = bench / f"storm-{given.database}-{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps({**vars(plan), **seen, **verdict.counts}, indent=2), "utf-8")
    for line in verdict.broken:
        print(f"BROKEN  {line}")
    return 1 if verdict.broken else 0


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An empty database of this kind, for as long as the block runs."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder}/devir.db"
        return
    with postgres_server(durable=True) as server:
        yield server.url(server.new_database())


async def _run(
    plan: Plan, model: Path, folder: Path, database_url: str
) -> tuple[Verdict, dict[str, Any]]:
    fronts = [kind() for kind in FRONTS]
    settings = {"DEVIR_DATABASE_URL": database_url}
    for front in fronts:
        settings |= await front.start()
    installation = await asyncio.to_thread(Installation, folder, model, settings)
    services, urls = [HANDOFF], [installation.url]
    if database_url.startswith("postgresql"):
        urls.append(installation.add_service(SECOND))
        services.append(SECOND)
    try:
        for name in (ACTIONS, BOT, *services):
            installation.start(name)
        await asyncio.to_thread(installation.wait_until_ready)
        chance = random.Random(plan.seed)
        async with open_store(database_url, lambda _: None) as store:
            storm = Storm(plan, installation, fronts, services, urls, store, chance)
            async with _agents(storm):
                await _rage(storm)
                await _calm(storm)
            return await _judge(storm)
    finally:
        for front in fronts:
            await front.stop()
        installation.close()


# The storm itself


async def _rage(storm: Storm) -> None:
    """Let everybody write, and everything go wrong, until all has been written."""
    plan = storm.plan
    for front in storm.fronts:
        front.call(storm.urls)
        mischief = front.mischief
        mischief.random = random.Random(storm.random.random())
        mischief.duplicates, mischief.reordered = plan.duplicates, plan.reordered
        mischief.limited, mischief.failing, mischief.lost = plan.limited, plan.failing, plan.lost
    killing = asyncio.create_task(_kill_again_and_again(storm))
    each, more = divmod(plan.messages, plan.conversations)
    await asyncio.gather(
        *(_customer(storm, who, each + (who < more)) for who in range(plan.conversations))
    )
    await killing


async def _customer(storm: Storm, who: int, count: int) -> None:
    plan = storm.plan
    front = storm.fronts[who % len(storm.fronts)]
    gap = plan.conversations / plan.rate
    await asyncio.sleep(storm.random.uniform(0, gap))
    for _ in range(count):
        person = storm.random.random() < plan.persons
        text = "bir temsilciyle görüşmek istiyorum" if person else storm.random.choice(WORDS)
        await _bring(storm, front, who, front.write(who, text))
        await asyncio.sleep(storm.random.uniform(0.5, 1.5) * gap)


async def _bring(storm: Storm, front: Front, who: int, letter: Letter) -> None:
    written = Written((front.source, front.reply_to(who)), letter.source_id)
    storm.written.append(written)

    async def deliver() -> int:
        began = time.monotonic()
        written.tries += 1
        written.first_try = written.first_try or began
        status = await letter.deliver()
        ended = time.monotonic()
        if 200 <= status < 300:
            storm.seconds.append(ended - began)
            written.acknowledged = written.acknowledged or ended
        return status

    await front.courier.bring(deliver)


async def _kill_again_and_again(storm: Storm) -> None:
    """End the service and Rasa as a power cut would, each as often as planned; they come back."""
    plan = storm.plan
    victims = [name for _ in range(plan.kills) for name in ("service", BOT)]
    pause = plan.messages / plan.rate / (len(victims) + 1)
    turns = itertools.cycle(storm.services)
    for victim in victims:
        await asyncio.sleep(pause * storm.random.uniform(0.6, 1.4))
        name = next(turns) if victim == "service" else BOT
        await asyncio.to_thread(storm.installation.kill, name)
        await asyncio.sleep(_BACK_SECONDS)
        storm.installation.start(name)
        storm.kills[victim] += 1
        print(f"  killed {name}; {len(storm.written)} of {plan.messages} written", flush=True)


async def _calm(storm: Storm) -> None:
    """Let the platforms bring what they still have, and the service do what it still has."""
    for front in storm.fronts:
        mischief = front.mischief
        mischief.duplicates = mischief.reordered = 0.0
        mischief.limited = mischief.failing = mischief.lost = 0.0
    deadline = time.monotonic() + _SETTLED_SECONDS
    quiet = 0
    while quiet < 5 and time.monotonic() < deadline:
        await asyncio.sleep(1)
        busy = sum(front.courier.busy for front in storm.fronts)
        turns, deliveries = await _open(storm.store)
        if not (busy or turns or deliveries):
            storm.over = True  # agents begin nothing new
            quiet += 1
        else:
            quiet = 0


async def _open(store: Store) -> tuple[int, int]:
    """Return how many turns and deliveries are under way."""
    async with store.read() as tx:
        turns = select(func.count()).where(turn.c.state.in_(("pending", "running")))
        sending = select(func.count()).where(delivery.c.state.in_(("queued", "sending")))
        return (await tx.execute(turns)).scalar_one(), (await tx.execute(sending)).scalar_one()


# Agents


@asynccontextmanager
async def _agents(storm: Storm) -> AsyncIterator[None]:
    """While the block runs, agents take who waits, answer with words of their own, and leave."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_agent(storm, number)) for number in range(AGENTS)]
        yield
        for task in tasks:
            task.cancel()


async def _agent(storm: Storm, number: int) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        desk = _Desk(storm, http, number)
        await desk.sign_in()
        while True:
            if not storm.over:
                await desk.serve()
            await asyncio.sleep(0.3)


class _Desk:
    def __init__(self, storm: Storm, http: aiohttp.ClientSession, number: int) -> None:
        self._storm = storm
        self._http = http
        self._number = number
        self._count = itertools.count(1)
        self._services = itertools.cycle(storm.urls)
        self._csrf = ""

    async def sign_in(self) -> None:
        body = {"login": Installation.login, "password": PASSWORD}
        _, me = await self._insist("POST", "/login", body)
        self._csrf = me["csrf"]

    async def serve(self) -> None:
        """Take some of who waits, answer, and hand back."""
        _, waiting = await self._insist("GET", "/conversations?view=waiting&limit=20")
        mine = waiting["conversations"][self._number :: AGENTS]
        for one in mine:
            path = f"/conversations/{one['id']}"
            status, taken = await self._insist("POST", f"{path}/claim", {"epoch": one["epoch"]})
            if status == 409:
                # Somebody was faster, or we were and our answer was lost: then it is ours.
                taken = taken["error"].get("conversation", {})
                if taken.get("control") != "human":
                    continue
            await self._answer(path, one["id"])
            await self._hand_back(path)

    async def _answer(self, path: str, name: str) -> None:
        number = next(self._count)
        text = f"Agent {self._number} answers for the {number}. time: {name[:12]}"
        body = {"client_id": f"agent-{self._number}-{number:06}", "text": text}
        status, _ = await self._insist("POST", f"{path}/reply", body)
        if status in (200, 201):
            self._storm.replies.append((name, text))

    async def _hand_back(self, path: str) -> None:
        _, seen = await self._insist("GET", path)
        if seen["conversation"]["control"] == "human":
            epoch = {"epoch": seen["conversation"]["epoch"]}
            await self._insist("POST", f"{path}/hand-back", epoch)

    async def _insist(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Ask until there is an answer, whichever service gives it."""
        origin = self._storm.installation.url
        while True:
            try:
                async with self._http.request(
                    method,
                    f"{next(self._services)}/console/api{path}",
                    json=body,
                    headers={"Origin": origin, "X-CSRF-Token": self._csrf},
                    timeout=aiohttp.ClientTimeout(total=20),
                ) as response:
                    if response.status < 500:
                        return response.status, await response.json()
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(0.3)


# Afterwards


async def _judge(storm: Storm) -> tuple[Verdict, dict[str, Any]]:
    async with storm.store.read() as tx:
        columns = (
            *(message.c.id, message.c.seq, message.c.author, message.c.visibility),
            *(message.c.text, message.c.source, message.c.source_id),
            *(conversation.c.channel, conversation.c.account, conversation.c.address),
            *(delivery.c.state, delivery.c.error, delivery.c.possibly_double),
        )
        joined = message.join(conversation, conversation.c.id == message.c.conversation_id)
        joined = joined.outerjoin(delivery, delivery.c.message_id == message.c.id)
        rows = (await tx.execute(select(*columns).select_from(joined))).all()
        outcomes = select(turn.c.state, func.count()).group_by(turn.c.state)
        turns = {row[0]: row[1] for row in await tx.execute(outcomes)}
    stored = [
        Stored(
            id=row.id,
            place=(f"{row.channel}:{row.account}", row.address or ""),
            seq=row.seq,
            author=row.author,
            public=row.visibility == "public",
            text=row.text,
            source=row.source,
            source_id=row.source_id,
            state=row.state,
            error=row.error,
            possibly_double=bool(row.possibly_double),
        )
        for row in rows
    ]
    screens = {
        (front.source, front.reply_to(who)): front.screen(who)
        for who in range(storm.plan.conversations)
        for front in [storm.fronts[who % len(storm.fronts)]]
    }
    left = turns.get("pending", 0) + turns.get("running", 0)
    verdict = judge(storm.written, storm.replies, stored, screens, left)
    done: Counter[str] = Counter()
    for front in storm.fronts:
        done += front.mischief.done
    quantiles = statistics.quantiles(storm.seconds, n=100)
    return verdict, {
        "platforms": ", ".join(front.channel for front in storm.fronts),
        "conversations": storm.plan.conversations,
        "service killed": storm.kills["service"],
        "Rasa killed": storm.kills[BOT],
        "brought twice": done["duplicates"],
        "brought late": done["reordered"],
        "our calls answered 429": done["limited"],
        "our calls answered 503": done["failing"],
        "our calls taken, answer lost": done["lost"],
        "turns answered": turns.get("done", 0),
        "turns failed, given to a person": turns.get("failed", 0),
        "turns dropped under a person": turns.get("cancelled", 0),
        "acknowledged within, p50 ms": f"{quantiles[49] * 1000:.0f}",
        "acknowledged within, p99 ms": f"{quantiles[98] * 1000:.0f}",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10, help="of the service, and of Rasa")
    parser.add_argument("--rate", type=float, default=25.0, help="messages a second")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="wait before logs are removed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
