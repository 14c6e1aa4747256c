"""The same message as other people would type it."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.understanding import typos

TEXTS = (
    "kargom nerede kaldı acaba",
    "Siparişim İPTAL olsun!",
    "10482 ve ali@example.com nerede",
)
texts = st.text(st.sampled_from("abcçğışüz İI19@. "), max_size=40)


def test_folding_leaves_no_turkish_letter() -> None:
    assert typos.fold("Şu ığüöç ÇÖÜĞİ") == "Su iguoc COUGI"


def test_capitals_keep_the_dot() -> None:
    assert typos.shout("istiyorum, ılık") == "İSTİYORUM, ILIK"


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("seed", range(20))
def test_each_typo_is_one_slip(text: str, seed: int) -> None:
    chance = random.Random(seed)
    swapped = typos.swap(text, chance)
    assert Counter(swapped) == Counter(text)
    assert sum(a != b for a, b in zip(text, swapped, strict=True)) == 2
    assert len(typos.drop(text, chance)) == len(text) - 1
    doubled = typos.double(text, chance)
    assert len(doubled) == len(text) + 1
    assert any(doubled[:i] + doubled[i + 1 :] == text for i in range(len(doubled)))
    beside = typos.neighbour(text, chance)
    assert sum(a != b for a, b in zip(text, beside, strict=True)) == 1


@pytest.mark.parametrize("typo", typos.TYPOS.values(), ids=list(typos.TYPOS))
@given(text=texts, seed=st.integers(0, 99))
def test_a_typo_depends_on_the_seed_alone_and_spares_digits(
    typo: typos.Typo, text: str, seed: int
) -> None:
    typed = typo(text, random.Random(seed))
    assert typed == typo(text, random.Random(seed))
    assert [c for c in typed if c.isdigit()] == [c for c in text if c.isdigit()]


@pytest.mark.parametrize("typo", typos.TYPOS.values(), ids=list(typos.TYPOS))
def test_numbers_addresses_and_short_words_are_left_alone(typo: typos.Typo) -> None:
    text = "10482 ve ali@example.com mu"
    assert typo(text, random.Random(0)) == text
