"""Whether the service is well, what it counts, and what every answer of it has in common."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.exc import OperationalError

from handoff.errors import DevirError
from handoff.web import health, keys
from shop.connect import open_tries
from shop.migrate import migrate as migrate_shop
from shop.seed import DEMO
from shop.tries import Try
from tests.handoff.conftest import PATIENCE, Service
from tests.handoff.logbook import Logbook, captured
from tests.handoff.web.raw import Connection

MakeService = Callable[..., Awaitable[Service]]

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What does not depend on the database need not be tried on both."""


class Neighbours:
    """The bot's and the action server's processes, as far as health goes."""

    def __init__(self) -> None:
        self.bot_status = self.actions_status = 200
        self.tokens: list[str | None] = []
        self.hanging = asyncio.Event()
        app = web.Application()
        app.router.add_get("/webhooks/gateway/ready", self._bot)
        app.router.add_get("/health", self._actions)
        self.server = TestServer(app, host="127.0.0.1")

    async def _bot(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("Authorization"))
        return web.json_response({}, status=self.bot_status)

    async def _actions(self, request: web.Request) -> web.Response:
        if self.actions_status == 0:
            await self.hanging.wait()
        return web.json_response({}, status=self.actions_status or 200)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    running = Neighbours()
    await running.server.start_server(shutdown_timeout=0.1)
    yield running
    running.hanging.set()
    await running.server.close()


async def get(service: Service, path: str, **headers: str) -> tuple[int, Any, Any]:
    """Return status, headers and body: JSON as such, all else as text."""
    async with service.http.get(f"{service.base}{path}", headers=headers) as response:
        is_json = response.content_type == "application/json"
        body = await response.json() if is_json else await response.text()
        return response.status, response.headers, body


# Health


async def test_process_that_runs_is_alive_whatever_its_parts_do(service: Service) -> None:
    status, headers, body = await get(service, "healthz")
    assert (status, body) == (200, {"status": "ok"})
    assert headers["Cache-Control"] == "no-store"


async def test_service_is_ready_when_all_its_parts_are(
    make_service: MakeService, neighbours: Neighbours
) -> None:
    service = await make_service(bot_url=neighbours.url, actions_url=neighbours.url)
    status, _, body = await get(service, "readyz")
    parts = {"database": "ok", "bot": "ok", "actions": "ok", "shop": "ok"}
    assert (status, body) == (200, {"status": "ready", "parts": parts, "warnings": {}})
    assert neighbours.tokens == ["Bearer a secret for the tests"]


@pytest.mark.parametrize(
    ("part", "broken", "told"),
    [
        ("bot", {"bot_status": 503}, "is loading its model"),
        ("bot", {"bot_status": 401}, "answers with status 401"),
        ("bot", {"bot_url": "http://127.0.0.1:9"}, "does not answer; is the rasa process running?"),
        ("actions", {"actions_status": 500}, "answers with status 500"),
        (
            "actions",
            {"actions_url": "http://127.0.0.1:9"},
            "does not answer; is the process running?",
        ),
        ("actions", {"actions_status": 0}, "did not answer within"),
        ("shop", {"shop_url": "sqlite+aiosqlite:////nowhere/shop.db"}, "python -m shop migrate"),
    ],
)
@on_one_database
async def test_part_that_is_not_ready_is_named_with_what_is_wrong(
    make_service: MakeService,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    broken: dict[str, Any],
    told: str,
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 1.0)
    for name in ("bot_status", "actions_status"):
        setattr(neighbours, name, broken.pop(name, 200))
    urls = {"bot_url": neighbours.url, "actions_url": neighbours.url} | broken
    service = await make_service(**urls)
    status, _, body = await get(service, "readyz")
    assert (status, body["status"]) == (503, "not_ready")
    assert told in body["parts"].pop(part)
    assert set(body["parts"].values()) == {"ok"}


