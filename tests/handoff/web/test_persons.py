"""An agent joins customers of several channels that are one person; nothing else ever does."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fakes.platform import Platform
from tests.handoff.conftest import AgentBrowser, Service

MakeService = Callable[..., Awaitable[Service]]


@pytest.fixture
def whatsapp() -> Platform:
    return Platform("whatsapp")


@pytest.fixture
def telegram() -> Platform:
    return Platform("telegram")


@pytest.fixture
async def service(make_service: MakeService, whatsapp: Platform, telegram: Platform) -> Service:
    return await make_service(channels=[whatsapp, telegram])


async def wrote(
    service: Service, agent: AgentBrowser, platform: Platform, who: str, **more: Any
) -> str:
    """Let somebody write; return the conversation."""
    entry = {"id": f"of {who}", "from": who, "text": f"I am {who}", **more}
    assert await service.hears(platform, entry) == 200
    listed = (await agent.get("/conversations?view=all"))["conversations"]
    return str(max(listed, key=lambda one: str(one["created_at"]))["id"])


def ids(listed: list[dict[str, Any]]) -> set[str]:
    return {one["conversation"] for one in listed}


async def earlier(agent: AgentBrowser, name: str) -> set[str]:
    return ids((await agent.get(f"/conversations/{name}/history"))["earlier"])


async def join(agent: AgentBrowser, one: str, other: str) -> Any:
    status, person = await agent.post(f"/conversations/{one}/join", {"conversation": other})
    assert status == 200, person
    return person


async def test_joined_customers_have_each_others_earlier_talks(
    service: Service, whatsapp: Platform, telegram: Platform
) -> None:
    agent = await service.new_agent()
    one = await wrote(service, agent, whatsapp, "elif", name="Elif Aydın")
    other = await wrote(service, agent, telegram, "4711", name="elif a.")
    third = await wrote(service, agent, telegram, "4712", name="Mert")
    assert await earlier(agent, one) == set()
    person = await join(agent, one, other)
    assert person["joined"][0] == {
        "conversation": other,
        "channel": "telegram",
        "customer": {"name": "elif a."},
        "updated_at": person["joined"][0]["updated_at"],
    }
    assert await earlier(agent, one) == {other}
    assert await earlier(agent, other) == {one}
    assert await earlier(agent, third) == set()
    assert ids((await join(agent, other, one))["joined"]) == {one}


async def test_joining_is_for_all_who_were_joined_before(
    service: Service, whatsapp: Platform
) -> None:
    agent = await service.new_agent()
    a, b, c, d = [await wrote(service, agent, whatsapp, who) for who in "abcd"]
    await join(agent, a, b)
    await join(agent, c, d)
    assert ids((await join(agent, b, c))["joined"]) == {a, c, d}
    assert await earlier(agent, d) == {a, b, c}


async def test_separating_undoes_it_and_leaves_the_others_together(
    service: Service, whatsapp: Platform
) -> None:
    agent = await service.new_agent()
    a, b, c = [await wrote(service, agent, whatsapp, who) for who in "abc"]
    await join(agent, a, b)
    await join(agent, b, c)
    status, person = await agent.post(f"/conversations/{b}/separate")
    assert (status, person["joined"]) == (200, [])
    assert (await earlier(agent, a), await earlier(agent, b)) == ({c}, set())
    assert (await agent.post(f"/conversations/{a}/separate"))[0] == 200
    assert await earlier(agent, c) == set()
    assert (await agent.post(f"/conversations/{a}/separate"))[0] == 200


async def test_others_are_found_by_name_and_nobody_is_joined_by_being_alike(
    service: Service, whatsapp: Platform, telegram: Platform
) -> None:
    agent = await service.new_agent()
    one = await wrote(service, agent, whatsapp, "elif", name="Elif Aydın")
    other = await wrote(service, agent, telegram, "4711", name="Elif Aydın")
    await wrote(service, agent, telegram, "4712", name="100%")
    assert await earlier(agent, one) == set()

    async def found(text: str) -> set[str]:
        return ids((await agent.get(f"/conversations/{one}/person?text={text}"))["found"])

    assert await found("aydın") == {other}
    assert await found("  Elif ") == {other}
    assert await found("e") == set()
    assert await found("%25%25") == set()
    assert await found("") == set()
    await join(agent, one, other)
    assert await found("Elif") == set()


async def test_same_number_on_two_platforms_is_named_but_joins_nobody(
    service: Service, whatsapp: Platform, telegram: Platform
) -> None:
    agent = await service.new_agent()
    one = await wrote(service, agent, whatsapp, "905550000001", kind="phone")
    other = await wrote(service, agent, telegram, "+905550000001", kind="phone")
    await wrote(service, agent, telegram, "+905550000002", kind="phone")
    await wrote(service, agent, telegram, "905550000001", kind="user")
    person = await agent.get(f"/conversations/{one}/person")
    assert (ids(person["same_number"]), person["joined"]) == ({other}, [])
    assert await earlier(agent, one) == set()
    found = await agent.get(f"/conversations/{one}/person?text=0555 000 00 01")
    assert ids(found["found"]) == {other}
    assert ids((await agent.get(f"/conversations/{one}/person?text=0555"))["found"]) == set()


async def test_nonsense_is_refused(service: Service, whatsapp: Platform) -> None:
    agent = await service.new_agent()
    one = await wrote(service, agent, whatsapp, "elif")
    for body, status in (
        ({}, 422),
        ({"conversation": 7}, 422),
        ({"conversation": "../x"}, 422),
        ({"conversation": "0" * 32}, 404),
        ({"conversation": one}, 422),
    ):
        assert (await agent.post(f"/conversations/{one}/join", body))[0] == status
    assert (await agent.post(f"/conversations/{'0' * 32}/join", {"conversation": one}))[0] == 404
    assert (await agent.post(f"/conversations/{'0' * 32}/separate"))[0] == 404
