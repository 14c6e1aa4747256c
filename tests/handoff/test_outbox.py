"""Messages to a platform go out in order, are tried again, and say how they fared."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from handoff.channels.base import Call, Inbound, PermanentError, TransientError
from handoff.ledger import Pace
from handoff.outbox import Outbox
from handoff.web import keys
from tests.fakes.platform import Platform
from tests.handoff.conftest import AgentBrowser, Service, eventually
from tests.handoff.outage import outage

MakeService = Callable[..., Awaitable[Service]]


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def service(make_service: MakeService, platform: Platform) -> Service:
    return await make_service(channels=[platform])


async def test_bot_notices_and_agents_reach_the_platform_in_order(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    for number in range(5):
        await agent.write(name, f"reply {number}")
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 8)

    assert platform.sent[0] == "I'm connecting you with one of our agents."
    assert platform.sent[2] == "Deniz Yalın has joined the conversation."
    assert platform.sent[3:] == [f"reply {number}" for number in range(5)]
    states = [entry["delivery"] for entry in await _of_agent(agent, name)]
    assert [state["state"] for state in states] == ["sent"] * 5


async def test_internal_note_never_reaches_the_platform(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    await agent.write(name, "angry, be kind", kind="note")
    await agent.write(name, "hello")
    await eventually(lambda: _sent(platform), lambda sent: "hello" in sent)
    assert "angry, be kind" not in platform.sent


async def test_passing_trouble_is_tried_again_and_later_messages_wait_their_turn(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    platform.trouble = [
        TransientError("rate_limited", retry_after=600),
        TransientError("status_502", retry_after=600),
    ]
    await agent.write(name, "first")
    await agent.write(name, "second")
    await _until_attempts(agent, name, 1)
    assert platform.sent[3:] == []

    service.clock.forward(seconds=600)
    await _until_attempts(agent, name, 2)
    service.clock.forward(seconds=600)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 5)
    assert platform.sent[3:] == ["first", "second"]
    assert (await _delivery(agent, name, 0))["state"] == "sent"


async def test_one_blocked_conversation_does_not_hold_up_another(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    platform.trouble = [TransientError("rate_limited", retry_after=3600)]
    await agent.write(name, "blocked")
    await _until_attempts(agent, name, 1)
    other = await _claim_new(service, agent, "second")
    await agent.write(other, "flows")
    await eventually(lambda: _sent(platform), lambda sent: "flows" in sent)
    assert "blocked" not in platform.sent


async def test_refusal_for_good_is_shown_to_the_agent_and_try_again_really_sends(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    platform.trouble = [PermanentError("blocked_by_user")]
    _, message = await agent.write(name, "can you read me?")
    failed = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "failed"
    )
    assert failed["error"] == "blocked_by_user"

    status, _ = await agent.post(f"/messages/{message['id']}/retry")
    assert status == 200
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    assert platform.sent[3:] == ["can you read me?"]
    status, answer = await agent.post(f"/messages/{message['id']}/retry")
    assert (status, answer["error"]["code"]) == (409, "illegal_transition")


async def test_trouble_that_does_not_pass_ends_as_failed(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    trouble = TransientError("status_500", retry_after=Pace().longest_wait)
    platform.trouble = [trouble] * Pace().attempts
    await agent.write(name, "hello?")
    for attempt in range(1, Pace().attempts):
        await _until_attempts(agent, name, attempt)
        service.clock.forward(seconds=Pace().longest_wait)
    failed = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "failed"
    )
    assert (failed["attempts"], failed["error"]) == (Pace().attempts, "status_500")
    assert platform.sent[3:] == []


async def test_bug_in_a_channel_fails_the_message_and_stops_nothing(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    platform.trouble = [ZeroDivisionError()]
    await agent.write(name, "first")
    await agent.write(name, "second")
    await eventually(lambda: _sent(platform), lambda sent: sent[3:] == ["second"])
    assert (await _delivery(agent, name, 0))["error"] == "internal_error"


async def test_message_that_was_sent_while_the_database_went_away_is_not_sent_again(
    service: Service, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    sent, go_on = asyncio.Event(), asyncio.Event()
    send = platform.send

    async def send_slowly(call: Call) -> str | None:
        found = await send(call)
        sent.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(platform, "send", send_slowly)
    await agent.write(name, "first")
    await sent.wait()
    with outage(service.app[keys.STORE]) as noticed:
        go_on.set()
        await noticed.wait()
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    await agent.write(name, "second")
    await eventually(lambda: _delivery(agent, name, 1), lambda found: found["state"] == "sent")
    assert platform.sent[3:] == ["first", "second"]


async def test_platform_that_never_answers_holds_nobody_up_for_good(
    make_service: MakeService, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.app.Outbox", partial(Outbox, pace=Pace(timeout=0.5)))
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 3)
    platform.open.clear()
    await agent.write(name, "hello?")
    tried = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["error"] is not None
    )
    assert tried["error"] == "timeout"
    platform.open.set()
    service.clock.forward(seconds=60)
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")


async def _claimed(service: Service) -> tuple[AgentBrowser, str]:
    agent = await service.new_agent()
    return agent, await _claim_new(service, agent, "first")


async def _claim_new(service: Service, agent: AgentBrowser, who: str) -> str:
    """Let somebody on the platform ask for a person and the agent take the conversation."""
    customer = await service.new_customer()
    inbox = service.app[keys.INBOX]
    contact = await inbox.visitor(customer.token, days=1)
    assert contact is not None
    receipt = await inbox.receive(
        Inbound(
            contact_id=contact.id,
            channel="telegram",
            account="shop_bot",
            source="telegram:shop_bot",
            source_id=who,
            text="a person please",
            reply_to=f"chat {who}",
        )
    )

    async def control() -> str:
        found: str = (await agent.conversation(receipt.conversation_id))["conversation"]["control"]
        return found

    await eventually(control, lambda now: now == "queued")
    await agent.claim(receipt.conversation_id)
    return receipt.conversation_id


async def _sent(platform: Platform) -> list[str]:
    await asyncio.sleep(0)
    return list(platform.sent)


async def _of_agent(agent: AgentBrowser, name: str) -> list[dict[str, Any]]:
    seen = (await agent.conversation(name))["messages"]
    return [
        entry for entry in seen if entry["author"] == "agent" and entry["visibility"] == "public"
    ]


async def _delivery(agent: AgentBrowser, name: str, number: int) -> dict[str, Any]:
    found: dict[str, Any] = (await _of_agent(agent, name))[number]["delivery"]
    return found


async def _until_attempts(agent: AgentBrowser, name: str, count: int) -> None:
    """Wait until try number `count` is over and the next one is due some time."""
    await eventually(
        lambda: _delivery(agent, name, 0),
        lambda found: (found["attempts"], found["state"]) == (count, "queued"),
    )
