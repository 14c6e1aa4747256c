"""Words compared the way customers type them."""

import pytest

from shop.text import fold, same_word, words


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
        ("battaniye", "bataryanın"),
    ],
)
def test_other_words_stay_others(asked: str, known: str) -> None:
    assert not same_word(*words(asked), *words(known))
