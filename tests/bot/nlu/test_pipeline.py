"""The components of config.yml, one after the other, in the trained small assistant."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.entities import RuleEntities
from bot.nlu.fallback import Fallback


@pytest.fixture(scope="module")
def extractor() -> RuleEntities:
    return RuleEntities({})


def found(extractor: RuleEntities, text: str, language: str = "tr") -> list[tuple[str, str]]:
    message = Message({"text": text, "language": language})
    entities = extractor.process([message])[0].get("entities")
    for entity in entities:  # the place is that of the value, whatever surrounds it
        assert text[entity["start"] : entity["end"]].lower() == entity["value"]
    return [(entity["entity"], entity["value"]) for entity in entities]


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize(
    "text",
    [
        "10482",
        "#10482",
        "10482.",
        "10482?",
        "(10482)",
        "10482'li siparişim",
        "10482’nin durumu",
        "10482 nolu sipariş",
        "10482 numaralı siparişim nerede",
        "10482nolu siparişim",
        "10482numaralı siparişim",
        "sipariş:10482",
        "no 10482, nerede",
        "where's order 10482's parcel",
        "ORDER #10482!",
        "sipariş no:10482",
    ],
)
def test_an_order_number_is_found_with_and_without_endings(
    extractor: RuleEntities, text: str, language: str
) -> None:
    assert found(extractor, text, language) == [("order_number", "10482")]


@pytest.mark.parametrize("text", ["4821", "son dört hanesi 4821", "ends in 4821.", "4821 olacak"])
def test_four_digits_are_the_end_of_a_phone_number(extractor: RuleEntities, text: str) -> None:
    assert found(extractor, text) == [("phone_last4", "4821")]


@pytest.mark.parametrize(
    "text",
    [
        "05550104821",
        "0555 010 48 21",
        "+90 555 010 48 21",
        "905550104821",
        "555-010-48-21",
        "telefonum 0555 010 4821, teşekkürler",
    ],
)
def test_of_a_whole_phone_number_the_last_four_digits_count(
    extractor: RuleEntities, text: str
) -> None:
    message = extractor.process([Message({"text": text})])[0]
    [entity] = message.get("entities")
    assert (entity["entity"], entity["value"]) == ("phone_last4", "4821")
    assert text[entity["start"] : entity["end"]].replace(" ", "").replace("-", "") == "4821"


@pytest.mark.parametrize(
    "text",
    [
        "1500 TL",
        "₺1500",
        "$1500",
        "1500 lira verdim",
        "1000 adet",
        "15000 TL",
        "1.500",
        "12345,90",
        "2x",
        "123",
        "123456789",
    ],
)
def test_amounts_counts_and_other_numbers_are_neither(extractor: RuleEntities, text: str) -> None:
    assert found(extractor, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "ayse@example.com",
        "Ayse@Example.com",
        "ayse@example.com.",
        "mailim ayse@example.com'dur",
        "<ayse@example.com>",
        "e-posta:ayse@example.com",
        "ayse@example.com, teşekkürler",
        "(ayse@example.com)",
    ],
)
def test_an_email_address_is_found_in_lower_case(extractor: RuleEntities, text: str) -> None:
    assert found(extractor, text) == [("email", "ayse@example.com")]


def test_all_of_a_message_is_found_in_order(extractor: RuleEntities) -> None:
    assert found(extractor, "10482 ve 20931, ayse@example.com ya da 4821") == [
        ("order_number", "10482"),
        ("order_number", "20931"),
        ("email", "ayse@example.com"),
        ("phone_last4", "4821"),
    ]


@pytest.mark.parametrize("text", ["ayse@", "@example.com", "a@b", "👍", "", "٤٨٢١", "a10482b"])
def test_what_only_looks_like_it_is_left(extractor: RuleEntities, text: str) -> None:
    assert found(extractor, text) == []


@pytest.mark.parametrize(
    ("confidences", "intent"),
    [
        ([0.9, 0.05], "best"),
        ([0.5, 0.4], "best"),
        ([0.49, 0.1], "nlu_fallback"),
        ([0.52, 0.45], "nlu_fallback"),
        ([0.8], "best"),
    ],
)
def test_an_unsure_intent_is_no_intent_but_the_ranking_stays(
    confidences: list[float], intent: str
) -> None:
    ranking = [
        {"name": name, "confidence": c}
        for name, c in zip(("best", "second"), confidences, strict=False)
    ]
    message = Message({"text": "x", "intent": ranking[0], "intent_ranking": ranking})
    Fallback({"threshold": 0.5, "margin": 0.1 - 1e-9}).process([message])
    assert message.get("intent") == {"name": intent, "confidence": confidences[0]}
    assert message.get("intent_ranking") == ranking


@pytest.fixture
async def agent(load: Any) -> Agent:
    loaded: Agent = await load()
    return loaded


@pytest.mark.parametrize(
    ("text", "intent", "language"),
    [
        ("siparişim nerede kaldı", "track_order", "tr"),
        ("SIPARISIM NEREDE", "track_order", "tr"),
        ("where is my package", "track_order", "en"),
        ("20931", "inform", None),
        ("deniz@example.org", "inform", None),
        ("temsilci istiyorum", "ask_human", "tr"),
        ("can i talk to a human please", "ask_human", "en"),
    ],
)
async def test_the_trained_pipeline_knows_meaning_and_language(
    agent: Agent, text: str, intent: str, language: Any
) -> None:
    parsed = await agent.parse_message(text)
    assert parsed["intent"]["name"] == intent
    assert parsed.get("language") == language
    assert parsed["intent_ranking"][0] == parsed["intent"]
