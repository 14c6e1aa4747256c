"""A real service with a scripted bot, and a real browser in front of it."""

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select, update

from handoff.app import create_app
from handoff.clock import utc_now
from handoff.settings import load
from handoff.store.migrate import migrate
from handoff.store.tables import contact, conversation
from handoff.web import keys
from shop.clock import today
from shop.migrate import migrate as migrate_shop
from shop.seed import seed
from tests.fakes.bot import ScriptedBot
from tests.passwords import QUICK_HASHER

CHROMIUM = os.environ.get("DEVIR_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Service:
    """The service in a thread of its own, with one agent who may sign in.

    `settings` are set beside those that every test needs.
    """

    login, password, agent_name = "deniz", "correct horse battery", "Deniz Yalın"

    def __init__(self, folder: Path, bot: ScriptedBot, **settings: Any) -> None:
        self._folder = folder
        self._settings = settings
        self._shop_url = f"sqlite+aiosqlite:///{folder / 'shop.db'}"
        self._bot = bot
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="service")
        self._runner: web.AppRunner | None = None
        self._app: web.Application | None = None
        self.port = 0
        self.url = ""

    def start(self) -> None:
        """Start it for the first time, or again on the same database and port."""
        if not self._thread.is_alive():
            self._thread.start()
        self.run(self._start())

    def stop(self) -> None:
        """Stop it as a signal would."""
        self.run(self._stop())

    def close(self) -> None:
        """Stop it for good."""
        if self._runner is not None:
            self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Any) -> Any:
        """Await `work` in the service's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def add_agent(self, login: str, name: str, role: str = "agent") -> None:
        """Let one more agent in, with the same password."""
        assert self._app is not None
        self.run(self._app[keys.SIGN_IN].add_agent(login, name, role, self.password))

    def seed_shop(self) -> None:
        """Fill the shop with its demo orders, dated around today."""
        self.run(seed(self._shop_url, today()))

    def name_customers(self, name: str) -> None:
        """Give every customer without a name this one, as a channel that knows names would."""

        async def rename() -> None:
            assert self._app is not None
            async with self._app[keys.STORE].write() as tx:
                nameless = update(contact).where(contact.c.name.is_(None))
                await tx.execute(nameless.values(name=name))

        self.run(rename())

    def leave_to_reply(self, **hours: float) -> None:
        """Let the customers of these names be answered for so long, as on a platform."""

        async def leave() -> None:
            assert self._app is not None
            async with self._app[keys.STORE].write() as tx:
                for name, left in hours.items():
                    whose = select(contact.c.id).where(contact.c.name == name).scalar_subquery()
                    until = utc_now() + timedelta(hours=left)
                    await tx.execute(
                        update(conversation)
                        .where(conversation.c.contact_id == whose)
                        .values(channel="whatsapp", window_until=until)
                    )

        self.run(leave())

    def drop_sockets(self) -> None:
        """Close every browser's socket, as a restart of a proxy would."""
        assert self._app is not None
        self.run(self._app[keys.LIVE].close())

    async def _start(self) -> None:
        first = self.port == 0
        url = f"sqlite+aiosqlite:///{self._folder / 'devir.db'}"
        if first:
            await migrate(url)
            await migrate_shop(self._shop_url)
            self.port = _free_port()
            self.url = f"http://127.0.0.1:{self.port}"
        settings = load(
            port=self.port,
            database_url=url,
            shop_url=self._shop_url,
            bot_token="a secret for the tests",
            demo=True,
            identity_secret="a secret that the shop's server knows too",
            mask_key="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            media_dir=str(self._folder / "media"),
            files_per_minute=6000,
            messages_per_minute=6000,
            sessions_per_minute=6000,
            **self._settings,
        )
        self._app = create_app(settings, make_bot=lambda _: self._bot, hasher=QUICK_HASHER)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        if first:
            await self._app[keys.SIGN_IN].add_agent(
                self.login, self.agent_name, "agent", self.password
            )

    async def _stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
        self._runner = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the service's databases, still empty."""
    folder = tmp_path_factory.mktemp("migrated")
    with ThreadPoolExecutor(1) as thread:  # the browser may have a loop in this one
        for work, name in ((migrate, "devir.db"), (migrate_shop, "shop.db")):
            thread.submit(asyncio.run, work(f"sqlite+aiosqlite:///{folder / name}")).result()
    return folder


@pytest.fixture
def service(migrated: Path, tmp_path: Path, bot: ScriptedBot) -> Iterator[Service]:
    for file in migrated.glob("*.db"):
        shutil.copy(file, tmp_path)
    running = Service(tmp_path, bot)
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def service_url(service: Service) -> str:
    return service.url


@pytest.fixture
def agent_login(service: Service) -> tuple[str, str]:
    return service.login, service.password


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a browser profile of its own; fails the test when one throws."""
    contexts = []
    thrown: list[str] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"locale": "tr-TR", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not thrown, thrown
