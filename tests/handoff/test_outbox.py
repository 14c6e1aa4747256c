"""Messages to a platform go out in order, are tried again, and say how they fared."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from handoff.channels.base import (
    WINDOW_CLOSED,
    Call,
    PermanentError,
    TransientError,
    Unreachable,
    WindowClosed,
)
from handoff.ledger import Pace
from handoff.outbox import Outbox
from handoff.store.tables import delivery
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
    await eventually(lambda: _delivery(agent, name, 4), lambda found: found["state"] == "sent")

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
    platform.trouble = [ZeroDivisionError()]
    await agent.write(name, "first")
    await agent.write(name, "second")
    await eventually(lambda: _sent(platform), lambda sent: sent[3:] == ["second"])
    assert (await _delivery(agent, name, 0))["error"] == "internal_error"


async def test_message_that_was_sent_while_the_database_went_away_is_not_sent_again(
    service: Service, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, name = await _claimed(service)
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
    platform.open.clear()
    await agent.write(name, "hello?")
    tried = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["error"] is not None
    )
    assert tried["error"] == "timeout"
    platform.open.set()
    service.clock.forward(seconds=60)
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")


async def test_channel_that_answers_nobody_holds_up_no_other(make_service: MakeService) -> None:
    stuck, quick = Platform("telegram"), Platform("whatsapp")
    service = await make_service(channels=[stuck, quick])
    stuck.open.clear()
    for number in range(Pace().at_once + 4):
        await service.hears(stuck, {"id": str(number), "from": str(number), "text": "hello"})
    await eventually(lambda: _tries(service), lambda tries: len(tries) == Pace().at_once)
    await service.hears(quick, {"id": "1", "from": "1", "text": "hello"})
    await eventually(lambda: _sent(quick), lambda sent: sent == ["You said: hello"])
    stuck.open.set()


async def test_short_messages_go_together_where_the_platform_can(make_service: MakeService) -> None:
    platform = Platform(most_together=3, limit=20)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    platform.open.clear()
    await agent.write(name, "waits")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sending")
    for text in ("one", "two", "three", "four", "this is longer than twenty"):
        await agent.write(name, text)
    before = len(platform.sent)
    platform.open.set()
    await eventually(lambda: _delivery(agent, name, 5), lambda found: found["state"] == "sent")
    assert platform.sent[before:] == [
        *("waits", "one\ntwo\nthree", "four"),
        *("this is longer than ", "twenty"),
    ]
    await service.hears(platform, {"report": _last_id(platform, "one\n"), "state": "read"})
    states = [(await _delivery(agent, name, number))["state"] for number in range(5)]
    assert states == ["sent", "read", "read", "read", "sent"]


async def test_long_message_goes_in_parts_and_none_of_them_twice(make_service: MakeService) -> None:
    platform = Platform(limit=10)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    before = len(platform.sent)
    send, parts = platform.send, []

    async def fail_once(call: Call) -> str | None:
        parts.append(call.part)
        if parts == [0, 1]:
            raise TransientError("rate_limited")
        return await send(call)

    platform.send = fail_once  # type: ignore[method-assign]
    await agent.write(name, "0123456789abcdefghij!")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["attempts"] == 1)
    service.clock.forward(seconds=10)
    done = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent"
    )
    assert platform.sent[before:] == ["0123456789", "abcdefghij", "!"]
    assert parts == [0, 1, 1, 2]
    assert not done["possibly_double"]

    # A part that did not arrive tells; one that did does not speak for all.
    await service.hears(platform, {"report": _last_id(platform, "0123"), "state": "read"})
    assert (await _delivery(agent, name, 0))["state"] == "sent"
    report = {"report": _last_id(platform, "abcd"), "state": "failed", "code": "content_refused"}
    await service.hears(platform, report)
    failed = await _delivery(agent, name, 0)
    assert (failed["state"], failed["error"]) == ("failed", "content_refused")


@pytest.mark.parametrize(
    ("told", "after"),
    [
        (["delivered", "read"], "read"),
        (["read", "delivered", "sent"], "read"),
        (["failed", "delivered"], "failed"),
        (["delivered", "failed"], "delivered"),
        (["sent", "sent"], "sent"),
    ],
)
async def test_reports_in_any_order_only_raise_what_the_agent_sees(
    service: Service, platform: Platform, told: list[str], after: str
) -> None:
    agent, name = await _claimed(service)
    await agent.write(name, "hello")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    for state in told:
        report = {"report": "shop_bot-4", "state": state, "code": "content_refused"}
        assert await service.hears(platform, report) == 200
    found = await _delivery(agent, name, 0)
    assert found["state"] == after
    assert found["error"] == ("content_refused" if after == "failed" else None)


async def test_report_that_is_faster_than_the_answer_counts(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    platform.open.clear()
    await agent.write(name, "hello")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sending")
    await service.hears(platform, {"report": "shop_bot-4", "state": "delivered"})
    platform.open.set()
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "delivered")


async def test_report_of_what_we_never_sent_changes_nothing(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    before = (await agent.conversation(name))["messages"]
    report = {"report": "somebody else's", "state": "failed", "code": "content_refused"}
    assert await service.hears(platform, report) == 200
    assert (await agent.conversation(name))["messages"] == before


async def test_late_report_of_an_earlier_try_does_not_touch_the_next(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    _, message = await agent.write(name, "hello")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    report = {"report": "shop_bot-4", "state": "failed", "code": "content_refused"}
    await service.hears(platform, report)
    await agent.post(f"/messages/{message['id']}/retry")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    assert platform.sent[3:] == ["hello", "hello"]
    await service.hears(platform, report)
    assert (await _delivery(agent, name, 0))["state"] == "sent"


async def test_lost_answer_is_sent_again_and_said_to_be_possibly_double(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    platform.trouble = [TransientError("connection_lost", reached=True)]
    await agent.write(name, "hello")
    await _until_attempts(agent, name, 1)
    service.clock.forward(seconds=10)
    sent = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent"
    )
    assert sent["possibly_double"]


async def test_lost_answer_is_replaced_by_the_report_that_names_the_call(
    make_service: MakeService,
) -> None:
    platform = Platform(names_calls=True)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    platform.trouble = [TransientError("connection_lost", reached=True)]
    await agent.write(name, "hello")
    await _until_attempts(agent, name, 1)
    call = platform.calls[-1].id
    await service.hears(platform, {"report": "wamid", "state": "sent", "call_id": call})
    found = await _delivery(agent, name, 0)
    assert (found["state"], found["possibly_double"]) == ("sent", False)
    await service.hears(platform, {"report": "wamid", "state": "read", "call_id": call})
    assert (await _delivery(agent, name, 0))["state"] == "read"
    service.clock.forward(seconds=600)
    await agent.write(name, "second")
    await eventually(lambda: _delivery(agent, name, 1), lambda found: found["state"] == "sent")
    assert platform.sent[3:] == ["second"]


def _trouble_with_second_part(platform: Platform, trouble: Exception) -> None:
    """Let the platform take first parts, and raise `trouble` once for a second one."""
    send = platform.send

    async def send_but_the_second(call: Call) -> str | None:
        if call.part == 1:
            platform.send = send  # type: ignore[method-assign]
            raise trouble
        return await send(call)

    platform.send = send_but_the_second  # type: ignore[method-assign]


async def test_report_of_one_part_says_nothing_of_another_whose_answer_was_lost(
    make_service: MakeService,
) -> None:
    platform = Platform(limit=10, names_calls=True)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    _trouble_with_second_part(platform, TransientError("timeout", reached=True))
    await agent.write(name, "0123456789abcdefghij")
    await _until_attempts(agent, name, 1)
    first = _last_id(platform, "0123")
    report = {"report": first, "state": "delivered", "call_id": platform.calls[-1].id}
    await service.hears(platform, report)
    assert (await _delivery(agent, name, 0))["state"] == "queued"
    service.clock.forward(seconds=60)
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    assert platform.sent[-1] == "abcdefghij"


async def test_report_that_came_before_the_answer_was_lost_is_the_answer(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    platform.open.clear()
    platform.trouble = [TransientError("timeout", reached=True)]
    await agent.write(name, "hello")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sending")
    async with service.app[keys.STORE].read() as tx:
        sending = select(delivery.c.call_id).where(delivery.c.state == "sending")
        (call,) = (await tx.execute(sending)).scalars()
    report = {"report": "wamid", "state": "delivered", "call_id": call}
    assert await service.hears(platform, report) == 200
    platform.open.set()
    found = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "delivered"
    )
    assert found["possibly_double"] is False
    service.clock.forward(seconds=600)
    await agent.write(name, "second")
    await eventually(lambda: _delivery(agent, name, 1), lambda found: found["state"] == "sent")
    assert platform.sent[3:] == ["second"]


async def test_part_that_was_taken_before_the_window_closed_is_not_sent_again(
    make_service: MakeService,
) -> None:
    platform = Platform(limit=200, window=DAY)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    _trouble_with_second_part(platform, WindowClosed())
    await agent.write(name, "a" * 200 + "b" * 50)
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "parked")
    await service.hears(platform, {"id": "first-2", "from": "first", "text": "yes?"})
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
    assert [text for text in platform.sent if set(text) <= {"a", "b"}] == ["a" * 200, "b" * 50]


async def test_what_was_being_sent_when_the_service_stopped_is_sent_at_once_and_possibly_double(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    platform.open.clear()
    await agent.write(name, "hello")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sending")
    await service.stop()
    platform.open.set()
    await service.start()
    await eventually(lambda: _sent(platform), lambda sent: sent[3:] == ["hello"])
    agent = await service.sign_in("deniz")
    sent = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent"
    )
    assert sent["possibly_double"]


async def test_what_the_platform_has_taken_is_written_down_before_the_service_stops(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    platform.open.clear()
    await agent.write(name, "hello")
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sending")
    with outage(service.app[keys.STORE]) as noticed:
        platform.open.set()
        await noticed.wait()
        stopping = asyncio.create_task(service.stop())
        await asyncio.sleep(0.3)
    await stopping
    await service.start()
    agent = await service.sign_in("deniz")
    found = await _delivery(agent, name, 0)
    assert (found["state"], found["possibly_double"]) == ("sent", False)
    assert platform.sent[3:] == ["hello"]


async def test_who_has_blocked_us_is_unreachable_until_they_write(
    service: Service, platform: Platform
) -> None:
    agent, name = await _claimed(service)
    platform.trouble = [Unreachable("blocked")]
    await agent.write(name, "are you there?")
    failed = await eventually(
        lambda: _delivery(agent, name, 0), lambda found: found["state"] == "failed"
    )
    assert failed["error"] == "blocked"
    assert (await agent.conversation(name))["conversation"]["unreachable_since"]
    await service.hears(platform, {"id": "first-2", "from": "first", "text": "I am"})
    assert (await agent.conversation(name))["conversation"]["unreachable_since"] is None
    await service.hears(platform, {"from": "first", "blocked": True})
    assert (await agent.conversation(name))["conversation"]["unreachable_since"]
    await service.hears(platform, {"from": "first", "blocked": False})
    assert (await agent.conversation(name))["conversation"]["unreachable_since"] is None


async def test_installation_without_the_account_fails_plainly(
    make_service: MakeService, platform: Platform
) -> None:
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    await service.stop()
    service.channels = []
    await service.start()
    agent = await service.sign_in("deniz")
    await agent.write(name, "hello")
    found = await _delivery(agent, name, 0)
    assert (found["state"], found["error"]) == ("failed", "channel_not_configured")


# The time in which a platform takes free answers

DAY = timedelta(hours=24)


async def test_after_a_day_of_silence_a_reply_waits_and_the_customer_is_asked_to_write(
    make_service: MakeService,
) -> None:
    platform = Platform("whatsapp", window=DAY)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    until = (await agent.conversation(name))["conversation"]["window_until"]
    left = datetime.fromisoformat(until) - service.clock()
    assert timedelta(hours=23, minutes=59) < left <= DAY

    service.clock.forward(hours=25)
    agent = await service.sign_in("deniz")
    for text in ("your parcel is here", "come and get it"):
        await agent.write(name, text)
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 4)
    assert platform.sent[3:] == ["template reply_waiting"]
    assert [(await _delivery(agent, name, n))["state"] for n in (0, 1)] == ["parked"] * 2

    await service.hears(platform, {"id": "first-2", "from": "first", "text": "yes?"})
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 6)
    assert platform.sent[4:] == ["your parcel is here", "come and get it"]
    await agent.write(name, "we are open until six")
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 7)


async def test_notice_that_comes_too_late_is_not_sent_and_says_so(
    make_service: MakeService,
) -> None:
    platform = Platform("whatsapp", window=DAY)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    service.clock.forward(hours=25)
    agent = await service.sign_in("deniz")
    await agent.command(name, "resolve")
    resolved = (await agent.conversation(name))["messages"][-1]
    assert (resolved["notice"], resolved["delivery"]["error"]) == ("resolved", "window_closed")
    assert len(platform.sent) == 3


@pytest.mark.parametrize("how", ["answer", "report"])
async def test_platform_that_says_the_time_is_over_is_believed(
    make_service: MakeService, how: str
) -> None:
    platform = Platform("whatsapp", window=DAY)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    if how == "answer":
        platform.trouble = [WindowClosed()]
    await agent.write(name, "hello?")
    if how == "report":
        await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "sent")
        report = {"report": "shop_bot-4", "state": "failed", "code": WINDOW_CLOSED}
        await service.hears(platform, report)
    await eventually(lambda: _delivery(agent, name, 0), lambda found: found["state"] == "parked")
    await eventually(lambda: _sent(platform), lambda sent: "template reply_waiting" in sent)
    before = len(platform.sent)
    await service.hears(platform, {"id": "first-2", "from": "first", "text": "yes?"})
    await eventually(lambda: _sent(platform), lambda sent: sent[before:] == ["hello?"])


async def test_what_is_behind_a_reply_that_came_too_late_does_not_overtake_it(
    make_service: MakeService,
) -> None:
    platform = Platform("whatsapp", window=DAY)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    platform.trouble = [TransientError("rate_limited"), WindowClosed()]
    for text in ("your parcel is here", "come and get it"):
        await agent.write(name, text)
    await eventually(lambda: _sent(platform), lambda sent: "template reply_waiting" in sent)
    assert [(await _delivery(agent, name, n))["state"] for n in (0, 1)] == ["parked"] * 2
    before = len(platform.sent)
    await service.hears(platform, {"id": "first-2", "from": "first", "text": "yes?"})
    await eventually(
        lambda: _sent(platform),
        lambda sent: sent[before:] == ["your parcel is here", "come and get it"],
    )


async def test_message_that_was_written_long_ago_opens_no_whole_day(
    make_service: MakeService,
) -> None:
    platform = Platform("whatsapp", window=DAY)
    service = await make_service(channels=[platform])
    agent, name = await _claimed(service)
    before = (await agent.conversation(name))["conversation"]["window_until"]
    long_ago = (service.clock() - timedelta(hours=20)).isoformat()
    entry = {"id": "first-0", "from": "first", "text": "I was late", "at": long_ago}
    await service.hears(platform, entry)
    assert (await agent.conversation(name))["conversation"]["window_until"] == before


async def _claimed(service: Service) -> tuple[AgentBrowser, str]:
    """Let an agent take a conversation of which everything so far has reached the platform."""
    agent = await service.new_agent()
    name = await _claim_new(service, agent, "first")

    async def states() -> set[str]:
        seen = (await agent.conversation(name))["messages"]
        return {entry["delivery"]["state"] for entry in seen if entry["delivery"]}

    await eventually(states, lambda found: found == {"sent"})
    return agent, name


async def _claim_new(
    service: Service, agent: AgentBrowser, who: str, platform: Platform | None = None
) -> str:
    """Let somebody on the platform ask for a person and the agent take the conversation."""
    before = {one["id"] for one in await agent.waiting()}
    asks = {"id": f"{who}-1", "from": who, "text": "a person please"}
    assert await service.hears(platform or service.channels[0], asks) == 200
    waiting = await eventually(agent.waiting, lambda waiting: len(waiting) > len(before))
    (name,) = {one["id"] for one in waiting} - before
    await agent.claim(name)
    return name


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


async def _tries(service: Service) -> list[str]:
    async with service.app[keys.STORE].read() as tx:
        sending = select(delivery.c.id).where(delivery.c.state == "sending")
        return list((await tx.execute(sending)).scalars())


def _last_id(platform: Platform, begins: str) -> str:
    """Return the platform's id of the last thing it was sent that begins so."""
    places = [n for n, text in enumerate(platform.sent, start=1) if text.startswith(begins)]
    return f"{platform.account}-{places[-1]}"
