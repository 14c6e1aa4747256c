"""Whatever order customers, bot, agents, the clock and restarts come in, the promises hold.

Hypothesis invents the order. A small model says what must happen; the real services work on a real
database, the bot thinks until the machine lets it answer.
"""

import asyncio
import tempfile
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from handoff import notices
from handoff.bot import Answer, BotFailed
from handoff.channels.base import Inbound
from handoff.conversation import TRANSITIONS, Author, Command, Control, Reason, Visibility
from handoff.desk import Desk
from handoff.echoes import PHONE_APP, Echoes
from handoff.errors import DevirError
from handoff.handover import Handover
from handoff.identity import Identity
from handoff.inbox import Inbox
from handoff.media import Media
from handoff.outbox import Outbox
from handoff.privacy import Privacy
from handoff.senders import Senders
from handoff.store import agents, contacts, conversations, messages, turns
from handoff.store.connect import open_store
from handoff.store.rows import Agent, Conversation, Message, Turn
from handoff.store.tables import control_change, turn
from handoff.turns import Patience, Turns
from tests.fakes.bot import HANDOFF, answer
from tests.handoff.conftest import NewDatabase

pytestmark = pytest.mark.timeout(300)

CUSTOMERS = st.sampled_from([0, 1])
AGENTS = st.sampled_from([0, 1])
AGENTS_MAY = [
    Command.CLAIM,
    Command.TAKE_OVER,
    Command.HAND_BACK,
    Command.RELEASE,
    Command.RESOLVE,
]


class ThinkingBot:
    """Thinks about every turn until told what to answer."""

    def __init__(self) -> None:
        self.thinking: dict[str, tuple[Turn, asyncio.Future[Answer]]] = {}

    async def answer(self, conversation: Conversation, asked: Turn) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.thinking[asked.id] = (asked, future)
        try:
            return await future
        finally:
            self.thinking.pop(asked.id, None)


