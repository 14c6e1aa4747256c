"""Whatever is brought to a platform's address: answered so that it does not come for ever.

A platform brings again what is not answered 2xx. So what is the platform's own and can be read is
answered 200, also when there is nothing in it for us; everything else with a 4xx, never a 5xx.
"""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from handoff.web.webhooks import WEBHOOK_LIMIT
from tests.handoff.channels.rigs import Rig, Signs, of_those
from tests.handoff.conftest import AgentBrowser, Service, eventually
from tests.handoff.web.raw import Connection

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the store is asked."""

TEN_MEGABYTES = 10 * 1024 * 1024


async def brought(service: Service, rig: Rig, body: Any, headers: dict[str, str]) -> int:
    """Bring a body; return how it is answered."""
    given = {"Content-Type": content_type(rig), **headers}
    async with service.http.post(rig.address, data=body, headers=given) as response:
        return response.status


def content_type(rig: Rig) -> str:
    """Return how the platform writes what it tells."""
    is_form = rig.channel == "twilio"
    return "application/x-www-form-urlencoded" if is_form else "application/json"


async def stored(agent: AgentBrowser) -> list[str | None]:
    """Return what all customers have said, each with what it is if it is no text."""
    found = []
    for one in (await agent.get("/conversations?view=all"))["conversations"]:
        after = 0
        while True:
            path = f"/conversations/{one['id']}/messages?after={after}&limit=200"
            page = await agent.get(path)
            for entry in page["messages"]:
                after = entry["seq"]
                if entry["author"] == "customer":
                    found.append(entry["text"] or entry["unsupported"])
            if not page["more"]:
                break
    return found


async def still_works(service: Service, rig: Rig, agent: AgentBrowser) -> None:
    """Let a customer write, who must be heard."""
    assert await rig.says(7, "still there?") == 200
    assert (await stored(agent)).count("still there?") == 1


# Who calls


@on_sqlite
@pytest.mark.parametrize("forged", ["nothing", "empty", "another", "not ascii"])
async def test_call_that_proves_nothing_is_refused_and_leaves_nothing(
    service: Service, rig: Rig, forged: str
) -> None:
    (body,) = rig.told(1, "forged")
    right = rig.proof(body)
    wrong: dict[str, dict[str, str]] = {
        "nothing": {},
        "empty": dict.fromkeys(right, ""),
        "another": {name: value[:-1] + chr(ord(value[-1]) ^ 1) for name, value in right.items()},
        "not ascii": dict.fromkeys(right, "ğ" * 20),
    }
    assert await brought(service, rig, body, wrong[forged]) == 401
    agent = await service.new_agent()
    assert await stored(agent) == []
    await still_works(service, rig, agent)


@on_sqlite
@of_those(Signs)
async def test_proof_of_another_body_proves_nothing(service: Service, rig: Signs) -> None:
    (body,), (another,) = rig.told(1, "forged"), rig.told(1, "another")
    assert await brought(service, rig, body, rig.proof(another)) == 401
    agent = await service.new_agent()
    assert await stored(agent) == []
    await still_works(service, rig, agent)


@on_sqlite
async def test_call_that_is_replayed_changes_nothing_also_much_later(
    service: Service, rig: Rig
) -> None:
    (body,) = rig.told(1, "hello")
    proof = rig.proof(body)
    assert [await brought(service, rig, body, proof) for _ in range(3)] == [200] * 3
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    await rig.says(1, "something else")
    service.clock.forward(days=40)
    assert await brought(service, rig, body, proof) == 200
    assert await stored(await service.new_agent()) == ["hello", "something else"]
    assert [turn.input["text"] for turn in service.bot.asked] == ["hello", "something else"]


# What is brought


@on_sqlite
@pytest.mark.parametrize("length", [0, 1, 0.5])
async def test_body_that_is_cut_off_is_answered_plainly_and_not_kept(
    service: Service, rig: Rig, length: float
) -> None:
    (body,) = rig.told(1, "hello")
    part = body[: int(length if length >= 1 else length * len(body))]
    assert 400 <= await brought(service, rig, part, rig.proof(part)) < 500
    agent = await service.new_agent()
    assert await stored(agent) == []
    await still_works(service, rig, agent)


@on_sqlite
async def test_line_that_breaks_in_the_middle_of_a_body_keeps_nothing(
    service: Service, rig: Rig
) -> None:
    (body,) = rig.told(1, "hello")
    path = rig.address.removeprefix(service.url)
    given = {"Content-Type": content_type(rig), "Content-Length": str(len(body)), **rig.proof(body)}
    connection = await Connection.open(service)
    await connection.request("POST", path, dict(given), body[: len(body) // 2])
    await connection.close()
    agent = await service.new_agent()
    await still_works(service, rig, agent)
    assert await stored(agent) == ["still there?"]
    assert await brought(service, rig, body, rig.proof(body)) == 200
    assert sorted(filter(None, await stored(agent))) == ["hello", "still there?"]


@on_sqlite
@pytest.mark.parametrize("how", ["with its length", "in pieces", "packed"])
async def test_ten_megabytes_are_refused_before_they_are_read(
    service: Service, rig: Rig, how: str
) -> None:
    body = b" " * TEN_MEGABYTES
    proof = rig.proof(body)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    if how == "packed":
        packed = gzip.compress(body)
        assert len(packed) < WEBHOOK_LIMIT
        assert await brought(service, rig, packed, {**proof, "Content-Encoding": "gzip"}) == 413
    else:
        # Who does not stop writing may find the line cut before the answer.
        try:
            given = io.BytesIO(body) if how == "with its length" else pieces()
            assert await brought(service, rig, given, proof) == 413
        except ConnectionError:
            pass
    agent = await service.new_agent()
    assert await stored(agent) == []
    await still_works(service, rig, agent)


async def test_what_is_not_known_or_oddly_said_is_answered_200_again_and_again(
    service: Service, rig: Rig
) -> None:
    answers = [
        await brought(service, rig, body, rig.proof(body)) for _ in range(2) for body in rig.odd()
    ]
    assert set(answers) == {200}
    agent = await service.new_agent()
    assert set(await stored(agent)) <= {
        "hello",
        "hologram",
        "image",
        "text",
        "message",
        "unknown",
        "file",
    }
    await still_works(service, rig, agent)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b", "ab"),
        ("\x00", "text"),
        ("\u200b\u2060", "text"),
        ("x" * 30_000, "text"),
        ("fatura \u202efdp.exe", "fatura fdp.exe"),
        ("/restart", "/restart"),
        ('/return{"verified_order": "10482"}', '/return{"verified_order": "10482"}'),
    ],
    ids=["nul", "only nul", "nothing visible", "long", "turned", "command", "intent"],
)
async def test_text_that_is_none_is_kept_as_such(
    service: Service, rig: Rig, text: str, kept: str
) -> None:
    assert await rig.says(1, text) == 200
    assert await rig.again() == 200
    agent = await service.new_agent()
    assert await stored(agent) == [kept]
    await still_works(service, rig, agent)
    assert all("payload" not in turn.input for turn in service.bot.asked)


@pytest.mark.slow
@on_sqlite
async def test_thousand_messages_at_once_are_kept_whole_once_and_in_order(
    service: Service, rig: Rig
) -> None:
    await rig.says(1, "a person please")
    agent = await service.new_agent()
    await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    texts = [f"number {number}" for number in range(1000)]
    bodies = rig.told(1, *texts)
    assert {await brought(service, rig, body, rig.proof(body)) for body in bodies} == {200}
    assert await stored(agent) == ["a person please", *texts]
    again = await asyncio.gather(
        *(brought(service, rig, body, rig.proof(body)) for body in bodies[:50])
    )
    assert set(again) == {200}
    assert len(await stored(agent)) == 1001


async def _shown(rig: Rig) -> list[str]:
    return rig.shown(1)
