"""A customer of a platform is the same by whichever name it tells, and nobody else ever is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.fakes.whatsapp import FakeWhatsApp, Phone
from tests.handoff.conftest import AgentBrowser, Service, eventually

MakeService = Callable[..., Awaitable[Service]]


@pytest.fixture
async def server() -> AsyncIterator[FakeWhatsApp]:
    async with FakeWhatsApp().serve() as server:
        server.reports = ()
        yield server


@pytest.fixture
async def service(make_service: MakeService, server: FakeWhatsApp) -> AsyncIterator[Service]:
    service = await make_service(
        whatsapp_api=server.api,
        whatsapp_phone_id=server.account,
        whatsapp_token=server.token,
        whatsapp_app_secret=server.app_secret,
        whatsapp_verify_token=server.verify_token,
    )
    server.webhook = f"{service.url}/channels/whatsapp/{server.account}"
    yield service
    await service.stop()


async def said(agent: AgentBrowser) -> list[list[str]]:
    """Return what each customer has said, the one who wrote first at the beginning."""
    found = []
    listed = (await agent.get("/conversations?view=all"))["conversations"]
    for one in sorted(listed, key=lambda one: str(one["created_at"])):
        seen = (await agent.conversation(one["id"]))["messages"]
        found.append([entry["text"] for entry in seen if entry["author"] == "customer"])
    return found


async def test_customer_who_hides_the_number_later_stays_the_same(
    service: Service, server: FakeWhatsApp
) -> None:
    phone = server.phone("905550000001", user="TR.1")
    await server.says(phone, "with my number")
    phone.number = None
    await server.says(phone, "without it")
    assert await said(await service.new_agent()) == [["with my number", "without it"]]
    await eventually(
        lambda: to(server, "TR.1"), lambda texts: texts[-1:] == ["You said: without it"]
    )


async def test_customer_from_before_there_were_ids_is_known_by_the_number(
    service: Service, server: FakeWhatsApp
) -> None:
    phone = server.phone("905550000001", user="TR.1")
    old = server.batch((phone, server.message(phone, text="long ago")))
    value = old["entry"][0]["changes"][0]["value"]
    del value["messages"][0]["from_user_id"], value["contacts"][0]["user_id"]
    assert await server.call(old) == 200
    await server.says(phone, "today")
    phone.number = None
    await server.says(phone, "tomorrow")
    assert await said(await service.new_agent()) == [["long ago", "today", "tomorrow"]]


async def test_number_that_somebody_else_has_now_opens_nothing_of_its_former_owner(
    service: Service, server: FakeWhatsApp
) -> None:
    before, after = Phone("TR.1", "905550000001"), Phone("TR.2", "905550000001")
    await server.says(before, "mine is order 10482")
    await eventually(lambda: to(server, "905550000001"), lambda texts: len(texts) == 1)
    await server.says(after, "where is my order?")
    agent = await service.new_agent()
    assert await said(agent) == [["mine is order 10482"], ["where is my order?"]]
    # Nor does anything for the former one go to who has the number now.
    listed = (await agent.get("/conversations?view=all"))["conversations"]
    first = min(listed, key=lambda one: str(one["created_at"]))["id"]
    await eventually(lambda: to(server, "905550000001"), lambda texts: len(texts) == 2)
    await agent.command(first, "take-over")
    await agent.write(first, "your order 10482 is on its way")
    failed = await eventually(
        lambda: last(agent, first), lambda one: one["delivery"]["state"] == "failed"
    )
    assert failed["delivery"]["error"] == "no_address"
    assert "10482 is on its way" not in " ".join(await to(server, "905550000001"))
    await server.says(after, "hello?")
    await server.says(Phone("TR.1", "905550000009"), "my new number")
    assert await said(agent) == [
        ["mine is order 10482", "my new number"],
        ["where is my order?", "hello?"],
    ]


def moved(server: FakeWhatsApp, phone: Phone, **system: Any) -> dict[str, Any]:
    """Return what the platform tells when a customer's number or id has changed."""
    message = server.message(phone, kind="system", system=system)
    return server.body({"messages": [message]})


async def test_customer_who_changes_the_number_is_answered_at_the_new_one(
    service: Service, server: FakeWhatsApp
) -> None:
    old, new = server.phone("905550000001", user="TR.1"), server.phone("905550000002", user="TR.2")
    new.wrote_at = server.now()
    await server.says(old, "a person please")
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(waiting["id"])
    told = moved(
        server,
        old,
        type="user_changed_number",
        body="User Elif Aydın changed from 905550000001 to 905550000002",
        wa_id="905550000002",
        user_id="TR.2",
        previous_user_id="TR.1",
    )
    for _ in range(2):
        assert await server.call(told) == 200
    await agent.write(waiting["id"], "hello at the new number")
    await eventually(
        lambda: to(server, "905550000002"),
        lambda texts: "hello at the new number" in " ".join(texts),
    )
    await server.says(new, "thanks")
    # Somebody else has the old number now.
    await server.says(Phone("TR.3", "905550000001"), "hello")
    assert await said(agent) == [["a person please", "thanks"], ["hello"]]


async def test_customer_whose_id_alone_changes_stays_the_same(
    service: Service, server: FakeWhatsApp
) -> None:
    await server.says(Phone("TR.1", "905550000001"), "one")
    told = moved(
        server,
        Phone("TR.1", "905550000001"),
        type="user_changed_user_id",
        wa_id="905550000001",
        user_id="TR.2",
        previous_user_id="TR.1",
    )
    assert await server.call(told) == 200
    await server.says(Phone("TR.2", "905550000001"), "two")
    assert await said(await service.new_agent()) == [["one", "two"]]


@pytest.mark.parametrize(
    "system",
    [
        {"type": "user_changed_number"},
        {"type": "user_changed_number", "wa_id": "905550000002", "previous_user_id": "TR.77"},
        {"type": "customer_identity_changed", "wa_id": "905550000002", "user_id": "TR.2"},
    ],
)
async def test_change_of_nobody_we_know_or_to_nothing_changes_nothing(
    service: Service, server: FakeWhatsApp, system: dict[str, Any]
) -> None:
    await server.says(Phone("TR.1", "905550000001"), "one")
    assert await server.call(moved(server, Phone("TR.9", "905550000005"), **system)) == 200
    await server.says(Phone("TR.1", "905550000001"), "two")
    await server.says(Phone("TR.2", "905550000002"), "three")
    assert await said(await service.new_agent()) == [["one", "two"], ["three"]]


async def test_new_number_that_has_written_before_the_change_is_told_is_another_customer(
    service: Service, server: FakeWhatsApp
) -> None:
    await server.says(Phone("TR.1", "905550000001"), "one")
    await server.says(Phone("TR.2", "905550000002"), "two")
    told = moved(
        server,
        Phone("TR.1", "905550000001"),
        type="user_changed_number",
        wa_id="905550000002",
        user_id="TR.2",
        previous_user_id="TR.1",
    )
    assert await server.call(told) == 200
    await server.says(Phone("TR.2", "905550000002"), "three")
    assert await said(await service.new_agent()) == [["one"], ["two", "three"]]


async def to(server: FakeWhatsApp, address: str) -> list[str]:
    return [sent.text for sent in server.sent if sent.to == address]


async def last(agent: AgentBrowser, name: str) -> Any:
    return (await agent.conversation(name))["messages"][-1]
