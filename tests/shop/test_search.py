"""What a customer's sentence finds, on a catalogue small enough to see through."""

import pytest

from shop.search import Entry, entry, rank_articles, rank_products

PRODUCTS: dict[str, Entry] = {
    "red mug": entry("Kırmızı Porselen Kupa", "kupa fincan mug cup red", "Parlak kırmızı."),
    "blue mug": entry("Mavi Seramik Kupa", "kupa fincan mug cup blue", "El boyaması."),
    "red shirt": entry("Kırmızı Tişört", "tişört tshirt red", "Pamuk. Kupa gibi değil."),
    "thermos": entry("Çelik Termos", "termos thermos flask", "12 saat sıcak tutar."),
}
ARTICLES: dict[str, Entry] = {
    "cost": entry("Kargo ücreti", "kargo ücretsiz kaç tl", "750 TL üzeri ücretsizdir."),
    "time": entry("Teslimat süresi", "kargo kaç gün ne zaman gelir", "1-4 iş günü."),
    "abroad": entry("Yurt dışı", "kargo almanya kıbrıs", "Yalnızca Türkiye."),
}


def products(text: str) -> list[str]:
    return rank_products(text, PRODUCTS, PRODUCTS.__getitem__)


def articles(text: str, *, keep_all: bool = True) -> list[str]:
    return rank_articles(text, ARTICLES, ARTICLES.__getitem__, keep_all=keep_all)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kupalarınız var mı", ["red mug", "blue mug"]),
        ("KIRMIZI KUPA KAÇ PARA", ["red mug"]),
        ("mavi kupanın fiyatı", ["blue mug"]),
        ("yeşil kupanın fiyatı", ["red mug", "blue mug"]),
        ("do you have t-shirts", ["red shirt"]),
        ("kırmızı bir şey var mı", ["red mug", "red shirt"]),
        ("termosunuz ne kadar", ["thermos"]),
        ("how much is the thermos", ["thermos"]),
    ],
)
def test_products_named_are_found_best_first(text: str, found: list[str]) -> None:
    assert products(text) == found


@pytest.mark.parametrize(
    "text", ["", "😀", "ne kadar", "how much is it", "laptop var mı", "kırmızı laptop", "fiyatları"]
)
def test_nothing_named_finds_nothing(text: str) -> None:
    assert products(text) == []


def test_a_unit_that_is_counted_names_no_product() -> None:
    clock = {"clock": entry("Duvar Saati", "saat clock", "")}
    catalogue = PRODUCTS | clock
    ask = "termos kaç saat sıcak tutuyor"
    assert rank_products(ask, catalogue, catalogue.__getitem__) == ["thermos"]
    assert rank_products("saat var mı", catalogue, catalogue.__getitem__) == ["clock"]


def test_products_that_share_a_side_word_are_left_out() -> None:
    kitchen = {
        "apron": entry("Mutfak Önlüğü", "önlük apron mutfak", ""),
        "board": entry("Kesme Tahtası", "tahta mutfak", ""),
        "pot": entry("Çaydanlık", "demlik mutfak", ""),
    }
    assert rank_products("mutfak önlüğü", kitchen, kitchen.__getitem__) == ["apron"]
    assert len(rank_products("mutfak ürünleri", kitchen, kitchen.__getitem__)) == 3


def test_a_word_in_the_description_alone_does_not_find_a_product() -> None:
    assert products("saat") == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("kargo ücreti ne kadar", "cost"),
        ("kargo kaç günde gelir", "time"),
        ("ne zaman gelir", "time"),
        ("Kıbrıs'a kargo var mı", "abroad"),
        ("kargo", "cost"),
        ("", "cost"),
    ],
)
def test_within_a_topic_the_best_article_comes_first_and_the_rest_follow(
    text: str, first: str
) -> None:
    assert articles(text)[0] == first
    assert sorted(articles(text)) == sorted(ARTICLES)


def test_without_a_topic_only_articles_spoken_of_are_found() -> None:
    assert articles("almanyaya", keep_all=False) == ["abroad"]
    assert articles("hava nasıl", keep_all=False) == []
    assert articles("ne kadar", keep_all=False) == []
