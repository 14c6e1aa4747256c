"""Conversations marked `servers` again, with the shop behind a server on which things go wrong.

Each turn something does. The customer hears what they would hear anyway, or that the shop cannot
be reached and a person could take over; when they try again they hear the rest. Nothing is done
twice.
"""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.dialogue.processes import Customer, Gateway, running_bot
from tests.dialogue.servers import KINDS, Server, running_server
from tests.dialogue.test_conversations import CONVERSATIONS, Told, agree
from tests.fakes.trouble import Trouble, after, half, hang_up, late, status, text, trickle

pytestmark = pytest.mark.timeout(300)

TOLD = [told for told in CONVERSATIONS if told.get("servers")]
BROKEN = text('{"number": "104')
TROUBLES: dict[str, Trouble] = {
    "late": late(0.4),
    "a 500": status(500),
    "broken JSON": BROKEN,
    "done, but a 500 is answered": after(status(500)),
    "hangs up": hang_up,
    "a 503": status(503),
    "done, but broken JSON is answered": after(BROKEN),
    "half an answer": half,
    "never ends": trickle,
    "done, but hangs up": after(hang_up),
}
CANNOT_REACH = (
    "Mağaza bilgilerine şu anda ulaşamıyorum",
    "I'm sorry, I can't reach our shop",
    "Mağaza sistemimiz şu anda yanıt vermiyor",
    "Our shop's system isn't answering",
)
YES = ("evet", "yes")
MOST_TRIES = 4


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with running_server(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture(scope="module")
def behind(
    server: Server, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """The bot of a shop behind `server`."""
    folder = tmp_path_factory.mktemp("bot")
    with running_bot(model, folder, server.url, server.settings) as gateway:
        yield gateway


def test_twenty_conversations_are_held_again_ten_in_each_language() -> None:
    languages = [told["in"] for told in TOLD]
    assert languages.count("tr") >= 10
    assert languages.count("en") >= 10


@pytest.mark.parametrize(
    "at", range(len(TOLD)), ids=lambda at: f"{TOLD[at]['in']}: {TOLD[at]['about']}"
)
def test_a_conversation_goes_as_it_is_told_or_the_customer_is_told_the_truth(
    behind: Gateway, server: Server, at: int
) -> None:
    told = TOLD[at]
    names = list(TROUBLES)
    wrong = cycle(names[at % len(names) :] + names[: at % len(names)])
    for tries in range(MOST_TRIES):
        last = tries == MOST_TRIES - 1
        if _held(Customer(behind, told["in"]), told, server, cycle([None]) if last else wrong):
            break
    else:
        pytest.fail("cannot be reached though nothing goes wrong")
    assert max(server.changes().values(), default=0) <= 1


def _held(someone: Customer, told: Told, server: Server, wrong: Iterator[str | None]) -> bool:
    """Hold a conversation to its end. Returns whether it was; else the shop could not be reached,
    which was told, and a person would know.
    """
    done = False
    for turn in told["turns"]:
        name = next(wrong)
        heard = _takes(someone, turn, server, name)
        if _cannot_reach(someone, heard) and (done or turn.get("says") in YES):
            if not done:
                # What is known is kept: the customer asks for the same again and says yes again.
                someone.writes(told["turns"][0]["says"])
            heard = _takes(someone, turn, server, None)
        done = done or turn.get("says") in YES
        if _cannot_reach(someone, heard):
            someone.writes(YES[told["in"] == "en"])
            assert someone.handoff["reason"] == "asked"
            assert any(
                said in someone.handoff["summary"]
                for said in ("mağaza sistemine ulaşılamadı", "could not be reached")
            )
            return False
        assert agree(heard, turn["hears"]), f"{turn}\nwith {name} was answered with {heard}"
    return True


def _takes(someone: Customer, turn: dict[str, Any], server: Server, name: str | None) -> list[str]:
    """Take a turn while the next request to the server goes wrong as `name` says."""
    server.troubles.next_ = [TROUBLES[name]] if name else []
    try:
        return (
            someone.presses(turn["presses"]) if "presses" in turn else someone.writes(turn["says"])
        )
    finally:
        server.troubles.next_ = []


def _cannot_reach(someone: Customer, heard: list[str]) -> bool:
    """Whether the customer hears that the shop cannot be reached; a person is offered then."""
    if not any(said.startswith(CANNOT_REACH) for said in heard):
        return False
    assert someone.offered == ["/ask_human", "/deny"], heard
    return True
