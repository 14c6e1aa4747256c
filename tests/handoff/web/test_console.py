"""The agents' console, as their browsers meet it: who gets in, what they see, what they hear."""

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from handoff.channels.base import Inbound, PermanentError
from handoff.errors import NotAuthenticated
from handoff.store import agents
from handoff.store.rows import AgentSession, Turn
from handoff.web import console, keys, live
from shop.migrate import migrate as migrate_shop
from shop.seed import seed
from tests.fakes.bot import HANDOFF, ScriptedBot, answer
from tests.fakes.platform import Platform
from tests.handoff.conftest import PASSWORD, AgentBrowser, Customer, Frames, Service, eventually
from tests.handoff.logbook import Logbook

MakeService = Callable[..., Awaitable[Service]]

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What does not depend on the database need not be tried on both."""


class Login:
    """The answer to one try to sign in."""

    def __init__(self, response: aiohttp.ClientResponse, body: Any) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = body
        self.code = body.get("error", {}).get("code")
        self.cookie = SimpleCookie(response.headers.get("Set-Cookie", ""))

    @property
    def token(self) -> str:
        (morsel,) = self.cookie.values()
        return morsel.value


async def log_in(service: Service, login: str, password: str = PASSWORD, **headers: str) -> Login:
    """Try to sign in with a browser that has never been here."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser,
        browser.post(
            f"{service.base}console/api/login",
            json={"login": login, "password": password},
            headers=headers,
        ) as response,
    ):
        return Login(response, await response.json())


