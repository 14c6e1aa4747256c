"""Whatever the platform does with messages, the ledger tells the truth of them.

Hypothesis invents what is written, how each call ends, what is reported and when the service stops.
A model of the platform remembers what it really took.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from handoff import notices
from handoff.channels.base import (
    WINDOW_CLOSED,
    Call,
    Echo,
    PermanentError,
    Report,
    Sender,
    TransientError,
    Unreachable,
    WindowClosed,
)
from handoff.conversation import Author, Visibility
from handoff.echoes import Echoes
from handoff.handover import Handover
from handoff.ledger import Pace, State
from handoff.media import Media
from handoff.outbox import Outbox
from handoff.privacy import Privacy
from handoff.store import contacts, conversations, deliveries
from handoff.store.connect import open_store
from handoff.store.messages import Draft
from handoff.store.rows import Conversation
from handoff.store.tables import delivery, message
from tests.fakes.platform import Platform
from tests.handoff.conftest import NewDatabase

pytestmark = pytest.mark.timeout(300)

CUSTOMERS = st.sampled_from([0, 1])
# One of however many there are: what there is depends on the clock, and drawing must not.
WHICH = st.integers(0, 1000)
NOTICES = notices.load()
DAY = timedelta(hours=24)
ENDS = {
    "taken": None,
    "later": TransientError("rate_limited"),
    "lost": TransientError("connection_lost", reached=True),
    "unsure": TransientError("timeout", reached=True),
    "refused": PermanentError("content_refused"),
    "blocked": Unreachable("blocked"),
    "too late": WindowClosed(),
}
ARRIVED = (State.SENT, State.DELIVERED, State.READ)


@dataclass(frozen=True)
class Took:
    """Something the platform has really taken."""

    platform_id: str
    address: str
    call_id: str
    texts: tuple[str, ...]
    part: int
    shown: str


class Model(Platform):
    """Ends each call as the machine says, and remembers what it took."""

    def __init__(self) -> None:
        super().__init__(
            "whatsapp", "shop", most_together=3, limit=30, window=DAY, names_calls=True
        )
        self.ends: list[str] = []
        self.took: list[Took] = []

    async def send(self, call: Call) -> str | None:
        end = self.ends.pop(0) if self.ends else "taken"
        if end in ("taken", "lost"):
            name = f"id-{len(self.took)}"
            texts = tuple(entry.text or "" for entry in call.messages)
            shown = self._text(call)
            self.took.append(Took(name, call.address, call.id, texts, call.part, shown))
            if end == "taken":
                return name
        error = ENDS[end]
        assert error is not None
        raise error


class Ledger(RuleBasedStateMachine):
    """Two customers on one account of a platform."""

    new_database: ClassVar[NewDatabase]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.ahead = timedelta(0)
        self.numbers = 0
        self.again: set[str] = set()
        self.platform = Model()
        self.run(self._open())

    def run(self, work: Awaitable[Any]) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(20):
                return await work

        return self.loop.run_until_complete(bounded())

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def _open(self) -> None:
        self.opened = open_store(type(self).new_database(), lambda _: self.outbox.wake())
        self.store = await self.opened.__aenter__()
        await self._start()
        self.names: list[str] = []
        self.contacts: list[str] = []
        for number in range(2):
            async with self.store.write() as tx:
                who = await contacts.create(
                    tx,
                    channel="whatsapp",
                    kind="user",
                    value=f"{id(self)}-{number}",
                    language="en",
                    now=self.now(),
                )
                made = await conversations.create(
                    tx,
                    contact_id=who.id,
                    channel="whatsapp",
                    account="shop",
                    language="en",
                    now=self.now(),
                )
                self.names.append(made.id)
                self.contacts.append(who.id)
                await self._heard(tx, made, number)

    async def _heard(self, tx: Any, found: Conversation, customer: int) -> None:
        until = self.now() + DAY
        await self.outbox.heard_from(
            tx, found, self.now(), address=f"chat {customer}", window_until=until
        )

    async def _start(self) -> None:
        pace = Pace(attempts=3, poll=0.02)
        media = Media(Path(self.folder.name) / "media", self.store, self.now)
        self.outbox = Outbox(self.store, [self.platform], NOTICES, media, self.now, pace)
        handover = Handover(self.outbox, NOTICES, self.now)
        privacy = Privacy(self.store, self.outbox, self.now, key=None, own_ibans=())
        self.echoes = Echoes(self.store, handover, privacy, media, self.now)
        self.task = asyncio.create_task(self.outbox.run())

    async def _stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def teardown(self) -> None:
        async def close() -> None:
            await self._stop()
            await self.opened.__aexit__(None, None, None)

        self.run(self._come_to_rest())
        self.run(close())
        self.loop.close()
        self.folder.cleanup()

    async def _settled(self) -> None:
        """Return when nothing is being sent and nothing is due."""
        while True:
            async with self.store.read() as tx:
                due = await deliveries.any_waiting(tx, ("whatsapp", "shop"), self.now())
                sending = select(delivery.c.id).where(delivery.c.state == State.SENDING)
                if not due and (await tx.execute(sending)).first() is None:
                    return
            await asyncio.sleep(0.002)

    async def _rows(self) -> list[Any]:
        async with self.store.read() as tx:
            query = (
                select(delivery, message.c.text.label("text"), message.c.author.label("author"))
                .join(message, message.c.id == delivery.c.message_id)
                .order_by(delivery.c.conversation_id, delivery.c.seq)
            )
            return list(await tx.execute(query))

    @rule(
        customer=CUSTOMERS,
        count=st.integers(1, 4),
        length=st.sampled_from([12, 12, 70]),
        ends=st.lists(st.sampled_from(sorted(ENDS)), max_size=3),
        author=st.sampled_from([Author.AGENT, Author.BOT]),
    )
    def somebody_writes(
        self, customer: int, count: int, length: int, ends: list[str], author: Author
    ) -> None:
        async def write() -> None:
            self.platform.ends = list(ends)
            drafts = []
            for _ in range(count):
                self.numbers += 1
                text = f"{customer}/{self.numbers}/".ljust(length, "x")
                drafts.append(Draft(author=author, text=text))
            async with self.store.write() as tx:
                locked = await conversations.lock(tx, self.names[customer])
                assert locked is not None
                await self.outbox.post(tx, locked, drafts, self.now())
            await self._settled()

        self.run(write())

    @rule(customer=CUSTOMERS)
    def note_is_left(self, customer: int) -> None:
        async def leave() -> None:
            draft = Draft(author=Author.AGENT, text="secret", visibility=Visibility.INTERNAL)
            async with self.store.write() as tx:
                locked = await conversations.lock(tx, self.names[customer])
                assert locked is not None
                await self.outbox.post(tx, locked, [draft], self.now())

        self.run(leave())

    @rule(customer=CUSTOMERS)
    def customer_writes(self, customer: int) -> None:
        async def hear() -> None:
            async with self.store.write() as tx:
                locked = await conversations.lock(tx, self.names[customer])
                assert locked is not None
                await self._heard(tx, locked, customer)
            await self._settled()

        self.run(hear())

    @rule(
        which=WHICH,
        state=st.sampled_from([*ARRIVED, State.FAILED]),
        code=st.sampled_from(["content_refused", WINDOW_CLOSED]),
    )
    def platform_reports(self, which: int, state: State, code: str) -> None:
        if not self.platform.took:
            return
        took = self.platform.took[which % len(self.platform.took)]
        if state is State.FAILED:
            # What did not arrive after all is sent again when an agent says so.
            self.again |= set(took.texts)
        report = Report(took.platform_id, state, took.call_id, code)

        async def hear() -> None:
            await self.outbox.reported(self.platform, report)
            await self._settled()

        self.run(hear())

    @rule(which=WHICH)
    def platform_tells_of_what_it_took(self, which: int) -> None:
        if not self.platform.took:
            return
        took = self.platform.took[which % len(self.platform.took)]
        if set(took.texts) & self.again:
            return

        async def hear() -> None:
            echo = Echo(
                external_id=took.platform_id,
                customer=Sender((("user", took.address),)),
                address=took.address,
                text=took.shown,
            )
            contact = self.contacts[int(took.address[-1])]
            assert await self.echoes.is_ours(self.platform, contact, echo)
            await self._settled()

        self.run(hear())

    @rule(customer=CUSTOMERS)
    def person_writes_on_the_phone(self, customer: int) -> None:
        self.numbers += 1
        echo = Echo(
            external_id=f"phone-{self.numbers}",
            customer=Sender((("user", f"chat {customer}"),)),
            address=f"chat {customer}",
            text=f"{customer}/{self.numbers}/ by hand",
        )
        ours = self.echoes.is_ours(self.platform, self.contacts[customer], echo)
        assert not self.run(ours)

    @rule(which=WHICH)
    def agent_tries_again(self, which: int) -> None:
        failed = [row for row in self.run(self._rows()) if row.state == State.FAILED]
        if not failed:
            return
        row = failed[which % len(failed)]

        async def retry() -> None:
            before = len(self.platform.took)
            async with self.store.write() as tx:
                assert await deliveries.queue_again(tx, row.message_id, self.now())
            await self._settled()
            await self._come_to_rest()
            assert len(self.platform.took) > before

        self.platform.ends = []
        self.again.add(row.text)
        self.run(retry())

    @rule(seconds=st.sampled_from([1, 20, 400]))
    def time_passes(self, seconds: int) -> None:
        self.ahead += timedelta(seconds=seconds)
        self.run(self._settled())

    @rule()
    def day_passes(self) -> None:
        self.ahead += DAY
        self.run(self._settled())

    @rule()
    def service_restarts(self) -> None:
        async def restart() -> None:
            await self._stop()
            await self._start()
            await self._settled()

        self.run(restart())

    @rule(customer=CUSTOMERS)
    def service_dies_while_it_sends(self, customer: int) -> None:
        async def die() -> None:
            self.numbers += 1
            text = f"{customer}/{self.numbers}/".ljust(12, "x")
            self.platform.ends = ["taken"]
            send = self.platform.send

            async def take_and_hang(call: Call) -> str | None:
                await send(call)
                await asyncio.Event().wait()
                return None

            self.platform.send = take_and_hang  # type: ignore[method-assign]
            before = len(self.platform.took)
            async with self.store.write() as tx:
                locked = await conversations.lock(tx, self.names[customer])
                assert locked is not None
                drafts = [Draft(author=Author.AGENT, text=text)]
                await self.outbox.post(tx, locked, drafts, self.now())
            for _ in range(50):
                if len(self.platform.took) > before:
                    break
                await asyncio.sleep(0.002)
            del self.platform.send  # type: ignore[method-assign]
            await self._stop()
            await self._start()
            await self._settled()

        self.run(die())

    async def _come_to_rest(self) -> None:
        """Let every wait pass."""
        self.platform.ends = []
        for _ in range(40):
            self.ahead += timedelta(seconds=400)
            await self._settled()
            if not [row for row in await self._rows() if row.state == State.QUEUED]:
                return
        raise AssertionError("something is queued for ever")

    @invariant()
    def ledger_tells_the_truth(self) -> None:
        rows = self.run(self._rows())
        took = self.platform.took
        parts = Counter((text, one.part) for one in took for text in one.texts)
        for one in took:
            # Nothing reaches another customer, and nothing internal anybody.
            for text in one.texts:
                assert text.startswith(f"{one.address[-1]}/") or "reply for you" in text
        for row in rows:
            assert (row.state == State.FAILED) <= (row.error is not None)
            if "reply for you" in row.text:
                continue
            if row.state in ARRIVED:
                assert all(parts[(row.text, part)] for part in range(row.parts)), row
            twice = any(parts[(row.text, part)] > 1 for part in range(row.parts))
            if twice and row.text not in self.again:
                assert row.possibly_double, row
            if row.state == State.PARKED:
                assert row.author == Author.AGENT
        self._order_is_kept(rows)

    def _order_is_kept(self, rows: list[Any]) -> None:
        """What nobody and nothing held up reached each customer in the order of the transcript."""
        held_up = {row.text for row in rows if row.attempts > 1 or row.error} | self.again
        order = {row.text: row.seq for row in rows if row.text not in held_up}
        for customer in (0, 1):
            texts = [text for one in self.platform.took for text in one.texts]
            mine = [text for text in texts if text.startswith(f"{customer}/")]
            reached = [order[text] for text in dict.fromkeys(mine) if text in order]
            assert reached == sorted(reached)


class LedgerOnPostgres(Ledger):
    """The same on the other database."""


_THOROUGH = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
Ledger.TestCase.settings = _THOROUGH
LedgerOnPostgres.TestCase.settings = settings(_THOROUGH, max_examples=10)


@pytest.fixture
def on_sqlite(new_sqlite: NewDatabase) -> None:
    Ledger.new_database = staticmethod(new_sqlite)


@pytest.fixture
def on_postgres(new_postgresql: NewDatabase) -> None:
    LedgerOnPostgres.new_database = staticmethod(new_postgresql)


@pytest.mark.slow
@pytest.mark.usefixtures("on_sqlite")
class TestLedgerOnSqlite(Ledger.TestCase):  # type: ignore[misc, valid-type]
    """See Ledger."""


@pytest.mark.slow
@pytest.mark.usefixtures("on_postgres")
class TestLedgerOnPostgres(LedgerOnPostgres.TestCase):  # type: ignore[misc, valid-type]
    """See Ledger."""
