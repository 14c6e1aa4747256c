"""What is found in a message, how its value is written, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.formats import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.entities import RuleEntities

ROOT = Path(__file__).parents[3]
SUNDAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuleEntities]:
    """Trained with the shop's lookup tables, on a Sunday in November 2026."""
    extractor = RuleEntities(
        {},
        LocalModelStorage(tmp_path_factory.mktemp("model")),
        Resource("entities"),
        today=lambda: SUNDAY,
    )
    extractor.train(RasaYAMLReader().read(ROOT / "data" / "lookups.yml"))
    return extractor


def entities(
    extractor: RuleEntities, text: str, language: str | None = None
) -> list[tuple[str, str, str]]:
    """Name, value and written text of each entity."""
    message = extractor.process([Message({"text": text, "language": language})])[0]
    found = message.get("entities")
    ends = [0]
    for entity in found:
        assert ends[-1] <= entity["start"] < entity["end"] <= len(text)  # in order, no overlap
        ends.append(entity["end"])
    return [(e["entity"], e["value"], text[e["start"] : e["end"]]) for e in found]


def values(
    extractor: RuleEntities, text: str, language: str | None = None
) -> list[tuple[str, str]]:
    return [(name, value) for name, value, _ in entities(extractor, text, language)]


# ── Numbers of orders and phones ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["tr", "en", None])
@pytest.mark.parametrize(
    "text",
    [
        "10482",
        "#10482",
        "10482.",
        "10482?",
        "(10482)",
        "10482'li siparişim",
        "10482’nin durumu",
        "10482 nolu sipariş",
        "10482 numaralı siparişim nerede",
        "10482nolu siparişim",
        "10482numaralı siparişim",
        "sipariş:10482",
        "no 10482, nerede",
        "where's order 10482's parcel",
        "ORDER #10482!",
        "sipariş no:10482",
        "10482 try again please",
        "10482'ye ürün ekleyin",
        "siparişim 10482 hâlâ gelmedi",
    ],
)
def test_an_order_number_is_found_with_and_without_endings(
    extractor: RuleEntities, text: str, language: str | None
) -> None:
    assert entities(extractor, text, language) == [("order_number", "10482", "10482")]


def test_an_invisible_character_inside_a_number_is_no_part_of_it(extractor: RuleEntities) -> None:
    found = entities(extractor, "no: 10\u200b482'de \u200fkaldı")
    assert found == [("order_number", "10482", "10\u200b482")]


@pytest.mark.parametrize("text", ["4821", "son dört hanesi 4821", "ends in 4821.", "4821 olacak"])
def test_four_digits_are_the_end_of_a_phone_number(extractor: RuleEntities, text: str) -> None:
    assert entities(extractor, text) == [("phone_last4", "4821", "4821")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("05550104821", "+905550104821"),
        ("0555 010 48 21", "+905550104821"),
        ("0 (555) 010 48 21", "+905550104821"),
        ("+90 555 010 48 21", "+905550104821"),
        ("+90 (555) 010 48 21", "+905550104821"),
        ("905550104821", "+905550104821"),
        ("00905550104821", "+905550104821"),
        ("555-010-48-21", "+905550104821"),
        ("5550104821'i arayın", "+905550104821"),
        ("telefonum 0555 010 4821, teşekkürler", "+905550104821"),
        ("(0212) 555 10 20", "+902125551020"),
        ("0850 555 10 20", "+908505551020"),
        ("+44 20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("call me at +49 1512 3456789 please", "+4915123456789"),
    ],
)
def test_a_whole_phone_number_is_written_the_international_way(
    extractor: RuleEntities, text: str, value: str
) -> None:
    assert values(extractor, text) == [("phone", value)]