async def ask(
    service: Service, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any, Any]:
    """Return status, headers and JSON of a request that carries no cookie but what is given."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser,
        browser.request(method, f"{service.base}{path}", json=body, headers=headers) as response,
    ):
        is_json = response.content_type == "application/json"
        return response.status, response.headers, await response.json() if is_json else None


def cookie_of(service: Service, agent: AgentBrowser) -> str:
    cookies = agent._http.cookie_jar.filter_cookies(service.base)
    return "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())


def api_routes(service: Service) -> list[tuple[str, str]]:
    """Every method and address below /console/api, with something in its places."""
    found = []
    for route in service.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith("/console/api") and route.method != "HEAD":
            for command in console.COMMANDS if "{command}" in path else [""]:
                filled = path.replace("{id}", "0" * 32).replace("{command}", command)
                filled = filled.replace("{slug}", "returns")
                filled = filled.replace("{number}", "10482").replace("{line}", "0")
                filled = filled.replace("{file}", "0" * 32)
                found.append((route.method, filled.lstrip("/")))
    return found


def said_by(author: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] == "message" and frame["message"]["author"] == author


async def watch(agent: AgentBrowser, name: str) -> Frames:
    frames = await agent.connect()
    await frames.send(type="watch", conversation=name)
    await frames.until(lambda frame: frame["type"] == "watching")
    return frames


async def close_code(frames: Frames) -> int | None:
    return frames.ws.close_code


# Getting in


async def test_right_password_opens_a_session_and_a_wrong_one_does_not(service: Service) -> None:
    agent = await service.new_agent("deniz", "Deniz Yalın")
    right = await log_in(service, "deniz")
    assert right.status == 200
    assert right.body["agent"] == {
        "id": agent.id,
        "login": "deniz",
        "name": "Deniz Yalın",
        "role": "agent",
    }
    assert (await log_in(service, "  DENIZ ")).status == 200
    status, _, me = await ask(service, "GET", "console/api/me", Cookie=f"devir={right.token}")
    assert (status, me) == (200, right.body)
    wrong = await log_in(service, "deniz", "wrong horse battery")
    assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    assert "Set-Cookie" not in wrong.headers


async def test_unknown_disabled_and_wrong_cannot_be_told_apart(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    deniz, ece = await service.new_agent("deniz"), await service.new_agent("ece")
    async with service.app[keys.STORE].write() as tx:
        await agents.disable(tx, ece.id, service.clock())
    costs: list[Parameters] = []
    verify = PasswordHasher.verify

    def watched(self: PasswordHasher, hashed: str, password: str) -> bool:
        # What is no hash at all would be refused at once and in another way.
        with pytest.raises(VerifyMismatchError) as refused:
            verify(self, hashed, password)
        costs.append(extract_parameters(hashed))
        raise refused.value

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    answers = [
        await log_in(service, "deniz", "wrong horse battery"),
        await log_in(service, "nobody", PASSWORD),
        await log_in(service, "ece", PASSWORD),
    ]
    assert {(each.status, json.dumps(each.body)) for each in answers} == {
        (401, json.dumps(answers[0].body))
    }
    assert len(costs) == 3, "one of them costs less work"
    assert costs == [costs[0]] * 3, "one of them costs another work"
    assert deniz.id


async def test_after_ten_wrong_passwords_the_right_one_is_refused_too(service: Service) -> None:
    await service.new_agent("deniz")
    await service.new_agent("ece")
    for _ in range(10):
        assert (await log_in(service, "deniz", "wrong horse battery")).code == "wrong_credentials"
    for login in ("deniz", "Deniz "):
        refused = await log_in(service, login)
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert refused.headers["Retry-After"] == str(refused.body["error"]["retry_after"])
    assert (await log_in(service, "ece")).status == 200
    service.clock.forward(minutes=16)
    assert (await log_in(service, "deniz")).status == 200


async def test_right_password_makes_the_wrong_ones_before_it_forgotten(service: Service) -> None:
    await service.new_agent("deniz")
    for _ in range(2):
        for _ in range(9):
            await log_in(service, "deniz", "wrong horse battery")
        assert (await log_in(service, "deniz")).status == 200


async def test_of_many_wrong_passwords_at_once_only_ten_are_checked(service: Service) -> None:
    await service.new_agent("deniz")
    tries = await asyncio.gather(
        *(log_in(service, "deniz", f"wrong horse {number}") for number in range(25))
    )
    assert sorted(each.status for each in tries) == [401] * 10 + [429] * 15


async def test_after_thirty_wrong_passwords_an_address_is_refused_and_no_other(
    make_service: MakeService,
) -> None:
    service = await make_service(trusted_proxies=1)
    await service.new_agent("deniz")
    for number in range(30):
        tried = await log_in(
            service, f"agent{number}", "wrong horse", **{"X-Forwarded-For": "203.0.113.7"}
        )
        assert tried.status == 401
    refused = await log_in(service, "deniz", **{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert refused.status == 429
    assert (await log_in(service, "deniz", **{"X-Forwarded-For": "203.0.113.8"})).status == 200


@on_one_database
async def test_entries_a_client_made_up_do_not_hide_its_address(make_service: MakeService) -> None:
    service = await make_service(trusted_proxies=1)
    tries = []
    for number in range(31):
        # A proxy that adds a header of its own below the client's.
        async with service.http.post(
            f"{service.url}/console/api/login",
            json={"login": f"agent{number}", "password": "wrong horse"},
            headers=[
                ("X-Forwarded-For", f"198.51.100.{number}"),
                ("X-Forwarded-For", "203.0.113.7"),
            ],
        ) as response:
            tries.append(response.status)
    assert tries == [401] * 30 + [429]


@on_one_database
async def test_cookie_is_kept_from_scripts_and_other_sites(service: Service) -> None:
    await service.new_agent("deniz")
    (morsel,) = (await log_in(service, "deniz")).cookie.values()
    assert morsel.key == "devir"
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
    assert morsel["max-age"] == str(12 * 3600)
    assert (morsel["secure"], morsel["domain"]) == ("", "")
    assert len(morsel.value) >= 43


@on_one_database
async def test_over_tls_the_cookie_belongs_to_this_host_alone(make_service: MakeService) -> None:
    service = await make_service(public_url="https://chat.shop.example")
    await service.app[keys.SIGN_IN].add_agent("deniz", "Deniz", "agent", PASSWORD)
    signed_in = await log_in(service, "deniz", Origin="https://chat.shop.example")
    (morsel,) = signed_in.cookie.values()
    assert (morsel.key, morsel["secure"], morsel["path"]) == ("__Host-devir", True, "/")
    assert morsel["domain"] == ""
    cookie = f"__Host-devir={morsel.value}"
    status, headers, _ = await ask(service, "GET", "console/api/me", Cookie=cookie)
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    # A cookie of the plain name is not looked at.
    assert (await ask(service, "GET", "console/api/me", Cookie=f"devir={morsel.value}"))[0] == 401

    _, headers, _ = await ask(
        service,
        "POST",
        "console/api/logout",
        **{"Cookie": cookie, "X-CSRF-Token": signed_in.body["csrf"]},
    )
    (gone,) = SimpleCookie(headers["Set-Cookie"]).values()
    assert (gone.key, gone.value) == ("__Host-devir", "")
    assert (gone["secure"], gone["max-age"]) == (True, "0")


async def test_signing_in_again_ends_the_session_before(service: Service) -> None:
    await service.new_agent("deniz")
    first = await log_in(service, "deniz")
    second = await log_in(service, "deniz", Cookie=f"devir={first.token}")
    assert second.token != first.token
    assert second.body["csrf"] != first.body["csrf"]
    for token, status in ((first.token, 401), (second.token, 200)):
        assert (await ask(service, "GET", "console/api/me", Cookie=f"devir={token}"))[0] == status


async def test_session_ends_when_it_is_not_used(make_service: MakeService) -> None:
    service = await make_service(idle_minutes=30, session_hours=12)
    agent = await service.new_agent()
    for _ in range(3):
        service.clock.forward(minutes=29)
        await agent.get("/me")
    service.clock.forward(minutes=31)
    status, _, found = await ask(service, "GET", "console/api/me", Cookie=cookie_of(service, agent))
    assert (status, found["error"]["code"]) == (401, "not_authenticated")


async def test_session_ends_however_much_it_is_used(make_service: MakeService) -> None:
    service = await make_service(idle_minutes=60, session_hours=1)
    agent = await service.new_agent()
    for _ in range(2):
        service.clock.forward(minutes=29)
        await agent.get("/me")
    service.clock.forward(minutes=3)
    status, _, _ = await ask(service, "GET", "console/api/me", Cookie=cookie_of(service, agent))
    assert status == 401


async def test_signing_out_ends_this_browsers_session_and_socket_and_no_other(
    service: Service,
) -> None:
    agent = await service.new_agent("deniz")
    other = await service.sign_in("deniz")
    frames, others = await agent.connect(), await other.connect()
    cookie = cookie_of(service, agent)
    status, _, _ = await ask(
        service, "POST", "console/api/logout", **{"Cookie": cookie, "X-CSRF-Token": agent.csrf}
    )
    assert status == 204
    await eventually(lambda: close_code(frames), lambda code: code == 4401)
    assert (await ask(service, "GET", "console/api/me", Cookie=cookie))[0] == 401
    assert (await other.get("/me"))["agent"]["login"] == "deniz"
    await others.send(type="ping")
    await others.until(lambda frame: frame["type"] == "pong")


@pytest.mark.parametrize("end", ["disabled", "new password", "expired"])
async def test_open_socket_is_closed_when_its_session_has_ended(
    service: Service, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(console, "_STILL_SIGNED_IN_SECONDS", 0.05)
    agent = await service.new_agent("deniz")
    frames = await agent.connect()
    match end:
        case "disabled":
            async with service.app[keys.STORE].write() as tx:
                await agents.disable(tx, agent.id, service.clock())
        case "new password":
            await service.app[keys.SIGN_IN].reset_password("deniz", "another horse battery")
        case "expired":
            service.clock.forward(hours=13)
    await eventually(lambda: close_code(frames), lambda code: code == 4401)
    status, _, _ = await ask(service, "GET", "console/api/me", Cookie=cookie_of(service, agent))
    assert status == 401


@on_one_database
async def test_moment_without_the_database_does_not_end_the_watch_over_a_session(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_STILL_SIGNED_IN_SECONDS", 0.05)
    agent = await service.new_agent()
    frames = await agent.connect()
    outcomes = iter([ConnectionRefusedError("no database"), NotAuthenticated("sign in")])

    async def session(token: str | None) -> AgentSession:
        raise next(outcomes)

    monkeypatch.setattr(service.app[keys.SIGN_IN], "session", session)
    await eventually(lambda: close_code(frames), lambda code: code == 4401)


# Every door is locked


@on_one_database
async def test_nothing_below_the_console_is_open_to_strangers(service: Service) -> None:
    routes = [route for route in api_routes(service) if route[1] != "console/api/login"]
    assert len(routes) >= 13
    strangers: list[dict[str, str]] = [
        {},
        {"Cookie": "devir="},
        {"Cookie": "devir=" + "A" * 43},
        {"Cookie": "other=1", "Authorization": "Bearer " + "A" * 43},
    ]
    for method, path in routes:
        for headers in strangers:
            status, _, found = await ask(service, method, path, {}, **headers)
            assert (status, found["error"]["code"]) == (401, "not_authenticated"), (method, path)
    status, _, found = await ask(service, "GET", "console/socket", None, Origin=service.origin)
    assert (status, found["error"]["code"]) == (401, "not_authenticated")


@on_one_database
async def test_customers_token_is_no_key_to_the_console(service: Service) -> None:
    customer = await service.new_customer()
    await customer.say("hello")
    name = (await customer.read())["conversation"]["id"]
    bearer = {"Authorization": f"Bearer {customer.token}"}
    for headers in (bearer, {"Cookie": f"devir={customer.token}"}):
        status, _, _ = await ask(service, "GET", f"console/api/conversations/{name}", **headers)
        assert status == 401


@on_one_database
async def test_every_change_needs_the_sessions_own_csrf_token(service: Service) -> None:
    agent, other = await service.new_agent("deniz"), await service.sign_in("deniz")
    cookie = cookie_of(service, agent)
    changing = [
        path
        for method, path in api_routes(service)
        if method == "POST" and path != "console/api/login"
    ]
    assert len(changing) >= 9
    tokens: list[dict[str, str]] = [
        {},
        *({"X-CSRF-Token": given} for given in ("", "wrong", other.csrf)),
    ]
    for path in changing:
        for headers in tokens:
            status, _, found = await ask(service, "POST", path, {}, Cookie=cookie, **headers)
            assert (status, found["error"]["code"]) == (403, "csrf_failed"), (path, headers)
    assert (await agent.get("/me"))["agent"]["login"] == "deniz"


@on_one_database
async def test_pages_of_others_change_nothing_and_open_no_socket(
    make_service: MakeService,
) -> None:
    # The shop's pages carry the widget; that gives them no say in the console.
    service = await make_service(widget_origins="https://shop.example")
    agent = await service.new_agent()
    cookie = cookie_of(service, agent)
    for origin in ("https://shop.example", "https://evil.example", "null"):
        status, _, found = await ask(
            service,
            "POST",
            "console/api/logout",
            **{"Cookie": cookie, "X-CSRF-Token": agent.csrf, "Origin": origin},
        )
        assert (status, found["error"]["code"]) == (403, "origin_refused")
        assert (await log_in(service, "deniz", Origin=origin)).code == "origin_refused"
        status, _, _ = await ask(service, "GET", "console/socket", Cookie=cookie, Origin=origin)
        assert status == 403
    status, _, _ = await ask(service, "GET", "console/socket", Cookie=cookie)
    assert status == 403, "a socket without an origin was let in"
    for own in (service.origin, service.origin.replace("127.0.0.1", "localhost")):
        assert (await log_in(service, "deniz", Origin=own)).status == 200


# The list


async def queue_up(service: Service, count: int) -> list[Customer]:
    """Let customers ask for a person, a minute apart."""
    customers = []
    for _ in range(count):
        customer = await service.new_customer()
        await customer.say("a person please")
        await customer.until_control("queued")
        service.clock.forward(minutes=1)
        customers.append(customer)
    return customers


async def test_list_shows_who_waits_longest_first_and_what_is_newest_first(
    service: Service,
) -> None:
    agent, other = await service.new_agent("deniz"), await service.new_agent("ece", "Ece")
    customers = await queue_up(service, 4)
    names = [(await customer.read())["conversation"]["id"] for customer in customers]
    waiting = await agent.get("/conversations?view=waiting")
    assert [entry["id"] for entry in waiting["conversations"]] == names
    assert [entry["position"] for entry in waiting["conversations"]] == [1, 2, 3, 4]
    assert waiting["counts"] == {"waiting": 4, "mine": 0, "cases": 0, "all": 4}
    assert waiting["more"] is False

    await agent.claim(names[0])
    service.clock.forward(minutes=1)
    await agent.claim(names[2])
    await other.claim(names[1])
    service.clock.forward(minutes=1)
    await customers[0].say("are you there?")
    mine = await agent.get("/conversations?view=mine")
    assert [entry["id"] for entry in mine["conversations"]] == [names[0], names[2]]
    assert mine["counts"] == {"waiting": 1, "mine": 2, "cases": 0, "all": 4}
    assert (await other.get("/conversations?view=mine"))["counts"]["mine"] == 1
    everything = await agent.get("/conversations?view=all")
    assert everything["conversations"][0]["id"] == names[0]
    assert {entry["id"] for entry in everything["conversations"]} == set(names)
    assert (await agent.waiting())[0]["position"] == 1


async def test_summary_says_what_a_list_needs(service: Service) -> None:
    customer, agent, name = await service.handed_over()
    (listed,) = await agent.waiting()
    assert listed["reason"] == "asked"
    assert (listed["channel"], listed["language"], listed["control"]) == ("widget", "en", "queued")
    assert (listed["live"], listed["unread"], listed["agent"]) == (False, 1, None)
    assert listed["waiting_since"] is not None
    assert listed["last_message"]["author"] == "bot"
    assert listed["last_message"]["text"] == "I'm connecting you with one of our agents."

    desk = await agent.connect()
    page = await customer.connect()
    await desk.until(
        lambda frame: frame["type"] == "conversation" and frame["conversation"]["live"]
    )
    await page.close()
    await eventually(agent.waiting, lambda waiting: waiting[0]["live"] is False)
    assert (await agent.conversation(name))["conversation"] == (await agent.waiting())[0]


async def test_long_lists_come_in_pages_without_a_gap_or_a_double(service: Service) -> None:
    agent = await service.new_agent()
    for _ in range(7):
        customer = await service.new_customer()
        await customer.say("hello")
        await customer.until_bot_said(1)
        service.clock.forward(seconds=1)
    whole = (await agent.get("/conversations?view=all"))["conversations"]
    assert len(whole) == 7
    fetched: list[Any] = []
    more, before = True, ""
    while more:
        page = await agent.get(f"/conversations?view=all&limit=3&before={before}")
        fetched += page["conversations"]
        more, before = page["more"], fetched[-1]["updated_at"]
        assert len(page["conversations"]) <= 3
    assert fetched == whole


@pytest.mark.parametrize("view", ["all", "waiting", "mine"])
async def test_list_by_window_begins_with_who_can_be_answered_for_the_shortest_time(
    make_service: MakeService, view: str
) -> None:
    platform = Platform(window=timedelta(hours=24))
    service = await make_service(channels=[platform])
    agent = await service.new_agent()
    now = service.clock()
    ages = {"ada": 2, "bora": 23, "can": 25, "deha": 10}
    for name, hours in ages.items():
        at = (now - timedelta(hours=hours)).isoformat()
        entry = {"id": name, "from": name, "name": name, "text": "a person please", "at": at}
        assert await service.hears(platform, entry) == 200
    page = await service.new_customer()
    await page.say("a person please")
    waiting = await eventually(agent.waiting, lambda waiting: len(waiting) == 5)
    if view == "mine":
        for one in waiting:
            await agent.claim(one["id"])
    listed = (await agent.get(f"/conversations?view={view}&order=window"))["conversations"]
    assert [one["customer"]["name"] for one in listed][:3] == ["bora", "deha", "ada"]
    assert {one["customer"]["name"] for one in listed[3:]} == {"can", None}
    assert {one["position"] for one in listed} == ({None} if view == "mine" else {1, 2, 3, 4, 5})
    first = await agent.get(f"/conversations?view={view}&order=window&limit=2")
    assert [one["customer"]["name"] for one in first["conversations"]] == ["bora", "deha"]
    assert first["more"] is True


async def test_transcript_comes_in_pages_in_both_directions(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    for number in range(6):
        await agent.write(name, f"note {number}", kind="note")
        await customer.say(f"message {number}")
    whole = (await agent.conversation(name))["messages"]
    numbers = [message["seq"] for message in whole]
    assert numbers == list(range(1, len(whole) + 1))
    path = f"/conversations/{name}/messages"

    forwards: list[Any] = []
    more = True
    while more:
        after = forwards[-1]["seq"] if forwards else 0
        page = await agent.get(f"{path}?after={after}&limit=4")
        forwards += page["messages"]
        more = page["more"]
    assert forwards == whole
    backwards: list[Any] = []
    more = True
    while more:
        before = backwards[0]["seq"] if backwards else numbers[-1] + 1
        page = await agent.get(f"{path}?before={before}&limit=4")
        backwards = page["messages"] + backwards
        more = page["more"]
    assert backwards == whole


@on_one_database
async def test_what_does_not_exist_is_not_found(service: Service) -> None:
    _, agent, _ = await service.handed_over()
    for path in ("", "/messages", "/orders"):
        status, _, found = await ask(
            service,
            "GET",
            f"console/api/conversations/{'0' * 32}{path}",
            Cookie=cookie_of(service, agent),
        )
        assert (status, found["error"]["code"]) == (404, "not_found")
    gone = "/conversations/" + "0" * 32
    for path, body in (
        (f"{gone}/claim", {"epoch": 0}),
        (f"{gone}/reply", {"client_id": "agent-000001", "text": "x"}),
        (f"{gone}/note", {"client_id": "agent-000001", "text": "x"}),
        (f"/messages/{'0' * 32}/retry", {}),
    ):
        status, found = await agent.post(path, body)
        assert (status, found["error"]["code"]) == (404, "not_found"), path
    frames = await agent.connect()
    await frames.send(type="watch", conversation="0" * 32)
    (answer_,) = await frames.until(lambda frame: frame["type"] == "watching")
    assert answer_ == {"type": "watching", "conversation": None, "last_seq": 0}


# The card and the orders


async def test_card_is_that_of_the_latest_handoff_and_none_before_the_first(
    service: Service,
) -> None:
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("hello")
    await customer.until_bot_said(1)
    name = (await customer.read())["conversation"]["id"]
    assert (await agent.conversation(name))["card"] is None
    for number in range(2):

        async def script(said: str, turn: Turn, number: int = number) -> Any:
            evidence: dict[str, Any] = {"slots": {"round": str(number)}}
            return answer(
                "One moment.",
                intent="ask_human",
                confidence=0.5 + number / 10,
                handoff={"reason": "rule", "department": "billing", "evidence": evidence},
            )

        service.bot.script = script
        await customer.say("again")
        await customer.until_control("queued")
        seen = await agent.conversation(name)
        card = seen["card"]
        assert card["slots"] == {"round": str(number)}
        assert card["intent"] == {"name": "ask_human", "confidence": 0.5 + number / 10}
        assert (card["reason"], card["department"]) == ("rule", "billing")
        assert (card["summary"], card["failed_turns"], card["last_action"]) == (None, [], None)
        asked = [entry for entry in seen["messages"] if entry["text"] == "again"][-1]
        assert card["seq"] == asked["seq"]
        service.clock.forward(minutes=1)
        await agent.claim(name)
        assert (await agent.command(name, "hand-back"))[0] == 200


@pytest.fixture(scope="module")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('demo') / 'shop.db'}"
    asyncio.run(migrate_shop(url))
    asyncio.run(seed(url, date(2026, 11, 22)))
    return url


def handing_over_with(slots: dict[str, Any], language: str = "en") -> ScriptedBot:
    async def script(said: str, turn: Turn) -> Any:
        evidence = {**HANDOFF["evidence"], "slots": slots}  # type: ignore[dict-item]
        return answer("One moment.", language=language, handoff={**HANDOFF, "evidence": evidence})

    return ScriptedBot(script)


async def orders_beside(service: Service) -> dict[str, Any]:
    """Let a customer ask for a person and return the orders the agent sees beside it."""
    _, agent, name = await service.handed_over()
    return await agent.get(f"/conversations/{name}/orders")


@on_one_database
async def test_customer_who_proved_one_order_has_all_of_them_beside_the_chat(
    make_service: MakeService, demo_shop: str
) -> None:
    slots = {"order_number": "10482", "verified_order": "10482"}
    found = await orders_beside(await make_service(handing_over_with(slots), shop_url=demo_shop))
    assert (found["verified"], found["unavailable"]) == (True, False)
    assert len(found["orders"]) == 4
    placed = [order["placed_at"] for order in found["orders"]]
    assert placed == sorted(placed, reverse=True)
    (order,) = [order for order in found["orders"] if order["number"] == "10482"]
    assert (order["status"], order["currency"]) == ("shipped", "TRY")
    assert (order["carrier"], order["tracking_number"]) == ("Turna Kargo", "TRN48210482")
    assert order["tracking_url"] == "https://turna.example.com/takip/TRN48210482"
    assert order["expected_at"] == "2026-11-23"
    assert order["delivered_at"] is None
    assert re.fullmatch(r"\d+\.\d\d", order["total"])
    assert [line["quantity"] for line in order["lines"]] == [2, 1]
    assert order["lines"][1]["variant"] == "M"
    assert order["events"][0] == {
        "at": "2026-11-19T14:40:00.000Z",
        "status": "Handed to the carrier",
        "place": "İstanbul",
    }


@pytest.mark.parametrize("slots", [{}, {"order_number": "10482"}, {"order_number": "99999"}])
@on_one_database
async def test_without_a_proof_there_is_no_order_beside_the_chat(
    make_service: MakeService, demo_shop: str, slots: dict[str, Any]
) -> None:
    found = await orders_beside(await make_service(handing_over_with(slots), shop_url=demo_shop))
    assert (found["verified"], found["orders"], found["unavailable"]) == (False, [], False)
    assert found["mentioned"] == slots.get("order_number")


@on_one_database
async def test_orders_are_in_the_conversations_language(
    make_service: MakeService, demo_shop: str
) -> None:
    slots = {"order_number": "10391", "verified_order": "10391"}
    bot = handing_over_with(slots, "tr")
    found = await orders_beside(await make_service(bot, shop_url=demo_shop))
    (order,) = [order for order in found["orders"] if order["number"] == "10391"]
    assert order["delivered_at"] == "2026-11-14T10:22:00.000Z"
    assert order["events"][-1]["status"] == "Teslim edildi"


@on_one_database
async def test_shop_that_cannot_be_read_is_said_to_be_unavailable(
    make_service: MakeService, tmp_path: Path
) -> None:
    slots = {"order_number": "10482", "verified_order": "10482"}
    service = await make_service(
        handing_over_with(slots), shop_url=f"sqlite+aiosqlite:///{tmp_path / 'no' / 'shop.db'}"
    )
    found = await orders_beside(service)
    assert (found["verified"], found["orders"], found["unavailable"]) == (True, [], True)


# What the console hears


async def test_watching_brings_what_comes_and_what_changes_later(service: Service) -> None:
    thinking = asyncio.Event()

    async def script(said: str, turn: Turn) -> Any:
        await thinking.wait()
        return answer(f"re {said}", intent="greet", confidence=0.93)

    service.bot.script = script
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("hello")
    name = (await customer.read())["conversation"]["id"]
    desk = await watch(agent, name)
    await customer.say("are you there?")
    (first,) = await desk.until(
        lambda frame: frame["type"] == "message" and frame["message"]["text"] == "are you there?"
    )
    assert first["conversation"] == name
    assert first["message"]["understanding"] is None
    thinking.set()
    await desk.until(said_by("bot"), count=2)
    understood = await desk.until(
        lambda frame: frame["type"] == "message" and frame["message"]["understanding"] is not None,
        count=2,
    )
    assert [frame["message"]["text"] for frame in understood] == ["hello", "are you there?"]
    assert understood[1]["message"]["id"] == first["message"]["id"]
    assert understood[1]["message"]["understanding"] == {"intent": "greet", "confidence": 0.93}
    # What was there when the watch began is not sent again unless it changes.
    ids = [frame["message"]["id"] for frame in desk.heard if frame["type"] == "message"]
    assert len(ids) == 5


async def test_watching_shows_how_a_delivery_fares_and_a_retry_really_sends(
    make_service: MakeService,
) -> None:
    platform = Platform()
    service = await make_service(channels=[platform])
    agent, other = await service.new_agent("deniz"), await service.new_agent("ece", "Ece")
    name = await on_platform(service, agent)
    desk = await watch(agent, name)
    await eventually(lambda: sent_by(platform), lambda sent: len(sent) == 3)
    platform.trouble = [PermanentError("blocked")]
    _, reply = await agent.write(name, "on its way")

    def fares(state: str) -> Callable[[dict[str, Any]], bool]:
        return lambda frame: (
            frame["type"] == "message"
            and frame["message"]["id"] == reply["id"]
            and frame["message"]["delivery"]["state"] == state
        )

    (failed,) = await desk.until(fares("failed"))
    assert failed["message"]["delivery"]["error"] == "blocked"
    path = f"/messages/{reply['id']}/retry"
    status, found = await other.post(path)
    assert (status, found["error"]["code"]) == (409, "not_holder")
    status, retried = await agent.post(path)
    assert (status, retried["id"]) == (200, reply["id"])
    await desk.until(fares("sent"))
    assert platform.sent[-1] == "on its way"
    assert platform.sent.count("on its way") == 1
    status, found = await agent.post(path)
    assert (status, found["error"]["code"]) == (409, "illegal_transition")


async def sent_by(platform: Platform) -> list[str]:
    return platform.sent


async def on_platform(service: Service, agent: AgentBrowser) -> str:
    """A conversation on a messenger, in the agent's hands."""
    visitor = await service.new_customer()
    contact = await service.app[keys.INBOX].visitor(visitor.token, days=1)
    assert contact is not None
    receipt = await service.app[keys.INBOX].receive(
        Inbound(
            contact_id=contact.id,
            channel="telegram",
            account="shop_bot",
            source="telegram:shop_bot",
            source_id="1",
            text="a person please",
            reply_to="chat 1",
        )
    )
    await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(receipt.conversation_id)
    return receipt.conversation_id


