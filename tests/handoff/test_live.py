"""Every console shows what is true now, whoever changed it."""

import asyncio
from collections.abc import Callable
from typing import Any

from handoff.store.changes import Change, Kind
from handoff.web import keys
from tests.handoff.conftest import Service
from tests.handoff.outage import outage


async def test_when_the_first_is_taken_the_others_move_up_on_every_console(
    service: Service,
) -> None:
    agent = await service.new_agent()
    for _ in range(3):
        customer = await service.new_customer()
        await customer.say("a person please")
        await customer.until_control("queued")
    first, second, third = [summary["id"] for summary in await agent.waiting()]
    console = await (await service.new_agent("ece", "Ece")).connect()

    await agent.claim(first)
    await console.until(_summary(second, position=1))
    await console.until(_summary(third, position=2))


async def test_what_one_agent_has_read_is_unread_on_no_console(service: Service) -> None:
    _, agent, name = await service.handed_over()
    summary = (await agent.conversation(name))["conversation"]
    assert summary["unread"] == 1
    reader, console = await agent.connect(), await agent.connect()

    await reader.send(type="seen", conversation=name, seq=summary["last_seq"])
    await console.until(_summary(name, unread=0))


async def test_change_is_told_once_the_database_is_back(service: Service) -> None:
    _, agent, name = await service.handed_over()
    console = await agent.connect()
    with outage(service.app[keys.STORE]) as noticed:
        service.app[keys.LIVE].hear(Change(Kind.STATE, name))
        await noticed.wait()
        await asyncio.sleep(0.2)
    await console.until(_summary(name, control="queued"))


def _summary(name: str, **wanted: object) -> Callable[[dict[str, Any]], bool]:
    """Return whether a frame tells of a conversation with these values."""
    return lambda frame: (
        frame["type"] == "conversation"
        and frame["conversation"]["id"] == name
        and all(frame["conversation"][key] == value for key, value in wanted.items())
    )
