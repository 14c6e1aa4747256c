"""Any of the three processes is killed at any point of a turn and started again.

The conversation goes on: what was acknowledged is there once, the customer gets the one answer or
is handed to a person with an apology, and the next message is taken care of too.
"""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.system.installation import (
    ACTIONS,
    BOT,
    HANDOFF,
    PASSWORD,
    Installation,
    Visitor,
    new_visitor,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOMENTS = [0.0, 0.004, 0.012, 0.03, 0.08]
"""Seconds after the message was sent; a turn takes some 20 to 50 ms."""


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", [HANDOFF, BOT, ACTIONS])
async def test_conversation_goes_on(
    installation: Installation, http: aiohttp.ClientSession, name: str, moment: float
) -> None:
    await asyncio.to_thread(installation.wait_until_ready)
    visitor = await new_visitor(installation, http)
    await visitor.say("where is my order 10482")
    asked = await _until_answered(visitor, 1)

    # The answer to this one comes from the actions, which ask the shop.
    saying = asyncio.create_task(visitor.say("4821"))
    await asyncio.sleep(moment)
    installation.kill(name)
    installation.start(name)
    await saying
    after = await _until_settled(visitor, len(asked))

    said = [entry["text"] for entry in after["messages"] if entry["author"] == "customer"]
    assert said == ["where is my order 10482", "4821"]
    answers = [entry["text"] for entry in after["messages"] if entry["author"] == "bot"]
    assert len(answers) == len(set(answers))
    assert len({entry["seq"] for entry in after["messages"]}) == len(after["messages"])
    if after["conversation"]["control"] == "bot":
        assert sum("TRN48210482" in text for text in answers) == 1
    else:
        notices = [entry["notice"] for entry in after["messages"] if entry["notice"]]
        assert notices[0] == "bot_failed"
        assert after["conversation"]["control"] == "queued"

    await asyncio.to_thread(installation.wait_until_ready)
    await visitor.say("thank you")
    now = await _until_settled(visitor, len(answers))
    if now["conversation"]["control"] == "bot":
        assert now["messages"][-1]["author"] == "bot"
    else:
        await _agent_answers(installation, now["conversation"]["id"])
        texts = [entry["text"] for entry in (await visitor.read())["messages"]]
        assert texts.count("Here I am.") == 1


async def _until_answered(visitor: Visitor, count: int) -> list[dict[str, Any]]:
    for _ in range(300):
        found = (await visitor.read())["messages"]
        answers = [entry for entry in found if entry["author"] == "bot"]
        if len(answers) >= count:
            return answers
        await asyncio.sleep(0.1)
    raise AssertionError(f"no answer: {found}")


async def _until_settled(visitor: Visitor, answers_before: int) -> dict[str, Any]:
    """Wait until the bot has answered once more or a person has been asked for."""
    for _ in range(300):
        found = await visitor.read()
        answers = [entry for entry in found["messages"] if entry["author"] == "bot"]
        if found["conversation"]["control"] != "bot" or len(answers) > answers_before:
            # Whatever else would come now, came with it or comes at once.
            await asyncio.sleep(0.3)
            return await visitor.read()
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing happened: {found}")


async def _agent_answers(installation: Installation, conversation: str) -> None:
    api = f"{installation.url}/console/api"
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=True) as http:
        body = {"login": "deniz", "password": PASSWORD}
        async with http.post(f"{api}/login", json=body) as response:
            headers = {"X-CSRF-Token": (await response.json())["csrf"]}
        one = f"{api}/conversations/{conversation}"
        async with http.get(one) as response:
            epoch = (await response.json())["conversation"]["epoch"]
        for path, body in (
            ("claim", {"epoch": epoch}),
            ("reply", {"client_id": "agent-0001", "text": "Here I am."}),
        ):
            async with http.post(f"{one}/{path}", json=body, headers=headers):
                pass
