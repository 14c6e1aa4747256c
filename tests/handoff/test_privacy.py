"""Card numbers and the like are in no table, log or answer; who may can see what was written."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from handoff.bot import Answer
from handoff.store.rows import Turn
from handoff.store.tables import metadata, original, reveal
from handoff.web import keys
from tests.fakes.bot import COMPLAINT, HANDOFF, ScriptedBot, answer
from tests.handoff.conftest import AgentBrowser, Customer, Service
from tests.handoff.logbook import captured

MakeService = Callable[..., Awaitable[Service]]

CARD = "4111 1111 1111 1111"
SHOWN = "•••• •••• •••• 1111"
TCKN = "10000000146"
IBAN = "TR33 0006 1005 1978 6457 8413 26"
SECRETS = (CARD, CARD.replace(" ", ""), TCKN, IBAN, IBAN.replace(" ", ""))
WRITTEN = f"kartım {CARD}, tc {TCKN}, iban {IBAN}"
HIDDEN = f"kartım {SHOWN}, tc •••••••••46, iban TR•• … 26"


async def everything_stored(service: Service) -> str:
    """Return every row of every table."""
    async with service.app[keys.STORE].read() as tx:
        found = [list(await tx.execute(select(table))) for table in metadata.sorted_tables]
    return str(found)


async def rows(service: Service, table: Any) -> list[Any]:
    async with service.app[keys.STORE].read() as tx:
        return list(await tx.execute(select(table)))


async def supervisor(service: Service) -> AgentBrowser:
    return await service.new_agent("ece", "Ece", "supervisor")


async def sent(service: Service, text: str = WRITTEN) -> tuple[Customer, str]:
    """Let a customer send a text, and return them and the message's id."""
    customer = await service.new_customer("tr")
    await customer.say(text)
    return customer, (await customer.messages("customer"))[-1]["id"]


async def repeats_itself(said: str, turn: Turn) -> Answer:
    """A bot that puts what it was told into everything it can."""
    evidence = {"slots": {"note": said}, "failed_turns": [{"text": said}], "last_action": None}
    handoff = {**HANDOFF, "summary": said, "evidence": evidence}
    whole = answer(said, language="tr", handoff=handoff).model_dump(mode="json")
    whole["understanding"]["entities"] = [{"entity": "note", "value": said}]
    return Answer.model_validate({**whole, "complaint": {**COMPLAINT, "text": said}})


# Hiding


async def test_number_is_in_no_table_log_or_answer(make_service: MakeService) -> None:
    with captured() as book:
        service = await make_service(ScriptedBot(repeats_itself))
        customer = await service.new_customer("tr")
        page = await customer.connect()
        agent = await service.new_agent()
        desk = await agent.connect()
        await page.send(type="send", client_id="message-000090", text=WRITTEN)
        await customer.until_control("queued")
        name = (await agent.waiting())[0]["id"]
        await desk.send(type="watch", conversation=name)
        await agent.claim(name)
        await customer.say(WRITTEN)
        await page.until(
            lambda frame: frame.get("message", {}).get("author") == "customer", count=2
        )
        await desk.until(lambda frame: frame["type"] == "message")
        seen = [
            *(await customer.read(), await agent.conversation(name)),
            *(await agent.get("/conversations?view=all"), page.heard, desk.heard),
        ]
        stored = await everything_stored(service)
        asked = [turn.input for turn in service.bot.asked]
    for secret in SECRETS:
        assert secret not in stored
        assert secret not in str(seen)
        assert secret not in str(asked)
        assert not book.names(secret)
    assert [entry["text"] for entry in await customer.messages("customer")] == [HIDDEN] * 2
    summary = (await agent.get("/conversations?view=all"))["conversations"][0]
    assert summary["last_message"]["text"] == HIDDEN


async def test_bot_gets_none_of_the_digits(service: Service) -> None:
    customer, _ = await sent(service)
    await customer.until_bot_said(1)
    assert service.bot.asked[0].input == {
        "text": "kartım •••• •••• •••• ••••, tc •••••••••••, iban TR•• … ••"
    }


