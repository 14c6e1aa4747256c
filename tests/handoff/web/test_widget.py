"""The website's channel, as a customer's browser and a shop's page meet it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from handoff import notices
from handoff.store.rows import Turn
from handoff.store.tables import identity
from handoff.web import keys, live, widget
from tests.fakes.bot import answer
from tests.handoff.conftest import AgentBrowser, Customer, Service, eventually

MakeService = Callable[..., Awaitable[Service]]

SHOP = "https://shop.example"
FOREIGN = "https://evil.example"

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What does not depend on the database need not be tried on both."""


async def call(
    service: Service, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any, Any]:
    """Return status, headers and JSON of one request without anything a browser adds."""
    async with service.http.request(
        method, f"{service.url}{path}", json=body, headers=headers
    ) as response:
        is_json = response.content_type == "application/json"
        return response.status, response.headers, await response.json() if is_json else None


def said_by(author: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] == "message" and frame["message"]["author"] == author


def saying(text: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] == "message" and frame["message"]["text"] == text


def state(**wanted: Any) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: (
        frame["type"] == "state" and wanted.items() <= frame["conversation"].items()
    )


def is_chained(messages: list[dict[str, Any]], first_prev: int = 0) -> bool:
    """Whether each message names the one before it."""
    before = [first_prev, *(message["seq"] for message in messages)]
    return [message["prev"] for message in messages] == before[:-1]


# Origins and sessions


@on_one_database
async def test_sessions_are_opened_only_from_pages_on_the_list(make_service: MakeService) -> None:
    service = await make_service(widget_origins=f"{SHOP}, https://other.example/")
    outcomes = {
        origin: (await call(service, "POST", "/widget/sessions", {"language": "tr"}, Origin=origin))
        for origin in (service.origin, SHOP, "https://other.example", FOREIGN, "null", "")
    }
    assert {origin: status for origin, (status, _, _) in outcomes.items()} == {
        service.origin: 201,
        SHOP: 201,
        "https://other.example": 201,
        FOREIGN: 403,
        "null": 403,
        "": 403,
    }
    assert outcomes[FOREIGN][2]["error"]["code"] == "origin_refused"
    status, _, found = await call(service, "POST", "/widget/sessions", {"language": "tr"})
    assert (status, found["error"]["code"]) == (403, "origin_refused")


@on_one_database
async def test_origin_must_match_wholly(make_service: MakeService) -> None:
    service = await make_service(widget_origins=SHOP)
    for near in (
        "http://shop.example",
        "https://shop.example:8443",
        "https://www.shop.example",
        "https://shop.example.evil.example",
        "https://shop.example/",
        "https://evil.example#https://shop.example",
    ):
        status, headers, _ = await call(
            service, "POST", "/widget/sessions", {"language": "tr"}, Origin=near
        )
        assert status == 403, near
        assert "Access-Control-Allow-Origin" not in headers


@on_one_database
async def test_a_stolen_token_is_of_no_use_on_a_foreign_page(service: Service) -> None:
    customer = await service.new_customer()
    bearer = {"Authorization": f"Bearer {customer.token}"}
    body = {"client_id": "message-000001", "text": "hello"}
    for method, path, sent in (
        ("GET", "/widget/messages", None),
        ("POST", "/widget/messages", body),
        ("GET", "/widget/socket", None),
    ):
        status, _, found = await call(service, method, path, sent, Origin=FOREIGN, **bearer)
        assert (status, found["error"]["code"]) == (403, "origin_refused"), (method, path)
    # A page's own GET carries no Origin; nothing that changes something comes without one.
    assert (await call(service, "GET", "/widget/messages", None, **bearer))[0] == 200
    assert (await call(service, "POST", "/widget/messages", body, **bearer))[0] == 403
    assert (await call(service, "GET", "/widget/socket", None, **bearer))[0] == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await service.http.ws_connect(f"{service.url}/widget/socket", headers={"Origin": FOREIGN})


@on_one_database
async def test_shop_page_is_allowed_to_ask_and_to_read_the_answer(
    make_service: MakeService,
) -> None:
    service = await make_service(widget_origins=SHOP)
    asked = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    status, headers, _ = await call(service, "OPTIONS", "/widget/messages", None, **asked)
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == SHOP
    assert headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "Access-Control-Allow-Credentials" not in headers

    for status_expected, body in ((201, {"language": "en"}), (422, {"language": "de"})):
        status, headers, _ = await call(service, "POST", "/widget/sessions", body, Origin=SHOP)
        assert status == status_expected
        assert headers["Access-Control-Allow-Origin"] == SHOP
        assert headers["Vary"] == "Origin"


