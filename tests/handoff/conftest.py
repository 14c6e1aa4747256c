"""The service with a scripted bot and a clock of the test's own, on both databases.

A test that takes `service` runs twice: on SQLite and on PostgreSQL. Everything goes through the
service's HTTP routes and sockets.
"""

import asyncio
import io
import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from handoff.app import create_app
from handoff.channels.base import Channel
from handoff.settings import Settings, load
from handoff.store.migrate import migrate
from handoff.store.tables import metadata
from handoff.web import keys
from shop.migrate import migrate as migrate_shop
from tests.fakes.bot import ScriptedBot
from tests.fakes.platform import SECRET, Platform
from tests.passwords import QUICK_HASHER
from tests.postgres import PostgresServer

PASSWORD = "correct horse battery"
BOT_TOKEN = "a secret for the tests"
MASK_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

PATIENCE = 30.0
"""Seconds something is waited for: far more than it takes, as machines may be busy."""

NewDatabase = Callable[[], str]
"""Makes an empty, migrated database and returns its address."""


def sqlite_url(file: Path) -> str:
    """Return the address of a file for SQLAlchemy."""
    return f"sqlite+aiosqlite:///{file}"


class MovableClock:
    """The real time, moved as far as the test wants."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, **by: float) -> None:
        """Move ahead by a timedelta's arguments."""
        self._ahead += timedelta(**by)


class Frames:
    """A client's socket that keeps every frame it has heard."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list[dict[str, Any]] = []
        self._new = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for incoming in self.ws:
            if incoming.type is aiohttp.WSMsgType.TEXT:
                self.heard.append(incoming.json())
            self._new.set()
        self._new.set()

    async def send(self, **frame: Any) -> None:
        """Send a frame."""
        await self.ws.send_json(frame)

    async def until(
        self, wanted: Callable[[dict[str, Any]], bool], *, count: int = 1, seconds: float = PATIENCE
    ) -> list[dict[str, Any]]:
        """Wait until `count` frames that were heard at any time are wanted, and return them."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = [frame for frame in self.heard if wanted(frame)]
                    if len(found) >= count:
                        return found
                    self._new.clear()
                    await self._new.wait()
        except TimeoutError:
            kinds = [(frame["type"], frame.get("message", {}).get("text")) for frame in self.heard]
            raise AssertionError(f"not heard in {seconds} s; heard {kinds}") from None

    def messages(self, author: str | None = None) -> list[dict[str, Any]]:
        """Return the messages heard so far, by one author or by all."""
        frames = [frame["message"] for frame in self.heard if frame["type"] == "message"]
        return [message for message in frames if author in (None, message["author"])]

    async def close(self) -> None:
        """Leave."""
        await self.ws.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@dataclass(frozen=True)
class Served:
    """A file as a browser gets it."""

    status: int
    headers: dict[str, str]
    content: bytes


