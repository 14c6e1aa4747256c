"""What the shop answers in the platform's own app is a person's, and what we sent is not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from handoff.channels.base import TransientError
from handoff.conversation import Reason
from tests.fakes import files
from tests.fakes.bot import ScriptedBot, answer, everyday
from tests.fakes.platform import Platform
from tests.handoff.conftest import AgentBrowser, Service, eventually

MakeService = Callable[..., Awaitable[Service]]
Entry = dict[str, Any]
PATIENT = {"session_hours": 168, "idle_minutes": 10_080}
"""Settings under which agents stay signed in while the clock is moved."""
LOST = TransientError("connection_lost", retry_after=3600, reached=True)


@pytest.fixture
def platform() -> Platform:
    return Platform(window=timedelta(hours=24), files=["image/jpeg"])


@pytest.fixture
async def service(make_service: MakeService, platform: Platform) -> Service:
    return await make_service(channels=[platform], **PATIENT)


def says(text: str, name: str = "1", who: str = "1") -> Entry:
    return {"id": name, "from": who, "text": text}


def phone(text: str | None = "I am on it", echo: str = "e1", to: str = "1", **more: Any) -> Entry:
    """What somebody at the shop writes on their phone."""
    return {"echo": echo, "to": to, "text": text, **more}


async def sent(platform: Platform) -> list[str]:
    return list(platform.sent)


async def one(agent: AgentBrowser) -> Entry:
    """Return the only conversation with its messages and its card."""
    (listed,) = (await agent.get("/conversations?view=all"))["conversations"]
    return await agent.conversation(listed["id"])


async def said(agent: AgentBrowser) -> list[tuple[str, str | None]]:
    """Return who has said what in the only conversation, but for notices and what was not shown."""
    return [
        (message["origin"] or message["author"], message["text"])
        for message in (await one(agent))["messages"]
        if message["author"] != "system" and not message["suppressed"]
    ]


async def answered_by_bot(service: Service, platform: Platform) -> AgentBrowser:
    """Let the bot answer a customer's first message."""
    assert await service.hears(platform, says("hello")) == 200
    agent = await service.new_agent()
    await eventually(lambda: sent(platform), lambda texts: texts == ["You said: hello"])
    await eventually(lambda: deliveries(agent), lambda found: found[-1]["state"] == "sent")
    return agent


async def deliveries(agent: AgentBrowser) -> list[Entry]:
    return [entry["delivery"] for entry in (await one(agent))["messages"] if entry["delivery"]]


# A person's answer


