"""Cases on the agents' screens: shown, listed while they are open, closed once, opened again."""

from typing import Any

import pytest

from handoff.bot import Answer
from handoff.store.rows import Turn
from tests.fakes.bot import answer
from tests.handoff.conftest import AgentBrowser, Service

OPENED = {
    "reference": "S7K3F9QY",
    "kind": "missing",
    "order": "10391",
    "lines": [{"line": 1, "quantity": 2}],
    "text": "two of the mugs were not in the parcel",
}


@pytest.fixture
async def case(service: Service) -> dict[str, Any]:
    """A case the bot has opened, and the conversation it belongs to."""

    async def script(said: str, turn: Turn) -> Answer:
        return answer("I have opened a case.", case=OPENED)

    service.bot.script = script
    customer = await service.new_customer()
    await customer.say("two mugs are missing", client_id="message-000001")
    await customer.until_bot_said(1)
    agent = await service.new_agent("looking", "Lale Look")
    (found,) = (await agent.get("/conversations?view=cases"))["conversations"]
    (kept,) = (await agent.conversation(found["id"]))["cases"]
    return {**kept, "conversation": found["id"]}


async def in_view(agent: AgentBrowser, view: str) -> tuple[list[int], int]:
    """Return the open cases of each conversation in a view, and what the view's tab counts."""
    found = await agent.get(f"/conversations?view={view}")
    return [one["open_cases"] for one in found["conversations"]], found["counts"]["cases"]


async def test_an_open_case_is_listed_and_counted(service: Service, case: dict[str, Any]) -> None:
    agent = await service.new_agent()
    assert case["closed"] is None
    assert await in_view(agent, "cases") == ([1], 1)
    assert await in_view(agent, "all") == ([1], 1)


async def test_a_case_is_closed_with_a_note_that_colleagues_read(
    service: Service, case: dict[str, Any]
) -> None:
    agent = await service.new_agent()
    status, closed = await agent.post(f"/cases/{case['id']}/close", {"note": "sent again"})
    assert status == 200
    assert closed["closed"].pop("at").endswith("Z")
    assert closed["closed"] == {
        "by": {"id": agent.id, "name": agent.me["agent"]["name"]},
        "note": "sent again",
    }
    shown = await agent.conversation(case["conversation"])
    assert shown["cases"][0]["closed"]["note"] == "sent again"
    last = shown["messages"][-1]
    assert (last["visibility"], last["text"]) == ("internal", "S7K3F9QY ✓ sent again")
    assert await in_view(agent, "cases") == ([], 0)
    assert await in_view(agent, "all") == ([0], 0)


async def test_a_note_is_not_needed(service: Service, case: dict[str, Any]) -> None:
    agent = await service.new_agent()
    status, closed = await agent.post(f"/cases/{case['id']}/close", {"note": "  "})
    assert (status, closed["closed"]["note"]) == (200, "")


async def test_who_closes_it_second_reads_who_did(service: Service, case: dict[str, Any]) -> None:
    first, second = await service.new_agent(), await service.new_agent("other", "Ogün Other")
    await first.post(f"/cases/{case['id']}/close", {"note": "sent again"})
    status, refused = await second.post(f"/cases/{case['id']}/close", {"note": "refunded"})
    assert (status, refused["error"]["code"]) == (409, "case_closed")
    assert refused["error"]["case"]["closed"]["by"]["id"] == first.id
    assert refused["error"]["case"]["closed"]["note"] == "sent again"
    assert len((await first.conversation(case["conversation"]))["messages"]) == 3


async def test_a_case_that_was_closed_too_early_is_opened_again(
    service: Service, case: dict[str, Any]
) -> None:
    first, second = await service.new_agent(), await service.new_agent("other", "Ogün Other")
    await first.post(f"/cases/{case['id']}/close", {"note": "sent again"})
    status, opened = await second.post(f"/cases/{case['id']}/reopen", {})
    assert (status, opened["closed"]) == (200, None)
    assert await in_view(first, "cases") == ([1], 1)
    said = (await first.conversation(case["conversation"]))["messages"][-2:]
    assert [(one["visibility"], one["text"]) for one in said] == [
        ("internal", "S7K3F9QY ✓ sent again"),
        ("internal", "S7K3F9QY ↺"),
    ]
    status, closed = await first.post(f"/cases/{case['id']}/close", {"note": "refunded"})
    assert (status, closed["closed"]["note"]) == (200, "refunded")


async def test_a_case_that_is_open_stays_so(service: Service, case: dict[str, Any]) -> None:
    agent = await service.new_agent()
    before = await agent.conversation(case["conversation"])
    status, opened = await agent.post(f"/cases/{case['id']}/reopen", {})
    assert (status, opened["closed"]) == (200, None)
    after = await agent.conversation(case["conversation"])
    assert after["messages"] == before["messages"]


async def test_numbers_in_a_note_are_hidden(service: Service, case: dict[str, Any]) -> None:
    agent = await service.new_agent()
    note = "paid back to card 4111 1111 1111 1111"
    _, closed = await agent.post(f"/cases/{case['id']}/close", {"note": note})
    assert "4111 1111" not in closed["closed"]["note"]
    shown = await agent.conversation(case["conversation"])
    assert "4111 1111" not in shown["messages"][-1]["text"]


@pytest.mark.parametrize(
    ("body", "status"), [({}, 422), ({"note": 5}, 422), ({"note": "x" * 20_000}, 422)]
)
async def test_what_is_no_note_closes_nothing(
    service: Service, case: dict[str, Any], body: dict[str, Any], status: int
) -> None:
    agent = await service.new_agent()
    refused, _ = await agent.post(f"/cases/{case['id']}/close", body)
    assert refused == status
    assert await in_view(agent, "cases") == ([1], 1)


async def test_there_is_no_such_case(service: Service) -> None:
    agent = await service.new_agent()
    for what in ("close", "reopen"):
        status, _ = await agent.post(f"/cases/{'0' * 32}/{what}", {"note": "x"})
        assert status == 404
