import pytest

from actions import reading
from shop.models import Address

KADIKOY = ("Kadıköy", "İstanbul", "34710")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10482", "10482"),
        ("#10482 nerede?", "10482"),
        ("10482'li siparişim", "10482"),
        ("sipariş no: 10482.", "10482"),
        ("my order is 104821, thanks", "104821"),
        ("10482, telefonumun sonu 4821", "10482"),
        ("telefonum 0555 010 48 21, sipariş 10482", "10482"),
    ],
)
def test_an_order_number_is_read_wherever_it_stands(text: str, number: str) -> None:
    assert reading.order_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4821",
        "kargo 1.250,90 TL mi",
        "0555 010 48 21",
        "05550104821",
        "+90 555 010 48 21",
        "(0555) 0104821",
        "5550104821",
        "elif10482@example.com",
        "kimlik numaram 12345678901",
    ],
)
def test_amounts_phones_and_addresses_are_no_order_numbers(text: str) -> None:
    assert reading.order_number(text) is None


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("4821", "4821"),
        ("48 21", "4821"),
        ("son dört hane 4821.", "4821"),
        ("10482, sonu 48-21", "4821"),
        ("0555 010 48 21", "4821"),
        ("+905550104821", "4821"),
        ("(0555) 010-4821", "4821"),
        ("+44 20 7946 0958", "0958"),
    ],
)
def test_the_end_of_a_phone_number_is_read_alone_or_from_the_whole(text: str, ending: str) -> None:
    assert reading.phone_ending(text) == ending


@pytest.mark.parametrize("text", ["", "10482", "1.250,90 TL", "482", "elif4821@example.com"])
def test_other_digits_are_no_end_of_a_phone_number(text: str) -> None:
    assert reading.phone_ending(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "3 Kasım",
        "3 Kasım 2026",
        "03.11.2026",
        "3/11/2026",
        "03-11-26",
        "2026-11-03",
        "3 Nov 2026",
        "November 3, 2026",
        "3rd of November 2026",
        "Kasım 2026",
        "15 ağustosta vermiştim",
    ],
)
def test_a_date_is_neither_an_order_nor_the_end_of_a_phone_number(text: str) -> None:
    assert reading.order_number(text) is None
    assert reading.phone_ending(text) is None


@pytest.mark.parametrize(
    "text", ["3 Kasım 2026 tarihli 10482", "10482, 03.11.2026", "2026-11-03 10482 (0555 010 48 21)"]
)
def test_an_order_number_is_read_beside_a_date(text: str) -> None:
    assert reading.order_number(text) == "10482"


def test_an_email_address_is_read_from_a_sentence() -> None:
    assert reading.email("Adresim Elif.Aydin@example.com, teşekkürler.") == "Elif.Aydin@example.com"
    assert reading.email("elif at example nokta com") is None


@pytest.mark.parametrize(
    ("text", "street", "district", "city", "postcode"),
    [
        ("Lale Sok. No: 5 D: 3, 34710 Kadıköy / İstanbul", "Lale Sok. No: 5 D: 3", *KADIKOY),
        ("Lale Sok. No: 5 D: 3, Kadıköy, İstanbul 34710", "Lale Sok. No: 5 D: 3", *KADIKOY),
        ("Lale Sok. No 5\nKadıköy İstanbul\n34710", "Lale Sok. No 5", *KADIKOY),
        ("Lale Sok. No 5 Kadıköy/İstanbul", "Lale Sok. No 5", "Kadıköy", "İstanbul", None),
        ("5 Tulip Street, Cankaya, Ankara", "5 Tulip Street", "Cankaya", "Ankara", None),
    ],
)
def test_an_address_is_read_in_the_forms_people_write(
    text: str, street: str, district: str, city: str, postcode: str | None
) -> None:
    assert reading.address(text, "Elif") == Address("Elif", street, district, city, postcode)


@pytest.mark.parametrize("text", ["", "34710", "evet", "İstanbul", "ofise gelsin, Kadıköy", ",,,/"])
def test_half_an_address_is_none(text: str) -> None:
    assert reading.address(text, "Elif") is None