async def test_bot_is_silent_after_an_answer_from_the_phone_and_the_conversation_waits(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    assert await service.hears(platform, phone()) == 200
    seen = await one(agent)
    assert (seen["conversation"]["control"], seen["conversation"]["reason"]) == (
        "queued",
        "answered_on_phone",
    )
    assert seen["card"]["reason"] == Reason.ANSWERED_ON_PHONE
    last = seen["messages"][-1]
    assert (last["author"], last["origin"], last["text"]) == ("agent", "phone_app", "I am on it")
    assert (last["visibility"], last["delivery"], last["agent_id"]) == ("public", None, None)
    assert seen["card"]["seq"] == last["seq"]
    await service.hears(platform, says("thanks, and now?", name="2"))
    assert await said(agent) == [
        ("customer", "hello"),
        ("bot", "You said: hello"),
        ("phone_app", "I am on it"),
        ("customer", "thanks, and now?"),
    ]
    assert len(service.bot.asked) == 1
    assert platform.sent == ["You said: hello"]
    assert all(entry["author"] != "system" for entry in (await one(agent))["messages"])


async def test_agent_takes_it_hands_it_back_and_the_bot_answers_again(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    await service.hears(platform, phone())
    (waiting,) = await agent.waiting()
    await agent.claim(waiting["id"])
    assert (await agent.command(waiting["id"], "hand-back"))[0] == 200
    # The same echo once more must not silence it again.
    assert await service.hears(platform, phone()) == 200
    await service.hears(platform, says("still there?", name="2"))
    await eventually(lambda: sent(platform), lambda texts: "You said: still there?" in texts)


async def test_answer_the_bot_is_thinking_of_is_not_shown(
    make_service: MakeService, platform: Platform
) -> None:
    thinking, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(text: str, turn: Any) -> Any:
        thinking.set()
        await go_on.wait()
        return answer("too late")

    service = await make_service(ScriptedBot(slowly), channels=[platform])
    await service.hears(platform, says("hello"))
    await service.hears(platform, says("anybody?", name="2"))
    await asyncio.wait_for(thinking.wait(), 30)
    await service.hears(platform, phone())
    go_on.set()
    agent = await service.new_agent()

    async def suppressed() -> list[str]:
        messages = (await one(agent))["messages"]
        return [message["text"] for message in messages if message["suppressed"]]

    assert await eventually(suppressed, bool) == ["too late"]
    assert platform.sent == []
    assert len(service.bot.asked) == 1  # the second message was never given to it


async def test_what_the_bot_has_said_and_still_waits_is_not_sent_over_the_person(
    make_service: MakeService, platform: Platform
) -> None:
    async def at_length(text: str, turn: Any) -> Any:
        return answer("first", "second")

    service = await make_service(ScriptedBot(at_length), channels=[platform], **PATIENT)
    platform.trouble = [TransientError("rate_limited", retry_after=3600)]
    await service.hears(platform, says("hello"))
    agent = await service.new_agent()
    await eventually(lambda: deliveries(agent), lambda found: found[0]["attempts"] == 1)
    await eventually(lambda: deliveries(agent), lambda found: found[0]["state"] == "queued")
    await service.hears(platform, phone())
    found = await deliveries(agent)
    assert [(one["state"], one["error"]) for one in found] == [("failed", "person_answered")] * 2
    service.clock.forward(hours=2)
    (waiting,) = await agent.waiting()
    await agent.claim(waiting["id"])
    await agent.write(waiting["id"], "hello from the desk")
    await eventually(lambda: sent(platform), lambda texts: "hello from the desk" in texts)
    assert "first" not in platform.sent
    assert "second" not in platform.sent
    first = next(entry for entry in (await one(agent))["messages"] if entry["text"] == "first")
    assert (await agent.post(f"/messages/{first['id']}/retry"))[0] == 200
    await eventually(lambda: sent(platform), lambda texts: texts[-1] == "first")


async def test_bots_message_that_is_refused_while_a_person_answers_is_not_tried_again(
    make_service: MakeService, platform: Platform
) -> None:
    service = await make_service(channels=[platform], **PATIENT)
    platform.open.clear()
    platform.trouble = [TransientError("rate_limited", retry_after=1)]
    await service.hears(platform, says("hello"))
    agent = await service.new_agent()
    await eventually(lambda: deliveries(agent), lambda found: found[0]["state"] == "sending")
    await service.hears(platform, phone())
    platform.open.set()
    (failed,) = await eventually(
        lambda: deliveries(agent), lambda found: found[0]["state"] == "failed"
    )
    assert failed["error"] == "person_answered"
    assert platform.sent == []


async def test_notice_that_still_waits_is_not_sent_over_the_person(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    platform.trouble = [TransientError("rate_limited", retry_after=3600)]
    await service.hears(platform, {"id": "2", "from": "1", "unsupported": "sticker"})
    await eventually(lambda: deliveries(agent), lambda found: found[-1]["error"] == "rate_limited")
    await service.hears(platform, phone())
    assert (await deliveries(agent))[-1]["error"] == "person_answered"


async def test_what_asks_the_customer_to_write_so_that_an_agents_reply_may_come_is_sent(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    name = (await one(agent))["conversation"]["id"]
    assert (await agent.command(name, "take-over"))[0] == 200
    await eventually(lambda: deliveries(agent), lambda found: found[-1]["state"] == "sent")
    service.clock.forward(hours=25)
    platform.trouble = [TransientError("rate_limited", retry_after=3600)]
    await agent.write(name, "here it is")
    await eventually(lambda: deliveries(agent), lambda found: found[-1]["error"] == "rate_limited")
    assert (await agent.command(name, "hand-back"))[0] == 200
    await service.hears(platform, phone())
    assert (await one(agent))["conversation"]["control"] == "queued"
    service.clock.forward(hours=1)
    await eventually(lambda: sent(platform), lambda texts: "template reply_waiting" in texts)


async def test_who_waits_goes_on_waiting_and_the_agents_see_the_answer(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, says("a person please"))
    agent = await service.new_agent()
    (before,) = await eventually(agent.waiting, bool)
    await service.hears(platform, phone())
    (after,) = await agent.waiting()
    last = after["last_message"]
    assert (last["text"], last["origin"]) == ("I am on it", "phone_app")
    for name in ("control", "epoch", "reason", "waiting_since", "position"):
        assert after[name] == before[name]


async def test_agent_who_has_it_keeps_it_and_sees_the_answer(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, says("a person please"))
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, bool)
    await agent.claim(waiting["id"])
    frames = await agent.connect()
    await frames.send(type="watch", conversation=waiting["id"])
    await frames.until(lambda frame: frame["type"] == "watching")
    before = (await one(agent))["conversation"]
    await service.hears(platform, phone())
    (frame,) = await frames.until(
        lambda frame: frame["type"] == "message" and frame["message"]["text"] == "I am on it"
    )
    assert frame["message"]["origin"] == "phone_app"
    after = (await one(agent))["conversation"]
    assert (after["control"], after["epoch"]) == ("human", before["epoch"])
    assert after["agent"] == before["agent"]


async def test_closed_conversation_is_opened_and_waits_and_its_talk_begins_with_the_answer(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    name = (await one(agent))["conversation"]["id"]
    assert (await agent.command(name, "resolve"))[0] == 200
    await service.hears(platform, phone("one more thing"))
    (waiting,) = await agent.waiting()
    assert (waiting["id"], waiting["reason"]) == (name, "answered_on_phone")
    (earlier,) = (await agent.get(f"/conversations/{name}/history"))["earlier"]
    assert earlier["reason"] is None


async def test_unknown_customer_gets_a_conversation_that_no_free_answer_can_reach_yet(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, phone("hello from the shop", to="7"))
    agent = await service.new_agent()
    (waiting,) = await agent.waiting()
    assert waiting["window_until"] <= waiting["updated_at"]
    assert await said(agent) == [("phone_app", "hello from the shop")]
    await agent.claim(waiting["id"])
    await agent.write(waiting["id"], "and from the desk")
    found = (await one(agent))["messages"]
    states = {message["text"]: message["delivery"]["state"] for message in found[-2:]}
    assert states["and from the desk"] == "parked"
    await service.hears(platform, says("yes?", who="7"))
    await eventually(lambda: sent(platform), lambda texts: "and from the desk" in texts)
    assert {call.address for call in platform.calls} == {"chat 7"}


async def test_answer_leaves_the_agent_who_has_it_what_they_have_not_read(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    name = (await one(agent))["conversation"]["id"]
    assert (await agent.command(name, "take-over"))[0] == 200
    await service.hears(platform, says("still here", name="2"))
    before = (await one(agent))["conversation"]["unread"]
    await service.hears(platform, phone())
    assert (await one(agent))["conversation"]["unread"] == before > 0


async def test_answer_opens_no_window_and_counts_as_read(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    before = (await one(agent))["conversation"]
    assert before["unread"] == 1
    service.clock.forward(hours=3)
    await service.hears(platform, phone())
    after = (await one(agent))["conversation"]
    assert after["window_until"] == before["window_until"]
    assert after["unread"] == 0


# Once, and in order


async def test_same_echo_is_stored_once_however_often_it_comes(
    service: Service, platform: Platform
) -> None:
    statuses = await asyncio.gather(*(service.hears(platform, phone()) for _ in range(10)))
    assert set(statuses) == {200}
    assert await service.hears(platform, phone(), phone()) == 200
    agent = await service.new_agent()
    assert await said(agent) == [("phone_app", "I am on it")]
    assert (await one(agent))["conversation"]["epoch"] == 1


async def test_answer_stands_beside_the_customers_messages_in_order(
    service: Service, platform: Platform
) -> None:
    batch: list[Entry] = []
    for number in range(5):
        batch += [says(f"question {number}", name=f"q{number}")]
        batch += [phone(f"answer {number}", echo=f"a{number}")]
    assert await service.hears(platform, *batch) == 200
    agent = await service.new_agent()
    wanted = []
    for number in range(5):
        wanted += [("customer", f"question {number}"), ("phone_app", f"answer {number}")]
    assert [entry for entry in await said(agent) if entry[0] != "bot"] == wanted


async def test_photo_from_the_phone_silences_the_bot_at_once_and_is_shown_when_it_is_here(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    platform.files["photo"] = TransientError("status_503", retry_after=3600)
    photo = phone("like this", files=[{"reference": "photo"}])
    assert await service.hears(platform, photo) == 200
    assert (await one(agent))["conversation"]["control"] == "queued"
    await eventually(lambda: fetched(platform), bool)
    await service.hears(platform, says("hm?", name="2"))
    # It stands behind the photo until the first try has failed.
    await eventually(lambda: said(agent), lambda found: ("customer", "hm?") in found)
    assert len(service.bot.asked) == 1
    platform.files["photo"] = files.photo(located=True)
    service.clock.forward(hours=2)
    await eventually(lambda: said(agent), lambda found: ("phone_app", "like this") in found)
    (entry,) = [message for message in (await one(agent))["messages"] if message["files"]]
    assert (entry["author"], entry["delivery"]) == ("agent", None)
    served = await agent.file(entry["files"][0]["id"])
    assert files.opened(served.content).size == (40, 30)
    assert await service.hears(platform, photo) == 200
    assert len([message for message in (await one(agent))["messages"] if message["files"]]) == 1


async def fetched(platform: Platform) -> list[str]:
    return list(platform.fetched)


async def test_what_the_shop_changes_or_deletes_there_keeps_all_it_said(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    await service.hears(platform, phone("tomorow"))
    await service.hears(platform, phone("tomorrow", echo="e2", edits="e1"))
    await service.hears(platform, phone("tomorrow", echo="e2", edits="e1"))
    *_, entry = (await one(agent))["messages"]
    assert (entry["text"], [old["text"] for old in entry["earlier"]]) == ("tomorrow", ["tomorow"])
    await service.hears(platform, phone(None, echo="e3", unsupported="taken_back"))
    *_, entry = (await one(agent))["messages"]
    assert (entry["author"], entry["unsupported"]) == ("agent", "taken_back")


@pytest.mark.parametrize("kind", ["reaction", "taken_back"])
async def test_what_answers_nothing_leaves_the_bot_its_conversation(
    service: Service, platform: Platform, kind: str
) -> None:
    agent = await answered_by_bot(service, platform)
    await service.hears(platform, phone("👍", unsupported=kind))
    assert (await one(agent))["conversation"]["control"] == "bot"
    await service.hears(platform, says("and now?", name="2"))
    await eventually(lambda: sent(platform), lambda texts: "You said: and now?" in texts)


async def test_what_cannot_be_shown_is_an_answer_too(service: Service, platform: Platform) -> None:
    agent = await answered_by_bot(service, platform)
    await service.hears(platform, phone(None, unsupported="sticker"))
    await service.hears(platform, phone("x" * 70_000, echo="e2"))
    seen = await one(agent)
    assert seen["conversation"]["control"] == "queued"
    kinds = [message["unsupported"] for message in seen["messages"] if message["origin"]]
    assert kinds == ["sticker", "text"]


async def test_numbers_are_hidden_in_it_and_the_customer_is_not_warned(
    service: Service, platform: Platform
) -> None:
    agent = await answered_by_bot(service, platform)
    await service.hears(platform, phone("our card is 4111 1111 1111 1111"))
    *_, entry = (await one(agent))["messages"]
    assert "4111 1111" not in entry["text"]
    assert (entry["author"], entry["masked"]["kinds"]) == ("agent", ["card"])
    assert platform.sent == ["You said: hello"]


# Our own


async def test_echo_of_what_we_sent_changes_nothing(service: Service, platform: Platform) -> None:
    agent = await answered_by_bot(service, platform)
    before = await one(agent)
    own = phone("You said: hello", echo=f"{platform.account}-1")
    for entry in (own, phone("whatever the platform makes of it", echo=f"{platform.account}-1")):
        assert await service.hears(platform, entry) == 200
    assert await one(agent) == before


async def test_echo_that_is_faster_than_the_answer_to_our_call_is_ours(
    service: Service, platform: Platform
) -> None:
    platform.open.clear()
    await service.hears(platform, says("hello"))
    agent = await service.new_agent()
    await eventually(lambda: deliveries(agent), lambda found: found[0]["state"] == "sending")
    await service.hears(platform, phone("You said: hello", echo=f"{platform.account}-1"))
    platform.open.set()
    (found,) = await eventually(
        lambda: deliveries(agent), lambda found: found[0]["state"] == "sent"
    )
    assert found["possibly_double"] is False
    assert (await one(agent))["conversation"]["control"] == "bot"
    assert platform.sent == ["You said: hello"]


async def test_echo_that_came_before_the_answer_was_lost_is_the_answer(
    service: Service, platform: Platform
) -> None:
    platform.open.clear()
    platform.trouble = [LOST]
    await service.hears(platform, says("hello"))
    agent = await service.new_agent()
    await eventually(lambda: deliveries(agent), lambda found: found[0]["state"] == "sending")
    await service.hears(platform, phone("You said: hello", echo="lost-1"))
    platform.open.set()
    (found,) = await eventually(
        lambda: deliveries(agent), lambda found: found[0]["state"] == "sent"
    )
    assert found["possibly_double"] is False
    service.clock.forward(hours=1)
    await service.hears(platform, says("next", name="2"))
    await eventually(lambda: sent(platform), lambda texts: texts == ["You said: next"])


async def bots_answer_lost(service: Service, platform: Platform) -> AgentBrowser:
    """Let the platform take "You said: hello" without an answer, and return an agent."""
    platform.trouble = [LOST]
    await service.hears(platform, says("hello"))
    agent = await service.new_agent()
    await eventually(
        lambda: deliveries(agent), lambda found: found[0]["error"] == "connection_lost"
    )
    return agent


async def test_echo_of_a_call_whose_answer_was_lost_is_its_answer(
    service: Service, platform: Platform
) -> None:
    agent = await bots_answer_lost(service, platform)
    await service.hears(platform, phone("You said: hello", echo="lost-1"))
    (found,) = await deliveries(agent)
    assert (found["state"], found["possibly_double"]) == ("sent", False)
    assert (await one(agent))["conversation"]["control"] == "bot"
    service.clock.forward(hours=1)
    await service.hears(platform, says("next", name="2"))
    await eventually(lambda: sent(platform), lambda texts: texts == ["You said: next"])
    # Whoever writes the same by hand is a person again.
    await service.hears(platform, phone("You said: hello", echo="by hand"))
    assert (await one(agent))["conversation"]["control"] == "queued"


async def test_persons_answer_beside_a_call_whose_answer_was_lost_is_a_persons(
    service: Service, platform: Platform
) -> None:
    agent = await bots_answer_lost(service, platform)
    await service.hears(platform, phone("I am on it"))
    assert (await one(agent))["conversation"]["control"] == "queued"
    (found,) = await deliveries(agent)
    assert (found["state"], found["error"]) == ("failed", "person_answered")
    # It had arrived after all, as the platform says later.
    await service.hears(platform, phone("You said: hello", echo="lost-1"))
    (found,) = await deliveries(agent)
    assert found["state"] == "sent"
    assert ("phone_app", "You said: hello") not in await said(agent)


async def test_first_copy_of_what_may_be_double_is_ours_once(
    service: Service, platform: Platform
) -> None:
    agent = await bots_answer_lost(service, platform)
    service.clock.forward(hours=2)
    (found,) = await eventually(
        lambda: deliveries(agent), lambda found: found[0]["state"] == "sent"
    )
    assert found["possibly_double"] is True
    await service.hears(platform, phone("You said: hello", echo="first copy"))
    assert (await one(agent))["conversation"]["control"] == "bot"
    await service.hears(platform, phone("You said: hello", echo="by hand"))
    assert (await one(agent))["conversation"]["control"] == "queued"


@pytest.mark.parametrize("report_first", [True, False])
async def test_report_about_an_answer_from_the_phone_makes_it_nobody_elses(
    service: Service, platform: Platform, report_first: bool
) -> None:
    agent = await answered_by_bot(service, platform)
    entries = [{"report": "e1", "state": "delivered"}, phone()]
    for entry in entries if report_first else reversed(entries):
        assert await service.hears(platform, entry) == 200
    assert (await said(agent))[-1] == ("phone_app", "I am on it")
    assert (await one(agent))["conversation"]["control"] == "queued"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_services_keep_the_same_answer_once(
    make_service: MakeService, platform: Platform
) -> None:
    here = await make_service(ScriptedBot(everyday), channels=[platform])
    there = await make_service(
        ScriptedBot(everyday), channels=[platform], database_url=here.settings.database_url
    )
    for number in range(5):
        entry = phone(f"answer {number}", echo=f"e{number}", to=str(number))
        both = [service.hears(platform, entry) for service in (here, there) * 3]
        assert set(await asyncio.gather(*both)) == {200}
    agent = await here.new_agent()
    listed = await agent.waiting()
    assert len(listed) == 5
    for waiting in listed:
        seen = await agent.conversation(waiting["id"])
        assert len(seen["messages"]) == 1
        assert seen["conversation"]["epoch"] == 1