async def test_reply_on_the_website_needs_no_retry(service: Service) -> None:
    _, agent, name = await service.in_hands()
    _, reply = await agent.write(name, "hello")
    status, found = await agent.post(f"/messages/{reply['id']}/retry")
    assert (status, found["error"]["code"]) == (409, "illegal_transition")


async def test_every_agent_hears_of_every_change_with_their_own_counts(service: Service) -> None:
    agent, other = await service.new_agent("deniz"), await service.new_agent("ece", "Ece")
    desk, elsewhere = await agent.connect(), await other.connect()
    assert desk.heard[0]["agent"]["login"] == "deniz"
    assert desk.heard[0]["counts"] == {"waiting": 0, "mine": 0, "cases": 0, "all": 0}
    customer = await service.new_customer()
    await customer.say("a person please")
    for frames in (desk, elsewhere):
        await frames.until(
            lambda frame: (
                frame["type"] == "conversation"
                and frame["conversation"]["control"] == "queued"
                and frame["counts"] == {"waiting": 1, "mine": 0, "cases": 0, "all": 1}
            )
        )
    await agent.claim((await agent.waiting())[0]["id"])
    for frames, mine in ((desk, 1), (elsewhere, 0)):
        (heard, *_) = await frames.until(
            lambda frame: (
                frame["type"] == "conversation" and frame["conversation"]["control"] == "human"
            )
        )
        assert heard["conversation"]["agent"] == {"id": agent.id, "name": "Deniz Yalın"}
        assert heard["counts"] == {"waiting": 0, "mine": mine, "cases": 0, "all": 1}
    # Who watches nothing is sent no messages.
    assert desk.messages() == elsewhere.messages() == []