async def test_database_that_does_not_answer_is_named_without_its_secrets(
    make_service: MakeService, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await make_service(bot_url=neighbours.url, actions_url=neighbours.url)

    def fail() -> Any:
        raise OperationalError("SELECT 1", {}, Exception("host=db.internal password=hunter2"))

    monkeypatch.setattr(service.app[keys.STORE], "read", fail)
    status, _, body = await get(service, "readyz")
    assert status == 503
    assert body["parts"]["database"].startswith("does not answer")
    assert "hunter2" not in json.dumps(body)


@on_one_database
async def test_many_wrong_proofs_raise_an_alarm_once_until_it_is_quiet_again(
    make_service: MakeService, neighbours: Neighbours, tmp_path: Path
) -> None:
    shop_url = f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    await migrate_shop(shop_url)
    service = await make_service(
        bot_url=neighbours.url, actions_url=neighbours.url, shop_url=shop_url, proof_alarm=3
    )
    with captured() as book:
        async with open_tries(shop_url) as tries:
            for number in range(3):
                assert (await get(service, "readyz"))[2]["warnings"] == {}
                await tries.admit(Try(f"m-{number}", f"1000{number}", f"c-{number}"))
            for _ in range(2):
                status, _, body = await get(service, "readyz")
                assert (status, body["status"]) == (200, "ready"), "nothing stops for it"
                assert body["warnings"]["proofs"].startswith("3 wrong proofs of orders")
            _, _, metrics = await get(service, "metrics")
            assert "devir_wrong_proofs 3.0" in metrics
            await tries.forgive(Try("m-0", "", ""))
            assert (await get(service, "readyz"))[2]["warnings"] == {}
            await tries.admit(Try("m-9", "10009", "c-9"))
            await get(service, "readyz")
    raised = [entry for entry in book.events if entry["event"] == "many_wrong_proofs"]
    assert [(entry["level"], entry["proofs"]) for entry in raised] == [("warning", 3)] * 2


async def counted(service: Service) -> dict[str, float]:
    """Return what /metrics counts, by name and labels."""
    status, headers, text = await get(service, "metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_what_happens_is_counted(service: Service) -> None:
    before = await counted(service)
    customer, agent, name = await service.in_hands()
    await customer.connect()
    await agent.connect()
    await agent.write(name, "hello")
    after = await counted(service)

    def more(key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert more('devir_messages_total{author="customer"}') == 1
    assert more('devir_messages_total{author="bot"}') == 1
    assert more('devir_messages_total{author="agent"}') == 1
    assert more('devir_turns_total{outcome="handed_over"}') == 1
    assert more("devir_turn_seconds_count") == 1
    assert more('devir_handoffs_total{reason="asked"}') == 1
    assert more('devir_sockets{side="customer"}') == 1
    assert more('devir_sockets{side="agent"}') == 1


@on_one_database
async def test_metrics_are_for_this_machine_alone(make_service: MakeService) -> None:
    for proxies in (0, 1):
        service = await make_service(trusted_proxies=proxies)
        # Through a proxy on this machine everybody comes from 127.0.0.1.
        for forwarded in ("203.0.113.7", "127.0.0.1", "127.0.0.1, 203.0.113.7"):
            status, _, body = await get(service, "metrics", **{"X-Forwarded-For": forwarded})
            assert (status, body["error"]["code"]) == (404, "not_found")


# Headers


@on_one_database
async def test_every_answer_forbids_browsers_what_they_need_not_do(service: Service) -> None:
    for path in ("console", "console/main.js", "console/api/me", "healthz", "demo", "nowhere"):
        _, headers, _ = await get(service, path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "object-src 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
    for path in ("console", "widget/loader.js", "widget/messages", "nowhere"):
        _, headers, _ = await get(service, path)
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert not re.search(r"aiohttp|Python|\d", headers["Server"])
        assert "Strict-Transport-Security" not in headers  # this one is not served over TLS


@on_one_database
async def test_request_id_is_kept_when_it_is_one_and_made_otherwise(service: Service) -> None:
    _, headers, _ = await get(service, "healthz", **{"X-Request-ID": "proxy-00000001"})
    assert headers["X-Request-ID"] == "proxy-00000001"
    for wrong in ("short", "x" * 65, "with blank here", "<script>alert</script>"):
        _, headers, _ = await get(service, "healthz", **{"X-Request-ID": wrong})
        assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])


# Files


@on_one_database
async def test_pages_and_their_files_are_served_with_their_types(service: Service) -> None:
    for path, kind in (
        ("console", "text/html; charset=utf-8"),
        ("console/main.js", "text/javascript; charset=utf-8"),
        ("console/console.css", "text/css; charset=utf-8"),
        ("console/favicon.svg", "image/svg+xml"),
        ("widget/loader.js", "text/javascript; charset=utf-8"),
        ("widget/widget.css", "text/css; charset=utf-8"),
        ("demo", "text/html; charset=utf-8"),
        ("demo/demo.js", "text/javascript; charset=utf-8"),
    ):
        status, headers, _ = await get(service, path)
        assert (status, headers["Content-Type"]) == (200, kind), path
        assert headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/widget/../console/index.html",
        "/widget/..%2fconsole%2findex.html",
        "/widget/%2e%2e/%2e%2e/schemas.py",
        "/widget/....//schemas.py",
        "/widget/..\\schemas.py",
        "/widget//etc/passwd",
        "/widget/%00",
        "/widget/loader.js%00.css",
        "/widget/loader.js/",
        "/widget/",
        "/widget",
        "/widget/.",
        "/console/../../../settings.py",
        "/console/%2e%2e%2f%2e%2e%2fconsole.py",
        "/console/nothing.js",
        "/static/console/index.html",
        "/",
        "/favicon.ico",
    ],
)
@on_one_database
async def test_nothing_but_the_files_of_the_page_is_served(service: Service, path: str) -> None:
    connection = await Connection.open(service)
    await connection.request("GET", path, {})
    status, headers, body = await connection.answer()
    await connection.close()
    if status == 200:
        # An address may be tidied on its way; then it is that of a file of the page.
        folder = Path(health.__file__).parent / "static"
        assert path.endswith("console/index.html")
        assert body == (folder / "console" / "index.html").read_bytes()
        return
    assert status == 404
    assert headers["content-type"] == "application/json"
    assert body["error"]["code"] == "not_found"


