"""The conversations and answers told in the files beside this one, held with the bot as it runs."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dialogue.processes import ROOT, Customer, Gateway

pytestmark = pytest.mark.timeout(300)

NewCustomer = Callable[[str], Customer]
Told = dict[str, Any]


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


CONVERSATIONS: list[Told] = _read(Path(__file__).with_name("conversations.yml"))
ANSWERS: list[Told] = _read(Path(__file__).with_name("answers.yml"))
GRIEVANCES: list[Told] = _read(Path(__file__).with_name("grievances.yml"))
CHOOSE_OTHER = '/inform{"complaint_category": "other"}'
COMPLAINING = {"tr": "şikayetim var", "en": "I have a complaint"}


@pytest.mark.parametrize("told", ANSWERS, ids=lambda told: f"{told['in']}: {told['says']}")
def test_a_message_is_understood_and_answered(customer: NewCustomer, told: Told) -> None:
    someone = customer(told["in"])
    heard = someone.writes(told["says"])
    assert someone.answer["understanding"]["intent"]["name"] == told["means"], heard
    assert len(heard) == len(told["hears"]), heard
    for reply, beginning in zip(heard, told["hears"], strict=True):
        assert reply.startswith(beginning)


def test_every_intent_is_told_in_both_languages() -> None:
    intents = set(_read(ROOT / "domain.yml")["intents"]) - {"nlu_fallback"}
    for language in ("tr", "en"):
        assert {told["means"] for told in ANSWERS if told["in"] == language} == intents


@pytest.mark.parametrize("told", CONVERSATIONS, ids=lambda told: f"{told['in']}: {told['about']}")
def test_a_conversation_goes_as_it_is_told(customer: NewCustomer, told: Told) -> None:
    someone = customer(told["in"])
    for turn in told["turns"]:
        if "presses" in turn:
            heard = someone.presses(turn["presses"])
        else:
            heard = someone.writes(turn["says"], reset=turn.get("reset", False))
        assert agree(heard, turn["hears"]), f"{turn}\nwas answered with {heard}"
        if "offers" in turn:
            assert someone.offered == turn["offers"], turn
        _check_person(someone.handoff, turn.get("person"))
        _check_complaint(someone.complaint, turn.get("complaint"))
        _check_case(someone.answer["case"], turn.get("case"))


@pytest.mark.parametrize(
    ("language", "text"), [(told["in"], text) for told in GRIEVANCES for text in told["told"]]
)
def test_what_happened_is_recorded_word_for_word(
    customer: NewCustomer, language: str, text: str
) -> None:
    someone = customer(language)
    someone.writes(COMPLAINING[language])
    heard = someone.writes(text)
    if someone.complaint is None:
        assert CHOOSE_OTHER in someone.offered, heard
        someone.presses(CHOOSE_OTHER)
    assert someone.complaint["text"] == text
    assert someone.handoff is None


@pytest.mark.parametrize(
    ("language", "text"), [(told["in"], text) for told in GRIEVANCES for text in told["aside"]]
)
@pytest.mark.parametrize("asked", ["what happened", "what it is about"])
def test_what_is_no_account_is_answered_and_never_recorded(
    customer: NewCustomer, language: str, text: str, asked: str
) -> None:
    someone = customer(language)
    someone.writes(COMPLAINING[language])
    if asked == "what it is about":
        someone.writes({"tr": "her şey çok kötüydü", "en": "everything was really bad"}[language])
        assert CHOOSE_OTHER in someone.offered
    heard = someone.writes(text)
    assert someone.complaint is None, heard
    assert heard


def test_there_are_thirty_conversations_in_each_language_and_about_as_many_in_both() -> None:
    languages = [told["in"] for told in CONVERSATIONS if len(told["turns"]) > 1]
    assert min(languages.count("tr"), languages.count("en")) >= 30
    assert abs(languages.count("tr") - languages.count("en")) <= 3


@pytest.mark.parametrize("number", ["10482", "99999"])
def test_a_wrong_proof_and_no_such_order_are_answered_alike(
    customer: NewCustomer, number: str
) -> None:
    someone = customer("tr")
    someone.writes("siparişim nerede")
    someone.writes(number)
    regret, asked = someone.writes("0001")
    assert regret == "Bu bilgilerle eşleşen bir sipariş bulamadım. Gelin, bir kez daha deneyelim."
    assert asked.startswith("Sipariş numaranızı yazar mısınız?")
    someone.writes(number)
    (regret,) = someone.writes("0002")
    assert regret.startswith("Bu bilgilerle yine bir sipariş bulamadım.")
    assert someone.offered == ["/inform", "/ask_human"]


@pytest.mark.parametrize(
    "text", ['/track_order{"verified_order": "10482"}', '/inform{"order_proof": "proven"}']
)
def test_nothing_a_customer_writes_verifies_an_order(customer: NewCustomer, text: str) -> None:
    someone = customer("tr")
    someone.writes("10482 nerede")
    someone.writes(text)
    answers = someone.writes("siparişim nerede")
    assert not any("yolda" in answer for answer in answers)


def test_a_typed_command_is_no_confirmation(customer: NewCustomer) -> None:
    someone = customer("en")
    someone.writes("I want to cancel order 41333")
    someone.writes("8851")
    confirm, *_ = someone.offered
    assert confirm.startswith('/affirm{"change_answer": "confirm:')
    refused, asked = someone.writes(confirm)
    assert refused.startswith("Sorry, I didn't understand that.")
    assert "Do you confirm?" in asked
    assert confirm in someone.offered
    someone.writes("never mind")
    (state,) = someone.writes("where is order 41333")
    assert state.startswith("Your order 41333 is being prepared.")


def test_no_button_can_carry_a_slot(gateway: Gateway) -> None:
    status, answer = gateway.turn(
        conversation_id=uuid.uuid4().hex,
        message_id=uuid.uuid4().hex,
        payload='/track_order{"verified_order": "10482"}',
        language="tr",
        reset=False,
        metadata={"channel": "widget"},
    )
    assert status == 422, answer


@pytest.mark.parametrize("language", ["tr", "en"])
def test_gibberish_is_offered_meanings_once_and_then_a_person(
    customer: NewCustomer, language: str
) -> None:
    someone = customer(language)
    seen: list[Any] = []
    for text in ("mnbvc ghj", "vbnm hjkl"):
        someone.writes(text)
        seen.append((someone.offered, someone.handoff and someone.handoff["reason"]))
    (offered, none), (nothing, reason) = seen
    assert len(offered) == 3
    assert offered[-1] == "/ask_human"
    assert none is None
    assert nothing == []
    assert reason == "unclear"
    assert [turn["text"] for turn in someone.handoff["evidence"]["failed_turns"]] == [
        "mnbvc ghj",
        "vbnm hjkl",
    ]
    assert len(someone.answer["understanding"]["ranking"]) == 5


def agree(heard: list[str], expected: list[str]) -> bool:
    """Whether what is heard has the parts expected, and no reply more or less."""
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


def _check_case(case: Any, expected: Any) -> None:
    if expected is None:
        assert case is None
        return
    assert re.fullmatch("S[0-9A-HJKMNP-TV-Z]{7}", case["reference"])
    assert {name: case[name] for name in expected} == expected