async def test_slow_console_hears_only_the_latest_of_each_conversation(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = asyncio.Event()
    send_offered = live.AgentSocket.send_offered

    async def slowly(self: live.AgentSocket) -> None:
        if self.agent.login == "slow":
            await goes_on.wait()
        await send_offered(self)

    monkeypatch.setattr(live.AgentSocket, "send_offered", slowly)
    customer, agent, name = await service.in_hands()
    slow = await service.new_agent("slow", "Slow")
    quick_desk, slow_desk = await agent.connect(), await slow.connect()
    for number in range(10):
        await customer.say(f"message {number}")
    last = (await agent.conversation(name))["conversation"]["last_seq"]

    def newest(frame: dict[str, Any]) -> bool:
        return bool(frame["type"] == "conversation" and frame["conversation"]["last_seq"] == last)

    await quick_desk.until(newest)
    goes_on.set()
    await slow_desk.until(newest)
    heard = [frame for frame in slow_desk.heard if frame["type"] == "conversation"]
    assert len(heard) == 1


@on_one_database
async def test_error_of_ours_closes_a_socket_with_a_code_and_is_logged(
    logbook: Logbook, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent, name = await service.handed_over()
    frames = await agent.connect()

    async def fail(self: live.AgentSocket, conversation_id: str | None) -> int:
        raise ConnectionRefusedError("the database has gone")

    monkeypatch.setattr(live.AgentSocket, "watch", fail)
    await frames.send(type="watch", conversation=name)
    await eventually(lambda: close_code(frames), lambda code: code == 1011)
    (logged,) = [entry for entry in logbook.events if entry["event"] == "socket_failed"]
    assert logged["exception"] == "ConnectionRefusedError"


# What customers never see


@pytest.mark.parametrize("seed_", [1, 2, 3])
async def test_no_note_ever_reaches_a_customer_whatever_happens_around_it(
    service: Service, seed_: int
) -> None:
    choose = random.Random(seed_)
    customer, agent, name = await service.handed_over()
    second = await service.new_agent("ece", "Ece")
    told: list[Any] = []
    pages = [await customer.connect()]
    written = 0
    for step in range(40):
        who = choose.choice([agent, second])
        match choose.choice(["note", "note", "reply", "say", "command", "connect", "read"]):
            case "note":
                status, _ = await who.write(name, f"hush-{step}", kind="note")
                assert status == 201
                written += 1
            case "reply":
                await who.write(name, f"reply {step}")
            case "say":
                told.append(await customer.say(choose.choice(["hello", "a person please"])))
            case "command":
                await who.command(name, choose.choice(list(console.COMMANDS)))
            case "connect":
                pages.append(await customer.connect(after=choose.randrange(step + 1)))
            case "read":
                told.append(await customer.read(after=choose.randrange(step + 1)))
    seen = (await agent.conversation(name))["messages"]
    public = [entry["seq"] for entry in seen if entry["visibility"] == "public"]
    last = await eventually(customer.messages, lambda found: found[-1]["seq"] >= public[-1])
    told += [last, *(page.heard for page in pages)]
    assert written > 0
    assert sum(entry["text"].startswith("hush-") for entry in seen) == written
    assert "hush-" not in json.dumps(told)
    assert "internal" not in json.dumps(told)
    assert [entry["seq"] for entry in last][: len(public)] == public


async def test_what_only_agents_may_know_is_in_no_customers_answer(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    page = await customer.connect()
    await agent.write(name, "hello")
    await page.until(said_by("agent"))
    told = json.dumps([await customer.read(), page.heard])
    for secret in (agent.id, 'deniz"', "epoch", "understanding", "confidence", "reason", "slots"):
        assert secret not in told, secret
