"""Text as the components see it."""

from __future__ import annotations

import time

import pytest

from bot.nlu.text import (
    clean,
    fold,
    forms,
    letters,
    lower,
    words,
)


@pytest.mark.parametrize(
    ("text", "lowered", "folded"),
    [
        ("SİPARİŞ", "sipariş", "siparis"),
        ("KARGOM NEREDE KALDI", "kargom nerede kaldı", "kargom nerede kaldi"),
        ("I want", "ı want", "i want"),
        ("ŞİKÂYET", "şikâyet", "sikayet"),
        ("i\u0307ade", "iade", "iade"),
        ("Çağrı Ölçüğü", "çağrı ölçüğü", "cagri olcugu"),
        ("café", "café", "cafe"),
    ],
)
def test_both_letters_i_are_lowered_and_folded_right(text: str, lowered: str, folded: str) -> None:
    assert lower(text) == lowered
    assert fold(text) == folded


def test_people_with_and_without_turkish_letters_write_the_same_words() -> None:
    assert fold("SIPARISIM NEREDE") == fold("siparişim nerede") == fold("Sİparİşİm Nerede")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a \n\t b  ", "a b"),
        ("\u200fmer\u200bhaba\u202e", "merhaba"),
        ("a\x00b\x1b[0m", "ab[0m"),
        ("u\u0308", "ü"),
        ("\u200b", ""),
    ],
)
def test_what_cannot_be_seen_is_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_numbers_and_addresses_lose_their_value_but_not_their_shape() -> None:
    assert words("no 10482, ayse@example.com") == ["no", "00000", "emailaddress"]


def test_stretched_words_and_symbols_become_words() -> None:
    assert words("merhabaaaa 👍 olur mu???") == ["merhaba", "👍", "olur", "mu", "?", "?", "?"]


def test_features_are_of_folded_words() -> None:
    assert forms("KALDI mı").word_features == forms("kaldi mi").word_features
    assert set(forms("kaldi mi").word_features) == {"kaldi", "mi", "kaldi mi"}


def test_words_share_what_they_begin_with() -> None:
    shared = set(forms("siparişimi iptal").word_features) & set(
        forms("siparişlerim iptal").word_features
    )
    assert shared == {"iptal", "sipar", "sipar iptal"}


def test_runs_of_characters_stay_inside_a_word() -> None:
    assert forms("ab c").character_features == [
        " a",
        "ab",
        "b ",
        " ab",
        "ab ",
        " ab ",
        " c",
        "c ",
        " c ",
    ]


@pytest.mark.parametrize(
    ("text", "count"), [("10482", 0), ("a@b.com", 0), ("ok :)", 2), ("çok iyi", 6), ("aaaaaa", 1)]
)
def test_letters_are_counted_where_they_tell_a_language(text: str, count: int) -> None:
    assert letters(text) == count


@pytest.mark.parametrize("unit", ["a", "@", "a@", "a.", "a@a.", "1", " ", "👍", "ı", "((((", "-"])
def test_the_work_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    def took(size: int) -> float:
        text = (unit * size)[:size]
        return min(_timed(text) for _ in range(3))

    def _timed(text: str) -> float:
        start = time.process_time()
        forms(text)
        words(text)
        letters(text)
        return time.process_time() - start

    # Sixteen times the length: 16 times the work where it is linear, 256 where it is quadratic.
    assert took(16_000) < 80 * max(took(1_000), 0.0002)
