"""docs/protocol.md and docs/operations.md say what the code does, all of it and nothing else."""

import ast
import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import web
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from handoff import metrics, notices
from handoff.bot import Answer
from handoff.conversation import Reason
from handoff.errors import DevirError
from handoff.settings import PREFIX, Settings
from handoff.store.rows import Turn
from handoff.web import console, routes
from handoff.web.schemas import AgentFrame, CustomerFrame
from shop.migrate import migrate as migrate_shop
from shop.seed import seed
from tests.fakes.bot import HANDOFF, ScriptedBot, answer
from tests.handoff.conftest import Service

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

MakeService = Callable[..., Awaitable[Service]]
Shape = dict[str, Any]


def section(page: str, title: str) -> str:
    """Return what stands below a heading, down to the next one of its rank or above."""
    opened = re.search(rf"^(##+) {re.escape(title)}\n", page, re.MULTILINE)
    assert opened, title
    rest = page[opened.end() :]
    ended = re.search(rf"^#{{1,{len(opened[1])}}} ", rest, re.MULTILINE)
    return rest[: ended.start()] if ended else rest


def tables(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Give the first heading and the rows of every table, cells without their blanks."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            for line in block.splitlines()
        ]
        yield cells[0][0], cells[2:]


def table(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the table that begins with this heading."""
    (rows,) = [rows for first, rows in tables(text) if first == heading]
    return rows


# Routes


def documented_routes() -> set[tuple[str, str]]:
    row = re.compile(r"^\| `(GET|POST) (/[^`?]*)", re.MULTILINE)
    return {
        found
        for name in ("Widget", "Console", "Channels", "Health")
        for found in row.findall(section(PROTOCOL, name))
    }


def real_routes(app: web.Application) -> set[tuple[str, str]]:
    found = set()
    for route in app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        for command in console.COMMANDS if "{command}" in path else [""]:
            found.add((route.method, path.replace("{command}", command)))
    return {(method, path) for method, path in found if method != "HEAD"}


def test_every_route_is_described_and_no_other() -> None:
    app = web.Application()
    routes.add_routes(app, with_demo=True)
    real = real_routes(app)
    described = documented_routes()
    assert real <= described, "not described"
    for method, path in described - real:
        assert method == "GET", f"{path} does not exist"
        assert (routes.STATIC / path.lstrip("/")).is_file(), f"{path} does not exist"


# Errors


def test_every_error_is_described_with_its_status_and_no_other() -> None:
    described = {
        row[0].strip("`"): int(row[1]) for row in table(section(PROTOCOL, "Errors"), "code")
    }
    assert described == {kind.code: kind.status for kind in DevirError.__subclasses__()}


# Frames


def frames(name: str, heading: str) -> dict[str, str]:
    """Return the frames of one side by type, with what is said about their fields."""
    rows = table(section(PROTOCOL, name), heading)
    return {row[0].strip("`"): row[1] for row in rows}


WIDGET, CONSOLE = "Socket frames", "Console socket frames"


@pytest.mark.parametrize(("name", "union"), [(WIDGET, CustomerFrame), (CONSOLE, AgentFrame)])
def test_every_frame_a_client_may_send_is_described_with_its_fields_and_no_other(
    name: str, union: Any
) -> None:
    real = {
        get_args(schema.model_fields["type"].annotation)[0]: schema.model_fields.keys() - {"type"}
        for schema in get_args(get_args(union)[0])
    }
    described = frames(name, "from client")
    assert described.keys() == real.keys()
    for kind, fields in real.items():
        assert field_names(described[kind]) == fields, kind


def field_names(cell: str) -> set[str]:
    """Return the names a cell says fields have: `a`, `b`: what it is (a remark in brackets)."""
    outside = re.sub(r"\([^)]*\)", "", cell).partition(";")[0]
    return set(re.findall(r"(?:^|, )`(\w+)`", outside))


def sent_frames() -> set[str]:
    """Return the type of every frame the code can send."""
    found = set()
    for file in (ROOT / "handoff" / "web").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "type":
                        assert isinstance(value, ast.Constant), f"{file.name}:{node.lineno}"
                        found.add(str(value.value))
    return {kind for kind in found if kind.isidentifier()}


def test_every_frame_the_service_sends_is_described_and_no_other() -> None:
    described = frames(WIDGET, "from server").keys() | frames(CONSOLE, "from server").keys()
    assert sent_frames() == described


# Shapes


def documented_shapes() -> dict[str, Shape]:
    """Return the fields of Message, State, Summary, AgentMessage, Card, Order and Me."""
    found = {}
    begin = re.compile(r"^(\w+) .*?(?=\{)", re.MULTILINE)
    for block in re.findall(r"```\n(\w.*?)```", PROTOCOL, re.DOTALL):
        for name in begin.finditer(block):
            found[name[1]] = shape_of(braces(block, name.end()))
    me = PROTOCOL.index("Me `{")
    found["Me"] = shape_of(braces(PROTOCOL, me + 4))
    found["AgentMessage"] = {**found["Message"], **found["AgentMessage"]}
    return found


def braces(text: str, start: int) -> str:
    """Return what stands between the brace at `start` and the one that closes it."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place]
    raise AssertionError(f"never closed: {text[start : start + 40]}")


def shape_of(inside: str) -> Shape:
    """Return the fields a description names, each with those of the object it holds, if any."""
    parts, depth, begun = [], 0, 0
    for place, sign in enumerate(inside):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append(inside[begun:place])
            begun = place + 1
    shape: Shape = {}
    for part in [*parts, inside[begun:]]:
        if named := re.match(r'\s*"(\w+)"', part):
            opened = part.find("{")
            shape[named[1]] = shape_of(braces(part, opened)) if opened >= 0 else {}
    return shape


def assert_fits(seen: Any, described: Shape, where: str) -> None:
    """Every field of an object that was seen is described and every described one is there."""
    if isinstance(seen, list):
        assert seen, f"{where} was empty, so that nothing was compared"
        for entry in seen:
            assert_fits(entry, described, where)
        return
    assert seen is not None, f"{where} was null, so that nothing was compared"
    assert seen.keys() == described.keys(), where
    for name, inner in described.items():
        if inner and seen[name]:
            assert_fits(seen[name], inner, f"{where}.{name}")


def fullest(entries: list[dict[str, Any]], *names: str) -> dict[str, Any]:
    """Return an entry in which all these fields hold something."""
    return next(entry for entry in entries if all(entry[name] for name in names))


async def rich(said: str, turn: Turn) -> Answer:
    """A bot that shows everything a bot can show, and hands over when asked."""
    if said == "person":
        return answer("One moment.", intent="ask_human", handoff=HANDOFF)
    plain = answer("Which one?", buttons=(("This", "/this"),)).model_dump(mode="json")
    plain["replies"][0]["image"] = "https://shop.example/mug.png"
    return Answer.model_validate(plain)


def of_type(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: bool(frame["type"] == kind)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_the_service_answers_and_sends_has_the_described_fields(
    make_service: MakeService, demo_orders: str
) -> None:
    shapes = documented_shapes()
    service = await make_service(ScriptedBot(rich), shop_url=demo_orders)
    agent = await service.new_agent()
    assert_fits(agent.me, shapes["Me"], "Me")
    customer = await service.new_customer()
    page, desk = await customer.connect(), await agent.connect()
    await customer.say("hello")
    await customer.until_bot_said(1)
    name = (await customer.read())["conversation"]["id"]
    await desk.send(type="watch", conversation=name)
    await page.send(type="send", client_id="message-000090", text="person")
    await customer.until_control("queued")
    waiting = (await agent.waiting())[0]
    assert waiting["position"] == 1
    assert_fits(waiting, shapes["Summary"], "Summary")
    await agent.claim(name)
    await agent.write(name, "hello")
    await page.send(type="typing", on=True)
    await page.send(type="ping")
    await page.send(type="send", client_id="message-000091", text="")
    for kind in ("pong", "error"):
        await page.until(of_type(kind))
    await desk.send(type="typing", conversation=name, on=True)
    await desk.send(type="ping")
    await desk.send(type="unknown")
    for kind in ("pong", "error", "typing"):
        await desk.until(of_type(kind))
    await page.until(lambda frame: frame["type"] == "typing" and frame["author"] == "agent")
    await page.until(
        lambda frame: frame["type"] == "message" and frame["message"]["author"] == "agent"
    )

    answered = await customer.read()
    assert_fits(answered["conversation"], shapes["State"], "State")
    assert answered["conversation"]["agent"]
    assert_fits(answered["messages"], shapes["Message"], "Message")
    assert_fits(fullest(answered["messages"], "buttons", "image"), shapes["Message"], "Message")

    seen = await agent.conversation(name)
    assert_fits(
        fullest([seen["conversation"]], "agent", "last_message"), shapes["Summary"], "Summary"
    )
    assert_fits(seen["messages"], shapes["AgentMessage"], "AgentMessage")
    for field in ("delivery", "understanding"):
        assert_fits(fullest(seen["messages"], field), shapes["AgentMessage"], "AgentMessage")
    full = ("intent", "ranking", "entities", "slots", "failed_turns")
    assert_fits(fullest([seen["card"]], *full), {**shapes["Card"], "slots": {}}, "Card")
    orders = (await agent.get(f"/conversations/{name}/orders"))["orders"]
    assert_fits(orders, shapes["Order"], "Order")
    assert_fits(fullest(orders, "events", "lines"), shapes["Order"], "Order")

    for socket, side in ((page, WIDGET), (desk, CONSOLE)):
        described = frames(side, "from server")
        assert {frame["type"] for frame in socket.heard} == described.keys()
        for frame in socket.heard:
            fields = frame.keys() - {"type", "fields"}  # those of an error stand with the errors
            assert fields == field_names(described[frame["type"]]), frame["type"]


@pytest.fixture(scope="module")
def demo_orders(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}"
    asyncio.run(migrate_shop(url))
    asyncio.run(seed(url, date(2026, 11, 22)))
    return url


def test_every_notice_and_reason_is_described_and_no_other() -> None:
    told = re.search(r"`notice` names a system message: (.*?);", PROTOCOL, re.DOTALL)
    assert told
    labels = {"cancel_wait", "choose", "options"}  # what stands on or above buttons
    assert set(re.findall(r"`(\w+)`", told[1])) == notices.load().sentences.keys() - labels
    asked = re.search(r"`reason` is one of (.*?)\.\n", PROTOCOL, re.DOTALL)
    assert asked
    assert set(re.findall(r"`(\w+)` \(", asked[1])) == set(Reason)


# Settings and metrics


def default_of(name: str) -> str:
    field = Settings.model_fields[name]
    if name == "public_url":
        return "`http://127.0.0.1:8080`"  # made from the port
    if field.default is PydanticUndefined:
        return "none: must be set"
    if field.default in ((), None):
        return "none"
    if isinstance(field.default, tuple):
        return f"`{','.join(field.default)}`"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default}`"


def test_every_setting_is_described_with_its_default_and_no_other() -> None:
    described = {row[0].strip("`"): (row[1], row[2]) for row in table(OPERATIONS, "setting")}
    assert described == {
        PREFIX + name.upper(): (default_of(name), field.description)
        for name, field in Settings.model_fields.items()
    }


def test_only_secrets_have_no_default() -> None:
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    secret = {
        name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
    }
    assert required == secret == {"bot_token"}


def test_no_variable_is_described_that_nothing_reads() -> None:
    source = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("Procfile", "endpoints.yml", "credentials.yml")
    )
    for package in ("handoff", "actions", "bot", "shop", "tools"):
        for file in (ROOT / package).rglob("*.py"):
            source += file.read_text(encoding="utf-8")
    settings = {PREFIX + name.upper() for name in Settings.model_fields}
    described = set(re.findall(r"DEVIR_[A-Z_]+", OPERATIONS))
    read = set(re.findall(r"DEVIR_[A-Z_]+", source))
    assert described <= read | settings


def test_every_metric_is_described_and_no_other() -> None:
    described = set(re.findall(r"`(devir_\w+)", OPERATIONS))
    real = {
        next(iter(metric.describe())).name
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
    }
    assert {name.removesuffix("_total") for name in described} == real


def test_every_event_that_is_logged_is_described_with_its_level_and_no_other() -> None:
    logged = set()
    for file in (ROOT / "handoff").rglob("*.py"):
        calls = re.findall(r"\blog\.(\w+)\(\s*\"(\w+)\"", file.read_text(encoding="utf-8"))
        logged |= {(event, level.replace("exception", "error")) for level, event in calls}
    described = {
        (event, row[1])
        for row in table(OPERATIONS, "event")
        for event in re.findall(r"`(\w+)`", row[0])
    }
    assert described == logged
