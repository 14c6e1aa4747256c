"""The conversations of conversations.yml, held with the bot as it runs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dialogue.processes import Customer

pytestmark = pytest.mark.timeout(300)

Told = dict[str, Any]

CONVERSATIONS: list[Told] = yaml.safe_load(
    Path(__file__).with_name("conversations.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("told", CONVERSATIONS, ids=lambda told: f"{told['in']}: {told['about']}")
def test_a_conversation_goes_as_it_is_told(customer: Callable[[str], Customer], told: Told) -> None:
    someone = customer(told["in"])
    for turn in told["turns"]:
        if "presses" in turn:
            heard = someone.presses(turn["presses"])
        else:
            heard = someone.writes(str(turn["says"]), reset=turn.get("reset", False))
        assert _agree(heard, turn["hears"]), f"{turn}\nwas answered with {heard}"
        if "offers" in turn:
            assert someone.offered == turn["offers"], turn
        _check_person(someone.handoff, turn.get("person"))
        _check_complaint(someone.complaint, turn.get("complaint"))


def test_both_languages_have_as_many_conversations_of_several_turns() -> None:
    several = [told["in"] for told in CONVERSATIONS if len(told["turns"]) > 1]
    assert len(several) >= 40
    assert abs(several.count("tr") - several.count("en")) <= len(several) * 0.1


def _agree(heard: list[str], expected: list[str]) -> bool:
    return len(heard) == len(expected) and all(
        part in reply for part, reply in zip(expected, heard, strict=True)
    )


def _check_person(handoff: Any, expected: Any) -> None:
    if expected is None:
        assert handoff is None
        return
    assert handoff["reason"] == expected["reason"]
    assert handoff["department"] == expected.get("department")
    assert expected.get("summary", "") in handoff["summary"]
    if "slots" in expected:
        assert handoff["evidence"]["slots"] == expected["slots"]


def _check_complaint(complaint: Any, expected: Any) -> None:
    if expected is None:
        assert complaint is None
        return
    assert re.fullmatch("S[0-9A-HJKMNP-TV-Z]{7}", complaint["reference"])
    assert {"category": complaint["category"], "text": complaint["text"]} == expected