class Conversations(RuleBasedStateMachine):
    """Two customers, two agents, one bot."""

    new_database: ClassVar[NewDatabase]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.ahead = timedelta(0)
        self.numbers = 0
        self.acknowledged: dict[int, dict[str, int]] = {0: {}, 1: {}}
        self.written: dict[str, str] = {}
        self.notes: set[str] = set()
        self.echoed: set[str] = set()
        self.run(self._open())

    def run(self, work: Awaitable[Any]) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(20):
                return await work

        return self.loop.run_until_complete(bounded())

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def _open(self) -> None:
        self.opened = open_store(type(self).new_database(), lambda _: self.workers.wake.set())
        self.store = await self.opened.__aenter__()
        media = Media(Path(self.folder.name) / "media", self.store, self.now)
        outbox = Outbox(self.store, (), notices.load(), media, self.now)
        handover = Handover(outbox, notices.load(), self.now)
        self.outbox, self.handover, self.media = outbox, handover, media
        self.privacy = Privacy(self.store, outbox, self.now, key=None, own_ibans=())
        self.desk = Desk(self.store, outbox, handover, self.privacy, self.now)
        await self._start_workers()
        self.contacts = []
        self.agents: list[Agent] = []
        async with self.store.write() as tx:
            for number in range(2):
                self.contacts.append(
                    await contacts.create(
                        tx,
                        channel="widget",
                        kind="visitor",
                        value=f"{id(self)}-{number}-{self.now().isoformat()}",
                        language="en",
                        now=self.now(),
                    )
                )
                self.agents.append(
                    await agents.add(
                        tx,
                        login=f"agent{id(self)}-{number}-{self.now().isoformat()}",
                        name=f"Agent {number}",
                        role="agent",
                        password_hash="-",
                        now=self.now(),
                    )
                )

    async def _start_workers(self) -> None:
        self.bot = ThinkingBot()
        self.workers = Turns(
            self.store,
            self.bot,
            self.outbox,
            self.handover,
            self.now,
            lambda *_: None,
            Patience(timeout=3600, lease_margin=0),
        )
        senders = Senders(Identity(self.store, self.now, secret=None, audience=""), "a key")
        self.inbox = Inbox(
            self.store,
            self.outbox,
            self.handover,
            self.workers.add,
            self.privacy,
            senders,
            Echoes(self.store, self.handover, self.privacy, self.media, self.now),
            self.now,
        )
        self.task = asyncio.create_task(self.workers.run())

    async def _stop_workers(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def teardown(self) -> None:
        async def close() -> None:
            await self._stop_workers()
            await self.opened.__aexit__(None, None, None)

        self.run(close())
        self.loop.close()
        self.folder.cleanup()

    async def _settled(self) -> None:
        """Return when every turn that may run is being thought about."""
        while True:
            async with self.store.read() as tx:
                waiting = await turns.any_waiting(tx, self.now())
                running = set(
                    (await tx.execute(select(turn.c.id).where(turn.c.state == "running"))).scalars()
                )
            if not waiting and running == set(self.bot.thinking):
                return
            await asyncio.sleep(0.002)

    async def _conversation(self, customer: int) -> Conversation | None:
        async with self.store.read() as tx:
            return await conversations.of_contact(tx, self.contacts[customer].id)

    async def _transcript(self, name: str, *, public: bool = False) -> list[Message]:
        async with self.store.read() as tx:
            return await messages.after(tx, name, 0, limit=10_000, public=public)

    @initialize()
    def nothing_yet(self) -> None:
        assert self.run(self._conversation(0)) is None

    @rule(customer=CUSTOMERS, number=st.integers(0, 12))
    def customer_writes(self, customer: int, number: int) -> None:
        async def write() -> None:
            before = await self._conversation(customer)
            receipt = await self.inbox.receive(self._inbound(customer, f"c-{number}", text="hi"))
            known = self.acknowledged[customer]
            client_id = f"c-{number}"
            assert receipt.duplicate == (client_id in known)
            assert known.setdefault(client_id, receipt.seq) == receipt.seq
            after = await self._conversation(customer)
            assert after is not None
            closed = before is not None and before.control is Control.CLOSED
            if closed and not receipt.duplicate:
                assert after.control is Control.BOT
            elif before is not None:
                assert (after.control, after.epoch) == (before.control, before.epoch)
            await self._settled()

        self.run(write())

    def _inbound(
        self, customer: int, source_id: str, text: str | None = None, button: str | None = None
    ) -> Inbound:
        contact = self.contacts[customer].id
        return Inbound(
            contact_id=contact,
            channel="widget",
            account="default",
            source=f"widget:{contact}",
            source_id=source_id,
            text=text,
            button=button,
        )

    @rule(customer=CUSTOMERS, newest=st.booleans())
    def customer_presses_stop_waiting(self, customer: int, newest: bool) -> None:
        async def press() -> None:
            before = await self._conversation(customer)
            if before is None:
                return
            shown = [
                entry
                for entry in await self._transcript(before.id, public=True)
                if entry.content.get("buttons")
            ]
            if not shown:
                return
            entry = shown[-1 if newest else 0]
            self.numbers += 1
            await self.inbox.receive(
                self._inbound(customer, f"press-{self.numbers}", button=f"{entry.id}.0")
            )
            after = await self._conversation(customer)
            assert after is not None
            current = entry.epoch == before.epoch
            if (current and before.control is Control.QUEUED) or before.control is Control.CLOSED:
                assert after.control is Control.BOT
            else:
                assert after.control is before.control
            await self._settled()

        self.run(press())

    @rule(customer=CUSTOMERS, number=st.integers(0, 5))
    def shop_answers_on_its_phone(self, customer: int, number: int) -> None:
        async def write() -> None:
            before = await self._conversation(customer)
            name = f"e-{customer}-{number}"
            inbound = self._inbound(customer, name, text="from the phone")
            new = await self.inbox.hear(replace(inbound, source="echo", from_shop=True), ())
            assert new == (name not in self.echoed)
            self.echoed.add(name)
            after = await self._conversation(customer)
            assert after is not None
            control, epoch = (before.control, before.epoch) if before else (Control.BOT, 0)
            if new and control in (Control.BOT, Control.CLOSED):
                assert (after.control, after.epoch) == (Control.QUEUED, epoch + 1)
                assert after.reason == Reason.ANSWERED_ON_PHONE
            else:
                assert (after.control, after.epoch) == (control, epoch)
            await self._settled()

        self.run(write())

    @precondition(lambda self: self.bot.thinking)
    @rule(kind=st.sampled_from(["one", "two", "handoff", "silent handoff", "fail"]), data=st.data())
    def bot_answers(self, kind: str, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.bot.thinking, key=self._age)))
        asked, future = self.bot.thinking[name]

        async def finish() -> None:
            async with self.store.read() as tx:
                before = await conversations.get(tx, asked.conversation_id)
            assert before is not None
            counted = len(await self._transcript(asked.conversation_id, public=True))
            if kind == "fail":
                future.set_exception(BotFailed("turn_failed"))
            else:
                future.set_result(
                    {
                        "one": answer("one"),
                        "two": answer("one", "two"),
                        "handoff": answer("one", handoff=HANDOFF),
                        "silent handoff": answer(handoff=HANDOFF),
                    }[kind]
                )
            while name in self.bot.thinking:
                await asyncio.sleep(0.001)
            await self._settled()
            async with self.store.read() as tx:
                after = await conversations.get(tx, asked.conversation_id)
            assert after is not None
            if before.control is Control.BOT and before.epoch == asked.epoch:
                asks_person = kind in ("handoff", "silent handoff", "fail")
                assert after.control is (Control.QUEUED if asks_person else Control.BOT)
            else:
                assert (after.control, after.epoch) == (before.control, before.epoch)
                now = len(await self._transcript(asked.conversation_id, public=True))
                assert now == counted

        self.run(finish())

    def _age(self, name: str) -> tuple[datetime, int]:
        asked, _ = self.bot.thinking[name]
        return asked.created_at, asked.seq

    @rule(customer=CUSTOMERS, data=st.data())
    def agent_does_what_is_possible(self, customer: int, data: st.DataObject) -> None:
        found = self.run(self._conversation(customer))
        possible = [
            command for command in AGENTS_MAY if found and (found.control, command) in TRANSITIONS
        ]
        if possible:
            holders = [agent.id for agent in self.agents]
            agent = holders.index(found.agent_id) if found.agent_id else data.draw(AGENTS)
            self.agent_commands(agent, customer, data.draw(st.sampled_from(possible)), stale=False)

    @rule(
        agent=AGENTS, customer=CUSTOMERS, command=st.sampled_from(AGENTS_MAY), stale=st.booleans()
    )
    def agent_tries(self, agent: int, customer: int, command: Command, stale: bool) -> None:
        self.agent_commands(agent, customer, command, stale=stale)

    def agent_commands(self, agent: int, customer: int, command: Command, *, stale: bool) -> None:
        async def give() -> None:
            before = await self._conversation(customer)
            if before is None:
                return
            me = self.agents[agent]
            mine = before.agent_id == me.id
            epoch = before.epoch - 1 if stale else before.epoch
            taking = command in (Command.CLAIM, Command.TAKE_OVER)
            legal = (before.control, command) in TRANSITIONS
            strangers = before.control is Control.HUMAN and not mine
            expected = legal and not stale and not strangers
            try:
                await self.desk.command(me, before.id, command, seen_epoch=epoch)
                succeeded = True
            except DevirError:
                succeeded = False
            after = await self._conversation(customer)
            assert after is not None
            if taking and mine:
                assert succeeded
                assert (after.control, after.epoch) == (before.control, before.epoch)
            elif expected:
                assert succeeded
                assert after.control is TRANSITIONS[(before.control, command)]
                assert after.epoch == before.epoch + 1
                assert (after.agent_id == me.id) == taking
            else:
                assert not succeeded
                assert (after.control, after.epoch) == (before.control, before.epoch)
            await self._settled()

        self.run(give())

    @rule(agent=AGENTS, customer=CUSTOMERS, number=st.integers(0, 5), internal=st.booleans())
    def agent_writes(self, agent: int, customer: int, number: int, internal: bool) -> None:
        async def write() -> None:
            before = await self._conversation(customer)
            if before is None:
                return
            me = self.agents[agent]
            client_id = f"w-{number}"
            key = f"{before.id}:{me.id}:{client_id}"
            do = self.desk.note if internal else self.desk.reply
            try:
                done = await do(me, before.id, client_id=client_id, text=f"text of {key}")
            except DevirError:
                assert not internal
                assert key not in self.written
                assert before.agent_id != me.id
                return
            assert done.duplicate == (key in self.written)
            assert self.written.setdefault(key, done.message.id) == done.message.id
            if not done.duplicate and internal:
                self.notes.add(done.message.id)
            if not done.duplicate and not internal:
                assert before.agent_id == me.id

        self.run(write())

    @rule(minutes=st.sampled_from([1, 61, 60 * 24 * 8]))
    def time_passes(self, minutes: int) -> None:
        # A lease that runs out while its worker lives is taken again: two may think of one turn.
        # That is the lease's business (see test_turns); here the bot is patient.
        if not self.bot.thinking:
            self.ahead += timedelta(minutes=minutes)

    @rule()
    def service_restarts(self) -> None:
        async def restart() -> None:
            await self._stop_workers()
            if self.store.shared:
                self.ahead += timedelta(hours=2)
            await self._start_workers()
            await self._settled()

        self.run(restart())

    @invariant()
    def promises_hold(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        for customer in (0, 1):
            found = await self._conversation(customer)
            if found is None:
                assert not self.acknowledged[customer]
                continue
            everything = await self._transcript(found.id)
            visible = await self._transcript(found.id, public=True)
            await self._check_numbers(found, everything, visible)
            self._check_acknowledged(customer, everything)
            await self._check_who_spoke(found, everything)
            assert not self.notes & {entry.id for entry in visible}
            phone = [entry.source_id for entry in visible if entry.source == "echo"]
            assert sorted(map(str, phone)) == sorted(
                name for name in self.echoed if name.startswith(f"e-{customer}-")
            )
            assert (found.control is Control.HUMAN) == (found.agent_id is not None)

    async def _check_numbers(
        self, found: Conversation, everything: list[Message], visible: list[Message]
    ) -> None:
        assert [entry.seq for entry in everything] == list(range(1, found.last_seq + 1))
        assert [entry.prev_seq for entry in visible] == [0, *(entry.seq for entry in visible)][:-1]
        assert found.last_public_seq == (visible[-1].seq if visible else 0)

    def _check_acknowledged(self, customer: int, everything: list[Message]) -> None:
        said = {
            entry.source_id: entry.seq
            for entry in everything
            if entry.author is Author.CUSTOMER and str(entry.source_id).startswith("c-")
        }
        assert said == self.acknowledged[customer]

    async def _check_who_spoke(self, found: Conversation, everything: list[Message]) -> None:
        async with self.store.read() as tx:
            rows = await tx.execute(
                select(control_change.c.epoch, control_change.c.after).where(
                    control_change.c.conversation_id == found.id
                )
            )
            began = {row.epoch: Control(row.after) for row in rows}
            one_running = (
                await tx.execute(
                    select(turn.c.id).where(
                        turn.c.conversation_id == found.id, turn.c.state == "running"
                    )
                )
            ).all()
        assert sorted(began) == list(range(1, found.epoch + 1))
        control = {0: Control.BOT, **began}
        assert control[found.epoch] is found.control
        assert len(one_running) <= 1
        for entry in everything:
            if entry.author is Author.BOT and entry.visibility is Visibility.PUBLIC:
                assert control[entry.epoch] is Control.BOT
            if entry.author is Author.AGENT and entry.visibility is Visibility.PUBLIC:
                allowed = {Control.HUMAN}
                if entry.content.get("origin") == PHONE_APP:
                    allowed.add(Control.QUEUED)
                assert control[entry.epoch] in allowed


class ConversationsOnPostgres(Conversations):
    """The same on the other database."""


_THOROUGH = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
Conversations.TestCase.settings = _THOROUGH
ConversationsOnPostgres.TestCase.settings = settings(_THOROUGH, max_examples=15)


@pytest.fixture
def on_sqlite(new_sqlite: NewDatabase) -> None:
    Conversations.new_database = staticmethod(new_sqlite)


@pytest.fixture
def on_postgres(new_postgresql: NewDatabase) -> None:
    ConversationsOnPostgres.new_database = staticmethod(new_postgresql)


@pytest.mark.slow
@pytest.mark.usefixtures("on_sqlite")
class TestPromisesOnSqlite(Conversations.TestCase):  # type: ignore[misc, valid-type]
    """See Conversations."""


@pytest.mark.slow
@pytest.mark.usefixtures("on_postgres")
class TestPromisesOnPostgres(ConversationsOnPostgres.TestCase):  # type: ignore[misc, valid-type]
    """See Conversations."""
