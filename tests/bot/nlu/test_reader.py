"""The classifier under intents and languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.embedding import embed, embed_examples
from bot.nlu.reader import Reader
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
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts]


@pytest.fixture(scope="module")
def words() -> Reader:
    """Reads words alone."""
    return Reader.train(TEXTS, LABELS)


@pytest.fixture(scope="module")
def both() -> Reader:
    """Reads the meaning too, wherever it is not quite sure."""
    return Reader.train(TEXTS, LABELS, embed_all=embed, sure=1.0)


def best(reader: Reader, text: str) -> str:
    return reader.rank(forms(text))[0][0]


def test_it_knows_what_it_has_seen(words: Reader, both: Reader) -> None:
    for reader in (words, both):
        for label, texts in EXAMPLES.items():
            for text in texts:
                assert best(reader, text) == label


@pytest.mark.parametrize(
    "text",
    ["SİPARİŞİM NEREDE", "siparisim nerde", "Siparişimin nerede olduğu", "where's my order??"],
)
def test_it_knows_other_spellings_and_endings(words: Reader, text: str) -> None:
    assert best(words, text) == "order"


@pytest.mark.parametrize(
    ("text", "label"),
    [("what does that cost", "price"), ("the parcel did not come", "order"), ("hey", "greet")],
)
def test_by_their_meaning_it_knows_words_it_has_never_seen(
    both: Reader, text: str, label: str
) -> None:
    assert best(both, text) == label


def test_a_glance_leaves_the_meaning_out(words: Reader, both: Reader) -> None:
    for text in ("siparişim nerede", "what does that cost"):
        assert both.glance(forms(text)) == words.rank(forms(text))


def test_what_the_words_make_clear_is_not_asked_again(
    both: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def remember(texts: Sequence[object]) -> np.ndarray:
        asked.extend(str(text) for text in texts)
        return np.zeros((len(texts), 384), np.float32)

    monkeypatch.setattr("bot.nlu.reader.embed", remember)
    easy = Reader(**{**vars(both), "sure": both.glance(forms("kargo takip"))[0][1]})
    easy.rank(forms("kargo takip"))
    assert not asked
    easy.rank(forms("zzqq"))
    assert len(asked) == 1


def test_confidences_come_best_first_and_make_one_at_most(both: Reader) -> None:
    ranking = both.rank(forms("siparişim ne kadar"))
    confidences = [confidence for _, confidence in ranking]
    assert {label for label, _ in ranking} == set(EXAMPLES)
    assert 0 < sum(confidences) < 1.000001
    assert confidences == sorted(confidences, reverse=True)


def test_with_a_label_for_all_else_confidences_make_one() -> None:
    reader = Reader.train(TEXTS, LABELS, elsewhere="greet")
    assert sum(c for _, c in reader.rank(forms("siparişim ne kadar"))) == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "zzqq xxww", "🦒", "42"])
def test_words_it_has_never_seen_make_it_sure_of_nothing(words: Reader, text: str) -> None:
    assert words.rank(forms(text))[0][1] < 0.6


@pytest.mark.parametrize(
    "text",
    ["a" * 4000, "nerede " * 600, "\u200b" * 50, "?!?!...", "你好 где мой заказ", "\x00", "١٢٣"],
)
def test_whatever_is_written_is_read(both: Reader, text: str) -> None:
    assert len(both.rank(forms(text))) == len(EXAMPLES)


def test_what_is_saved_answers_the_same(words: Reader, both: Reader, tmp_path: Path) -> None:
    for reader in (words, both):
        reader.save(tmp_path)
        again = Reader.load(tmp_path)
        for text in ("siparişim nerede", "hello", "ne kadar?", "zzz"):
            assert again.rank(forms(text)) == reader.rank(forms(text))
            assert again.glance(forms(text)) == reader.glance(forms(text))


def test_nothing_executable_is_saved(both: Reader, tmp_path: Path) -> None:
    both.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reader.json", "reader.npz"]


def test_two_labels_are_enough_and_one_is_not() -> None:
    two = Reader.train(["evet", "evet olur", "hayır", "hayır olmaz"], ["yes", "yes", "no", "no"])
    assert best(two, "evet") == "yes"
    assert best(two, "hayır") == "no"
    with pytest.raises(ValueError, match="two labels"):
        Reader.train(["evet", "olur"], ["yes", "yes"])


def test_a_label_with_one_example_is_learnt_among_larger_ones() -> None:
    reader = Reader.train([*TEXTS, "beden tablosu"], [*LABELS, "size"])
    assert {label for label, _ in reader.rank(forms("beden tablosu"))} == {*EXAMPLES, "size"}


def test_examples_are_embedded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kept" / "embeddings.npz"
    first = embed_examples([forms("merhaba"), forms("kargom nerede")], file)
    assert np.allclose(first, embed([forms("merhaba"), forms("kargom nerede")]), atol=0.001)

    asked: list[int] = []

    def count(texts: Sequence[object]) -> np.ndarray:
        asked.append(len(texts))
        return np.ones((len(texts), 384), np.float32)

    monkeypatch.setattr("bot.nlu.embedding.embed", count)
    again = embed_examples([forms("kargom nerede"), forms("merhaba"), forms("selam")], file)
    assert asked == [1]
    assert np.array_equal(again[:2], first[::-1])
    assert [path.name for path in file.parent.iterdir()] == ["embeddings.npz"]


def test_of_a_text_without_a_known_word_it_is_never_sure(words: Reader, both: Reader) -> None:
    for reader in (words, both):
        assert sum(confidence for _, confidence in reader.rank(forms("qwrtz blorf"))) <= 0.751
        assert reader.rank(forms("qwrtz kargom"))[0][0] == "order"
