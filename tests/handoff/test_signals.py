"""Two services on one PostgreSQL hear of each other, also what they said while the line was cut."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from handoff.conversation import Author
from handoff.store import conversations, messages
from handoff.store.changes import Change, Kind
from handoff.store.messages import Draft
from handoff.web import keys
from tests.handoff.conftest import PATIENCE, AgentBrowser, Customer, Frames, Service

MakeService = Callable[..., Awaitable[Service]]
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Line:
    """How the services hear of each other; the test cuts and mends it."""

    def __init__(self, url: str) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connect = asyncpg.connect
        self._whole = asyncio.Event()
        self._whole.set()
        self.tried = asyncio.Event()

    async def connect(self, *arguments: Any, **options: Any) -> Any:
        if not self._whole.is_set():
            self.tried.set()
            raise asyncpg.InterfaceError("the connection was closed in the middle of operation")
        return await self._connect(*arguments, **options)

    async def cut(self) -> None:
        self._whole.clear()
        connection = await self._connect(self._dsn)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
        )
        await connection.close()
        await self.tried.wait()

    def mend(self) -> None:
        self._whole.set()


@pytest.fixture
def line(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Line:
    found = Line(database_url)
    monkeypatch.setattr("handoff.signals.asyncpg.connect", found.connect)
    return found


async def test_what_one_service_commits_the_sockets_of_the_other_hear(
    make_service: MakeService,
) -> None:
    there, here, agent, name, frames = await _apart(make_service)
    await agent.write(name, "hello from there")
    await frames.until(_says("hello from there"))
    assert len(there.bot.asked + here.bot.asked) == 1


async def test_what_was_committed_while_the_line_was_cut_is_heard_once_it_is_mended(
    make_service: MakeService, line: Line
) -> None:
    _, _, agent, name, frames = await _apart(make_service)
    await line.cut()
    await agent.write(name, "can you hear me?")
    line.mend()
    await frames.until(_says("can you hear me?"))
    assert [message["text"] for message in frames.messages("agent")] == ["can you hear me?"]


async def test_consoles_come_back_and_ask_again_when_the_line_was_cut(
    make_service: MakeService, line: Line
) -> None:
    _, here, _, _, _ = await _apart(make_service)
    console = await (await here.sign_in("deniz")).connect()
    await line.cut()
    line.mend()
    async with asyncio.timeout(PATIENCE):
        while not console.ws.closed:
            await asyncio.sleep(0.02)
    assert console.ws.close_code == 1001


async def test_tab_at_one_service_hears_of_the_conversation_that_another_tab_begins_elsewhere(
    make_service: MakeService,
) -> None:
    there, here = await make_service(), await make_service()
    customer = await there.new_customer()
    frames = await Customer(here, customer.token, "en").connect()
    await customer.say("hello")
    await frames.until(_says("You said: hello"))
    assert [message["text"] for message in frames.messages("customer")] == ["hello"]


async def test_however_much_one_transaction_changes_all_of_it_is_told(
    make_service: MakeService,
) -> None:
    there, _, _, name, frames = await _apart(make_service)
    async with there.app[keys.STORE].write() as tx:
        for number in range(1000):
            tx.announce(Change(Kind.STATE, f"{number:032}", f"{number:032}"))
        locked = await conversations.lock(tx, name)
        assert locked is not None
        last = Draft(author=Author.SYSTEM, text="last of many")
        await messages.append(tx, locked, [last], there.clock())
    await frames.until(_says("last of many"))


async def _apart(
    make_service: MakeService,
) -> tuple[Service, Service, AgentBrowser, str, Frames]:
    """Let an agent at one service talk to a customer whose socket is at another."""
    there, here = await make_service(), await make_service()
    customer, agent, name = await there.in_hands()
    frames = await Customer(here, customer.token, "en").connect()
    return there, here, agent, name, frames


def _says(text: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame.get("message", {}).get("text") == text
