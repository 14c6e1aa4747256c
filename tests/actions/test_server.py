"""The action server as it is started: what Rasa sees when an answer fails."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]

Start = Callable[[str], str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the action server did not get ready")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an action server on a shop's address; ends it as an operator would."""
    started: list[subprocess.Popen[bytes]] = []

    def start(shop_url: str) -> str:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "actions", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "DEVIR_SHOP_URL": shop_url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(url, process)
        return url

    yield start
    for process in started:
        process.terminate()
    assert [process.wait(timeout=30) for process in started] == [0] * len(started)


async def call(url: str, action: str, latest: object = None) -> tuple[int, dict[str, object]]:
    tracker = {
        "sender_id": "c-1",
        "slots": {},
        "latest_message": latest or {"text": "kupa var mı", "intent": {"name": "product_info"}},
        "events": [{"event": "user", "text": "kupa var mı", "parse_data": {}}],
        "active_loop": {},
    }
    body = {"next_action": action, "tracker": tracker, "version": "3.6.21"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/webhook", json=body) as response,
    ):
        return response.status, await response.json()


async def test_an_exception_fails_the_call(start: Start, tmp_path: Path) -> None:
    url = start(f"sqlite+aiosqlite:///{tmp_path}/shop.db")
    status, _ = await call(url, "action_products", latest=["no message"])
    assert status == 500


async def test_of_a_shop_that_is_down_a_person_is_offered(start: Start, tmp_path: Path) -> None:
    url = start(f"sqlite+aiosqlite:///{tmp_path}/not/there.db")
    status, answer = await call(url, "action_products")
    assert status == 200
    responses = answer["responses"]
    assert isinstance(responses, list)
    assert [said["response"] for said in responses] == [
        "utter_shop_unavailable",
        "utter_leave_offer",
    ]


@pytest.mark.parametrize("command", [("actions", "-p", "0"), ("handoff", "serve")])
def test_rules_that_cannot_be_used_stop_the_start_with_file_line_and_field(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    rules = (ROOT / "shop/demo/rules.yml").read_text(encoding="utf-8")
    wrong = tmp_path / "rules.yml"
    wrong.write_text("withdrawl: 14\n" + rules, encoding="utf-8")
    database = f"sqlite+aiosqlite:///{tmp_path}/devir.db"
    environ = {
        **os.environ,
        "DEVIR_SHOP_RULES": str(wrong),
        "DEVIR_DATABASE_URL": database,
        "DEVIR_BOT_TOKEN": "a-token-of-the-tests-0000000000",
    }
    migrated = (sys.executable, "-m", "handoff", "migrate", "--url", database)
    subprocess.run(migrated, cwd=ROOT, check=True, capture_output=True, timeout=60)
    run = subprocess.run(
        (sys.executable, "-m", *command),
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert f"{wrong}" in run.stderr
    assert "line 1" in run.stderr
    assert "withdrawl" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("command", [("actions", "-p", "0"), ("handoff", "serve")])
def test_a_shops_server_without_its_key_stops_the_start_with_a_sentence(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path}/devir.db"
    environ = {
        **os.environ,
        "DEVIR_SHOP_URL": "woocommerce+https://shop.example.com",
        "DEVIR_SHOP_TOKEN": "",
        "DEVIR_DATABASE_URL": database,
        "DEVIR_BOT_TOKEN": "a-token-of-the-tests-0000000000",
    }
    migrated = (sys.executable, "-m", "handoff", "migrate", "--url", database)
    subprocess.run(migrated, cwd=ROOT, check=True, capture_output=True, timeout=60)
    run = subprocess.run(
        (sys.executable, "-m", *command),
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "DEVIR_SHOP_TOKEN must be set" in run.stderr
    assert "Traceback" not in run.stderr