@on_one_database
async def test_foreign_page_is_allowed_neither_to_ask_nor_to_read(service: Service) -> None:
    for method in ("OPTIONS", "POST", "GET"):
        status, headers, _ = await call(service, method, "/widget/messages", None, Origin=FOREIGN)
        assert status == 403
        assert "Access-Control-Allow-Origin" not in headers


@on_one_database
async def test_script_and_style_may_be_loaded_by_any_page(service: Service) -> None:
    for file in ("loader.js", "widget.js", "widget.css"):
        status, headers, _ = await call(service, "GET", f"/widget/{file}", None, Origin=FOREIGN)
        assert status == 200
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


# Tokens


async def test_token_is_long_random_and_stored_only_as_a_hash(service: Service) -> None:
    tokens = [(await service.new_customer()).token for _ in range(5)]
    assert len(set(tokens)) == 5
    assert all(len(token) >= 43 for token in tokens)  # 256 bits in base64
    async with service.app[keys.STORE].read() as tx:
        kept = list((await tx.execute(select(identity.c.value))).scalars())
    assert len(kept) == 5
    assert not set(tokens) & set(kept)


async def test_unknown_token_opens_nothing(service: Service) -> None:
    stranger = Customer(service, "A" * 43, "en")
    assert (await stranger.say("hello"))["error"]["code"] == "not_authenticated"
    status, _, found = await call(service, "GET", "/widget/messages", None, **stranger.headers)
    assert (status, found["error"]["code"]) == (401, "not_authenticated")


async def test_token_opens_its_own_conversation_and_no_other(service: Service) -> None:
    ada, bora = await service.new_customer(), await service.new_customer()
    ada_frames, bora_frames = await ada.connect(), await bora.connect()
    await ada.say("secret of Ada")
    await ada.until_bot_said(1)
    await bora.say("secret of Bora")
    await bora.until_bot_said(1)
    await ada_frames.until(said_by("bot"))
    await bora_frames.until(said_by("bot"))

    assert "Bora" not in json.dumps([await ada.read(), ada_frames.heard])
    assert "Ada" not in json.dumps([await bora.read(), bora_frames.heard])
    assert (await ada.read())["conversation"]["id"] != (await bora.read())["conversation"]["id"]


async def test_token_ends_after_the_days_that_were_set(make_service: MakeService) -> None:
    service = await make_service(visitor_days=30)
    customer = await service.new_customer()
    service.clock.forward(days=29)
    assert (await customer.say("still me"))["status"] == 201
    service.clock.forward(days=1)
    assert (await customer.say("and now?"))["error"]["code"] == "not_authenticated"
    frames = await service.open_socket("/widget/socket")
    await frames.send(type="hello", token=customer.token, after=0, language="en")
    (told,) = await frames.until(lambda frame: frame["type"] == "error")
    assert told["code"] == "not_authenticated"


# The socket


async def test_fresh_visitor_is_welcomed_with_nothing_and_each_message_is_acknowledged(
    service: Service,
) -> None:
    customer = await service.new_customer()
    frames = await customer.connect()
    assert frames.heard == [
        {"type": "welcome", "conversation": None, "messages": [], "more": False}
    ]
    await frames.send(type="send", client_id="message-000001", text="hello")
    (ack,) = await frames.until(lambda frame: frame["type"] == "ack")
    assert ack == {
        "type": "ack",
        "client_id": "message-000001",
        "seq": 1,
        "duplicate": False,
    }
    (mine,) = await frames.until(said_by("customer"))
    assert mine["message"]["client_id"] == "message-000001"
    await frames.until(state(control="bot", agent=None, position=None))
    await frames.send(type="ping")
    await frames.until(lambda frame: frame["type"] == "pong")


async def test_resend_is_acknowledged_as_a_duplicate_whichever_way_it_comes(
    service: Service,
) -> None:
    customer = await service.new_customer()
    frames = await customer.connect()
    for _ in range(3):
        await frames.send(type="send", client_id="message-000001", text="hello")
    acks = await frames.until(lambda frame: frame["type"] == "ack", count=3)
    assert [(ack["seq"], ack["duplicate"]) for ack in acks] == [(1, False), (1, True), (1, True)]
    assert await customer.post(client_id="message-000001", text="hello") == {
        "client_id": "message-000001",
        "seq": 1,
        "status": 200,
    }
    await customer.until_bot_said(1)
    assert len(await customer.messages("customer")) == 1


