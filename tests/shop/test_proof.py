"""What proves that an order is yours."""

import hmac

import pytest

from shop.proof import email_key, last_four, proves

EMAIL, PHONE = "elif.ilgaz@example.com", "+905550104821"


@pytest.mark.parametrize(
    "factor",
    [
        "elif.ilgaz@example.com",
        "ELIF.ILGAZ@EXAMPLE.COM",
        "ELİF.İLGAZ@EXAMPLE.COM",
        "elıf.ılgaz@example.com",
        "  Elif.Ilgaz@Example.com\n",
        "4821",
        "48 21",
        " 4 8 2 1 ",
        "48-21",
        "４８２１",
    ],
)
def test_the_address_or_the_last_four_digits_prove_it(factor: str) -> None:
    assert proves(factor, EMAIL, PHONE)


@pytest.mark.parametrize(
    "factor",
    [
        "",
        "4822",
        "821",
        "04821",
        "+905550104821",
        "5550104821",
        "48a21",
        "٤٨٢١",
        "²¹48",
        "elif.ilgaz@example.org",
        "elif.ilgaz@example.com.tr",
        "@",
        "\ud800",
        "4821" * 10_000,
    ],
)
def test_anything_else_does_not(factor: str) -> None:
    assert not proves(factor, EMAIL, PHONE)


def test_an_order_without_a_phone_is_not_proved_by_nothing() -> None:
    assert not proves("", EMAIL, "")
    assert not proves("   ", EMAIL, "")


def test_an_order_without_an_e_mail_address_is_not_proved_by_nothing() -> None:
    assert not proves("", "", PHONE)
    assert not proves("   ", " ", PHONE)


def test_capital_and_turkish_i_are_one_letter_in_an_address() -> None:
    assert email_key("İIıi@X.ORG") == "iiii@x.org"


def test_last_four_are_exactly_four_digits() -> None:
    assert last_four("0 0.4-7") == "0047"
    assert last_four("12345") is None
    assert last_four("") is None


@pytest.mark.parametrize("factor", ["4821", "9999", EMAIL, "wrong@example.com", "", "nonsense"])
def test_every_factor_costs_the_same_comparisons(
    factor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    real = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append(len(one) + len(other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    proves(factor, EMAIL, PHONE)
    assert compared == [64, 64]
