"""Files sent from a page reach the other side, and nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from handoff.files import LIMIT
from handoff.store.tables import message
from handoff.web import keys
from tests.fakes import files
from tests.fakes.platform import Platform
from tests.handoff.conftest import AgentBrowser, Customer, Service, eventually

MakeService = Callable[..., Awaitable[Service]]


async def test_photo_of_a_customer_is_seen_by_both_sides_without_where_it_was_taken(
    service: Service,
) -> None:
    customer, agent = await service.new_customer(), await service.new_agent()
    page = await customer.connect()
    sent = await customer.send_file(files.photo(located=True), "kırık vazo.jpg", "message-000077")
    assert (sent["status"], sent["client_id"]) == (201, "message-000077")
    (heard,) = await page.until(_is_message_of("customer"))
    (shown,) = heard["message"]["files"]
    assert shown["name"] == "kırık vazo.jpg"
    assert heard["message"]["text"] is None
    for served in (await customer.file(shown["id"]), await agent.file(shown["id"])):
        assert served.status == 200
        assert served.headers["Content-Type"] == "image/jpeg"
        assert dict(files.opened(served.content).getexif()) == {}


async def test_file_is_served_so_that_a_browser_can_do_no_harm_with_it(service: Service) -> None:
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.send_file(files.photo(), "a.jpg")
    await customer.send_file(files.PDF, 'the "bill"; ş.pdf')
    picture, bill = [entry["files"][0] for entry in await customer.messages("customer")]
    for browser in (customer, agent):
        for file, how in ((picture, "inline"), (bill, "attachment")):
            served = await browser.file(file["id"])
            assert served.headers["X-Content-Type-Options"] == "nosniff"
            assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert served.headers["Cache-Control"].startswith("private")
            assert served.headers["Content-Disposition"].startswith(f"{how}; filename*=UTF-8''")
    assert served.headers["Content-Disposition"].endswith("''the%20bill%20%3B%20%C5%9F.pdf")
    assert served.headers["Content-Type"] == "application/pdf"
    assert served.content == files.PDF


async def test_file_sent_again_is_one_message(service: Service) -> None:
    customer = await service.new_customer()
    sent = await asyncio.gather(
        *(customer.send_file(files.photo(), "a.jpg", "message-000001") for _ in range(4))
    )
    assert sorted(one["status"] for one in sent) == [200, 200, 200, 201]
    assert len({one["seq"] for one in sent}) == 1
    assert len(await customer.messages("customer")) == 1


async def test_nobody_but_the_customer_and_agents_may_see_a_file(service: Service) -> None:
    customer, stranger = await service.new_customer(), await service.new_customer()
    await customer.send_file(files.photo())
    await stranger.say("hello")
    (name,) = [file["id"] for file in (await customer.messages("customer"))[0]["files"]]
    assert (await stranger.file(name)).status == 404
    for path in (f"/widget/files/{name}", f"/console/api/files/{name}"):
        async with service.http.get(service.url + path) as response:
            assert response.status == 401
    for wrong in (f"{name[:-1]}1", f"{name[:-1]}99", name[:-2], "0" * 32 + ".0", "x.0", "..%2f"):
        assert (await customer.file(wrong)).status == 404


async def test_file_in_a_note_is_not_the_customers_to_see(service: Service) -> None:
    customer, agent, name = await in_hands(service)
    _, note = await agent.send_file(name, files.PDF, "offer.pdf")
    async with service.app[keys.STORE].write() as tx:
        await tx.execute(
            message.update().where(message.c.id == note["id"]).values(visibility="internal")
        )
    (file,) = note["files"]
    assert (await customer.file(file["id"])).status == 404
    assert (await agent.file(file["id"])).status == 200


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (files.ZIP, "bill.pdf", 415, "file_type_refused"),
        (files.SVG, "photo.png", 415, "file_type_refused"),
        (files.HTML, "photo.jpg", 415, "file_type_refused"),
        (files.EXECUTABLE, "photo.jpg", 415, "file_type_refused"),
        (files.m4a(b"vide"), "voice.m4a", 415, "file_type_refused"),
        (files.photo()[:-200], "photo.jpg", 422, "file_broken"),
        (b"\xff\xd8\xffno photo at all", "photo.jpg", 422, "file_broken"),
        (files.bomb(), "photo.png", 422, "file_broken"),
        (files.many_scans(), "photo.jpg", 422, "file_broken"),
        (b"", "photo.jpg", 422, "file_broken"),
        (files.PDF + bytes(LIMIT), "bill.pdf", 413, "file_too_large"),
    ],
)
async def test_what_is_no_file_we_take_is_refused_and_leaves_nothing(
    service: Service, content: bytes, name: str, status: int, code: str
) -> None:
    customer = await service.new_customer()
    refused = await customer.send_file(content, name)
    assert (refused["status"], refused["error"]["code"]) == (status, code)
    assert (await customer.read())["messages"] == []
    assert (await customer.send_file(files.photo(), name))["status"] == 201


async def test_wrong_claim_about_a_good_file_does_no_harm(service: Service) -> None:
    customer = await service.new_customer()
    assert (await customer.send_file(files.png(), "page.html"))["status"] == 201
    ((file,),) = [entry["files"] for entry in await customer.messages("customer")]
    assert (file["name"], file["content_type"]) == ("page.png", "image/png")
    assert (await customer.file(file["id"])).headers["Content-Type"] == "image/png"


async def test_body_that_never_says_its_size_is_cut_off_at_the_limit(service: Service) -> None:
    customer = await service.new_customer()

    async def endless() -> Any:
        for _ in range(12):
            yield bytes(1024 * 1024)

    async with service.http.post(
        f"{service.url}/widget/files?client_id=message-000001&name=a.pdf",
        data=endless(),
        headers=customer.headers,
    ) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (
            413,
            "file_too_large",
        )


@pytest.mark.parametrize(
    "query", ["", "client_id=short&name=a.jpg", "client_id=message-1&name=" + "x" * 1001]
)
async def test_file_without_a_good_name_of_its_own_is_refused(service: Service, query: str) -> None:
    customer = await service.new_customer()
    async with service.http.post(
        f"{service.url}/widget/files?{query}", data=files.photo(), headers=customer.headers
    ) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (
            422,
            "invalid_input",
        )


async def test_pages_of_strangers_may_send_no_files(service: Service) -> None:
    customer = await service.new_customer()
    for headers in (
        {**customer.headers, "Origin": "https://elsewhere.example"},
        {"Origin": service.origin},
    ):
        async with service.http.post(
            f"{service.url}/widget/files?client_id=message-000001&name=a.jpg",
            data=files.photo(),
            headers=headers,
        ) as response:
            assert response.status in (401, 403)
    assert (await customer.read())["messages"] == []


async def test_files_of_one_address_are_limited(make_service: MakeService) -> None:
    service = await make_service(files_per_minute=4)
    one, other = await service.new_customer(), await service.new_customer()
    sent = [await one.send_file(files.photo()) for _ in range(2)]
    assert [entry["status"] for entry in sent] == [201, 201]
    refused = await other.send_file(files.photo())
    assert (refused["status"], refused["error"]["code"]) == (429, "rate_limited")
    assert (await other.say("words are not"))["status"] == 201


async def test_customer_hears_once_that_the_bot_cannot_read_what_they_sent(
    service: Service,
) -> None:
    customer = await service.new_customer()
    for _ in range(3):
        await customer.send_file(files.photo())
    assert [entry["notice"] for entry in await customer.messages("system")] == ["file_kept"]
    await customer.say("my vase came like this")
    await customer.until_bot_said(1)
    assert service.bot.asked[0].sender["photos"] is True
    await customer.send_file(files.photo())
    notices = [entry["notice"] for entry in await customer.messages("system")]
    assert notices == ["file_kept", "file_kept"]


async def test_agent_sends_a_file(service: Service) -> None:
    customer, agent, name = await in_hands(service)
    page = await customer.connect()
    status, sent = await agent.send_file(name, files.PDF, "İade formu.pdf", "agent-message-1")
    assert (status, sent["author"], sent["text"]) == (201, "agent", None)
    (heard,) = await page.until(
        lambda frame: _is_message_of("agent")(frame) and bool(frame["message"]["files"])
    )
    (file,) = heard["message"]["files"]
    assert file["name"] == "İade formu.pdf"
    assert (await customer.file(file["id"])).content == files.PDF
    again, _ = await agent.send_file(name, files.PDF, "İade formu.pdf", "agent-message-1")
    assert again == 200
    assert len([e for e in await customer.messages("agent") if e["files"]]) == 1


async def test_only_the_holder_sends_files_and_only_with_their_token(service: Service) -> None:
    _, agent, name = await in_hands(service)
    other = await service.new_agent("ece", "Ece Tan")
    status, refused = await other.send_file(name, files.PDF)
    assert (status, refused["error"]["code"]) == (409, "not_holder")
    agent.csrf = "wrong"
    status, refused = await agent.send_file(name, files.PDF)
    assert (status, refused["error"]["code"]) == (403, "csrf_failed")


async def test_agents_file_goes_out_on_the_customers_platform(make_service: MakeService) -> None:
    platform = Platform(files={"image/jpeg"}, file_limit=5000)
    service = await make_service(channels=[platform])
    agent = await service.new_agent()
    await service.hears(platform, {"id": "1", "from": "1", "text": "a person please"})
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(waiting["id"])
    status, _ = await agent.send_file(waiting["id"], files.photo(), "manual.jpg")
    assert status == 201

    async def carried() -> list[Any]:
        return [file for call in platform.calls for one in call.messages for file in one.files]

    (file,) = await eventually(carried, lambda found: len(found) == 1)
    assert (file.type, file.name) == ("image/jpeg", "manual.jpg")
    assert files.opened(file.path.read_bytes()).size == (40, 30)

    status, refused = await agent.send_file(waiting["id"], files.PDF)
    assert (status, refused["error"]["code"]) == (415, "file_type_refused")
    status, refused = await agent.send_file(waiting["id"], files.photo(2500, 2500))
    assert (status, refused["error"]["code"]) == (413, "file_too_large")


async def test_number_in_a_files_name_is_hidden(service: Service) -> None:
    customer = await service.new_customer()
    await customer.send_file(files.PDF, "kart 4111 1111 1111 1111.pdf")
    ((file,),) = [entry["files"] for entry in await customer.messages("customer")]
    assert file["name"] == "kart •••• •••• •••• 1111.pdf"


def _is_message_of(author: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] == "message" and frame["message"]["author"] == author


async def in_hands(service: Service) -> tuple[Customer, AgentBrowser, str]:
    """Return a customer, an agent, and their conversation."""
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("a person please")
    await customer.until_control("queued")
    name = (await agent.waiting())[0]["id"]
    await agent.claim(name)
    return customer, agent, name
