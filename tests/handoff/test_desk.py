"""Agents take conversations one at a time, hear who was faster, and write nothing twice."""

import asyncio
from typing import Any

import pytest

from tests.handoff.conftest import AgentBrowser, Service


async def test_of_fifty_claims_at_once_one_wins_and_the_others_are_told_who(
    service: Service,
) -> None:
    _, agent, name = await service.handed_over()
    agents = [agent] + [
        await service.new_agent(f"agent{number}", f"Agent {number}") for number in range(4)
    ]
    epoch = (await agent.conversation(name))["conversation"]["epoch"]
    claims = [claimer for claimer in agents for _ in range(10)]
    results = await asyncio.gather(
        *(claimer.command(name, "claim", epoch=epoch) for claimer in claims)
    )

    holder = (await agent.conversation(name))["conversation"]["agent"]
    won = [claimer for claimer, (status, _) in zip(claims, results, strict=True) if status == 200]
    lost = [answer for status, answer in results if status == 409]
    # Pressing twice is no conflict with oneself: all ten of the winner's own claims succeed.
    assert {winner.id for winner in won} == {holder["id"]}
    assert len(won) == 10
    assert len(lost) == 40
    assert {answer["error"]["code"] for answer in lost} == {"already_claimed"}
    assert {answer["error"]["holder"]["name"] for answer in lost} == {holder["name"]}


async def test_of_fifty_agents_who_claim_at_once_exactly_one_wins(service: Service) -> None:
    _, first, name = await service.handed_over()
    epoch = (await first.conversation(name))["conversation"]["epoch"]
    agents = [first] + [
        await service.new_agent(f"agent{number}", f"Agent {number}") for number in range(49)
    ]
    results = await asyncio.gather(*(agent.command(name, "claim", epoch=epoch) for agent in agents))

    assert sorted(status for status, _ in results) == [200] + [409] * 49
    assert (await first.conversation(name))["conversation"]["epoch"] == epoch + 1


async def test_claim_tells_the_customer_once_who_has_joined(service: Service) -> None:
    customer, agent, name = await service.handed_over()
    await agent.claim(name)
    await agent.claim(name)
    joined = [entry for entry in await customer.messages() if entry["notice"] == "agent_joined"]
    assert [entry["text"] for entry in joined] == ["Deniz Yalın has joined the conversation."]


