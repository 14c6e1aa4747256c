"""What customers send is stored once, in order, whatever the network does."""

import asyncio

from handoff.channels.base import Inbound
from handoff.store import conversations
from handoff.web import keys
from tests.handoff.conftest import Service


async def test_same_client_id_twenty_times_at_once_is_one_message_and_one_answer(
    service: Service,
) -> None:
    customer = await service.new_customer()
    receipts = await asyncio.gather(*(customer.say("hello", "message-000001") for _ in range(20)))

    assert {receipt["seq"] for receipt in receipts} == {1}
    assert sorted(receipt["status"] for receipt in receipts) == [200] * 19 + [201]
    await customer.until_bot_said(1)
    await asyncio.sleep(0.2)
    assert [entry["text"] for entry in await customer.messages()] == ["hello", "You said: hello"]


async def test_ten_first_messages_at_once_make_one_conversation(service: Service) -> None:
    customer = await service.new_customer()
    receipts = await asyncio.gather(*(customer.say(f"message {n}") for n in range(10)))

    assert len({receipt["seq"] for receipt in receipts}) == 10
    said = [entry["text"] for entry in await customer.messages("customer")]
    assert sorted(said) == [f"message {n}" for n in range(10)]
    agent = await service.new_agent()
    listed = await agent.get("/conversations?view=all")
    assert len(listed["conversations"]) == 1


async def test_resent_message_after_a_lost_receipt_keeps_its_first_place(service: Service) -> None:
    customer = await service.new_customer()
    first = await customer.say("one", "message-000001")
    await customer.say("two", "message-000002")
    again = await customer.say("one", "message-000001")

    assert (again["seq"], again["status"]) == (first["seq"], 200)
    texts = [entry["text"] for entry in await customer.messages("customer")]
    assert texts == ["one", "two"]


async def test_same_client_id_of_two_customers_are_two_messages(service: Service) -> None:
    one, two = await service.new_customer(), await service.new_customer()
    await one.say("from one", "message-000001")
    await two.say("from two", "message-000001")

    assert [entry["text"] for entry in await one.messages("customer")] == ["from one"]
    assert [entry["text"] for entry in await two.messages("customer")] == ["from two"]


async def test_platforms_redelivery_is_stored_once_even_when_both_come_together(
    service: Service,
) -> None:
    customer = await service.new_customer()
    await customer.say("hello")
    inbox = service.app[keys.INBOX]
    contact = await inbox.visitor(customer.token, days=1)
    assert contact is not None
    inbound = Inbound(
        contact_id=contact.id,
        channel="telegram",
        account="shop_bot",
        source="telegram:shop_bot",
        source_id="update-7",
        text="merhaba",
    )
    receipts = await asyncio.gather(*(inbox.receive(inbound) for _ in range(8)))
    assert len({receipt.message_id for receipt in receipts}) == 1
    assert sum(not receipt.duplicate for receipt in receipts) == 1


async def test_transcript_numbers_have_no_gap_and_visible_ones_are_chained(
    service: Service,
) -> None:
    customer, agent, name = await service.in_hands()
    for number in range(5):
        await agent.write(name, f"note {number}", kind="note")
        await agent.write(name, f"reply {number}")
        await customer.say(f"said {number}")

    everything = (await agent.conversation(name))["messages"]
    assert [entry["seq"] for entry in everything] == list(range(1, len(everything) + 1))
    visible = await customer.messages()
    assert [entry["prev"] for entry in visible] == [0] + [entry["seq"] for entry in visible[:-1]]
    assert not any("note" in (entry["text"] or "") for entry in visible)


async def test_language_chosen_while_the_conversation_changes_hands_is_kept(
    service: Service,
) -> None:
    customer, _, name = await service.in_hands()
    inbox, store = service.app[keys.INBOX], service.app[keys.STORE]
    contact = await inbox.visitor(customer.token, days=1)
    assert contact is not None
    async with store.write() as tx:
        locked = await conversations.lock(tx, name)
        assert locked is not None
        choosing = asyncio.create_task(inbox.choose_language(contact, "tr"))
        await asyncio.sleep(0.2)  # until it waits for us
        await conversations.change(tx, locked, epoch=locked.epoch + 1)
    await choosing
    assert (await customer.read())["conversation"]["language"] == "tr"