async def test_both_tabs_of_a_visitor_show_the_same_conversation(service: Service) -> None:
    customer = await service.new_customer()
    first, second = await customer.connect(), await customer.connect()
    await first.send(type="send", client_id="message-000001", text="from the first tab")
    for tab in (first, second):
        await tab.until(said_by("bot"))
    await second.send(type="send", client_id="message-000002", text="from the second tab")
    for tab in (first, second):
        await tab.until(said_by("bot"), count=2)
        assert [message["text"] for message in tab.messages("customer")] == [
            "from the first tab",
            "from the second tab",
        ]
        assert is_chained(tab.messages())


async def test_tab_that_is_being_opened_while_another_begins_the_conversation_misses_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await service.new_customer()
    welcome = live.CustomerSocket.welcome

    async def welcome_while_another_tab_writes(self: live.CustomerSocket) -> dict[str, Any]:
        frame = await welcome(self)
        await customer.say("from the other tab")
        return frame

    monkeypatch.setattr(live.CustomerSocket, "welcome", welcome_while_another_tab_writes)
    frames = await customer.connect()
    await frames.until(said_by("bot"))
    assert [message["text"] for message in frames.messages("customer")] == ["from the other tab"]


async def test_chosen_language_is_told_and_spoken_from_then_on(service: Service) -> None:
    customer = await service.new_customer("en")
    first, second = await customer.connect(), await customer.connect()
    await customer.say("hello")
    await first.until(said_by("bot"))
    await first.send(type="language", language="tr")
    for tab in (first, second):
        await tab.until(state(language="tr"))
    service.bot.script = _silent_on_language
    await customer.say("fail")
    await customer.until_control("queued")
    assert (await customer.messages("system"))[0]["text"] == notices.load().say("bot_failed", "tr")


async def test_page_that_changed_its_language_while_away_is_understood_at_hello(
    service: Service,
) -> None:
    customer = await service.new_customer("tr")
    service.bot.script = _silent_on_language
    customer.language = "en"
    await customer.connect()
    await customer.say("fail")
    await customer.until_control("queued")
    assert (await customer.messages("system"))[0]["text"] == notices.load().say("bot_failed", "en")


async def test_hello_in_the_pages_language_leaves_the_language_the_bot_heard(
    service: Service,
) -> None:
    customer = await service.new_customer("en")
    await customer.say("merhaba")
    await customer.until_bot_said(1)
    frames = await customer.connect()
    (welcome,) = await frames.until(lambda frame: frame["type"] == "welcome")
    assert welcome["conversation"]["language"] == "tr"


async def _silent_on_language(said: str, turn: Turn) -> Any:
    raise RuntimeError("no answer")


