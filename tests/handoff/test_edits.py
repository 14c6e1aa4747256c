"""What a customer changes after sending it: all versions stay, and the bot is not asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fakes.platform import Platform
from tests.handoff.conftest import AgentBrowser, Service, eventually

MakeService = Callable[..., Awaitable[Service]]

CARD = "4111 1111 1111 1111"


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def service(make_service: MakeService, platform: Platform) -> Service:
    return await make_service(channels=[platform])


async def test_edit_is_shown_with_what_was_said_before_and_is_no_turn(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "order 10482"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    assert await service.hears(platform, edit("1", "order 10483", number=1)) == 200
    await service.hears(platform, said("2", "and?"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 2)
    assert [turn.input for turn in service.bot.asked] == [{"text": "order 10482"}, {"text": "and?"}]
    changed, later = await of_customer(await service.new_agent())
    assert changed["text"] == "order 10483"
    assert [version["text"] for version in changed["earlier"]] == ["order 10482"]
    assert changed["edited_at"]
    assert (later["edited_at"], later["earlier"]) == (None, [])


async def test_agent_who_watches_sees_the_edit_at_once(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "a person please"))
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    desk = await agent.connect()
    await desk.send(type="watch", conversation=waiting["id"])
    await desk.until(lambda frame: frame["type"] == "watching")
    await service.hears(platform, edit("1", "a person please, about my order", number=1))
    (frame,) = await desk.until(
        lambda frame: frame["type"] == "message" and frame["message"]["edited_at"] is not None
    )
    assert frame["message"]["text"] == "a person please, about my order"


async def test_edits_that_come_again_or_late_change_nothing_that_is_newer(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "one"))
    second, third = edit("1", "two", number=1), edit("1", "three", number=2)
    for call in (third, second, third, second):
        assert await service.hears(platform, call) == 200
    (changed,) = await of_customer(await service.new_agent())
    assert changed["text"] == "three"
    assert [version["text"] for version in changed["earlier"]] == ["one", "two"]


async def test_edit_before_its_message_stands_for_it(service: Service, platform: Platform) -> None:
    calls = [edit("1", "order 10483", number=1), said("1", "order 10482")]
    for call in calls:
        assert await service.hears(platform, call) == 200
    (only,) = await of_customer(await service.new_agent())
    assert only["text"] == "order 10483"


async def test_edit_and_message_that_come_together_make_one_message(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("0", "hello"))
    calls = [said("1", "order 10482"), edit("1", "order 10483", number=1)]
    await asyncio.gather(*(service.hears(platform, call) for call in calls * 3))
    _, only = await of_customer(await service.new_agent())
    assert only["text"] == "order 10483"


async def test_message_of_somebody_else_is_not_changed(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "mine"))
    await service.hears(platform, said("2", "hello") | {"from": "9"})
    await service.hears(platform, edit("1", "yours", number=1) | {"from": "9"})
    agent = await service.new_agent()
    listed = (await agent.get("/conversations?view=all"))["conversations"]
    texts = [
        entry["text"]
        for one in listed
        for entry in (await agent.conversation(one["id"]))["messages"]
        if entry["author"] == "customer"
    ]
    assert sorted(texts) == ["hello", "mine"]


async def test_many_edits_keep_the_first_version_and_the_latest(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "first"))
    for number in range(1, 31):
        await service.hears(platform, edit("1", f"edit {number}", number=number))
    (changed,) = await of_customer(await service.new_agent())
    assert changed["text"] == "edit 30"
    earlier = [version["text"] for version in changed["earlier"]]
    assert (len(earlier), earlier[0], earlier[-1]) == (19, "first", "edit 29")


async def test_number_in_an_edit_is_hidden_and_what_was_hidden_is_that_of_the_newest(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "hello"))
    await service.hears(platform, edit("1", f"card {CARD}", number=1))
    agent = await service.new_agent("ece", "Ece", "supervisor")
    (changed,) = await of_customer(agent)
    assert changed["text"] == "card •••• •••• •••• 1111"
    assert changed["masked"] == {"kinds": ["card"], "kept": True}
    status, found = await agent.post(f"/messages/{changed['id']}/reveal")
    assert (status, found) == (200, {"text": f"card {CARD}"})

    await service.hears(platform, edit("1", "no card any more", number=2))
    (changed,) = await of_customer(agent)
    assert changed["masked"] is None
    assert [one["text"] for one in changed["earlier"]] == ["hello", "card •••• •••• •••• 1111"]
    status, _ = await agent.post(f"/messages/{changed['id']}/reveal")
    assert status == 404


async def test_edit_to_nothing_readable_leaves_the_message(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, said("1", "hello"))
    assert await service.hears(platform, edit("1", "\u200b", number=1)) == 200
    first, second = await of_customer(await service.new_agent())
    assert (first["text"], first["edited_at"]) == ("hello", None)
    assert second["unsupported"] == "text"


def said(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "from": "1", "text": text}


def edit(name: str, text: str, *, number: int) -> dict[str, Any]:
    """The `number`th edit of a message, a second after the one before."""
    at = f"2026-11-22T08:15:{number:02}+00:00"
    return {"id": f"{name}.{number}", "from": "1", "text": text, "edits": name, "at": at}


async def _sent(platform: Platform) -> list[str]:
    return list(platform.sent)


async def of_customer(agent: AgentBrowser) -> list[dict[str, Any]]:
    """Return what the customer of the only conversation has said."""
    (one,) = (await agent.get("/conversations?view=all"))["conversations"]
    seen = (await agent.conversation(one["id"]))["messages"]
    return [entry for entry in seen if entry["author"] == "customer"]