async def test_bot_gets_no_more_than_it_takes_of_a_text_that_hiding_made_longer(
    service: Service,
) -> None:
    number = CARD.replace(" ", "")
    text = f"{number} ".ljust(4000 - len(number), "x") + number
    customer, _ = await sent(service, text)
    await customer.until_bot_said(1)
    assert len(service.bot.asked[0].input["text"]) == 4000
    (entry,) = await customer.messages("customer")
    assert entry["text"] == f"{SHOWN} ".ljust(4000 - len(number) + 3, "x") + SHOWN


@pytest.mark.parametrize("kind", ["reply", "note"])
async def test_agent_cannot_send_it_either(service: Service, kind: str) -> None:
    customer, agent, name = await service.in_hands()
    status, written = await agent.write(name, f"is it {CARD}?", kind=kind)
    assert (status, written["text"]) == (201, f"is it {SHOWN}?")
    assert written["masked"] == {"kinds": ["card"], "kept": True}
    assert CARD not in await everything_stored(service)
    told = [entry["notice"] for entry in await customer.messages("system")]
    assert "numbers_hidden" not in told


async def test_agents_see_what_kinds_were_hidden(service: Service) -> None:
    await sent(service)
    customer, _ = await sent(service, "siparişim 10482")
    agent = await service.new_agent()
    listed = (await agent.get("/conversations?view=all"))["conversations"]
    masked = []
    for one in listed:
        messages = (await agent.conversation(one["id"]))["messages"]
        masked += [entry["masked"] for entry in messages if entry["author"] == "customer"]
    assert {"kinds": ["card", "iban", "tckn"], "kept": True} in masked
    assert None in masked
    assert "masked" not in (await customer.messages("customer"))[0]


async def test_own_ibans_of_the_shop_stay_readable(make_service: MakeService) -> None:
    service = await make_service(own_ibans=IBAN)
    customer, agent, name = await service.in_hands()
    await agent.write(name, f"Please pay to {IBAN}, not with {CARD}.")
    (reply,) = await customer.messages("agent")
    assert reply["text"] == f"Please pay to {IBAN}, not with {SHOWN}."


# Telling


async def test_customer_is_told_once_right_after_the_first_such_message(service: Service) -> None:
    customer = await service.new_customer("tr")
    await customer.say("merhaba")
    await customer.until_bot_said(1)
    await customer.say(f"kartım {CARD}")
    await customer.until_bot_said(2)
    await customer.say(f"tc {TCKN}")
    await customer.until_bot_said(3)
    told = [entry["notice"] or entry["author"] for entry in await customer.messages()]
    assert told == ["customer", "bot", "customer", "numbers_hidden", "bot", "customer", "bot"]
    (notice,) = await customer.messages("system")
    assert notice["text"].startswith("Güvenliğiniz için mesajınızdaki numarayı gizledik.")


async def test_customer_who_writes_english_is_told_so(service: Service) -> None:
    customer = await service.new_customer("en")
    await customer.say(f"my card is {CARD}")
    (notice,) = await customer.messages("system")
    assert notice["text"].startswith("For your security we have hidden the number")


async def test_customer_is_told_while_a_person_has_the_conversation(service: Service) -> None:
    customer, _, _ = await service.in_hands()
    await customer.say(f"my card is {CARD}")
    assert (await customer.messages())[-1]["notice"] == "numbers_hidden"


# Storing once


async def test_resent_message_is_hidden_and_kept_once(service: Service) -> None:
    customer = await service.new_customer()
    receipts = await asyncio.gather(*(customer.say(WRITTEN, "message-000001") for _ in range(20)))
    assert {receipt["seq"] for receipt in receipts} == {1}
    assert [entry["text"] for entry in await customer.messages("customer")] == [HIDDEN]
    assert len(await customer.messages("system")) == 1
    assert len(await rows(service, original)) == 1


async def test_resent_reply_is_hidden_and_kept_once(service: Service) -> None:
    _, agent, name = await service.in_hands()
    results = await asyncio.gather(
        *(agent.write(name, CARD, client_id="agent-000001") for _ in range(10))
    )
    assert {written["text"] for _, written in results} == {SHOWN}
    assert len(await rows(service, original)) == 1


