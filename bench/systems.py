"""What is measured: Devir, and Rasa as `rasa init` sets it up, with the same data and actions."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from bench import manyorders
from bench.models import QUIET
from tools.clone import Clone

_START_S = 300


@dataclass(frozen=True)
class Running:
    """Where the three things to measure listen, and the secret of our Rasa."""

    service: str
    gateway: str
    default: str
    token: str


@contextmanager
def running(
    clone: Clone, ours: Path, default: Path | None, folder: Path, orders: int = 0
) -> Iterator[Running]:
    """All processes on free ports, their files in `folder`; stopped at the end.

    Without `default` nothing runs to compare with. The shop has `orders`, at least the demo's.
    """
    shop = f"sqlite+aiosqlite:///{folder}/shop.db"
    database = f"sqlite+aiosqlite:///{folder}/devir.db"
    service, gateway, stock, actions = _free_ports(4)
    token = secrets.token_urlsafe(32)
    environ = {
        **os.environ,
        **QUIET,
        "DEVIR_ACTIONS_PORT": str(actions),
        "DEVIR_ACTIONS_URL": f"http://127.0.0.1:{actions}",
        "DEVIR_BOT_TOKEN": token,
        "DEVIR_BOT_URL": f"http://127.0.0.1:{gateway}",
        "DEVIR_DATABASE_URL": database,
        "DEVIR_MESSAGES_PER_MINUTE": "1000000",
        "DEVIR_PORT": str(service),
        "DEVIR_TRUSTED_PROXIES": "1",
        "DEVIR_PUBLIC_URL": f"http://127.0.0.1:{service}",
        "DEVIR_SESSIONS_PER_MINUTE": "1000000",
        "DEVIR_SHOP_URL": shop,
    }
    python, rasa = str(clone.service_python), str(clone.rasa_python)
    for preparation in (
        [python, "-m", "shop", "migrate"],
        [python, "-m", "shop", "seed"],
        [python, "-m", "handoff", "migrate"],
    ):
        subprocess.run(
            preparation, cwd=clone.root, env=environ, check=True, stdout=subprocess.DEVNULL
        )
    manyorders.fill(folder / "shop.db", orders)
    endpoints = (clone.root / "endpoints.yml").read_text(encoding="utf-8")
    (folder / "endpoints.yml").write_text(
        endpoints.replace("var/rasa.db", f"{folder}/rasa.db"), encoding="utf-8"
    )
    (folder / "default-endpoints.yml").write_text(
        f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n", encoding="utf-8"
    )
    (folder / "default-credentials.yml").write_text("rest:\n", encoding="utf-8")
    serve = ["run", "-i", "127.0.0.1"]
    with ExitStack() as started:
        for name, command, ready in (
            (
                "actions",
                [python, "-m", "actions", "-p", str(actions)],
                f"http://127.0.0.1:{actions}/health",
            ),
            (
                "rasa",
                [
                    *[rasa, "-m", "bot", *serve, "-p", str(gateway), "--model", str(ours)],
                    *["--credentials", "credentials.yml"],
                    *["--endpoints", f"{folder}/endpoints.yml"],
                ],
                f"http://127.0.0.1:{gateway}/",
            ),
            (
                "default",
                [
                    *[rasa, "-m", "rasa", *serve, "-p", str(stock), "--model", str(default)],
                    *["--credentials", f"{folder}/default-credentials.yml"],
                    *["--endpoints", f"{folder}/default-endpoints.yml"],
                ],
                f"http://127.0.0.1:{stock}/",
            ),
            ("service", [python, "-m", "handoff", "serve"], f"http://127.0.0.1:{service}/readyz"),
        ):
            if name == "default" and default is None:
                continue
            _start(started, clone, folder / f"{name}.log", command, environ, ready)
        yield Running(
            service=f"http://127.0.0.1:{service}",
            gateway=f"http://127.0.0.1:{gateway}/webhooks/gateway/turn",
            default=f"http://127.0.0.1:{stock}/webhooks/rest/webhook",
            token=token,
        )


def _start(
    started: ExitStack,
    clone: Clone,
    log_path: Path,
    command: list[str],
    environ: Mapping[str, str],
    ready: str,
) -> None:
    log = started.enter_context(log_path.open("wb"))
    process = subprocess.Popen(command, cwd=clone.root, env=environ, stdout=log, stderr=log)
    started.callback(process.wait, timeout=30)
    started.callback(process.terminate)
    deadline = time.monotonic() + _START_S
    while not _answers(ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{log_path.stem} did not start; {log_path} says why.")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urlopen(Request(url), timeout=5) as answer:
            return bool(answer.status == 200)
    except HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in sockets]
