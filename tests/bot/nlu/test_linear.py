"""The classifier under intents and languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.linear import LinearClassifier
from bot.nlu.text import forms

EXAMPLES = {
    "greet": ["merhaba", "selam", "iyi günler", "hello", "good morning", "günaydın"],
    "order": [
        "siparişim nerede",
        "kargom gelmedi",
        "where is my order",
        "paketim nerede",
        "kargo takip",
    ],
    "price": ["kaç lira", "fiyatı ne kadar", "how much is it", "ne kadar", "price please"],
}


@pytest.fixture(scope="module")
def classifier() -> LinearClassifier:
    pairs = [(text, label) for label, texts in EXAMPLES.items() for text in texts]
    return LinearClassifier.train([t for t, _ in pairs], [label for _, label in pairs], c=10)


def best(classifier: LinearClassifier, text: str) -> str:
    return classifier.rank(forms(text))[0][0]


def test_it_knows_what_it_has_seen(classifier: LinearClassifier) -> None:
    for label, texts in EXAMPLES.items():
        for text in texts:
            assert best(classifier, text) == label


@pytest.mark.parametrize(
    "text",
    ["SİPARİŞİM NEREDE", "siparisim nerde", "Siparişimin nerede olduğu", "where's my order??"],
)
def test_it_knows_other_spellings_and_endings(classifier: LinearClassifier, text: str) -> None:
    assert best(classifier, text) == "order"


def test_confidences_are_a_distribution_best_first(classifier: LinearClassifier) -> None:
    ranking = classifier.rank(forms("siparişim ne kadar"))
    confidences = [confidence for _, confidence in ranking]
    assert {label for label, _ in ranking} == set(EXAMPLES)
    assert sum(confidences) == pytest.approx(1)
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize("text", ["", "zzqq xxww", "🦒", "42"])
def test_it_is_sure_of_nothing_it_has_never_seen(classifier: LinearClassifier, text: str) -> None:
    assert classifier.rank(forms(text))[0][1] < 0.6


def test_what_is_saved_answers_the_same(classifier: LinearClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    again = LinearClassifier.load(tmp_path)
    for text in ("siparişim nerede", "hello", "ne kadar?", "zzz"):
        assert again.rank(forms(text)) == classifier.rank(forms(text))


def test_nothing_executable_is_saved(classifier: LinearClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classifier.json", "weights.npz"]


def test_two_labels_are_enough_and_one_is_not() -> None:
    two = LinearClassifier.train(["evet", "hayır"], ["yes", "no"], c=10)
    assert best(two, "evet") == "yes"
    assert best(two, "hayır") == "no"
    with pytest.raises(ValueError, match="two labels"):
        LinearClassifier.train(["evet", "olur"], ["yes", "yes"], c=10)
