"""What platforms tell is kept once and in order before they are told that we have it."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from handoff.web import keys
from handoff.web.webhooks import WEBHOOK_LIMIT
from tests.fakes.platform import SECRET, Platform, PolledPlatform, event_of
from tests.handoff.conftest import AgentBrowser, Service, eventually
from tests.handoff.logbook import captured

MakeService = Callable[..., Awaitable[Service]]


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def service(make_service: MakeService, platform: Platform) -> Service:
    return await make_service(channels=[platform])


async def test_customer_of_a_platform_is_answered_there(
    service: Service, platform: Platform
) -> None:
    assert await service.hears(platform, _says("hello")) == 200
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: hello"])
    assert platform.calls[0].address == "chat 1"


async def test_redelivered_call_is_stored_once_also_when_both_come_together(
    service: Service, platform: Platform
) -> None:
    both = await asyncio.gather(*(service.hears(platform, _says("hello")) for _ in range(10)))
    assert both == [200] * 10
    await service.hears(platform, _says("hello"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    agent = await service.new_agent()
    assert [entry["text"] for entry in await _of_customer(agent)] == ["hello"]


async def test_ten_first_messages_at_once_make_one_conversation(
    service: Service, platform: Platform
) -> None:
    calls = [_says(f"photo {number}", id=str(number)) for number in range(10)]
    await asyncio.gather(*(service.hears(platform, call) for call in calls))
    agent = await service.new_agent()
    assert len(await _of_customer(agent)) == 10


async def test_batch_is_kept_whole_and_each_customers_messages_in_order(
    service: Service, platform: Platform
) -> None:
    batch = [
        {"id": f"{who}-{number}", "from": who, "text": f"{number}", "name": f"Customer {who}"}
        for number in range(10)
        for who in ("ada", "bora", "can")
    ]
    assert await service.hears(platform, *batch) == 200
    agent = await service.new_agent()
    listed = (await agent.get("/conversations?view=all"))["conversations"]
    assert {one["customer"]["name"] for one in listed} == {
        "Customer ada",
        "Customer bora",
        "Customer can",
    }
    for one in listed:
        said = await _of_customer(agent, one["id"])
        assert [entry["text"] for entry in said] == [str(number) for number in range(10)]


async def test_same_customer_of_two_accounts_has_two_conversations(
    make_service: MakeService,
) -> None:
    here, there = Platform(account="shop"), Platform(account="outlet")
    service = await make_service(channels=[here, there])
    for platform in (here, there):
        assert await service.hears(platform, _says("hello")) == 200
    await eventually(lambda: _sent(here), lambda sent: sent == ["You said: hello"])
    await eventually(lambda: _sent(there), lambda sent: sent == ["You said: hello"])


async def test_press_means_what_the_button_means_and_is_acknowledged(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, _says("menu"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    first, _ = platform.calls[0].messages[0].buttons
    assert len(first.id.encode()) <= 64
    press = {"id": "2", "from": "1", "button": first.id, "press": "callback 7"}
    assert await service.hears(platform, press) == 200
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 2)
    assert service.bot.asked[-1].input == {"payload": "/track"}
    assert platform.acknowledged == ["callback 7"]


async def test_button_that_was_made_up_is_answered_and_dropped(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, _says("hello"))
    assert await service.hears(platform, {"id": "2", "from": "1", "button": "made up"}) == 200
    agent = await service.new_agent()
    assert len(await _of_customer(agent)) == 1


@pytest.mark.parametrize("typed", ["2", " 2. ", "2)"])
async def test_number_typed_below_a_menu_is_its_choice(
    make_service: MakeService, typed: str
) -> None:
    platform = Platform(numbers=True)
    service = await make_service(channels=[platform])
    await _menu(service, platform)
    assert await service.hears(platform, _says(typed, id="2")) == 200
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 2)
    assert service.bot.asked[-1].input == {"payload": "/return"}
    said = await _of_customer(await service.new_agent())
    assert [entry["text"] for entry in said] == ["menu", "Return"]


@pytest.mark.parametrize("typed", ["3", "0", "12", "2 pieces", "order 2", "-1", "٢"])
async def test_what_is_no_number_of_the_menu_is_a_text(
    make_service: MakeService, typed: str
) -> None:
    platform = Platform(numbers=True)
    service = await make_service(channels=[platform])
    await _menu(service, platform)
    await service.hears(platform, _says(typed, id="2"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 2)
    assert service.bot.asked[-1].input == {"text": typed}


async def test_number_below_real_buttons_is_a_text(service: Service, platform: Platform) -> None:
    await _menu(service, platform)
    await service.hears(platform, _says("2", id="2"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 2)
    assert service.bot.asked[-1].input == {"text": "2"}


async def test_number_is_chosen_once_and_is_no_answer_to_a_person(
    make_service: MakeService,
) -> None:
    platform = Platform(numbers=True)
    service = await make_service(channels=[platform])
    await _menu(service, platform)
    await service.hears(platform, _says("1", id="2"))
    await service.hears(platform, _says("2", id="3"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    assert [turn.input for turn in service.bot.asked[1:]] == [{"payload": "/track"}, {"text": "2"}]
    await _menu(service, platform, id="4")
    agent = await service.new_agent()
    (one,) = (await agent.get("/conversations?view=all"))["conversations"]
    await agent.command(one["id"], "take-over")
    await agent.write(one["id"], "How many would you like?")
    await service.hears(platform, _says("2", id="5"))
    assert (await _of_customer(agent))[-1]["text"] == "2"


async def test_reaction_is_shown_to_agents_and_answered_by_nobody(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, _says("hello"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    agent = await service.new_agent()
    (one,) = (await agent.get("/conversations?view=all"))["conversations"]
    await agent.command(one["id"], "resolve")
    reaction = {"id": "2", "from": "1", "text": "👍", "unsupported": "reaction"}
    assert await service.hears(platform, reaction) == 200
    said = (await _of_customer(agent, one["id"]))[-1]
    assert (said["text"], said["unsupported"]) == ("👍", "reaction")
    assert (await agent.conversation(one["id"]))["conversation"]["control"] == "closed"
    assert len(service.bot.asked) == 1


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"unsupported": "sticker"}, "sticker"),
        ({"unsupported": "location"}, "location"),
        ({"text": "\u200b"}, "text"),
        ({"text": "x" * 30_000}, "text"),
    ],
)
async def test_what_has_no_place_is_stored_as_such_and_the_customer_is_told(
    service: Service, platform: Platform, entry: dict[str, Any], kind: str
) -> None:
    assert await service.hears(platform, {"id": "1", "from": "1", **entry}) == 200
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    assert platform.sent[0].startswith("I can't open messages of this kind.")
    assert service.bot.asked == []
    (said,) = await _of_customer(await service.new_agent())
    assert (said["text"], said["unsupported"]) == (None, kind)


async def test_text_beside_something_without_a_place_is_answered(
    service: Service, platform: Platform
) -> None:
    await service.hears(
        platform, {"id": "1", "from": "1", "unsupported": "image", "text": "broken"}
    )
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: broken"])
    (said,) = await _of_customer(await service.new_agent())
    assert (said["text"], said["unsupported"]) == ("broken", "image")


async def test_text_longer_than_a_page_may_send_is_kept_whole(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, _says("x" * 4096))
    answer = "You said: " + "x" * 4000  # longer than the platform takes at once
    await eventually(lambda: _sent(platform), lambda sent: "".join(sent) == answer)
    (said,) = await _of_customer(await service.new_agent())
    assert said["text"] == "x" * 4096
    assert service.bot.asked[0].input == {"text": "x" * 4000}


async def test_card_number_is_hidden_in_texts_and_names(
    service: Service, platform: Platform
) -> None:
    number = "4111111111111111"
    await service.hears(platform, _says(f"my card {number}", name=f"Ada {number}"))
    agent = await service.new_agent()
    (said,) = await _of_customer(agent)
    assert said["text"] == "my card •••• •••• •••• 1111"
    (one,) = (await agent.get("/conversations?view=all"))["conversations"]
    assert one["customer"]["name"] == "Ada •••• •••• •••• 1111"


async def test_bot_is_silent_on_a_platform_under_a_person(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, _says("a person please"))
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(waiting["id"])
    for number in range(20):
        await service.hears(platform, _says(f"are you there {number}", id=f"more-{number}"))
    assert len(service.bot.asked) == 1
    assert len(await _of_customer(agent)) == 21


async def test_platform_that_must_be_asked_is_heard_and_asked_again_after_trouble(
    make_service: MakeService,
) -> None:
    platform = PolledPlatform()
    service = await make_service(channels=[platform])
    await platform.waiting.put([event_of(_says("hello"))])
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: hello"])
    poll = platform.poll

    def fail() -> Any:
        platform.poll = poll  # type: ignore[method-assign]
        raise ConnectionError

    platform.poll = fail  # type: ignore[method-assign]
    await service.stop()
    await service.start()
    await platform.waiting.put([event_of(_says("again", id="2"))])
    await eventually(lambda: _sent(platform), lambda sent: sent[1:] == ["You said: again"])


# Who may call


@pytest.mark.parametrize("secret", ["", "wrong", "ğ" * 5])
async def test_call_that_proves_nothing_is_refused_and_not_kept(
    service: Service, platform: Platform, secret: str
) -> None:
    with captured() as book:
        assert await service.hears(platform, _says("marker"), secret=secret) == 401
    assert [e["channel"] for e in book.events if e["event"] == "webhook_refused"] == ["telegram"]
    assert not book.names("marker")
    agent = await service.new_agent()
    assert (await agent.get("/conversations?view=all"))["conversations"] == []


async def test_platform_introduces_itself(service: Service, platform: Platform) -> None:
    address = f"{service.url}{platform.path}?challenge=1234"
    async with service.http.get(address, headers={"X-Secret": SECRET}) as response:
        assert (response.status, await response.text()) == (200, "1234")
    async with service.http.get(address) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [("/channels/telegram/other", 404), ("/channels/signal/shop_bot", 404)],
)
async def test_unknown_account_is_not_found(service: Service, path: str, status: int) -> None:
    async with service.http.post(f"{service.url}{path}", json=[]) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"[{", 400, "invalid_json"),
        (b"[1, null]", 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b" " * (WEBHOOK_LIMIT + 1), 413, "body_too_large"),
    ],
    ids=["empty", "cut off", "odd", "no text", "too large"],
)
async def test_body_that_cannot_be_read_is_refused_plainly(
    service: Service, platform: Platform, body: bytes, status: int, code: str
) -> None:
    async with service.http.post(
        f"{service.url}{platform.path}", data=io.BytesIO(body), headers={"X-Secret": SECRET}
    ) as response:
        found = await response.json()
    assert (response.status, found["error"]["code"]) == (status, code)
    assert await service.hears(platform, _says("hello")) == 200


async def test_call_that_could_not_be_kept_is_not_said_to_be(
    service: Service, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = service.app[keys.INBOX]

    async def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "hear", fail)
        assert await service.hears(platform, _says("hello")) == 500
    assert await service.hears(platform, _says("hello")) == 200
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: hello"])


def _says(text: str, **more: Any) -> dict[str, Any]:
    return {"id": "1", "from": "1", "text": text, **more}


async def _menu(service: Service, platform: Platform, **more: Any) -> None:
    """Let the customer be shown a menu of two."""
    before = len(platform.sent)
    await service.hears(platform, _says("menu", **more))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) > before)


async def _sent(platform: Platform) -> list[str]:
    return list(platform.sent)


async def _of_customer(agent: AgentBrowser, name: str | None = None) -> list[dict[str, Any]]:
    """Return what the customer of a conversation, or of the only one, has said."""
    if name is None:
        (one,) = (await agent.get("/conversations?view=all"))["conversations"]
        name = one["id"]
    seen = (await agent.conversation(name))["messages"]
    return [entry for entry in seen if entry["author"] == "customer"]
