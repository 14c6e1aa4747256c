"""The components of config.yml, one after the other, in the trained small assistant."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.fallback import Fallback


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
