"""What every platform's adapter keeps to, with the whole service behind it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from handoff.channels.base import Unverified, Webhook
from handoff.ledger import Pace
from handoff.web import keys
from tests.fakes import files
from tests.handoff.channels.rigs import Echoes, Kind, Rig, TellsBlocks, TellsReports, of_those
from tests.handoff.conftest import AgentBrowser, Service, eventually

# The outbox and the inbox are held to both databases by their own tests.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKED = "I'm connecting you with one of our agents."


# In


async def test_customer_is_answered_on_the_platform_once(service: Service, rig: Rig) -> None:
    assert await rig.says(1, "hello") == 200
    await eventually(lambda: _shown(rig), lambda shown: shown == ["You said: hello"])
    (one,) = await _conversations(await service.new_agent())
    assert one["channel"] == rig.channel


async def test_call_that_comes_again_is_answered_200_and_changes_nothing(
    service: Service, rig: Rig
) -> None:
    await rig.says(1, "hello")
    assert set(await asyncio.gather(*(rig.again() for _ in range(10)))) == {200}
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    await rig.says(1, "and now?")
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 2)
    assert rig.shown(1) == ["You said: hello", "You said: and now?"]
    assert await _said(await service.new_agent()) == ["hello", "and now?"]


async def test_ten_first_messages_at_once_are_one_conversation(service: Service, rig: Rig) -> None:
    answers = await asyncio.gather(*(rig.says(1, f"number {number}") for number in range(10)))
    assert set(answers) == {200}
    assert sorted(await _said(await service.new_agent())) == [f"number {n}" for n in range(10)]


async def test_customers_hear_their_own_answers_only(service: Service, rig: Rig) -> None:
    for who in (1, 2, 3):
        await rig.says(who, f"I am {who}")
    await eventually(
        lambda: _shown(rig, 1, 2, 3),
        lambda shown: shown == [f"You said: I am {who}" for who in (1, 2, 3)],
    )


async def test_proof_that_is_no_text_is_refused_like_any_other(service: Service, rig: Rig) -> None:
    (channel,) = service.app[keys.CHANNELS].values()
    odd = "\udcff" * 8  # as aiohttp reads bytes that are no text
    names = ("x-telegram-bot-api-secret-token", "x-hub-signature-256", "x-twilio-signature")
    query = {"hub.mode": "subscribe", "hub.verify_token": odd, "hub.challenge": "1"}
    call = Webhook("POST", service.url, query, dict.fromkeys(names, odd), b"{}")
    for check in (channel.verify, channel.greet):
        with pytest.raises(Unverified):
            check(call)


# Who may speak


async def test_bot_is_silent_while_a_person_has_the_conversation(
    service: Service, rig: Rig
) -> None:
    agent, name = await _claimed(service, rig)
    shown = list(rig.shown(1))
    for number in range(20):
        await rig.says(1, f"are you there {number}")
    await agent.write(name, "yes, I am")
    await eventually(lambda: _shown(rig), lambda now: now[-1:] == ["yes, I am"])
    assert rig.shown(1) == [*shown, "yes, I am"]
    assert len(await _said(agent)) == 21
    assert len(service.bot.asked) == 1


async def test_button_pressed_under_a_person_is_a_text_for_them(service: Service, rig: Rig) -> None:
    await rig.says(1, "menu")
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    agent, _ = await _claimed(service, rig)
    asked = len(service.bot.asked)
    assert await rig.presses(1, "Return") == 200
    assert (await _said(agent))[-1] == "Return"
    assert len(service.bot.asked) == asked


async def test_button_means_what_the_bot_meant_by_it(service: Service, rig: Rig) -> None:
    await rig.says(1, "menu")
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    assert await rig.presses(1, "Track my order") == 200
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 2)
    assert service.bot.asked[-1].input == {"payload": "/track"}
    assert await _said(await service.new_agent()) == ["menu", "Track my order"]


async def test_conversation_that_is_handed_back_is_the_bots_again(
    service: Service, rig: Rig
) -> None:
    agent, name = await _claimed(service, rig)
    status, _ = await agent.command(name, "hand-back")
    assert status == 200
    await rig.says(1, "hello again")
    await eventually(lambda: _shown(rig), lambda shown: shown[-1].endswith("You said: hello again"))


async def test_internal_note_never_leaves(service: Service, rig: Rig) -> None:
    agent, name = await _claimed(service, rig)
    await agent.write(name, "a difficult one", kind="note")
    await agent.write(name, "hello")
    await eventually(lambda: _shown(rig), lambda shown: shown[-1] == "hello")
    assert "difficult" not in " ".join(rig.shown(1))


# What the shop answers in the platform's own app


@of_those(Echoes)
@pytest.mark.parametrize("who", [1, 2])
async def test_answer_in_the_app_silences_the_bot_and_is_not_sent_again(
    service: Service, rig: Echoes, who: int
) -> None:
    await rig.says(who, "hello")
    await eventually(lambda: _shown(rig, who), lambda shown: shown == ["You said: hello"])
    assert await rig.answers(who, "I am on it") == 200
    assert set(await asyncio.gather(*(rig.again() for _ in range(5)))) == {200}
    assert await rig.says(who, "thanks") == 200
    agent = await service.new_agent()
    (waiting,) = await agent.waiting()
    assert waiting["reason"] == "answered_on_phone"
    said = [
        (entry["author"], entry["text"])
        for entry in (await agent.conversation(waiting["id"]))["messages"]
    ]
    assert said[2:] == [("agent", "I am on it"), ("customer", "thanks")]
    await agent.claim(waiting["id"])
    await agent.write(waiting["id"], "and I am Deniz")
    await eventually(lambda: _shown(rig, who), lambda shown: "and I am Deniz" in shown[-1])
    assert "I am on it" not in " ".join(rig.shown(who))
    assert len(service.bot.asked) == 1


@of_those(Echoes)
@pytest.mark.parametrize("text", ["hello", "menu"])
async def test_what_we_sent_ourselves_is_no_answer_of_a_person(
    service: Service, rig: Echoes, text: str
) -> None:
    await rig.says(1, text)
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    assert await rig.echoes(1, 0) == 200
    await rig.says(1, "and now?")
    await eventually(lambda: _shown(rig), lambda shown: shown[1:] == ["You said: and now?"])
    assert await (await service.new_agent()).waiting() == []


@of_those(Echoes)
async def test_own_message_whose_answer_was_lost_is_told_from_a_persons(
    service: Service, rig: Echoes
) -> None:
    rig.trouble("lost")
    await rig.says(1, "hello")
    agent = await service.new_agent()
    (one,) = await _conversations(agent)
    await eventually(
        lambda: _deliveries(agent, one["id"], of=("bot",)),
        lambda found: bool(found and found[0]["error"]),
    )
    assert await rig.echoes(1, 0) == 200
    (found,) = await eventually(
        lambda: _deliveries(agent, one["id"], of=("bot",)),
        lambda found: found[0]["state"] == "sent",
    )
    assert found["possibly_double"] == (rig.shown(1).count("You said: hello") == 2)
    assert await agent.waiting() == []


@of_those(Echoes)
async def test_photo_from_the_app_is_shown_to_agents_like_any_other(
    service: Service, rig: Echoes
) -> None:
    await rig.says(1, "hello")
    assert await rig.shows_there(1, files.photo(located=True), "like this one") == 200
    agent = await service.new_agent()
    (waiting,) = await agent.waiting()

    async def photos() -> list[dict[str, Any]]:
        seen = (await agent.conversation(waiting["id"]))["messages"]
        return [entry for entry in seen if entry["files"]]

    (entry,) = await eventually(photos, bool)
    assert (entry["author"], entry["text"]) == ("agent", "like this one")
    served = await agent.file(entry["files"][0]["id"])
    assert files.opened(served.content).size == (40, 30)


# Files


async def test_photo_is_shown_to_agents_whole_with_what_stands_below_it(
    service: Service, rig: Rig
) -> None:
    agent, name = await _claimed(service, rig)
    assert await rig.shows(1, files.photo(located=True), "it came broken") == 200
    said = await eventually(lambda: _entries(agent, name), lambda said: len(said) == 2)
    assert said[-1]["text"] == "it came broken"
    (shown,) = said[-1]["files"]
    served = await agent.file(shown["id"])
    assert files.opened(served.content).size == (40, 30)


async def test_photo_that_the_platform_has_lost_is_said_to_be(service: Service, rig: Rig) -> None:
    agent, name = await _claimed(service, rig)
    assert await rig.shows(1, files.photo(), "do you see it?", lost=True) == 200
    said = await eventually(lambda: _entries(agent, name), lambda said: len(said) == 2, seconds=30)
    assert (said[-1]["text"], said[-1]["files"]) == ("do you see it?", [])
    assert said[-1]["unsupported"] == "file_not_fetched"


async def test_agents_photo_reaches_the_customer(service: Service, rig: Rig) -> None:
    agent, name = await _claimed(service, rig)
    status, _ = await agent.send_file(name, files.photo())
    assert status == 201
    (got,) = await eventually(lambda: _pictures(rig), lambda pictures: len(pictures) == 1)
    assert files.opened(got).size == (40, 30)


# Out


async def test_replies_arrive_in_order_and_whole(service: Service, rig: Rig) -> None:
    agent, name = await _claimed(service, rig)
    long = " ".join(f"word{number}" for number in range(450))
    for text in ("first", long, "last"):
        await agent.write(name, text)
    await eventually(lambda: _shown(rig), lambda shown: shown[-1].endswith("last"), seconds=30)
    got = " ".join(rig.shown(1)).split()
    assert got[-452:] == ["first", *long.split(), "last"]


@pytest.mark.parametrize("kind", ["limited", "failing"])
async def test_trouble_that_passes_is_waited_for_and_order_is_kept(
    service: Service, rig: Rig, kind: Kind
) -> None:
    agent, name = await _claimed(service, rig)
    rig.trouble(kind, kind)
    await agent.write(name, "apple")
    await agent.write(name, "pear")
    await _passing(
        service, agent, name, lambda found: [one["state"] for one in found] == ["sent", "sent"]
    )
    words = " ".join(rig.shown(1)).split()
    assert words[-2:] == ["apple", "pear"]
    assert words.count("apple") == 1


async def test_lost_answer_is_sent_again_and_said_to_be_possibly_double(
    service: Service, rig: Rig
) -> None:
    agent, name = await _claimed(service, rig)
    rig.trouble("lost")
    await agent.write(name, "only once?")
    await _passing(
        service, agent, name, lambda found: found[0]["state"] in ("sent", "delivered", "read")
    )
    (found,) = await _deliveries(agent, name)
    # A platform that reports by our own name for the call has cleared the doubt.
    assert found["possibly_double"] == (rig.shown(1).count("only once?") == 2)


@pytest.mark.parametrize(
    ("kind", "code"), [("refused", "content_refused"), ("expired", "account_refused")]
)
async def test_refusal_is_told_to_the_agent_and_try_again_really_sends(
    service: Service, rig: Rig, kind: Kind, code: str
) -> None:
    agent, name = await _claimed(service, rig)
    rig.trouble(kind)
    tries = rig.tries
    _, message = await agent.write(name, "can you read me?")
    (failed,) = await eventually(
        lambda: _deliveries(agent, name), lambda found: found[0]["state"] == "failed"
    )
    assert (failed["error"], rig.tries) == (code, tries + 1)
    status, _ = await agent.post(f"/messages/{message['id']}/retry")
    assert status == 200
    await eventually(lambda: _shown(rig), lambda shown: shown[-1] == "can you read me?")
    assert rig.tries == tries + 2


async def test_trouble_that_does_not_pass_ends_and_the_agent_is_told(
    service: Service, rig: Rig
) -> None:
    agent, name = await _claimed(service, rig)
    for _ in range(Pace().attempts):
        rig.trouble("failing")
    tries = rig.tries
    await agent.write(name, "hello?")
    (failed,) = await _passing(service, agent, name, lambda found: found[0]["state"] == "failed")
    assert failed["attempts"] == Pace().attempts
    assert failed["error"].startswith("status_")
    assert rig.tries == tries + Pace().attempts


@of_those(TellsBlocks)
async def test_blocked_customer_is_marked_unreachable_until_they_write(
    service: Service, rig: TellsBlocks
) -> None:
    agent, name = await _claimed(service, rig)
    await rig.blocked(1)
    one = (await agent.conversation(name))["conversation"]
    assert one["unreachable_since"]
    await agent.write(name, "are you there?")
    (failed,) = await eventually(
        lambda: _deliveries(agent, name), lambda found: found[0]["state"] == "failed"
    )
    assert (failed["error"], failed["attempts"]) == (rig.error, 1)
    await rig.blocked(1, blocked=False)
    await rig.says(1, "back again")
    one = (await agent.conversation(name))["conversation"]
    assert one["unreachable_since"] is None


@of_those(TellsReports)
async def test_reports_only_raise_how_a_message_fares(service: Service, rig: TellsReports) -> None:
    agent, name = await _claimed(service, rig)
    await agent.write(name, "hello")
    await eventually(lambda: _shown(rig), lambda shown: shown[-1] == "hello")
    await eventually(lambda: _deliveries(agent, name), lambda found: found[0]["state"] != "sending")
    for told, seen in (
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
    ):
        await rig.report(1, len(rig.shown(1)) - 1, told)
        (found,) = await _deliveries(agent, name)
        assert found["state"] == seen


async def _claimed(service: Service, rig: Rig) -> tuple[AgentBrowser, str]:
    """Let customer 1 ask for a person and an agent take the conversation."""
    await rig.says(1, "a person please")
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(waiting["id"])
    joined = "Deniz Yalın has joined the conversation."
    await eventually(lambda: _shown(rig), lambda shown: joined in "\n".join(shown))
    await eventually(
        lambda: _deliveries(agent, waiting["id"], of=("bot", "system")),
        lambda found: all(one["state"] not in ("queued", "sending") for one in found),
    )
    return agent, waiting["id"]


async def _passing(
    service: Service, agent: AgentBrowser, name: str, wanted: Callable[[list[dict[str, Any]]], bool]
) -> Any:
    """Wait for the deliveries of the agent's messages, with time passing between the tries."""

    async def look() -> list[dict[str, Any]]:
        found = await _deliveries(agent, name)
        if all(one["state"] != "sending" for one in found):
            service.clock.forward(seconds=5)
        return found

    return await eventually(look, wanted, seconds=30)


async def _shown(rig: Rig, *who: int) -> list[str]:
    """Return what stands on these screens, or on that of customer 1."""
    return [text for one in who or (1,) for text in rig.shown(one)]


async def _conversations(agent: AgentBrowser) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await agent.get("/conversations?view=all"))["conversations"]
    return listed


async def _said(agent: AgentBrowser) -> list[str]:
    """Return what the customer of the only conversation has written."""
    (one,) = await _conversations(agent)
    return [entry["text"] for entry in await _entries(agent, one["id"])]


async def _entries(agent: AgentBrowser, name: str) -> list[dict[str, Any]]:
    """Return what the customer of a conversation has sent."""
    seen = (await agent.conversation(name))["messages"]
    return [entry for entry in seen if entry["author"] == "customer"]


async def _pictures(rig: Rig) -> list[bytes]:
    return rig.pictures(1)


async def _deliveries(
    agent: AgentBrowser, name: str, of: tuple[str, ...] = ("agent",)
) -> list[dict[str, Any]]:
    """Return how the messages of some authors fare."""
    seen = (await agent.conversation(name))["messages"]
    return [one["delivery"] for one in seen if one["author"] in of and one["delivery"]]
