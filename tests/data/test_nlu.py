"""The training examples: enough of them, in both languages, and no sentence with two meanings."""

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from shop.text import fold

ROOT = Path(__file__).parents[2]
LANGUAGES = ("tr", "en")
LEAST = 60
LEAST_OF_FREQUENT = 120
FREQUENT = {
    "track_order",
    "cancel_order",
    "delivery_time",
    "delivery_problem",
    "return_item",
    "refund_status",
    "product_info",
    "product_availability",
    "price_campaign",
    "ask_human",
}
MOST_UNEQUAL = 1.15

Block = tuple[str, str, list[str]]


def _blocks() -> list[Block]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "data/nlu.yml").read_text(encoding="utf-8"))
    return [
        (
            entry["intent"],
            entry["metadata"]["language"],
            [line.removeprefix("- ") for line in entry["examples"].splitlines()],
        )
        for entry in data["nlu"]
    ]


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


BLOCKS = _blocks()
INTENTS = sorted({intent for intent, _, _ in BLOCKS})


def test_every_intent_of_the_domain_has_examples_and_no_other() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    # nlu_fallback is what the classifier says when it is unsure; nothing is trained for it.
    assert sorted(set(domain["intents"]) - {"nlu_fallback"}) == INTENTS


@pytest.mark.parametrize("intent", INTENTS)
def test_both_languages_have_enough_examples_and_about_as_many(intent: str) -> None:
    counts: Counter[str] = Counter()
    for name, language, examples in BLOCKS:
        if name == intent:
            counts[language] += len(examples)
    assert set(counts) == set(LANGUAGES)
    assert min(counts.values()) >= (LEAST_OF_FREQUENT if intent in FREQUENT else LEAST)
    assert max(counts.values()) / min(counts.values()) <= MOST_UNEQUAL


def test_no_sentence_stands_under_two_intents() -> None:
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for intent, _, examples in BLOCKS:
        for example in examples:
            meanings[_plain(example)].add(intent)
    assert {text: intents for text, intents in meanings.items() if len(intents) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_understanding_is_measured_with_is_trained_on(language: str) -> None:
    with (ROOT / f"data/evaluation/{language}.csv").open(encoding="utf-8", newline="") as file:
        measured_with = {_plain(row["sentence"]) for row in csv.DictReader(file)}
    assert len(measured_with) > 500
    trained_on = {_plain(example) for _, _, examples in BLOCKS for example in examples}
    assert sorted(measured_with & trained_on) == []


def test_no_sentence_stands_twice_under_one_intent() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for intent, _, examples in BLOCKS:
        seen.update((intent, " ".join(example.split())) for example in examples)
    assert [text for text, count in seen.items() if count > 1] == []


def test_examples_are_tidy() -> None:
    for intent, _, examples in BLOCKS:
        for example in examples:
            assert example == example.strip(), intent
            assert example, intent
            assert not set(example) & set("[]{}"), f"{intent}: reads as an annotation: {example}"