async def test_both_sides_see_the_other_write(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    stranger = await service.new_agent("ece", "Ece")
    page = await customer.connect()
    desk, elsewhere = await agent.connect(), await stranger.connect()
    await desk.send(type="watch", conversation=name)
    await desk.until(lambda frame: frame["type"] == "watching")

    await page.send(type="typing", on=True)
    (seen,) = await desk.until(lambda frame: frame["type"] == "typing")
    assert seen == {"type": "typing", "conversation": name, "author": "customer", "on": True}

    # Only who has the conversation is seen to write in it.
    await elsewhere.send(type="typing", conversation=name, on=True)
    await elsewhere.send(type="ping")
    await elsewhere.until(lambda frame: frame["type"] == "pong")
    await desk.send(type="typing", conversation=name, on=False)
    (heard,) = await page.until(lambda frame: frame["type"] == "typing")
    assert heard == {"type": "typing", "author": "agent", "on": False}
    # Who looks elsewhere is not told.
    assert [frame for frame in elsewhere.heard if frame["type"] == "typing"] == []


async def test_agent_sees_that_the_customer_has_read(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    page, desk = await customer.connect(), await agent.connect()
    await desk.send(type="watch", conversation=name)
    await desk.until(lambda frame: frame["type"] == "watching")
    _, reply = await agent.write(name, "How can I help?")
    assert reply["delivery"] == {
        "state": "sent",
        "attempts": 1,
        "error": None,
        "possibly_double": False,
    }

    await page.send(type="seen", seq=reply["seq"])
    await desk.until(
        lambda frame: (
            frame["type"] == "message"
            and frame["message"]["id"] == reply["id"]
            and frame["message"]["delivery"]["state"] == "read"
        )
    )
    # Having read cannot be taken back, and what does not exist cannot be read.
    await page.send(type="seen", seq=1)
    await page.send(type="seen", seq=reply["seq"] + 1000)
    _, next_reply = await agent.write(name, "Are you there?")
    seen = {message["id"]: message for message in (await agent.conversation(name))["messages"]}
    assert seen[reply["id"]]["delivery"]["state"] == "read"
    assert seen[next_reply["id"]]["delivery"]["state"] == "sent"


# Connections that break


class Thinking:
    """A bot whose answer is ready only when the test says so."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, said: str, turn: Turn) -> Any:
        self.begun.set()
        await self.open.wait()
        return answer("too late")


async def with_hidden_messages(service: Service) -> tuple[Customer, AgentBrowser, str]:
    """A conversation in an agent's hands that has a suppressed answer and a note."""
    thinking = Thinking()
    service.bot.script = thinking
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("hello")
    await thinking.begun.wait()
    name = service.bot.asked[0].conversation_id
    status, _ = await agent.command(name, "take-over")
    assert status == 200
    thinking.open.set()
    await eventually(
        lambda: agent.conversation(name),
        lambda found: any(message["suppressed"] for message in found["messages"]),
    )
    await agent.write(name, "note: be careful", kind="note")
    return customer, agent, name


async def test_after_a_broken_connection_nothing_is_missing_and_nothing_double(
    service: Service,
) -> None:
    customer, agent, name = await with_hidden_messages(service)
    heard: list[dict[str, Any]] = []
    written = 0
    for round_ in range(4):
        frames = await customer.connect(after=heard[-1]["seq"] if heard else 0)
        (welcome,) = await frames.until(lambda frame: frame["type"] == "welcome")
        await agent.write(name, f"while connected {round_}")
        written += 1
        await frames.until(saying(f"while connected {round_}"))
        heard += welcome["messages"] + frames.messages()
        await frames.close()
        for number in range(3):
            await agent.write(name, f"while away {round_}.{number}")
            await agent.write(name, f"note: {round_}.{number}", kind="note")
            written += 1
        await customer.say(f"from another page {round_}")

    frames = await customer.connect(after=heard[-1]["seq"])
    (welcome,) = await frames.until(lambda frame: frame["type"] == "welcome")
    heard += welcome["messages"]
    stored = (await customer.read())["messages"]
    assert heard == stored
    assert sum(message["author"] == "agent" for message in heard) == written
    assert is_chained(heard)
    numbers = [message["seq"] for message in heard]
    assert numbers == sorted(set(numbers))
    assert numbers != list(range(1, len(numbers) + 1)), "nothing hidden stood between them"
    assert welcome["conversation"]["last_seq"] == numbers[-1]


async def test_page_that_was_busy_for_long_hears_everything_once_and_in_order(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = asyncio.Event()
    send_offered = live.CustomerSocket.send_offered

    async def busy(self: live.CustomerSocket) -> None:
        await goes_on.wait()
        await send_offered(self)

    customer = await service.new_customer()
    await customer.say("first")
    await customer.until_bot_said(1)
    frames = await customer.connect()
    monkeypatch.setattr(live.CustomerSocket, "send_offered", busy)
    for number in range(30):
        await customer.say(f"message {number}")
    last = (await customer.until_bot_said(31))[-1]["seq"]
    goes_on.set()
    await frames.until(lambda frame: frame["type"] == "message" and frame["message"]["seq"] == last)
    heard = frames.messages()
    assert [message["seq"] for message in heard] == [
        message["seq"] for message in (await customer.read(after=2))["messages"]
    ]
    assert is_chained(heard, first_prev=2)


async def test_state_that_changed_while_away_comes_with_the_welcome(service: Service) -> None:
    customer, agent, name = await service.handed_over()
    frames = await customer.connect()
    await frames.close()
    await agent.claim(name)
    frames = await customer.connect()
    (welcome,) = await frames.until(lambda frame: frame["type"] == "welcome")
    assert welcome["conversation"]["control"] == "human"
    assert welcome["conversation"]["agent"] == {"name": "Deniz Yalın"}


async def test_who_was_away_for_long_asks_for_the_rest_in_pages(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (live, widget):
        monkeypatch.setattr(module, "PAGE", 5)
    customer, agent, name = await with_hidden_messages(service)
    for number in range(12):
        await agent.write(name, f"reply {number}")
    frames = await customer.connect()
    (welcome,) = await frames.until(lambda frame: frame["type"] == "welcome")
    assert (len(welcome["messages"]), welcome["more"]) == (5, True)

    fetched = list(welcome["messages"])
    more = True
    while more:
        page = await customer.read(after=fetched[-1]["seq"])
        fetched += page["messages"]
        more = page["more"]
    assert [message["text"] for message in fetched if message["author"] == "agent"] == [
        f"reply {number}" for number in range(12)
    ]
    assert is_chained(fetched)
    # The socket goes on behind what there was.
    await agent.write(name, "and one more")
    (last,) = await frames.until(said_by("agent"))
    assert last["message"]["text"] == "and one more"
    assert last["message"]["prev"] == fetched[-1]["seq"]


async def test_reload_brings_the_whole_history_and_begins_nothing_new(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    await agent.write(name, "Hello, Deniz here.")
    pages = []
    for _ in range(3):
        frames = await customer.connect()
        (welcome,) = await frames.until(lambda frame: frame["type"] == "welcome")
        pages.append(welcome["messages"])
        assert welcome["conversation"]["id"] == name
        await frames.close()
    assert pages[0] == pages[1] == pages[2] == (await customer.read())["messages"]
    listed = await agent.get("/conversations?view=all")
    assert [entry["id"] for entry in listed["conversations"]] == [name]


async def test_writing_into_a_closed_conversation_is_seen_by_everybody(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    page, desk = await customer.connect(), await agent.connect()
    await agent.command(name, "resolve")
    await page.until(state(control="closed"))
    await desk.send(type="watch", conversation=name)
    await desk.until(lambda frame: frame["type"] == "watching")

    await page.send(type="send", client_id="message-000099", text="one more thing")
    await page.until(lambda frame: frame["type"] == "ack" and not frame["duplicate"])
    await page.until(state(control="bot"))
    (seen,) = await desk.until(said_by("customer"))
    assert seen["message"]["text"] == "one more thing"
    await desk.until(
        lambda frame: (
            frame["type"] == "conversation"
            and frame["conversation"]["control"] == "bot"
            and frame["conversation"]["last_message"]["text"] == "You said: one more thing"
        )
    )


# What is written stays what it is


TEXTS = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\"quoted\" \\ and 'single' `back`",
    "javascript:alert(1)",
    "a\u2028b\u2029c",
    "&lt;already&gt; &amp; escaped",
]


async def test_html_stays_text_on_its_whole_way(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    page, desk = await customer.connect(), await agent.connect()
    await desk.send(type="watch", conversation=name)
    await desk.until(lambda frame: frame["type"] == "watching")
    for text in TEXTS:
        await customer.say(text)
        await agent.write(name, text)
    await page.until(said_by("agent"), count=len(TEXTS))
    await desk.until(said_by("customer"), count=len(TEXTS))

    assert [message["text"] for message in page.messages("agent")] == TEXTS
    assert [message["text"] for message in desk.messages("customer")] == TEXTS
    assert (await agent.waiting()) == []
    _, headers, found = await call(service, "GET", "/widget/messages", None, **customer.headers)
    assert [entry["text"] for entry in found["messages"] if entry["author"] == "agent"] == TEXTS
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    summary = (await agent.conversation(name))["conversation"]
    assert summary["last_message"]["text"] == TEXTS[-1]


@pytest.mark.parametrize(
    "typed", ["/restart", '/verify{"a":1}', "/ask_human", "//", "/", " /greet", "/restart\n"]
)
@on_one_database
async def test_typed_commands_reach_the_bot_as_text(service: Service, typed: str) -> None:
    customer = await service.new_customer()
    await customer.say(typed)
    await customer.until_bot_said(1)
    (turn,) = service.bot.asked
    assert turn.input == {"text": typed.strip()}


async def test_button_is_an_opaque_name_whose_meaning_never_leaves_the_service(
    service: Service,
) -> None:
    customer, agent = await service.new_customer(), await service.new_agent()
    frames = await customer.connect()
    await customer.say("menu")
    (menu,) = await customer.until_bot_said(1)
    await frames.until(said_by("bot"))
    assert [button["title"] for button in menu["buttons"]] == ["Track my order", "Return"]
    assert all(button.keys() == {"id", "title"} for button in menu["buttons"])
    name = (await customer.read())["conversation"]["id"]
    shown = json.dumps([await customer.read(), frames.heard, await agent.conversation(name)])
    assert "/track" not in shown

    await frames.send(type="press", client_id="message-000002", button=menu["buttons"][1]["id"])
    await frames.until(lambda frame: frame["type"] == "ack")
    await customer.until_bot_said(2)
    assert service.bot.asked[-1].input == {"payload": "/return"}
    assert [message["text"] for message in await customer.messages("customer")] == [
        "menu",
        "Return",
    ]


async def test_button_of_somebody_else_or_of_nobody_is_not_found(service: Service) -> None:
    ada, bora = await service.new_customer(), await service.new_customer()
    await ada.say("menu")
    (menu,) = await ada.until_bot_said(1)
    mine = menu["buttons"][0]["id"]
    assert (await bora.press(mine))["error"]["code"] == "not_found"
    await bora.say("hello")
    assert (await bora.press(mine))["error"]["code"] == "not_found"

    message = mine.partition(".")[0]
    for wrong in (
        message,
        f"{message}.",
        f"{message}.2",
        f"{message}.-1",
        f"{message}.99999999999999999999",
        "0" * 32 + ".0",
        "/track",
        "nonsense",
    ):
        answer_ = await ada.press(wrong)
        assert (answer_["status"], answer_["error"]["code"]) == (404, "not_found"), wrong
    frames = await ada.connect()
    await frames.send(type="press", client_id="message-000050", button="nonsense")
    (told,) = await frames.until(lambda frame: frame["type"] == "error")
    assert (told["code"], told["client_id"]) == ("not_found", "message-000050")
    assert len(await ada.messages("customer")) == 1


# Limits


@on_one_database
async def test_who_writes_too_fast_is_told_how_long_to_wait_and_others_are_not_held_up(
    make_service: MakeService,
) -> None:
    service = await make_service(messages_per_minute=4)
    customer, other = await service.new_customer(), await service.new_customer()
    assert [(await customer.say("hello"))["status"] for _ in range(2)] == [201, 201]
    body = {"client_id": "message-000003", "text": "hello"}
    status, headers, found = await call(
        service, "POST", "/widget/messages", body, **customer.headers
    )
    assert (status, found["error"]["code"]) == (429, "rate_limited")
    assert headers["Retry-After"] == str(found["error"]["retry_after"])
    assert 1 <= found["error"]["retry_after"] <= 15

    frames = await customer.connect()
    await frames.send(type="send", client_id="message-000004", text="hello")
    (told,) = await frames.until(lambda frame: frame["type"] == "error")
    assert (told["code"], told["client_id"]) == ("rate_limited", "message-000004")
    assert (await other.say("hello"))["status"] == 201
    assert len(await customer.messages("customer")) == 2


@on_one_database
async def test_flood_of_other_frames_is_refused_too(make_service: MakeService) -> None:
    service = await make_service(messages_per_minute=2)
    customer = await service.new_customer()
    frames = await customer.connect()
    for _ in range(30):
        await frames.send(type="typing", on=True)
    (told, *_) = await frames.until(lambda frame: frame["type"] == "error")
    assert told["code"] == "rate_limited"
    assert frames.ws.closed is False


@on_one_database
async def test_one_address_opens_only_so_many_sessions(make_service: MakeService) -> None:
    service = await make_service(sessions_per_minute=4, trusted_proxies=1)

    async def open_from(forwarded: str) -> int:
        status, _, _ = await call(
            service,
            "POST",
            "/widget/sessions",
            {"language": "tr"},
            **{"Origin": service.origin, "X-Forwarded-For": forwarded},
        )
        return status

    # The last entry is the proxy's own; what stands before it the client has made up.
    made_up = [f"198.51.100.{number}, 203.0.113.7" for number in range(3)]
    assert [await open_from(entry) for entry in made_up] == [201, 201, 429]
    assert await open_from("203.0.113.8") == 201


@on_one_database
async def test_methods_a_route_does_not_know_are_named(service: Service) -> None:
    customer = await service.new_customer()
    status, headers, found = await call(service, "PUT", "/widget/messages", {}, **customer.headers)
    assert (status, found["error"]["code"]) == (405, "method_not_allowed")
    assert headers["Allow"] == "GET, HEAD, POST"
