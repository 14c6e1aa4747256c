"""What an agent sees of earlier talks with the same person."""

from collections.abc import Awaitable, Callable
from typing import Any

from handoff.bot import Answer
from handoff.store import conversations, identities
from handoff.store.rows import Turn, VerifiedCustomer
from handoff.web import keys
from tests.fakes.bot import HANDOFF, ScriptedBot, answer
from tests.handoff.conftest import AgentBrowser, Customer, Service

MakeService = Callable[..., Awaitable[Service]]


async def talk(agent: AgentBrowser, customer: Customer, said: str) -> str:
    """Let a customer ask for a person, who answers and resolves; return the conversation."""
    await customer.say(said)
    await customer.until_control("queued")
    name = str((await customer.read())["conversation"]["id"])
    await agent.claim(name)
    await agent.write(name, f"re: {said}")
    assert (await agent.command(name, "resolve"))[0] == 200
    return name


async def earlier(agent: AgentBrowser, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await agent.get(f"/conversations/{name}/history"))["earlier"]
    return found


async def texts(agent: AgentBrowser, one: dict[str, Any]) -> list[str]:
    path = f"/conversations/{one['conversation']}/messages?after={one['after']}"
    messages = (await agent.get(path))["messages"]
    return [entry["text"] for entry in messages if entry["seq"] <= one["until"]]


async def test_first_conversation_has_nothing_before_it(service: Service) -> None:
    _, agent, name = await service.in_hands()
    assert await earlier(agent, name) == []
    await agent.command(name, "resolve")
    assert await earlier(agent, name) == []


async def test_each_stretch_up_to_a_closing_is_an_earlier_talk(service: Service) -> None:
    customer, agent = await service.new_customer(), await service.new_agent()
    name = await talk(agent, customer, "a person about mugs")
    service.clock.forward(minutes=5)
    await talk(agent, customer, "a person about shirts")
    service.clock.forward(minutes=5)
    await customer.say("hello")
    await customer.until_bot_said(3)
    newest, oldest = await earlier(agent, name)
    assert newest["conversation"] == oldest["conversation"] == name
    assert oldest["after"] == 0
    assert newest["after"] == oldest["until"]
    assert oldest["began_at"] < oldest["ended_at"] < newest["began_at"]
    assert (oldest["reason"], oldest["channel"]) == ("asked", "widget")
    assert oldest["agents"] == ["Deniz Yalın"]
    said = await texts(agent, oldest)
    assert said[0] == "a person about mugs"
    assert "re: a person about mugs" in said
    assert not any("shirts" in (text or "") for text in said)


async def test_other_conversations_of_who_proved_the_same_order_are_earlier_talks(
    make_service: MakeService,
) -> None:
    async def script(said: str, turn: Turn) -> Answer:
        proof = {"name": "prove_order", "order": said, "outcome": "done"}
        return answer("Proven.", handoff=HANDOFF, operations=[proof])

    service = await make_service(ScriptedBot(script))
    agent = await service.new_agent()
    first = await talk(agent, await service.new_customer(), "10482")
    await talk(agent, await service.new_customer(), "10391")
    customer = await service.new_customer()
    await customer.say("10482")
    await customer.until_control("queued")
    name = (await customer.read())["conversation"]["id"]
    (found,) = await earlier(agent, name)
    assert found["conversation"] == first


async def test_conversations_of_whom_the_shop_names_are_earlier_talks(service: Service) -> None:
    agent = await service.new_agent()
    names = []
    for customer_id in ("c-1", "c-2", "c-1"):
        customer = await service.new_customer()
        names.append(await talk(agent, customer, "a person"))
        async with service.app[keys.STORE].write() as tx:
            held = await conversations.get(tx, names[-1])
            assert held is not None
            now = service.clock()
            contact = held.contact_id
            await identities.put(tx, VerifiedCustomer(contact, customer_id, None, now, now))
    (found,) = await earlier(agent, names[2])
    assert found["conversation"] == names[0]
    assert found["ended_at"] is not None


async def test_unknown_conversation_has_no_history(service: Service) -> None:
    agent = await service.new_agent()
    async with agent._http.get(f"{service.url}/console/api/conversations/{'0' * 32}/history") as r:
        assert r.status == 404
