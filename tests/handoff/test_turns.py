"""The bot answers when it may, once, in order, and never over a person."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from handoff.bot import Answer, BotFailed, BotNotReady
from handoff.store.rows import Turn
from handoff.web import keys
from tests.fakes.bot import COMPLAINT, HANDOFF, Script, ScriptedBot, answer
from tests.handoff.conftest import AgentBrowser, Customer, Service, eventually
from tests.handoff.outage import outage

MakeService = Callable[..., Awaitable[Service]]


class Gate:
    """A bot that begins to think and goes on when the test says so."""

    def __init__(self, reply: Answer | None = None) -> None:
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self._reply = reply or answer("the late answer")

    async def __call__(self, said: str, turn: Turn) -> Answer:
        self.begun.set()
        await self.open.wait()
        return self._reply


async def test_bot_answers_a_fresh_conversation(service: Service) -> None:
    customer = await service.new_customer()
    frames = await customer.connect()
    await frames.send(type="send", client_id="message-000001", text="hello")

    await frames.until(lambda frame: frame.get("message", {}).get("author") == "bot")
    assert [message["text"] for message in frames.messages()] == ["hello", "You said: hello"]
    assert service.bot.asked[0].reset is True


async def test_ten_messages_in_a_burst_are_answered_in_order(service: Service) -> None:
    customer = await service.new_customer()
    for number in range(10):
        await customer.say(f"message {number}")
    said = await customer.until_bot_said(10)

    assert [message["text"] for message in said] == [f"You said: message {n}" for n in range(10)]
    assert [turn.input["text"] for turn in service.bot.asked] == [f"message {n}" for n in range(10)]


async def test_turns_of_one_conversation_never_overlap_but_conversations_run_side_by_side(
    service: Service,
) -> None:
    running: dict[str, int] = {}
    most_of_one, most_of_all = 0, 0

    async def script(said: str, turn: Turn) -> Answer:
        nonlocal most_of_one, most_of_all
        running[turn.conversation_id] = running.get(turn.conversation_id, 0) + 1
        most_of_one = max(most_of_one, running[turn.conversation_id])
        most_of_all = max(most_of_all, sum(running.values()))
        await asyncio.sleep(0.05)
        running[turn.conversation_id] -= 1
        return answer(f"re {said}")

    service.bot.script = script
    customers = [await service.new_customer() for _ in range(5)]
    for customer in customers:
        for number in range(4):
            await customer.say(f"{number}")
    for customer in customers:
        said = await customer.until_bot_said(4)
        assert [message["text"] for message in said] == ["re 0", "re 1", "re 2", "re 3"]
    assert most_of_one == 1
    assert most_of_all > 1


async def test_bot_is_asked_no_more_turns_at_once_than_it_was_set_to(
    make_service: MakeService,
) -> None:
    service = await make_service(bot_concurrency=2)
    running, most = 0, 0

    async def script(said: str, turn: Turn) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return answer(f"re {said}")

    service.bot.script = script
    customers = [await service.new_customer() for _ in range(8)]
    await asyncio.gather(*(customer.say("hello") for customer in customers))
    for customer in customers:
        await customer.until_bot_said(1)
    assert most == 2


REFUSED = {
    "name": "cancel_order",
    "order": "10391",
    "outcome": "refused",
    "rule": "already_delivered",
    "since": "2026-11-12",
    "until": None,
    "details": {"line": None},
}
CANCELLED = {
    "name": "cancel_order",
    "order": "10510",
    "outcome": "done",
    "rule": "cancel_open",
    "since": None,
    "until": None,
    "details": {"amount": "349.90", "currency": "TRY", "refund_by": "2026-12-06"},
}


def doing(*operations: dict[str, Any]) -> Script:
    async def script(said: str, turn: Turn) -> Answer:
        return answer("That is what I could do.", operations=operations)

    return script


def without(shown: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in names}


async def test_complaint_is_kept_once_and_shown_to_agents(service: Service) -> None:
    async def script(said: str, turn: Turn) -> Answer:
        return answer("I have taken that down.", handoff=HANDOFF, complaint=COMPLAINT)

    service.bot.script = script
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("the courier threw my parcel over the fence", client_id="message-000001")
    await customer.say("the courier threw my parcel over the fence", client_id="message-000001")
    await customer.until_control("queued")

    (name,) = [found["id"] for found in await agent.waiting()]
    (kept,) = (await agent.conversation(name))["cases"]
    assert kept.pop("at").endswith("Z")
    assert kept.pop("id")
    assert kept == {**COMPLAINT, "kind": "complaint", "order": None, "lines": [], "closed": None}


async def test_case_about_a_delivery_is_kept_once_and_shown_to_agents(service: Service) -> None:
    opened = {
        "reference": "S7K3F9QY",
        "kind": "missing",
        "order": "10391",
        "lines": [{"line": 1, "quantity": 2}],
        "text": "two of the mugs were not in the parcel",
    }

    async def script(said: str, turn: Turn) -> Answer:
        return answer("I have opened a case.", case=opened)

    service.bot.script = script
    customer, agent = await service.new_customer(), await service.new_agent()
    for _ in range(2):
        await customer.say("two mugs are missing", client_id="message-000001")
    await customer.until_bot_said(1)
    (found,) = (await agent.get("/conversations?view=all"))["conversations"]
    (kept,) = (await agent.conversation(found["id"]))["cases"]
    assert kept.pop("at").endswith("Z")
    assert kept.pop("id")
    assert kept == {**opened, "category": None, "closed": None}
    assert found["control"] == "bot"


async def test_what_the_bot_did_with_orders_is_kept_in_its_order(service: Service) -> None:
    service.bot.script = doing(REFUSED, CANCELLED)
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("cancel 10391, then 10510")
    await customer.until_bot_said(1)
    (found,) = (await agent.get("/conversations?view=all"))["conversations"]
    newest_first = (await agent.conversation(found["id"]))["operations"]
    assert [without(one, "id", "at") for one in newest_first] == [
        {**CANCELLED, "agent": None},
        {**REFUSED, "agent": None},
    ]


async def test_what_nobody_knows_the_outcome_of_is_kept_as_open(service: Service) -> None:
    service.bot.script = doing({"name": "cancel_order", "order": "10510", "outcome": "open"})
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("yes, cancel it")
    await customer.until_bot_said(1)
    (found,) = (await agent.get("/conversations?view=all"))["conversations"]
    (kept,) = (await agent.conversation(found["id"]))["operations"]
    assert (kept["outcome"], kept["rule"], kept["agent"]) == ("open", None, None)


async def test_what_the_bot_did_is_kept_although_an_agent_stepped_in(service: Service) -> None:
    gate = Gate(answer("It is cancelled.", operations=(CANCELLED,)))
    service.bot.script = gate
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("yes, cancel it")
    await gate.begun.wait()
    (found,) = (await agent.get("/conversations?view=all"))["conversations"]
    await agent.post(f"/conversations/{found['id']}/take-over", {"epoch": found["epoch"]})
    gate.open.set()
    seen = await eventually(
        lambda: agent.conversation(found["id"]), lambda seen: bool(seen["operations"])
    )
    assert [one["outcome"] for one in seen["operations"]] == ["done"]


async def test_complaint_taken_down_while_an_agent_stepped_in_is_not_kept(
    service: Service,
) -> None:
    gate = Gate(answer("I have taken that down.", complaint=COMPLAINT))
    service.bot.script = gate
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("the courier threw my parcel over the fence")
    await gate.begun.wait()
    (found,) = (await agent.get("/conversations?view=all"))["conversations"]
    await agent.post(f"/conversations/{found['id']}/take-over", {"epoch": found["epoch"]})
    gate.open.set()

    async def answered() -> bool:
        seen = (await agent.conversation(found["id"]))["messages"]
        return any(message["suppressed"] for message in seen)

    await eventually(answered, bool)
    assert (await agent.conversation(found["id"]))["cases"] == []


async def test_bot_is_silent_after_a_handoff(service: Service) -> None:
    customer, agent, name = await service.handed_over()
    asked = len(service.bot.asked)
    for number in range(10):
        await customer.say(f"still there {number}?")
    await agent.claim(name)
    for number in range(10):
        await customer.say(f"and now {number}?")

    assert len(await customer.messages("bot")) == 1  # the one that announced the handoff
    assert len(service.bot.asked) == asked
    seen = (await agent.conversation(name))["messages"]
    assert sum(message["author"] == "customer" for message in seen) == 21


@pytest.mark.parametrize("command", ["/restart", "/session_start", '/verify{"order":"1"}'])
async def test_neither_commands_nor_an_hour_of_silence_wake_the_bot_under_a_person(
    service: Service, command: str
) -> None:
    customer, _, _ = await service.in_hands()
    asked = len(service.bot.asked)
    service.clock.forward(minutes=61)
    await customer.say(command)
    await customer.say("hello?")

    assert await customer.control() == "human"
    assert len(service.bot.asked) == asked
    assert len(await customer.messages("bot")) == 1


async def test_answer_that_was_being_made_when_a_person_took_over_is_suppressed(
    service: Service,
) -> None:
    gate = Gate()
    service.bot.script = gate
    customer = await service.new_customer()
    name = await _thinking_about(customer, service, gate)
    agent = await service.new_agent()
    status, _ = await agent.command(name, "take-over")
    assert status == 200
    gate.open.set()

    seen = await eventually(
        lambda: _all(agent, name), lambda found: any(entry["suppressed"] for entry in found)
    )
    (late,) = [entry for entry in seen if entry["suppressed"]]
    assert late["text"] == "the late answer"
    assert await customer.messages("bot") == []
    assert await customer.control() == "human"


async def test_late_answer_stays_suppressed_when_the_bot_has_the_conversation_again(
    service: Service,
) -> None:
    gate = Gate()
    service.bot.script = gate
    customer = await service.new_customer()
    name = await _thinking_about(customer, service, gate)
    agent = await service.new_agent()
    await agent.command(name, "take-over")
    await agent.command(name, "hand-back")
    gate.open.set()
    await eventually(
        lambda: _all(agent, name), lambda found: any(entry["suppressed"] for entry in found)
    )

    service.bot.script = _echo
    await customer.say("and you?")
    assert [entry["text"] for entry in await customer.until_bot_said(1)] == ["re and you?"]


async def test_late_wish_for_a_person_does_not_pull_back_what_an_agent_has_resolved(
    service: Service,
) -> None:
    gate = Gate(answer("I'll get somebody", handoff=HANDOFF))
    service.bot.script = gate
    customer = await service.new_customer()
    name = await _thinking_about(customer, service, gate)
    agent = await service.new_agent()
    await agent.command(name, "resolve")
    gate.open.set()
    await eventually(
        lambda: _all(agent, name), lambda found: any(entry["suppressed"] for entry in found)
    )
    assert await customer.control() == "closed"


async def test_typing_is_seen_while_the_bot_thinks_and_ends_with_its_answer(
    service: Service,
) -> None:
    gate = Gate()
    service.bot.script = gate
    customer = await service.new_customer()
    frames = await customer.connect()
    await frames.send(type="send", client_id="message-000001", text="hello")
    await frames.until(lambda frame: frame["type"] == "typing" and frame["on"])
    gate.open.set()
    await frames.until(lambda frame: frame["type"] == "typing" and not frame["on"])
    assert [frame["on"] for frame in frames.heard if frame["type"] == "typing"] == [True, False]
    assert [message["text"] for message in await customer.until_bot_said(1)] == ["the late answer"]


async def test_typing_ends_with_a_change_of_hands(service: Service) -> None:
    gate = Gate(answer("I'll get somebody", handoff=HANDOFF))
    service.bot.script = gate
    customer = await service.new_customer()
    frames = await customer.connect()
    await frames.send(type="send", client_id="message-000001", text="a person please")
    await frames.until(lambda frame: frame["type"] == "typing" and frame["on"])
    gate.open.set()
    await frames.until(_state(control="queued"))
    await frames.until(lambda frame: frame["type"] == "typing" and not frame["on"])


async def test_after_hand_back_the_next_message_gets_exactly_one_answer(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    await customer.say("my parcel is broken")
    await agent.write(name, "We'll send a new one.")
    await customer.say("thank you")
    before = len(service.bot.asked)
    await agent.command(name, "hand-back")
    await customer.say("when does it come?")
    await customer.until_bot_said(2)
    await asyncio.sleep(0.2)

    said = [entry["text"] for entry in await customer.messages("bot")]
    assert said[1:] == ["You said: when does it come?"]
    (turn,) = service.bot.asked[before:]
    assert turn.input == {"text": "when does it come?"}
    assert turn.reset is True


async def test_handing_over_works_again_and_again_for_the_same_customer(service: Service) -> None:
    customer = await service.new_customer()
    agent = await service.new_agent()
    for _ in range(3):
        await customer.say("a person please")
        await customer.until_control("queued")
        (waiting,) = await agent.waiting()
        await agent.claim(waiting["id"])
        status, _ = await agent.command(waiting["id"], "resolve")
        assert status == 200
        assert await customer.control() == "closed"
    assert len(await agent.waiting()) == 0


async def test_writing_into_a_closed_conversation_opens_it_with_the_bot(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    await agent.command(name, "resolve")
    before = len(await customer.messages("bot"))
    await customer.say("one more thing")

    said = await customer.until_bot_said(before + 1)
    assert said[-1]["text"] == "You said: one more thing"
    assert await customer.control() == "bot"


@pytest.mark.parametrize("failure", [BotFailed("turn_failed"), RuntimeError("a bug of ours")])
async def test_failing_bot_apologises_and_hands_over_with_the_message_kept(
    service: Service, failure: Exception
) -> None:
    async def script(said: str, turn: Turn) -> Answer:
        raise failure

    service.bot.script = script
    customer = await service.new_customer("tr")
    await customer.say("siparişim nerede")
    await customer.until_control("queued")

    notices = [entry["notice"] for entry in await customer.messages("system")]
    assert notices == ["bot_failed", "queued_nobody"]
    agent = await service.new_agent()
    (waiting,) = await agent.waiting()
    assert waiting["reason"] == "bot_failed"
    seen = await agent.conversation(waiting["id"])
    assert seen["messages"][0]["text"] == "siparişim nerede"
    assert seen["card"]["reason"] == "bot_failed"
    assert seen["card"]["failed_turns"] == [
        {"text": "siparişim nerede", "intent": None, "confidence": 0.0}
    ]
    assert seen["card"]["last_action"] is None


async def test_bot_that_does_not_answer_in_time_hands_over(make_service: MakeService) -> None:
    gate = Gate()
    service = await make_service(ScriptedBot(gate), bot_timeout=0.3)
    customer = await service.new_customer()
    await customer.say("hello?")
    await customer.until_control("queued")
    gate.open.set()
    await asyncio.sleep(0.2)
    assert await customer.messages("bot") == []


async def test_bot_that_is_restarting_is_asked_again_until_it_answers(service: Service) -> None:
    tries = 0

    async def script(said: str, turn: Turn) -> Answer:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise BotNotReady("loading")
        return answer("back again")

    service.bot.script = script
    customer = await service.new_customer()
    await customer.say("hello")
    assert [entry["text"] for entry in await customer.until_bot_said(1)] == ["back again"]
    assert len({turn.message_id for turn in service.bot.asked}) == 1


async def test_messages_that_wait_while_the_bot_fails_go_to_the_person_not_to_the_bot(
    service: Service,
) -> None:
    gate = Gate(answer("I'll get somebody", handoff=HANDOFF))
    service.bot.script = gate
    customer = await service.new_customer()
    await customer.say("first")
    await gate.begun.wait()
    await customer.say("second")
    await customer.say("third")
    gate.open.set()
    await customer.until_control("queued")
    await asyncio.sleep(0.2)

    assert [turn.input["text"] for turn in service.bot.asked] == ["first"]
    agent = await service.new_agent()
    seen = (await agent.conversation((await agent.waiting())[0]["id"]))["messages"]
    assert [entry["text"] for entry in seen if entry["author"] == "customer"] == [
        "first",
        "second",
        "third",
    ]


async def test_turn_that_was_running_when_the_service_stopped_is_asked_again(
    make_service: MakeService,
) -> None:
    gate = Gate()
    service = await make_service(ScriptedBot(gate), bot_timeout=0.5)
    customer = await service.new_customer()
    await customer.say("are you there?")
    await gate.begun.wait()
    await service.stop()
    service.bot.script = _echo
    await service.start()

    # At once: a customer does not wait for the lease of who has stopped.
    assert [entry["text"] for entry in await customer.until_bot_said(1)] == ["re are you there?"]
    assert [entry["text"] for entry in await customer.messages("customer")] == ["are you there?"]


async def test_old_button_pressed_under_a_person_is_read_to_them_and_never_reaches_the_bot(
    service: Service,
) -> None:
    customer = await service.new_customer()
    await customer.say("menu")
    (menu,) = await customer.until_bot_said(1)
    await customer.say("a person please")
    await customer.until_control("queued")
    agent = await service.new_agent()
    name = (await agent.waiting())[0]["id"]
    await agent.claim(name)
    asked = len(service.bot.asked)
    receipt = await customer.press(menu["buttons"][0]["id"])

    assert receipt["status"] == 201
    assert len(service.bot.asked) == asked
    assert (await _all(agent, name))[-1]["text"] == "Track my order"


async def test_button_means_its_payload_while_its_dialogue_goes_on_and_its_title_afterwards(
    service: Service,
) -> None:
    customer = await service.new_customer()
    await customer.say("menu")
    (menu,) = await customer.until_bot_said(1)
    await customer.press(menu["buttons"][0]["id"])
    await customer.until_bot_said(2)
    assert service.bot.asked[-1].input == {"payload": "/track"}

    await customer.say("a person please")
    await customer.until_control("queued")
    agent = await service.new_agent()
    name = (await agent.waiting())[0]["id"]
    await agent.claim(name)
    await agent.command(name, "hand-back")
    await customer.press(menu["buttons"][1]["id"])
    await customer.until_bot_said(4)
    assert service.bot.asked[-1].input == {"text": "Return"}


async def test_customer_may_leave_the_queue_and_the_bot_goes_on(service: Service) -> None:
    customer = await service.new_customer()
    await customer.say("a person please")
    await customer.until_control("queued")
    (queued,) = await customer.messages("system")
    assert [button["title"] for button in queued["buttons"]] == ["Stop waiting"]
    await customer.press(queued["buttons"][0]["id"])

    assert await customer.control() == "bot"
    await customer.say("hello")
    said = await customer.until_bot_said(2)
    assert said[-1]["text"] == "You said: hello"
    # Pressed once more it means nothing any longer: it is what the customer says.
    await customer.press(queued["buttons"][0]["id"])
    await customer.until_bot_said(3)
    assert service.bot.asked[-1].input == {"text": "Stop waiting"}


async def test_notices_follow_the_language_the_bot_answered_in(service: Service) -> None:
    customer = await service.new_customer("en")
    await customer.say("bir insan ile konuşmak istiyorum")
    await customer.until_control("queued")
    state = (await customer.read())["conversation"]
    assert state["language"] == "tr"
    (notice,) = await customer.messages("system")
    assert notice["text"].startswith("Şu anda çevrimiçi bir temsilcimiz yok.")


async def test_waiting_customers_are_told_their_true_place(service: Service) -> None:
    agent = await service.new_agent()  # signed in: somebody is there
    first, second = await service.new_customer(), await service.new_customer()
    for customer in (first, second):
        await customer.say("a person please")
        await customer.until_control("queued")
    frames = await second.connect()
    assert (await second.messages("system"))[0]["text"].startswith("You are in the queue, number 2")
    assert (await first.messages("system"))[0]["text"].startswith("You are next in line")

    await agent.claim((await agent.waiting())[0]["id"])
    await frames.until(_state(position=1))


async def test_moment_without_the_database_ends_no_turn_that_is_under_way(
    service: Service,
) -> None:
    gate = Gate(answer("the answer"))
    service.bot.script = gate
    customer = await service.new_customer()
    await _thinking_about(customer, service, gate)
    with outage(service.app[keys.STORE]) as noticed:
        await noticed.wait()
    gate.open.set()

    (said,) = await customer.until_bot_said(1)
    assert said["text"] == "the answer"
    assert len(service.bot.asked) == 1
    await customer.say("and again")
    await customer.until_bot_said(2)


async def test_turn_whose_answer_could_not_be_stored_is_asked_again(service: Service) -> None:
    gate = Gate(answer("the answer"))
    service.bot.script = gate
    customer = await service.new_customer()
    await _thinking_about(customer, service, gate)
    other = await service.new_customer()
    with outage(service.app[keys.STORE]) as noticed:
        gate.open.set()
        await noticed.wait()
        await asyncio.sleep(0.1)  # until nobody tries to store it any longer
    await other.say("me too")
    await other.until_bot_said(1)

    service.clock.forward(seconds=60)
    await customer.until_bot_said(1)
    assert await customer.control() == "bot"


async def _echo(said: str, turn: Turn) -> Answer:
    return answer(f"re {said}")


def _state(**wanted: object) -> Callable[[dict[str, Any]], bool]:
    """Return whether a frame tells of a state with these values."""
    return lambda frame: (
        frame["type"] == "state"
        and all(frame["conversation"][name] == value for name, value in wanted.items())
    )


async def _thinking_about(customer: Customer, service: Service, gate: Gate) -> str:
    """Let the bot begin to think about a first message. Returns the conversation's id."""
    await customer.say("hello")
    await gate.begun.wait()
    return service.bot.asked[0].conversation_id


async def _all(agent: AgentBrowser, name: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = (await agent.conversation(name))["messages"]
    return messages
