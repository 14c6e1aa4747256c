"""A small assistant, trained once, behind the real channel on a free loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import uuid
import warnings
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import register
from rasa.core.utils import AvailableEndpoints
from rasa.model_training import train
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog
from sanic import Sanic

from bot.channel import Gateway

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOKEN = "a-secret-for-the-tests"


class Actions:
    """An action server that does what a test tells it.

    `answers` maps an action's name to the body it answers with, or to an async function that takes
    the call and returns a body or a response. `calls` are the calls it got. An action nobody told
    about does nothing. `connections` are those the calls came over, each once.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.calls: list[dict[str, Any]] = []
        self.connections: list[asyncio.BaseTransport] = []
        self.url = ""

    def called(self, action: str) -> int:
        """How many times an action was called."""
        return sum(call["next_action"] == action for call in self.calls)

    def says(self, text: str, *events: dict[str, Any]) -> None:
        """Let action_scripted say a text and return events."""
        self.answers["action_scripted"] = {"events": list(events), "responses": [{"text": text}]}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        call = await request.json()
        self.calls.append(call)
        if request.transport and request.transport not in self.connections:
            self.connections.append(request.transport)
        answer = self.answers.get(call["next_action"], {"events": [], "responses": []})
        if callable(answer):
            answer = await answer(call)
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)


class Bot:
    """The channel as the service sees it."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def turn(
        self,
        text: str | None = None,
        *,
        conversation: str = "c1",
        message: str | None = None,
        **fields: Any,
    ) -> tuple[int, dict[str, Any]]:
        """Send a message; the status and body of the answer."""
        body = {
            "conversation_id": conversation,
            "message_id": message or uuid.uuid4().hex,
            **({} if text is None else {"text": text}),
            **fields,
        }
        return await self.post(json=body)

    async def post(self, **request: Any) -> tuple[int, dict[str, Any]]:
        """Send any request to the turn's route with the right secret."""
        request.setdefault("headers", {"Authorization": f"Bearer {TOKEN}"})
        async with self.session.post(f"{self.base}/turn", **request) as response:
            return response.status, await response.json()

    async def ready(self, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
        """Ask whether the bot is ready."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.get(f"{self.base}/ready", headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> None:
    """Log as `rasa run` does; Rasa's debug lines take longer than the tests."""
    configure_structlog(logging.INFO)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small assistant with the project's pipeline and policies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Rasa's advice on training data; the model is what matters
        trained = train(
            domain=str(HERE / "small" / "domain.yml"),
            config=str(ROOT / "config.yml"),
            training_files=[str(HERE / "small" / name) for name in ("nlu.yml", "rules.yml")],
            output=str(tmp_path_factory.mktemp("model")),
            force_training=True,
        )
    assert trained.model
    return str(trained.model)


@pytest.fixture
async def actions() -> AsyncIterator[Actions]:
    """An action server on a free port."""
    server = Actions()
    app = web.Application(client_max_size=16 * 2**20)
    app.router.add_post("/webhook", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    yield server
    await runner.cleanup()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the conversations are kept."""
    return tmp_path / "rasa.db"


@pytest.fixture
def load(model: str, actions: Actions, database: Path) -> Callable[[], Any]:
    """Loads the agent as `rasa run` does; every call stands for a fresh start of the process."""

    async def load_fresh() -> Agent:
        return await load_agent(
            model,
            endpoints=AvailableEndpoints(
                action=EndpointConfig(actions.url),
                tracker_store=EndpointConfig(
                    type="bot.trackers.SqliteTrackerStore", path=str(database)
                ),
            ),
        )

    return load_fresh


@contextlib.asynccontextmanager
async def serving(agent: Agent | None, **settings: Any) -> AsyncIterator[Bot]:
    """The channel in front of an agent, on a free port."""
    Sanic.test_mode = True  # more than one app in a process
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    register([Gateway.from_credentials({"token": TOKEN, **settings})], app, route="/webhooks/")
    app.ctx.agent = agent
    with socket.create_server(("127.0.0.1", 0)) as door:  # given a port of 0, Sanic takes 8000
        server = await app.create_server(sock=door, return_asyncio_server=True, access_log=False)
        try:
            await server.startup()
            await server.start_serving()
            async with aiohttp.ClientSession() as session:
                yield Bot(session, f"http://127.0.0.1:{door.getsockname()[1]}/webhooks/gateway")
        finally:
            await server.close()


@pytest.fixture
async def bot(load: Callable[[], Any]) -> AsyncIterator[Bot]:
    """The small assistant behind its channel."""
    Gateway.from_credentials({"token": TOKEN})  # prepares Rasa, as a start does before it loads
    async with serving(await load()) as served:
        yield served
