"""Words as the examples spell them."""

from __future__ import annotations

import itertools
import string

import pytest

from bot.nlu.spelling import Spelling
from bot.nlu.text import forms

# Words enough to tell slips from words, and like no other one.
MANY = [f"xx{a}{b}{c}xxxxx" for a, b, c in itertools.product(string.ascii_lowercase[:15], repeat=3)]
EXAMPLES = ["siparişim nerede", "siparisim gelmedi", "siparişim yok", "kargom nerede", "my parcel"]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.of(forms(text) for text in [*EXAMPLES, *MANY])


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("SIPARISIM NEREDE", "siparişim nerede"),  # as most of the examples spell it
        ("siparşim", "siparişim"),
        ("sipariişim", "siparişim"),
        ("sipatişim", "siparişim"),
        ("spiarişim", "siparişim"),
        ("kargpm nerde", "kargom nerede"),
        ("my parsel?", "my parcel ?"),
    ],
)
def test_a_slip_is_put_right(spelling: Spelling, written: str, spelt: str) -> None:
    assert spelling.correct(forms(written)).clean == spelt


def test_of_few_examples_nobody_can_tell_a_slip_from_another_word() -> None:
    few = Spelling.of(forms(text) for text in EXAMPLES)
    assert few.correct(forms("SIPARISIM kargpm NEREDE")).clean == "siparişim kargpm nerede"


@pytest.mark.parametrize("text", ["iadem", "yak", "sprşm", "📦", "заказ", "ağaç"])
def test_what_is_further_away_or_too_short_is_left(spelling: Spelling, text: str) -> None:
    assert spelling.correct(forms(text)).clean == text


def test_of_two_words_a_slip_away_the_more_frequent_counts() -> None:
    spelling = Spelling.of(forms(text) for text in ["kalem", "kalem", "kale", *MANY])
    assert spelling.correct(forms("kalej")).clean == "kalem"


def test_it_comes_back_from_its_list(spelling: Spelling) -> None:
    assert Spelling.listed(spelling.usual.values()) == spelling


def test_only_so_many_words_of_a_text_are_put_right(spelling: Spelling) -> None:
    spelt = spelling.correct(forms("siparşim " * 400)).clean.split()
    assert 0 < spelt.count("siparişim") < 50
    assert len(spelt) == 400


def test_a_word_without_end_is_left(spelling: Spelling) -> None:
    assert spelling.correct(forms("qz" * 2000)).clean == "qz" * 2000
