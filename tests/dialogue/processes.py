"""Rasa, the actions and a demo shop as they really run, on ports and files of their own."""

import json
import os
import secrets
import socket
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / ".venv" / "bin" / "python"
RASA = ROOT / ".venv-rasa" / "bin" / "python"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


@dataclass(frozen=True)
class Gateway:
    """The one door into Rasa, and the file of the shop behind it."""

    url: str
    token: str
    shop: Path

    def forget_wrong_proofs(self) -> None:
        """Let nobody be stopped for what others have tried."""
        with closing(sqlite3.connect(self.shop)) as database, database:
            database.execute("DELETE FROM shop_wrong_proof")

    def turn(self, **body: Any) -> tuple[int, dict[str, Any]]:
        """Send one turn, and return the status and the answer."""
        return self._ask(Request(f"{self.url}/turn", json.dumps(body).encode()))

    def ready(self) -> bool:
        """Return whether a model is loaded."""
        try:
            return self._ask(Request(f"{self.url}/ready"))[0] == 200
        except OSError:
            return False

    def _ask(self, request: Request) -> tuple[int, dict[str, Any]]:
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)


@dataclass
class Customer:
    """Someone on a page in `language`, and the last answer they got."""

    gateway: Gateway
    language: str
    conversation: str = field(default_factory=lambda: uuid.uuid4().hex)
    answer: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    """What the service knows of them, beside their channel."""

    def writes(self, text: str, reset: bool = False) -> list[str]:
        """Write a message, and return the texts that come back."""
        return self._turn(text=text, reset=reset)

    def presses(self, payload: str) -> list[str]:
        """Press a button of the last answer, and return the texts that come back."""
        assert payload in self.offered, f"no such button: {self.offered}"
        return self._turn(payload=payload, reset=False)

    @property
    def offered(self) -> list[str]:
        """What the buttons of the last answer mean."""
        return [
            button["payload"]
            for reply in self.answer["replies"]
            for button in reply.get("buttons", [])
        ]

    @property
    def handoff(self) -> Any:
        """The request for a person that came with the last answer."""
        return self.answer["handoff"]

    @property
    def complaint(self) -> Any:
        """The complaint that the last answer completed."""
        return self.answer["complaint"]

    def _turn(self, **said: Any) -> list[str]:
        status, self.answer = self.gateway.turn(
            conversation_id=self.conversation,
            message_id=uuid.uuid4().hex,
            language=self.language,
            metadata={"channel": "widget", **self.known},
            **said,
        )
        assert status == 200, self.answer
        return [reply["text"] for reply in self.answer["replies"] if "text" in reply]


def demo_shop(folder: Path) -> str:
    """Fill a shop in `folder` with the demo's orders and products, and return its address."""
    shop = f"sqlite+aiosqlite:///{folder}/shop.db"
    for step in ("migrate", "seed"):
        subprocess.run(
            [SERVICE, "-m", "shop", step, "--url", shop],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return shop


@contextmanager
def running_bot(
    model: Path, folder: Path, shop: str, settings: Mapping[str, str] | None = None
) -> Iterator[Gateway]:
    """Run Rasa with `model` and the actions on the shop at `shop`; all files lie in `folder`.

    `settings` are of the environment, beside what every run needs.
    """
    endpoints = folder / "endpoints.yml"
    original = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
    assert "path: var/rasa.db" in original
    endpoints.write_text(
        original.replace("path: var/rasa.db", f"path: {folder}/rasa.db"), encoding="utf-8"
    )
    token = secrets.token_urlsafe(32)
    actions, rasa = free_ports(2)
    environ = {
        **os.environ,
        **QUIET,
        "DEVIR_SHOP_URL": shop,
        "DEVIR_BOT_TOKEN": token,
        "DEVIR_ACTIONS_PORT": str(actions),
        **(settings or {}),
    }
    gateway = Gateway(f"http://127.0.0.1:{rasa}/webhooks/gateway", token, folder / "shop.db")
    act: list[str | Path] = [SERVICE, "-m", "actions", "-p", str(actions)]
    serve: list[str | Path] = [RASA, "-m", "bot", "run", "-i", "127.0.0.1", "-p", str(rasa)]
    serve += ["--model", model]
    serve += ["--endpoints", endpoints, "--credentials", "credentials.yml"]
    with ExitStack() as started:
        for name, command in (("actions", act), ("rasa", serve)):
            log = started.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                command, cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT
            )
            started.callback(process.wait, timeout=30)
            started.callback(process.terminate)
        deadline = time.monotonic() + 120
        while not gateway.ready():
            assert process.poll() is None, (folder / "rasa.log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "Rasa did not get ready"
            time.sleep(0.2)
        yield gateway


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on."""
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]
