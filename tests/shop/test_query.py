"""Price bounds and sizes in the sentences customers write."""

from decimal import Decimal

import pytest

from shop.query import LONGEST, Sorting, read, sizes_of
from shop.search import telling_words


@pytest.mark.parametrize(
    ("text", "least", "most", "named"),
    [
        ("50 TL altı kupa", None, "50", ["kupa"]),
        ("50 TL'nin altında kupa var mı", None, "50", ["kupa"]),
        ("50 liradan ucuz kupa", None, "50", ["kupa"]),
        ("50tl altında kupa", None, "50", ["kupa"]),
        ("₺50 altı kupa", None, "50", ["kupa"]),
        ("300 TL'yi geçmeyen kupa", None, "300", ["kupa"]),
        ("kupa 300 tl yi geçmesin", None, "300", ["kupa"]),
        ("bütçem 300 tl kupa", None, "300", ["kupa"]),
        ("1.500 TL'ye kadar bot", None, "1500", ["pot"]),
        ("en fazla 1.250,50 TL bot", None, "1250.50", ["pot"]),
        ("200 tlden az havlu", None, "200", ["havlu"]),
        ("300 TL üzeri battaniye", "300", None, ["pattaniye"]),
        ("en az 300 TL battaniye", "300", None, ["pattaniye"]),
        ("2 bin tl üstü çanta", "2000", None, ["canta"]),
        ("100-200 TL arası mum", "100", "200", ["mum"]),
        ("200 ile 100 lira arasında mum", "100", "200", ["mum"]),
        ("1-2 bin TL arası bot", "1000", "2000", ["pot"]),
        ("mugs under 50", None, "50", ["muks"]),
        ("a mug for less than ₺50.50", None, "50.50", ["muk"]),
        ("shoes up to 1,250.50 TL", None, "1250.50", ["shoes"]),
        ("candles between 100 and 250 lira", "100", "250", ["cantles"]),
        ("blankets over 500 TL", "500", None, ["plankets"]),
        ("termos 12 saat sıcak tutar mı", None, None, None),
        ("under 50 cm", None, None, None),
        ("42 numara altı ayakkabı", None, None, None),
        ("kupa", None, None, ["kupa"]),
    ],
)
def test_bounds_on_the_price_are_taken_out(
    text: str, least: str | None, most: str | None, named: list[str] | None
) -> None:
    query = read(text)
    assert query.least == (least and Decimal(least))
    assert query.most == (most and Decimal(most))
    if named is not None:
        assert telling_words(query.words) == named


@pytest.mark.parametrize(
    ("text", "sorting", "named"),
    [
        ("en ucuz kupa", Sorting.CHEAPEST, ["kupa"]),
        ("en ucuz kupanız hangisi", Sorting.CHEAPEST, ["kupaniz"]),
        ("EN UCUZU HANGİSİ", Sorting.CHEAPEST, []),
        ("uygun fiyatlı kupa", Sorting.CHEAPEST, ["kupa"]),
        ("daha ucuz bir kupa var mı", Sorting.CHEAPEST, ["kupa"]),
        ("what is your cheapest mug", Sorting.CHEAPEST, ["muk"]),
        ("an affordable mug", Sorting.CHEAPEST, ["muk"]),
        ("en pahalı kupa", Sorting.DEAREST, ["kupa"]),
        ("the most expensive thing", Sorting.DEAREST, []),
        ("kupa 50 TL'den ucuz", None, ["kupa"]),
        ("mugs cheaper than 50", None, ["muks"]),
        ("kupa neden bu kadar pahalı", None, None),
        ("kupa", None, ["kupa"]),
    ],
)
def test_what_is_to_come_first_is_taken_out(
    text: str, sorting: Sorting | None, named: list[str] | None
) -> None:
    query = read(text)
    assert query.sorting == sorting
    if named is not None:
        assert telling_words(query.words) == named


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("kırmızı 42 numara var mı", "42"),
        ("42 numara ayakkabı", "42"),
        ("42'si var mı", "42"),
        ("41 var mı bu ayakkabıdan", "41"),
        ("size 42 boots", "42"),
        ("siyah sweatshirt L beden var mı", "l"),
        ("siyah sweatshirt l beden var mı", "l"),
        ("M'si var mı", "m"),
        ("do you have the hoodie in M", "m"),
        ("kazak xl", "xl"),
        ("2xl tişört", "xxl"),
        ("I'm looking for a mug", None),
        ("500 ml termos", None),
        ("48 parça yapboz", None),
        ("160 x 220 nevresim", None),
        ("42 TL altı kupa", None),
        ("40 cm tabak", None),
        ("2 L su şişesi", None),
    ],
)
def test_a_size_is_taken_out(text: str, size: str | None) -> None:
    assert read(text).size == size


@pytest.mark.parametrize(
    ("variant", "sizes"),
    [
        ("42", {"42"}),
        ("41-43", {"41", "42", "43"}),
        ("S/M", {"s", "m"}),
        ("XXL", {"xxl"}),
        ("3XL", {"xxxl"}),
        ("160 x 220", set()),
        ("siyah", set()),
        ("10-99", set()),
        ("", set()),
    ],
)
def test_the_sizes_a_variant_fits(variant: str, sizes: set[str]) -> None:
    assert sizes_of(variant) == sizes


@pytest.mark.parametrize(
    "part", ["1", "1.1,1", "50 tl ", "en az ", "₺ ", " ", "between 1 and ", "l "]
)
def test_a_long_message_is_read_to_a_limit(part: str) -> None:
    assert read(part * 2_000) == read((part * 2_000)[:LONGEST])