@pytest.mark.parametrize(
    "text",
    [
        "1000 adet",
        "15000 mAh",
        "2000 gram",
        "1.500",
        "12345,90",
        "2x",
        "123",
        "123456789",
        "a10482b",
        "10482b",
        "TRN48210482",
        "12.30 ile 14.05 arası",
        "٤٨٢١",
    ],
)
def test_counts_and_other_numbers_are_nothing(extractor: RuleEntities, text: str) -> None:
    assert entities(extractor, text) == []


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "ayse@example.com",
        "Ayse@Example.com",
        "ayse@example.com.",
        "mailim ayse@example.com'dur",
        "<ayse@example.com>",
        "e-posta:ayse@example.com",
        "ayse@example.com, teşekkürler",
        "(ayse@example.com)",
    ],
)
def test_an_email_address_is_found_in_lower_case(extractor: RuleEntities, text: str) -> None:
    [(name, value, written)] = entities(extractor, text)
    assert (name, value) == ("email", "ayse@example.com")
    assert written.lower() == value


@pytest.mark.parametrize("text", ["ayse@", "@example.com", "a@b", "👍", "", "...", "'’\"", "~^`"])
def test_what_only_looks_like_it_is_left(extractor: RuleEntities, text: str) -> None:
    assert entities(extractor, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "34710'a kargo kaç günde gelir",
        "posta kodum 34710",
        "posta kodu: 34710",
        "postcode 34710",
        "my zip code is 34710",
        "Moda Mah. Bahariye Cad. No:12 34710 Kadıköy",
        "34710 Kadıköy/İstanbul",
        "istanbul 34710",
        "do you deliver to 34710",
    ],
)
def test_five_digits_are_a_postcode_where_the_words_around_say_so(
    extractor: RuleEntities, text: str
) -> None:
    assert entities(extractor, text) == [("postcode", "34710", "34710")]


@pytest.mark.parametrize(
    "text",
    [
        "34710",
        "34710 nerede",
        "34710 numaralı siparişi istanbul dışına gönderin",
        "sipariş 34710'a ne zaman kargo verilecek",
        "adres değişikliği için sipariş 34710",
        "posta kodu 99710",
    ],
)
def test_and_an_order_number_where_they_do_not(extractor: RuleEntities, text: str) -> None:
    assert [name for name, _ in values(extractor, text)] == ["order_number"]


def test_an_order_and_a_postcode_are_told_apart_in_one_message(extractor: RuleEntities) -> None:
    for text in (
        "10482 nolu siparişi Moda Mah. Bahariye Cad. No:12 34710 adresine yollayın",
        "10482 siparişimin posta kodu 34710 olsun",
        "order 10482, its postal code should be 34710",
    ):
        assert values(extractor, text) == [("order_number", "10482"), ("postcode", "34710")]
    assert values(extractor, "postal code 34710 for order 10482") == [
        ("postcode", "34710"),
        ("order_number", "10482"),
    ]


# ── Money ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("50 TL altı", "50.00 TRY", "50 TL"),
        ("50 TL'lik hediye", "50.00 TRY", "50 TL"),
        ("50tl", "50.00 TRY", "50tl"),
        ("₺1500", "1500.00 TRY", "₺1500"),
        ("1500 lira verdim", "1500.00 TRY", "1500 lira"),
        ("1500 liraya aldım", "1500.00 TRY", "1500 lira"),
        ("1500 TRY", "1500.00 TRY", "1500 TRY"),
        ("1.249,90 lira", "1249.90 TRY", "1.249,90 lira"),
        ("1,249.90 lira", "1249.90 TRY", "1,249.90 lira"),
        ("1.500 TL", "1500.00 TRY", "1.500 TL"),
        ("149,9 TL", "149.90 TRY", "149,9 TL"),
        ("2 bin tl", "2000.00 TRY", "2 bin tl"),
        ("$20", "20.00 USD", "$20"),
        ("20$", "20.00 USD", "20$"),
        ("20 dolarlık", "20.00 USD", "20 dolar"),
        ("I paid 20 dollars", "20.00 USD", "20 dollar"),
        ("€ 15,50", "15.50 EUR", "€ 15,50"),
        ("15 euro", "15.00 EUR", "15 euro"),
        ("£9.99", "9.99 GBP", "£9.99"),
    ],
)
def test_an_amount_has_its_currency(
    extractor: RuleEntities, text: str, value: str, written: str
) -> None:
    assert entities(extractor, text, "en" if "dollars" in text else "tr") == [
        ("money", value, written)
    ]