async def test_resent_reply_is_one_message_however_often_it_comes(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    results = await asyncio.gather(
        *(agent.write(name, "on its way", client_id="agent-000001") for _ in range(20))
    )

    assert len({answer["id"] for _, answer in results}) == 1
    assert sorted(status for status, _ in results) == [200] * 19 + [201]
    assert [entry["text"] for entry in await customer.messages("agent")] == ["on its way"]


async def test_only_the_holder_answers_but_everybody_may_leave_a_note(service: Service) -> None:
    customer, _, name = await service.in_hands()
    other = await service.new_agent("ada", "Ada")
    status, answer = await other.write(name, "let me")
    assert (status, answer["error"]["code"]) == (409, "not_holder")
    assert answer["error"]["holder"]["name"] == "Deniz Yalın"

    status, note = await other.write(name, "knows the customer", kind="note")
    assert (status, note["visibility"]) == (201, "internal")
    assert await customer.messages("agent") == []


async def test_nobody_answers_a_conversation_that_still_waits(service: Service) -> None:
    _, agent, name = await service.handed_over()
    status, answer = await agent.write(name, "hello")
    assert (status, answer["error"]["code"]) == (409, "illegal_transition")


@pytest.mark.parametrize("command", ["hand-back", "release", "resolve"])
async def test_only_the_holder_lets_a_conversation_go(service: Service, command: str) -> None:
    _, _, name = await service.in_hands()
    other = await service.new_agent("ada", "Ada")
    status, answer = await other.command(name, command)
    assert (status, answer["error"]["code"]) == (409, "not_holder")


async def test_command_on_an_outdated_view_changes_nothing(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    epoch = (await agent.conversation(name))["conversation"]["epoch"]
    await agent.command(name, "hand-back")
    await customer.say("a person please")
    await customer.until_control("queued")
    status, answer = await agent.command(name, "resolve", epoch=epoch)

    assert (status, answer["error"]["code"]) == (409, "stale_epoch")
    assert answer["error"]["conversation"]["control"] == "queued"
    assert await customer.control() == "queued"


async def test_released_conversation_is_first_in_the_queue_and_keeps_its_card(
    service: Service,
) -> None:
    _, agent, name = await service.in_hands()
    later = await service.new_customer()
    await later.say("a person please")
    await later.until_control("queued")
    status, summary = await agent.command(name, "release")

    assert status == 200
    assert (summary["control"], summary["reason"], summary["position"]) == ("queued", "released", 1)
    assert (await agent.waiting())[0]["id"] == name
    assert (await agent.conversation(name))["card"]["reason"] == "asked"


async def test_transferred_conversation_waits_in_front_with_the_note_on_its_card(
    service: Service,
) -> None:
    customer, agent, name = await service.in_hands()
    later = await service.new_customer()
    await later.say("a person please")
    await later.until_control("queued")
    status, summary = await transfer(agent, name, "payments", "paid twice, 5406 6754 0667 5403")

    assert status == 200
    assert (summary["control"], summary["reason"]) == ("queued", "transferred")
    assert (summary["department"], summary["position"], summary["agent"]) == ("payments", 1, None)
    seen = await agent.conversation(name)
    card = seen["card"]
    assert (card["reason"], card["department"]) == ("transferred", "payments")
    assert card["summary"].startswith("paid twice, ")
    assert "5406" not in card["summary"]
    assert card["slots"] == {"order_number": "10482", "verified_order": "10482"}
    (note,) = [one for one in seen["messages"] if one["visibility"] == "internal"]
    assert (note["text"], note["name"]) == (card["summary"], "Deniz Yalın")
    told = await customer.messages("system")
    assert told[-1]["notice"] == "transferred"
    assert not any("paid twice" in (one["text"] or "") for one in await customer.messages())
    other = await service.new_agent("ece", "Ece Korkmaz")
    await other.claim(name)
    assert (await other.write(name, "hello"))[0] == 201


async def test_transfer_needs_a_note_a_known_department_and_the_holder(service: Service) -> None:
    _, agent, name = await service.in_hands()
    other = await service.new_agent("ece", "Ece Korkmaz")
    for who, department, note, code in (
        (agent, "moon", "look here", "invalid_input"),
        (agent, None, "  ", "message_empty"),
        (other, None, "look here", "not_holder"),
    ):
        status, told = await transfer(who, name, department, note)
        assert (status >= 400, told["error"]["code"]) == (True, code)
    status, told = await transfer(agent, name, None, "look here", epoch=0)
    assert (status, told["error"]["code"]) == (409, "stale_epoch")
    seen = await agent.conversation(name)
    assert seen["conversation"]["control"] == "human"
    assert not any(one["visibility"] == "internal" for one in seen["messages"])
    await agent.command(name, "hand-back")
    status, told = await transfer(agent, name, None, "look here")
    assert (status, told["error"]["code"]) == (409, "illegal_transition")


async def transfer(
    agent: AgentBrowser,
    name: str,
    department: str | None,
    note: str,
    epoch: int | None = None,
) -> tuple[int, Any]:
    if epoch is None:
        epoch = (await agent.conversation(name))["conversation"]["epoch"]
    body = {"epoch": epoch, "department": department, "note": note}
    return await agent.post(f"/conversations/{name}/transfer", body)


async def test_taking_over_from_the_bot_shows_what_it_understood_last(service: Service) -> None:
    customer = await service.new_customer()
    await customer.say("hello")
    await customer.until_bot_said(1)
    agent = await service.new_agent()
    (listed,) = (await agent.get("/conversations?view=all"))["conversations"]
    status, summary = await agent.command(listed["id"], "take-over")

    assert (status, summary["control"], summary["reason"]) == (200, "human", "taken_over")
    card = (await agent.conversation(listed["id"]))["card"]
    assert card["intent"] == {"name": "greet", "confidence": 0.93}
    assert (await agent.write(listed["id"], "Hi, Deniz here."))[0] == 201


async def test_card_has_the_whole_story(service: Service) -> None:
    _, agent, name = await service.handed_over()
    card = (await agent.conversation(name))["card"]
    assert card["reason"] == "asked"
    assert card["summary"] == "The customer asks for a person about order 10482."
    assert card["intent"]["name"] == "ask_human"
    assert [guess["name"] for guess in card["ranking"]] == ["ask_human", "track_order"]
    assert card["entities"] == [{"entity": "order_number", "value": "10482"}]
    assert card["slots"]["order_number"] == "10482"
    assert card["failed_turns"][0]["intent"] == "out_of_scope"
    assert card["last_action"] == "action_handoff"


async def test_unread_counts_what_the_customer_said_since_an_agent_looked(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    await agent.write(name, "hello")
    await customer.say("one")
    await customer.say("two")
    assert (await agent.conversation(name))["conversation"]["unread"] == 2
    await agent.write(name, "yes?")
    assert (await agent.conversation(name))["conversation"]["unread"] == 0
