"""Rasa and the actions as `make run` starts them, to be killed and started again."""

import json
import os
import secrets
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.dialogue.processes import QUIET, RASA, ROOT, SERVICE, free_ports

START_S = 120


class Processes:
    """One Rasa with one action server and a freshly filled demo shop; all files lie in `folder`."""

    def __init__(self, model: Path, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "rasa.db"
        self._model = model
        self._token = secrets.token_urlsafe(32)
        self._actions_port, self._rasa_port = free_ports(2)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._environ = {
            **os.environ,
            **QUIET,
            "DEVIR_SHOP_URL": f"sqlite+aiosqlite:///{folder}/shop.db",
            "DEVIR_BOT_TOKEN": self._token,
            "DEVIR_ACTIONS_PORT": str(self._actions_port),
        }
        original = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
        (folder / "endpoints.yml").write_text(
            original.replace("var/rasa.db", str(self.database)), encoding="utf-8"
        )

    @property
    def url(self) -> str:
        """Where the gateway's routes begin."""
        return f"http://127.0.0.1:{self._rasa_port}/webhooks/gateway"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that opens the gateway."""
        return {"Authorization": f"Bearer {self._token}"}

    def fill_shop(self) -> None:
        """Make the shop's tables and put the demo orders in."""
        for command in ("migrate", "seed"):
            subprocess.run(
                [SERVICE, "-m", "shop", command],
                cwd=ROOT,
                env=self._environ,
                check=True,
                stdout=subprocess.DEVNULL,
            )

    def start_actions(self) -> None:
        """Start the action server and wait until it answers."""
        command: list[str | Path] = [SERVICE, "-m", "actions", "-p", str(self._actions_port)]
        self._start("actions", command, f"http://127.0.0.1:{self._actions_port}/health")

    def start_rasa(self) -> None:
        """Start Rasa and wait until its routes answer, ready or not."""
        command: list[str | Path] = [
            RASA,
            "-m",
            "rasa",
            "run",
            "-i",
            "127.0.0.1",
            "-p",
            str(self._rasa_port),
        ]
        command += ["--model", self._model, "--credentials", "credentials.yml"]
        command += ["--endpoints", self.folder / "endpoints.yml"]
        self._start("rasa", command, f"{self.url}/ready")

    def kill(self, name: str) -> None:
        """Kill `rasa` or `actions` without a warning."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)

    def close(self) -> None:
        """Kill what still runs."""
        for name in list(self._running):
            self.kill(name)

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """The status and answer of a request to the gateway; a POST if it has a body."""
        request = Request(f"{self.url}/{path}", body, headers or self.authorization)
        return _answer(request)

    def turn(self, conversation: str, message: str | None = None, **said: Any) -> tuple[int, Any]:
        """Send one turn; the status and the answer."""
        body = {
            "conversation_id": conversation,
            "message_id": message or uuid.uuid4().hex,
            "language": "tr",
            **said,
        }
        return self.ask("turn", json.dumps(body).encode())

    def _start(self, name: str, command: list[str | Path], probe: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environ, stdout=log, stderr=subprocess.STDOUT
            )
        self._running[name] = process
        deadline = time.monotonic() + START_S
        while not self._answers(probe):
            assert process.poll() is None, (self.folder / f"{name}.log").read_text("utf-8")
            assert time.monotonic() < deadline, f"{name} did not start"
            time.sleep(0.1)

    def _answers(self, url: str) -> bool:
        try:
            _answer(Request(url, None, self.authorization))
        except OSError:
            return False
        return True


def _answer(request: Request) -> tuple[int, Any]:
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)
