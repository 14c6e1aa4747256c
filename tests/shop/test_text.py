"""Words compared the way customers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.text import fold, may_be, near, same_word, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ŞİŞE", "sise"),
        ("şişe", "sise"),
        ("IŞIK", "isik"),
        ("ışık", "isik"),
        ("Çaydanlık", "caydanlik"),
        ("GÖĞÜS", "gogus"),
        ("Rüzgâr", "ruzgar"),
        ("i̇zmir", "izmir"),  # a decomposed dot, as some phones send
        ("ＫＵＰＡ", "kupa"),
        ("naïve", "naive"),
    ],
)
def test_letters_fold_to_plain_latin(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_words_drop_punctuation_hyphens_and_suffixes_after_an_apostrophe() -> None:
    assert words("T-shirt, Kıbrıs'a; yoga’nın… ☕") == ["tshirt", "kipris", "yoka"]


def test_words_of_nothing_are_none() -> None:
    assert words(" \u200f 😀 …") == []


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("kupalarınız", "kupa"),
        ("kupalarınızdan", "kupa"),
        ("kupayı", "kupa"),
        ("tişörtlerin", "tişört"),
        ("tisortun", "tişört"),
        ("çantasının", "çanta"),
        ("çorabı", "çorap"),
        ("kulaklığın", "kulaklık"),
        ("bardağı", "bardak"),
        ("defterimi", "defter"),
        ("mugs", "mug"),
        ("glasses", "glass"),
        ("mum", "mumu"),
        ("tahta", "tahtası"),
        ("battaniyye", "battaniye"),
        ("kulaklk", "kulaklık"),
        ("umberlla", "umbrella"),
        ("headphome", "headphone"),
        ("kulaklkların", "kulaklık"),
        ("battanyelerin", "battaniye"),
        ("çaydnalıklar", "çaydanlık"),
    ],
)
def test_suffixes_and_slips_leave_a_word_the_same(asked: str, known: str) -> None:
    assert same_word(*words(asked), *words(known))


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("mat", "matara"),
        ("material", "mat"),
        ("çamaşır", "cam"),
        ("hava", "havale"),
        ("kazan", "kazak"),
        ("teapot", "tea"),
        ("at", "atkı"),
        ("laptop", "lamba"),
        ("kazaklar", "kazan"),
        ("tabaklar", "tabelalar"),
        ("battaniye", "bataryanın"),
    ],
)
def test_other_words_stay_others(asked: str, known: str) -> None:
    assert not same_word(*words(asked), *words(known))


_letters = st.text("aeklnrtu", min_size=1, max_size=10)


@given(_letters, _letters)
def test_words_that_are_the_same_are_found_by_what_they_have_in_common(
    asked: str, known: str
) -> None:
    if same_word(asked, known):
        assert may_be(asked) & near(known)


@given(st.text("kulaiterpşn", min_size=6, max_size=10), st.data())
def test_any_slip_in_a_word_with_any_suffix_is_found(known: str, data: st.DataObject) -> None:
    known = words(known)[0]
    at = data.draw(st.integers(1, len(known) - 1))
    kind = data.draw(st.sampled_from(["left out", "doubled", "swapped", "changed"]))
    slip = {
        "left out": known[:at] + known[at + 1 :],
        "doubled": known[:at] + known[at] + known[at:],
        "swapped": known[:at] + known[at : at + 2][::-1] + known[at + 2 :],
        "changed": known[:at] + "x" + known[at + 1 :],
    }[kind]
    if len(slip) >= 6:
        suffix = data.draw(st.sampled_from(["", "lar", "larin", "i", "tan"]))
        assert same_word(slip + suffix, known)
        assert may_be(slip + suffix) & near(known)