PICTURE = "demo/pictures/mug-b8493f.svg"


@on_one_database
async def test_demo_page_is_served_only_where_it_is_wanted(make_service: MakeService) -> None:
    service = await make_service(demo=False)
    for path in ("demo", "demo/demo.js", PICTURE):
        status, _, body = await get(service, path)
        assert (status, body["error"]["code"]) == (404, "not_found")


@on_one_database
async def test_every_product_of_the_demo_has_a_picture(service: Service) -> None:
    products = yaml.safe_load((DEMO / "products.yml").read_text(encoding="utf-8"))
    for name in sorted({product["picture"] for product in products}):
        status, headers, body = await get(service, f"demo/pictures/{name}.svg")
        assert (status, headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8"), name
        assert f'fill="#{name.rpartition("-")[2]}"' in body
        assert ElementTree.fromstring(body).tag == "{http://www.w3.org/2000/svg}svg"


@on_one_database
async def test_a_picture_may_stand_on_any_page_and_runs_nothing(service: Service) -> None:
    _, headers, _ = await get(service, PICTURE)
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize(
    "name", ["nothing-b8493f", "mug-B8493F", "mug-b8493", "mug-red", "mug", '"><script>-b8493f']
)
@on_one_database
async def test_there_is_no_other_picture(service: Service, name: str) -> None:
    status, _, body = await get(service, f"demo/pictures/{quote(name)}.svg")
    assert (status, body["error"]["code"]) == (404, "not_found")


# Errors


@on_one_database
async def test_errors_have_one_shape(service: Service) -> None:
    for method, path, status, code in (
        ("GET", "nowhere", 404, "not_found"),
        ("POST", "nowhere", 404, "not_found"),
        ("GET", "console/api/nowhere", 404, "not_found"),
        ("GET", "console/api/conversations/not-an-id", 404, "not_found"),
        ("POST", "healthz", 405, "method_not_allowed"),
        ("DELETE", "widget/messages", 405, "method_not_allowed"),
        ("GET", "console/api/me", 401, "not_authenticated"),
    ):
        async with service.http.request(method, f"{service.base}{path}") as response:
            assert response.status == status, path
            assert response.content_type == "application/json"
            error = (await response.json())["error"]
            assert error["code"] == code
            assert error["message"]
            if status == 405:
                assert response.headers["Allow"]


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError("marker-detail"),
        KeyError("marker-detail"),
        ConnectionRefusedError("marker-detail"),
        TimeoutError("marker-detail"),
        OperationalError("INSERT marker-detail", {"text": "marker-detail"}, Exception()),
    ],
)
@on_one_database
async def test_fault_of_ours_is_told_by_its_request_id_alone_and_logged_without_content(
    logbook: Logbook, service: Service, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise failure

    customer = await service.new_customer()
    monkeypatch.setattr(service.app[keys.INBOX], "receive", fail)
    async with service.http.post(
        f"{service.url}/widget/messages",
        json={"client_id": "message-000001", "text": "marker-text"},
        headers=customer.headers,
    ) as response:
        assert response.status == 500
        error = (await response.json())["error"]
        assert response.headers["X-Request-ID"] == error["request_id"]
    assert error.keys() == {"code", "message", "request_id"}
    assert error["code"] == "internal_error"
    assert "marker" not in json.dumps(error)

    (logged,) = [entry for entry in logbook.events if entry["event"] == "request_failed"]
    assert logged["request_id"] == error["request_id"]
    assert logged["exception"] == type(failure).__name__
    assert any("widget.py" in line for line in logged["where"])
    assert "marker" not in logbook.text

    # On a socket the same closes it with a code, so that the browser comes back and sends again.
    frames = await customer.connect()
    await frames.send(type="send", client_id="message-000001", text="marker-text")
    async with asyncio.timeout(PATIENCE):
        while not frames.ws.closed:
            await asyncio.sleep(0.02)
    assert frames.ws.close_code == 1011
    assert "marker" not in logbook.text


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = DevirError.__subclasses__()
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)