# Revealing


async def test_supervisor_sees_what_was_written_and_each_press_is_kept(service: Service) -> None:
    _, message = await sent(service)
    ece = await supervisor(service)
    before = service.clock()
    with captured() as book:
        for _ in range(2):
            assert await ece.post(f"/messages/{message}/reveal") == (200, {"text": WRITTEN})
    kept = await rows(service, reveal)
    assert [(row.message_id, row.agent_id) for row in kept] == [(message, ece.id)] * 2
    assert all(before <= row.at <= service.clock() for row in kept)
    told = [entry for entry in book.events if entry["event"] == "revealed"]
    assert [(entry["agent"], entry["message"]) for entry in told] == [(ece.id, message)] * 2
    assert not any(book.names(secret) for secret in SECRETS)


async def test_supervisor_sees_what_an_agent_wrote(service: Service) -> None:
    _, agent, name = await service.in_hands()
    _, written = await agent.write(name, f"is it {CARD}?", kind="note")
    ece = await supervisor(service)
    assert await ece.post(f"/messages/{written['id']}/reveal") == (200, {"text": f"is it {CARD}?"})


async def test_agent_without_the_right_is_refused(service: Service) -> None:
    _, message = await sent(service)
    agent = await service.new_agent()
    status, refused = await agent.post(f"/messages/{message}/reveal")
    assert (status, refused["error"]["code"]) == (403, "forbidden")
    assert await rows(service, reveal) == []
    assert CARD not in str(refused)


async def test_nobody_sees_it_without_signing_in_or_from_another_page(service: Service) -> None:
    _, message = await sent(service)
    ece = await supervisor(service)
    url = f"{service.url}/console/api/messages/{message}/reveal"
    async with service.http.post(url) as response:
        assert response.status == 401
    ece.csrf = "wrong"
    assert (await ece.post(f"/messages/{message}/reveal"))[0] == 403
    assert await rows(service, reveal) == []


async def test_where_nothing_was_hidden_nothing_is_found(service: Service) -> None:
    _, message = await sent(service, "siparişim 10482")
    ece = await supervisor(service)
    for name in (message, "f" * 32):
        status, refused = await ece.post(f"/messages/{name}/reveal")
        assert (status, refused["error"]["code"]) == (404, "not_found")
    assert await rows(service, reveal) == []


async def test_without_a_key_nothing_is_kept(make_service: MakeService) -> None:
    service = await make_service(mask_key=None)
    customer, message = await sent(service)
    assert [entry["text"] for entry in await customer.messages("customer")] == [HIDDEN]
    assert await rows(service, original) == []
    ece = await supervisor(service)
    name = (await ece.get("/conversations?view=all"))["conversations"][0]["id"]
    (seen,) = [entry for entry in (await ece.conversation(name))["messages"] if entry["masked"]]
    assert seen["masked"]["kept"] is False
    status, refused = await ece.post(f"/messages/{message}/reveal")
    assert (status, refused["error"]["code"]) == (410, "original_gone")
    assert await rows(service, reveal) == []


@pytest.mark.parametrize(
    "key", [None, base64.b64encode(b"another key of thirty-two bytes.").decode()]
)
async def test_with_another_key_nothing_is_seen(make_service: MakeService, key: str | None) -> None:
    service = await make_service()
    _, message = await sent(service)
    await service.stop()
    other = await make_service(mask_key=key)
    ece = await supervisor(other)
    with captured() as book:
        status, refused = await ece.post(f"/messages/{message}/reveal")
    assert (status, refused["error"]["code"]) == (410, "original_gone")
    assert await rows(other, reveal) == []
    warned = "original_sealed_otherwise" in {entry["event"] for entry in book.events}
    assert warned is (key is not None)


async def test_what_was_written_is_sealed(service: Service) -> None:
    await sent(service)
    (row,) = await rows(service, original)
    assert row.sealed.startswith("gAAAA")
    for part in (row.sealed, base64.urlsafe_b64decode(row.sealed).decode("latin-1")):
        assert not any(secret in part for secret in SECRETS)