class Customer:
    """A visitor's browser."""

    def __init__(self, service: "Service", token: str, language: str) -> None:
        self._service = service
        self.token = token
        self.language = language
        self._numbers = itertools.count(1)
        self.frames: Frames | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Origin": self._service.origin}

    async def connect(self, after: int = 0) -> Frames:
        """Open a socket and be welcomed."""
        frames = await self._service.open_socket("/widget/socket")
        await frames.send(type="hello", token=self.token, after=after, language=self.language)
        await frames.until(lambda frame: frame["type"] == "welcome")
        self.frames = frames
        return frames

    def next_id(self) -> str:
        """Return a client id not used before."""
        return f"message-{next(self._numbers):06}"

    async def say(self, text: str, client_id: str | None = None) -> dict[str, Any]:
        """Send a text over HTTP and return the receipt."""
        return await self.post(client_id=client_id or self.next_id(), text=text)

    async def press(self, button: str) -> dict[str, Any]:
        """Press a button over HTTP and return the receipt."""
        return await self.post(client_id=self.next_id(), button=button)

    async def post(self, **body: Any) -> dict[str, Any]:
        """Send a message and return the receipt, whatever the status."""
        async with self._service.http.post(
            f"{self._service.url}/widget/messages", json=body, headers=self.headers
        ) as response:
            found: dict[str, Any] = await response.json()
            return {**found, "status": response.status}

    async def send_file(
        self, content: bytes, name: str = "photo.jpg", client_id: str | None = None
    ) -> dict[str, Any]:
        """Send a file and return the receipt, whatever the status."""
        async with self._service.http.post(
            f"{self._service.url}/widget/files",
            params={"client_id": client_id or self.next_id(), "name": name},
            data=io.BytesIO(content),
            headers=self.headers,
        ) as response:
            found: dict[str, Any] = await response.json()
            return {**found, "status": response.status}

    async def file(self, name: str) -> Served:
        """Return what `GET /widget/files/{file}` answers."""
        async with self._service.http.get(
            f"{self._service.url}/widget/files/{name}", headers=self.headers
        ) as response:
            return Served(response.status, dict(response.headers), await response.read())

    async def read(self, after: int = 0) -> dict[str, Any]:
        """Return what `GET /widget/messages` answers."""
        async with self._service.http.get(
            f"{self._service.url}/widget/messages?after={after}", headers=self.headers
        ) as response:
            found: dict[str, Any] = await response.json()
            assert response.status == 200, found
            return found

    async def messages(self, author: str | None = None) -> list[dict[str, Any]]:
        """Return all messages the customer may see, by one author or by all."""
        found = (await self.read())["messages"]
        return [message for message in found if author in (None, message["author"])]

    async def control(self) -> str | None:
        """Return who has the conversation."""
        state = (await self.read())["conversation"]
        return state["control"] if state else None

    async def until_control(self, control: str) -> None:
        """Wait until `control` has the conversation."""
        await eventually(self.control, lambda now: now == control)

    async def until_bot_said(self, count: int) -> list[dict[str, Any]]:
        """Wait until the bot has said `count` things and return them."""
        said: list[dict[str, Any]] = await eventually(
            lambda: self.messages("bot"), lambda said: len(said) >= count
        )
        return said


