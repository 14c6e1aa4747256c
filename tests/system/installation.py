"""The three processes as they really run, which a test may kill and start again."""

import asyncio
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import aiohttp

from tests.dialogue.processes import QUIET, RASA, ROOT, SERVICE, free_ports

HANDOFF, BOT, ACTIONS = "handoff", "rasa", "actions"
PASSWORD = "correct horse battery"


class Installation:
    """Service, bot and actions on ports and files of their own, below `folder`."""

    login, password, agent_name = "deniz", PASSWORD, "Deniz Yalın"

    def __init__(
        self, folder: Path, model: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        port, bot, actions = free_ports(3)
        self.url = f"http://127.0.0.1:{port}"
        self.headers = {"Origin": self.url}
        self._environ = {
            **os.environ,
            **QUIET,
            "DEVIR_PORT": str(port),
            "DEVIR_BOT_URL": f"http://127.0.0.1:{bot}",
            "DEVIR_ACTIONS_URL": f"http://127.0.0.1:{actions}",
            "DEVIR_ACTIONS_PORT": str(actions),
            "DEVIR_BOT_TOKEN": secrets.token_urlsafe(32),
            "DEVIR_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/devir.db",
            "DEVIR_SHOP_URL": f"sqlite+aiosqlite:///{folder}/shop.db",
            "DEVIR_MESSAGES_PER_MINUTE": "60000",
            "DEVIR_DEMO": "true",
            "DEVIR_AGENT_PASSWORD": PASSWORD,
            "DEVIR_PUBLIC_URL": self.url,
            **(settings or {}),
        }
        self._environs: dict[str, dict[str, str]] = {}
        endpoints = folder / "endpoints.yml"
        endpoints.write_text(
            (ROOT / "endpoints.yml")
            .read_text(encoding="utf-8")
            .replace("path: var/rasa.db", f"path: {folder}/rasa.db"),
            encoding="utf-8",
        )
        self._commands: dict[str, list[str | Path]] = {
            HANDOFF: [SERVICE, "-m", "handoff", "serve"],
            ACTIONS: [SERVICE, "-m", "actions", "-p", str(actions)],
            BOT: [
                *(RASA, "-m", "bot", "run", "-i", "127.0.0.1", "-p", str(bot), "--model", model),
                *("--endpoints", endpoints, "--credentials", "credentials.yml"),
            ],
        }
        agent = ("add-agent", "--login", self.login, "--name", self.agent_name)
        for command in (("handoff", "migrate"), ("shop", "migrate"), ("shop", "seed")):
            self._do(*command)
        self._do("handoff", *agent)

    @property
    def database_url(self) -> str:
        """Where the conversations are."""
        return self._environ["DEVIR_DATABASE_URL"]

    def add_service(self, name: str) -> str:
        """Name one more service on the same database, not started yet; returns its address."""
        (port,) = free_ports(1)
        environ = {**self._environ, "DEVIR_PORT": str(port)}
        self._commands[name] = self._commands[HANDOFF]
        self._environs[name] = environ
        return f"http://127.0.0.1:{port}"

    def _do(self, *command: str) -> None:
        subprocess.run(
            [SERVICE, "-m", *command],
            cwd=ROOT,
            env=self._environ,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self, name: str) -> None:
        """Start one of the three."""
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                self._commands[name],
                cwd=ROOT,
                env=self._environs.get(name, self._environ),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """End one of the three without warning, as a power cut would."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def processor_seconds(self, name: str) -> float:
        """Return how much of a processor one of the three has used since it was started."""
        told = Path(f"/proc/{self._processes[name].pid}/stat").read_text()
        user, system = told.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End what still runs."""
        for name in list(self._processes):
            self.kill(name)

    def wait_until_ready(self) -> None:
        """Wait until the service says that every part is ready."""
        state: object = None
        for _ in range(600):
            try:
                with urlopen(f"{self.url}/readyz", timeout=10):
                    return
            except HTTPError as error:
                with error:
                    state = error.read()
            except OSError as error:
                state = error
            time.sleep(0.1)
        raise AssertionError(f"not ready: {state!r}")


class Visitor:
    """A customer whose page repeats what was not acknowledged, as the widget does."""

    def __init__(self, installation: Installation, http: aiohttp.ClientSession, token: str) -> None:
        self._installation = installation
        self._http = http
        self._headers = {**installation.headers, "Authorization": f"Bearer {token}"}
        self._count = 0

    async def say(self, text: str) -> int:
        """Send a text until it is acknowledged, and return its `seq`."""
        self._count += 1
        body = {"client_id": f"message-{self._count:04}", "text": text}
        answer = await self._insist("POST", "/widget/messages", body)
        return int(answer["seq"])

    async def read(self) -> dict[str, Any]:
        """Return state and messages."""
        return await self._insist("GET", "/widget/messages", None)

    async def _insist(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        last: object = None
        for _ in range(400):
            try:
                async with self._http.request(
                    method,
                    f"{self._installation.url}{path}",
                    json=body,
                    headers=self._headers,
                    timeout=aiohttp.ClientTimeout(total=5),
                ) as response:
                    if response.status < 300:
                        found: dict[str, Any] = await response.json()
                        return found
                    last = await response.text()
            except (aiohttp.ClientError, TimeoutError) as error:
                last = error
            await asyncio.sleep(0.05)
        raise AssertionError(f"not acknowledged: {last!r}")


async def new_visitor(installation: Installation, http: aiohttp.ClientSession) -> Visitor:
    """Open a session."""
    async with http.post(
        f"{installation.url}/widget/sessions",
        json={"language": "en"},
        headers=installation.headers,
    ) as response:
        assert response.status == 201
        return Visitor(installation, http, (await response.json())["token"])
