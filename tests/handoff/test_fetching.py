"""A platform's file is fetched after its message is kept, and the message is shown with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from handoff import fetching
from handoff.channels.base import PermanentError, RemoteFile, TransientError
from handoff.files import LIMIT
from tests.fakes import files
from tests.fakes.bot import ScriptedBot
from tests.fakes.platform import Platform
from tests.handoff.conftest import AgentBrowser, Service, eventually

MakeService = Callable[..., Awaitable[Service]]

SOON = replace(fetching.PACE, attempts=3, first_wait=0.05, poll=0.02)


class SlowPlatform(Platform):
    """One whose files come when `given` is set."""

    def __init__(self) -> None:
        super().__init__(files={"image/jpeg"})
        self.given = asyncio.Event()

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """See Channel."""
        await self.given.wait()
        async for piece in super().fetch(file):
            yield piece


@pytest.fixture
def platform() -> Platform:
    return Platform(files={"image/jpeg"})


@pytest.fixture
async def service(
    make_service: MakeService, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> Service:
    monkeypatch.setattr(fetching.Fetching.__init__, "__defaults__", (SOON,))
    return await make_service(channels=[platform])


async def test_photo_appears_with_what_was_written_under_it(
    service: Service, platform: Platform
) -> None:
    platform.files["p1"] = files.photo(located=True)
    await service.hears(platform, _sends("p1", text="the vase is broken", name="vase.jpg"))
    agent = await service.new_agent()
    (told,) = await _said(agent, 1)
    assert told["text"] == "the vase is broken"
    (shown,) = told["files"]
    assert {**shown, "id": "", "size": 0} == {
        "id": "",
        "content_type": "image/jpeg",
        "name": "vase.jpg",
        "size": 0,
        "width": 40,
        "height": 30,
    }
    served = await agent.file(shown["id"])
    assert files.opened(served.content).size == (40, 30)
    assert len(served.content) == shown["size"]
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: the vase is broken"])


async def test_call_is_answered_before_its_file_is_fetched_and_shown_after(
    make_service: MakeService,
) -> None:
    platform = SlowPlatform()
    platform.files["p1"] = files.photo()
    service = await make_service(channels=[platform])
    agent = await service.new_agent()
    assert await service.hears(platform, _sends("p1")) == 200
    assert (await agent.get("/conversations?view=all"))["conversations"] == []
    platform.given.set()
    (told,) = await _said(agent, 1)
    assert len(told["files"]) == 1


async def test_photo_survives_a_restart_before_it_was_fetched(make_service: MakeService) -> None:
    platform = SlowPlatform()
    platform.files["p1"] = files.photo()
    service = await make_service(channels=[platform])
    assert await service.hears(platform, _sends("p1", text="4111 1111 1111 1111")) == 200
    await service.stop()
    platform.given.set()
    await service.start()
    agent = await service.new_agent()
    (told,) = await _said(agent, 1)
    assert len(told["files"]) == 1
    assert told["text"] == "•••• •••• •••• 1111"
    assert told["masked"] == {"kinds": ["card"], "kept": True}


async def test_what_follows_a_photo_waits_for_it(make_service: MakeService) -> None:
    platform = SlowPlatform()
    platform.files |= {"p1": files.photo(), "p2": files.photo(60)}
    service = await make_service(channels=[platform])
    await service.hears(platform, _says("0", "first"))
    await service.hears(platform, _sends("p1"))
    await service.hears(platform, _sends("p2"), _says("3", "which of these"))
    await service.hears(platform, _says("4", "do you have"), _says("5", "hello", who="other"))
    agent = await service.new_agent()
    await eventually(lambda: _sent(platform), lambda sent: "You said: hello" in sent)
    platform.given.set()
    (name,) = [one["id"] for one in await _listed(agent) if one["customer"]["name"] == "1"]
    told = await _said(agent, 5, name)
    assert [entry["text"] for entry in told] == [
        "first", None, None, "which of these", "do you have",
    ]  # fmt: skip
    assert [len(entry["files"]) for entry in told] == [0, 1, 1, 0, 0]


async def test_redelivered_photo_is_one_message(service: Service, platform: Platform) -> None:
    platform.files["p1"] = files.photo()
    await asyncio.gather(*(service.hears(platform, _sends("p1")) for _ in range(5)))
    agent = await service.new_agent()
    await _said(agent, 1)
    await service.hears(platform, _sends("p1"))
    await service.hears(platform, _says("2", "the last"))
    assert [entry["text"] for entry in await _said(agent, 2)] == [None, "the last"]


async def test_text_under_a_photo_that_is_changed_before_it_is_here_is_the_latest(
    make_service: MakeService,
) -> None:
    platform = SlowPlatform()
    platform.files["p1"] = files.photo()
    service = await make_service(channels=[platform])
    await service.hears(platform, _sends("p1", text="my vaes"))
    edit = {"id": "edit-1", "edits": "p1", "from": "1", "text": "my vase"}
    await service.hears(platform, edit)
    platform.given.set()
    agent = await service.new_agent()
    (told,) = await _said(agent, 1)
    assert (told["text"], len(told["files"])) == ("my vase", 1)
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: my vase"])


async def test_photo_that_is_given_at_the_second_try_is_there(
    service: Service, platform: Platform
) -> None:
    platform.files["p1"] = TransientError("rate_limited", retry_after=0.01)
    await service.hears(platform, _sends("p1"))
    await eventually(lambda: _fetched(platform), lambda tries: tries >= 1)
    platform.files["p1"] = files.photo()
    agent = await service.new_agent()
    (told,) = await _said(agent, 1)
    assert (len(told["files"]), told["unsupported"]) == (1, None)


async def test_text_overtakes_a_photo_that_is_not_given_at_once(
    service: Service, platform: Platform
) -> None:
    platform.files["p1"] = TransientError("server", retry_after=3600)
    await service.hears(platform, _sends("p1"))
    await service.hears(platform, _says("2", "hello?"))
    await eventually(lambda: _sent(platform), lambda sent: sent == ["You said: hello?"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (PermanentError("gone"), "file_not_fetched"),
        (TransientError("timeout"), "file_not_fetched"),
        (files.SVG, "file_type_refused"),
        (files.ZIP, "file_type_refused"),
        (files.photo()[:-200], "file_broken"),
        (files.bomb(), "file_broken"),
        (b"", "file_broken"),
        (files.PDF + bytes(LIMIT), "file_too_large"),
    ],
)
async def test_file_that_we_do_not_get_is_told_to_agents_and_customer(
    service: Service, platform: Platform, given: bytes | Exception, told: str
) -> None:
    platform.files["p1"] = given
    await service.hears(platform, _sends("p1"))
    agent = await service.new_agent()
    (entry,) = await _said(agent, 1)
    assert (entry["files"], entry["unsupported"]) == ([], told)
    sent = await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    assert sent[0].startswith("I couldn't take the file you sent.")
    tries = 3 if isinstance(given, TransientError) else 1
    assert platform.fetched == ["p1"] * tries


async def test_file_that_says_it_is_too_large_is_not_fetched(
    service: Service, platform: Platform
) -> None:
    await service.hears(platform, _sends("p1", size=LIMIT + 1))
    agent = await service.new_agent()
    (entry,) = await _said(agent, 1)
    assert entry["unsupported"] == "file_too_large"
    assert platform.fetched == []


async def test_good_files_of_a_message_are_shown_beside_a_bad_one(
    service: Service, platform: Platform
) -> None:
    platform.files |= {"p1": files.photo(), "p2": files.ZIP, "p3": files.PDF}
    message = {"id": "1", "from": "1", "files": [{"reference": f"p{n}"} for n in (1, 2, 3)]}
    await service.hears(platform, message)
    agent = await service.new_agent()
    (entry,) = await _said(agent, 1)
    assert [file["content_type"] for file in entry["files"]] == ["image/jpeg", "application/pdf"]
    assert entry["unsupported"] == "file_type_refused"


async def test_bot_hears_of_the_text_alone_and_is_told_that_photos_can_be_sent(
    service: Service, platform: Platform
) -> None:
    platform.files["p1"] = files.photo()
    await service.hears(platform, _sends("p1", text="it came like this"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    (turn,) = service.bot.asked
    assert turn.input == {"text": "it came like this"}
    assert turn.sender["photos"] is True


async def test_customer_who_sends_only_photos_hears_once_that_they_are_kept(
    service: Service, platform: Platform
) -> None:
    platform.files |= {f"p{number}": files.photo() for number in range(3)}
    await service.hears(platform, *(_sends(f"p{number}") for number in range(3)))
    agent = await service.new_agent()
    await _said(agent, 3)
    await service.hears(platform, _says("9", "thanks"))
    sent = await eventually(lambda: _sent(platform), lambda sent: len(sent) == 2)
    assert sent[0].startswith("I have added that to our conversation")
    assert sent[1] == "You said: thanks"


async def test_person_who_has_the_conversation_gets_the_photo_without_a_word_of_ours(
    make_service: MakeService,
) -> None:
    platform = Platform(files={"image/jpeg"})
    service = await make_service(ScriptedBot(), channels=[platform])
    agent = await service.new_agent()
    await service.hears(platform, _says("0", "hello"))
    await eventually(lambda: _sent(platform), lambda sent: len(sent) == 1)
    (name,) = [one["id"] for one in await _listed(agent)]
    await agent.command(name, "take-over")
    platform.files["p1"] = files.photo()
    await service.hears(platform, _sends("p1"))
    assert len((await _said(agent, 2, name))[1]["files"]) == 1
    told = (await agent.conversation(name))["messages"]
    assert [entry["notice"] for entry in told if entry["author"] == "system"] == ["agent_joined"]


async def test_photo_of_an_account_that_is_gone_is_told_as_not_fetched(
    make_service: MakeService,
) -> None:
    platform = SlowPlatform()
    service = await make_service(channels=[platform])
    await service.hears(platform, _sends("p1"))
    await service.stop()
    service.channels = ()
    await service.start()
    agent = await service.new_agent()
    (entry,) = await _said(agent, 1)
    assert entry["unsupported"] == "file_not_fetched"


def _says(name: str, text: str, who: str = "1") -> dict[str, Any]:
    return {"id": name, "from": who, "name": who, "text": text}


def _sends(reference: str, text: str | None = None, **claimed: Any) -> dict[str, Any]:
    file = {"reference": reference, **claimed}
    return {"id": reference, "from": "1", "text": text, "files": [file]}


async def _sent(platform: Platform) -> list[str]:
    return list(platform.sent)


async def _fetched(platform: Platform) -> int:
    return len(platform.fetched)


async def _listed(agent: AgentBrowser) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await agent.get("/conversations?view=all"))["conversations"]
    return listed


async def _said(agent: AgentBrowser, count: int, name: str | None = None) -> list[dict[str, Any]]:
    """Wait until the customer of a conversation, or of the only one, has said so much."""

    async def look() -> list[dict[str, Any]]:
        names = [name] if name else [one["id"] for one in await _listed(agent)]
        if not names:
            return []
        told = (await agent.conversation(names[0]))["messages"]
        return [entry for entry in told if entry["author"] == "customer"]

    found: list[dict[str, Any]] = await eventually(look, lambda told: len(told) >= count)
    assert len(found) == count
    return found