def test_both_ends_of_a_range_are_amounts(extractor: RuleEntities) -> None:
    assert values(extractor, "1000-2500 TL arası") == [
        ("money", "1000.00 TRY"),
        ("money", "2500.00 TRY"),
    ]


# ── Days ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("3 Kasım'da sipariş verdim", "2026-11-03", "3 Kasım"),
        ("3 kasimda", "2026-11-03", "3 kasim"),
        ("28 Aralık", "2026-12-28", "28 Aralık"),
        ("3 Ocak", "2027-01-03", "3 Ocak"),
        ("3 Kasım 2025'te", "2025-11-03", "3 Kasım 2025"),
        ("November 3rd, 2025", "2025-11-03", "November 3rd, 2025"),
        ("on the 3rd of November", "2026-11-03", "3rd of November"),
        ("5 may 2026", "2026-05-05", "5 may 2026"),
        ("03.11.2026 tarihinde", "2026-11-03", "03.11.2026"),
        ("3/11/26", "2026-11-03", "3/11/26"),
        ("2026-11-03", "2026-11-03", "2026-11-03"),
        ("14/02 için", "2027-02-14", "14/02"),
        ("03.11 tarihinde", "2026-11-03", "03.11 tarih"),
        ("dün verdim", "2026-11-21", "dün"),
        ("dünkü sipariş", "2026-11-21", "dün"),
        ("bugün gelir mi", "2026-11-22", "bugün"),
        ("yarına yetişir mi", "2026-11-23", "yarın"),
        ("yesterday", "2026-11-21", "yesterday"),
        ("önceki gün", "2026-11-20", "önceki gün"),
        ("the day before yesterday", "2026-11-20", "day before yesterday"),
        ("3 gün önce", "2026-11-19", "3 gün önce"),
        ("iki hafta önce", "2026-11-08", "iki hafta önce"),
        ("1 ay önce", "2026-10-22", "1 ay önce"),
        ("two days ago", "2026-11-20", "two days ago"),
        ("a week ago", "2026-11-15", "a week ago"),
        ("in 3 days", "2026-11-25", "in 3 days"),
        ("geçen salı", "2026-11-17", "geçen salı"),
        ("last Monday", "2026-11-16", "last Monday"),
        ("bu cuma", "2026-11-27", "bu cuma"),
        ("next Sunday", "2026-11-29", "next Sunday"),
        ("haftaya salı", "2026-11-24", "haftaya salı"),
        ("geçen hafta pazartesi", "2026-11-09", "geçen hafta pazartesi"),
        ("geçen hafta", "2026-W46", "geçen hafta"),
        ("last month", "2026-10", "last month"),
        ("geçen yıl", "2025", "geçen yıl"),
        ("pazartesi günü", "monday", "pazartesi"),
    ],
)
def test_a_day_is_found_as_it_is_said(
    extractor: RuleEntities, text: str, value: str, written: str
) -> None:
    assert entities(extractor, text) == [("date", value, written)]


@pytest.mark.parametrize(
    "text",
    [
        "31 şubat",
        "45.13.2026",
        "dünyanın parası",
        "next day delivery",
        "99999 gün önce",
        "may I ask",
    ],
)
def test_what_is_no_day_is_none(extractor: RuleEntities, text: str) -> None:
    assert all(name != "date" for name, _ in values(extractor, text))