class AgentBrowser:
    """An agent's browser, signed in."""

    def __init__(self, service: "Service", http: aiohttp.ClientSession, me: dict[str, Any]) -> None:
        self._service = service
        self._http = http
        self.me = me
        self.id = me["agent"]["id"]
        self.csrf = me["csrf"]
        self._numbers = itertools.count(1)

    async def get(self, path: str) -> dict[str, Any]:
        """Return what a GET below /console/api answers; it must succeed."""
        async with self._http.get(f"{self._service.url}/console/api{path}") as response:
            found: dict[str, Any] = await response.json()
            assert response.status == 200, found
            return found

    async def post(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Return status and answer of a POST below /console/api."""
        async with self._http.post(
            f"{self._service.url}/console/api{path}",
            json=body or {},
            headers={"X-CSRF-Token": self.csrf},
        ) as response:
            return response.status, await response.json()

    async def waiting(self) -> list[dict[str, Any]]:
        """Return the list of those who wait."""
        listed: list[dict[str, Any]] = (await self.get("/conversations?view=waiting"))[
            "conversations"
        ]
        return listed

    async def conversation(self, name: str) -> dict[str, Any]:
        """Return summary, messages and card of a conversation."""
        return await self.get(f"/conversations/{name}")

    async def command(
        self, name: str, command: str, epoch: int | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Give a command, at the epoch as it is now unless another is given."""
        if epoch is None:
            epoch = (await self.conversation(name))["conversation"]["epoch"]
        return await self.post(f"/conversations/{name}/{command}", {"epoch": epoch})

    async def claim(self, name: str) -> None:
        """Take a waiting conversation; it must succeed."""
        status, answer = await self.command(name, "claim")
        assert status == 200, answer

    async def write(
        self, name: str, text: str, *, kind: str = "reply", client_id: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Write a reply or a note."""
        given = client_id or f"agent-{next(self._numbers):06}"
        return await self.post(f"/conversations/{name}/{kind}", {"client_id": given, "text": text})

    async def send_file(
        self, name: str, content: bytes, file: str = "photo.jpg", client_id: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send the customer of a conversation a file."""
        given = client_id or f"agent-{next(self._numbers):06}"
        async with self._http.post(
            f"{self._service.url}/console/api/conversations/{name}/files",
            params={"client_id": given, "name": file},
            data=io.BytesIO(content),
            headers={"X-CSRF-Token": self.csrf},
        ) as response:
            return response.status, await response.json()

    async def file(self, name: str) -> Served:
        """Return what `GET /console/api/files/{file}` answers."""
        async with self._http.get(f"{self._service.url}/console/api/files/{name}") as response:
            return Served(response.status, dict(response.headers), await response.read())

    async def connect(self) -> Frames:
        """Open the console's socket."""
        cookies = self._http.cookie_jar.filter_cookies(self._service.base)
        header = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
        frames = await self._service.open_socket("/console/socket", {"Cookie": header})
        await frames.until(lambda frame: frame["type"] == "hello")
        return frames

    async def close(self) -> None:
        """Close the browser."""
        await self._http.close()


class Service:
    """A running service and the ways into it."""

    def __init__(self, settings: Settings, bot: ScriptedBot, clock: MovableClock) -> None:
        self.settings = settings
        self.bot = bot
        self.clock = clock
        self.origin = settings.public_url
        self.http = aiohttp.ClientSession()
        self.channels: Sequence[Channel] = ()
        self._server: TestServer | None = None
        self._closing: list[Callable[[], Awaitable[None]]] = []

    @property
    def app(self) -> web.Application:
        assert self._server is not None
        return self._server.app

    @property
    def url(self) -> str:
        return self.settings.public_url

    @property
    def base(self) -> Any:
        assert self._server is not None
        return self._server.make_url("/")

    async def start(self) -> None:
        """Start it, also again after `stop`."""
        app = create_app(
            self.settings,
            make_bot=lambda _: self.bot,
            clock=self.clock,
            channels=self.channels,
            hasher=QUICK_HASHER,
        )
        self._server = TestServer(app, host="127.0.0.1", port=self.settings.port)
        await self._server.start_server(shutdown_timeout=1)

    async def stop(self) -> None:
        """Stop it; what is on disk stays."""
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def close(self) -> None:
        """Stop it and everything that was opened."""
        for close in self._closing:
            await close()
        await self.http.close()
        await self.stop()

    async def open_socket(self, path: str, headers: dict[str, str] | None = None) -> Frames:
        """Open a socket as one of the service's own pages would."""
        ws = await self.http.ws_connect(
            f"{self.url}{path}", headers={"Origin": self.origin, **(headers or {})}
        )
        frames = Frames(ws)
        self._closing.append(frames.close)
        return frames

    async def hears(self, platform: Platform, *entries: Any, secret: str = SECRET) -> int:
        """Let a platform call; return the status."""
        async with self.http.post(
            f"{self.url}{platform.path}", json=entries, headers={"X-Secret": secret}
        ) as response:
            return response.status

    async def new_customer(self, language: str = "en") -> Customer:
        """Open a widget session."""
        async with self.http.post(
            f"{self.url}/widget/sessions",
            json={"language": language},
            headers={"Origin": self.origin},
        ) as response:
            assert response.status == 201, await response.text()
            return Customer(self, (await response.json())["token"], language)

    async def new_agent(
        self, login: str = "deniz", name: str = "Deniz Yalın", role: str = "agent"
    ) -> AgentBrowser:
        """Make an agent and sign them in."""
        await self.app[keys.SIGN_IN].add_agent(login, name, role, PASSWORD)
        return await self.sign_in(login)

    async def sign_in(self, login: str, password: str = PASSWORD) -> AgentBrowser:
        """Sign an agent in with a browser of their own."""
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with http.post(
            f"{self.url}/console/api/login", json={"login": login, "password": password}
        ) as response:
            assert response.status == 200, await response.text()
            browser = AgentBrowser(self, http, await response.json())
        self._closing.append(browser.close)
        return browser

    async def handed_over(self, language: str = "en") -> tuple[Customer, AgentBrowser, str]:
        """Let a customer ask for a person. Returns both sides and the conversation's id."""
        customer = await self.new_customer(language)
        await customer.say("a person please")
        await customer.until_control("queued")
        agent = await self.new_agent()
        return customer, agent, (await agent.waiting())[0]["id"]

    async def in_hands(self, language: str = "en") -> tuple[Customer, AgentBrowser, str]:
        """As `handed_over`, and the agent has claimed it."""
        customer, agent, name = await self.handed_over(language)
        await agent.claim(name)
        return customer, agent, name


async def eventually(
    look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], seconds: float = PATIENCE
) -> Any:
    """Look again and again until what is seen is wanted, and return it."""
    seen = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                seen = await look()
                if wanted(seen):
                    return seen
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"still {seen!r} after {seconds} s") from None


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "devir.db"
    asyncio.run(migrate(sqlite_url(file)))
    return file


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> str:
    name = postgres.new_database()
    asyncio.run(migrate(postgres.url(name)))
    return name