# ── What the shop lists ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "name", "value", "written"),
    [
        ("Arçelik'in garantisi", "product", "Arçelik", "Arçelik"),
        ("arcelik var mı", "product", "Arçelik", "arcelik"),
        ("KUPALARINIZ ne kadar", "product", "kupa", "KUPA"),
        ("bardağımın kulpu kırık", "product", "bardak", "bardağ"),
        ("spor ayakkabılarım küçük", "product", "spor ayakkabı", "spor ayakkabı"),
        ("masa lambası bozuk", "product", "masa lambası", "masa lambası"),
        ("masa lambalarından biri", "product", "masa lambası", "masa lamba"),
        ("masa lambasının kablosu", "product", "masa lambası", "masa lambası"),
        ("kirmizi tisortu iade", "product", "tişört", "tisort"),
        ("two mugs please", "product", "mug", "mug"),
        ("the t-shirts are too small", "product", "tişört", "t-shirt"),
        ("Yurtiçi Kargo'dan aradılar", "carrier", "Yurtiçi Kargo", "Yurtiçi Kargo"),
        ("yurtici getirmedi", "carrier", "Yurtiçi Kargo", "yurtici"),
        ("Aras'la gönderdim", "carrier", "Aras Kargo", "Aras"),
        ("Sürat'le göndermeyin", "carrier", "Sürat Kargo", "Sürat"),
        ("SÜRAT KARGO", "carrier", "Sürat Kargo", "SÜRAT KARGO"),
        ("hepsijetteki kurye", "carrier", "HepsiJet", "hepsijet"),
        ("trendyol express ile", "carrier", "Trendyol Express", "trendyol express"),
        ("UPS says delivered", "carrier", "UPS", "UPS"),
    ],
)
def test_products_and_carriers_are_found_by_name(
    extractor: RuleEntities, text: str, name: str, value: str, written: str
) -> None:
    assert (name, value, written) in entities(extractor, text, "tr")


@pytest.mark.parametrize(
    "text",
    [
        "bu ikisinin arası iyi",
        "süratli gönderin",
        "kupon kodum",
        "masaj",
        "kolay gelsin",
        "sepete ekledim",
    ],
)
def test_words_that_only_begin_like_one_are_none(extractor: RuleEntities, text: str) -> None:
    assert entities(extractor, text) == []


def test_what_a_shop_lists_itself_is_found_and_survives_loading(tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("entities")
    data = TrainingData(
        lookup_tables=[{"name": "product", "elements": ["Ay Işığı", "moonlight"]}],
        entity_synonyms={"moonlight": "Ay Işığı"},
    )
    RuleEntities({}, storage, resource).train(data)
    loaded = RuleEntities.load({}, storage, resource, None)
    assert values(loaded, "ay ışığından var mı") == [("product", "Ay Işığı")]
    assert values(loaded, "a moonlight please", "en") == [("product", "Ay Işığı")]


def test_without_lists_the_values_are_still_found(tmp_path: Path) -> None:
    unlisted = RuleEntities({}, LocalModelStorage(tmp_path), Resource("entities"))
    assert values(unlisted, "10482 kupa") == [("order_number", "10482")]


# ── A whole message ──────────────────────────────────────────────────────────────────────────────


def test_all_of_a_message_is_found_in_order(extractor: RuleEntities) -> None:
    text = (
        "10482 ve 20931, ayse@example.com ya da 4821; 3 Kasım'da kupaya 349,90 TL verdim, Aras'la"
    )
    assert values(extractor, text) == [
        ("order_number", "10482"),
        ("order_number", "20931"),
        ("email", "ayse@example.com"),
        ("phone_last4", "4821"),
        ("date", "2026-11-03"),
        ("product", "kupa"),
        ("money", "349.90 TRY"),
        ("carrier", "Aras Kargo"),
    ]


@pytest.mark.parametrize(
    "text",
    ["a" * 4000, "1" * 4000, "-" * 4000, "a@" * 2000, "5(5)" * 1000, "1 " * 2000, "\u200b" * 4000],
    ids=["letters", "digits", "signs", "at signs", "brackets", "numbers", "invisible"],
)
def test_nothing_is_found_in_a_long_message_of_nothing(extractor: RuleEntities, text: str) -> None:
    assert entities(extractor, text) == []


@pytest.mark.parametrize("text", ["привет 10482", "你好10482号", "مرحبا 10482", "👍🏽10482👍🏽"])
def test_other_scripts_do_no_harm(extractor: RuleEntities, text: str) -> None:
    assert {name for name, _ in values(extractor, text)} <= {"order_number"}