@pytest.fixture
def new_sqlite(migrated_file: Path, tmp_path: Path) -> NewDatabase:
    """Makes empty, migrated files; a copy takes a hundredth of migrating anew."""
    numbers = itertools.count(1)

    def make() -> str:
        file = tmp_path / f"devir-{next(numbers)}.db"
        shutil.copyfile(migrated_file, file)
        return sqlite_url(file)

    return make


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Empty, migrated databases on the server that no test has any longer."""
    return []


@pytest.fixture
def new_postgresql(
    postgres: PostgresServer, migrated_template: str, spare_databases: list[str]
) -> Iterator[NewDatabase]:
    """Gives empty, migrated databases on the server.

    What a test leaves is emptied for the next: that takes a tenth of making one anew, and the disk
    is spared the 300 files of each.
    """
    given: list[str] = []

    def give() -> str:
        spare = spare_databases.pop() if spare_databases else None
        given.append(spare or postgres.new_database(migrated_template))
        return postgres.url(given[-1])

    yield give
    for name in given:
        postgres.empty(name, metadata.tables)
        spare_databases.append(name)


@pytest.fixture(scope="session")
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = sqlite_url(tmp_path_factory.mktemp("shop") / "shop.db")
    asyncio.run(migrate_shop(url))
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of either kind."""
    make: NewDatabase = request.getfixturevalue(f"new_{request.param}")
    return make()


@pytest.fixture
def make_settings(database_url: str, shop_url: str, tmp_path: Path) -> Callable[..., Settings]:
    """Makes settings for a test; arguments replace single ones."""

    def make(**changes: Any) -> Settings:
        return load(
            **{
                "port": unused_port(),
                "database_url": database_url,
                "shop_url": shop_url,
                "bot_token": BOT_TOKEN,
                "media_dir": str(tmp_path / "media"),
                "files_per_minute": 60_000,
                "messages_per_minute": 60_000,
                "sessions_per_minute": 60_000,
                "demo": True,
                "mask_key": MASK_KEY,
                **changes,
            }
        )

    return make


@pytest.fixture
async def make_service(
    make_settings: Callable[..., Settings],
) -> AsyncIterator[Callable[..., Awaitable[Service]]]:
    """Starts services; arguments are settings, `bot` and `channels`."""
    running: list[Service] = []

    async def make(
        bot: ScriptedBot | None = None,
        channels: Sequence[Channel] = (),
        **changes: Any,
    ) -> Service:
        service = Service(make_settings(**changes), bot or ScriptedBot(), MovableClock())
        service.channels = channels
        running.append(service)
        await service.start()
        return service

    yield make
    for service in running:
        await service.close()


@pytest.fixture
async def service(make_service: Callable[..., Awaitable[Service]]) -> Service:
    return await make_service()
