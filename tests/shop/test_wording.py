from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shop.wording import Language, day, day_to, moment, money

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (date(2026, 11, 3), "tr", "3 Kasım"),
        (date(2026, 11, 3), "en", "3 November"),
        (date(2026, 8, 30), "tr", "30 Ağustos"),
        (date(2025, 12, 31), "tr", "31 Aralık 2025"),
        (date(2027, 1, 1), "en", "1 January 2027"),
    ],
)
def test_a_day_is_said_with_its_month_and_an_other_year(
    value: date, language: Language, said: str
) -> None:
    assert day(value, language, TODAY) == said


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (date(2026, 11, 17), "tr", "17 Kasım'a"),
        (date(2026, 9, 1), "tr", "1 Eylül'e"),
        (date(2026, 10, 3), "tr", "3 Ekim'e"),
        (date(2026, 5, 3), "tr", "3 Mayıs'a"),
        (date(2027, 1, 4), "tr", "4 Ocak 2027'ye"),
        (date(2024, 1, 4), "tr", "4 Ocak 2024'e"),
        (date(2029, 1, 4), "tr", "4 Ocak 2029'a"),
        (date(2030, 1, 4), "tr", "4 Ocak 2030'a"),
        (date(2050, 1, 4), "tr", "4 Ocak 2050'ye"),
        (date(2100, 1, 4), "tr", "4 Ocak 2100'e"),
        (date(2026, 11, 17), "en", "17 November"),
    ],
)
def test_a_day_is_said_with_its_ending_before_kadar(
    value: date, language: Language, said: str
) -> None:
    assert day_to(value, language, TODAY) == said


def test_a_moment_is_told_in_the_shops_time() -> None:
    late_in_utc = datetime(2026, 11, 2, 22, 5, tzinfo=UTC)
    assert moment(late_in_utc, "tr", TODAY) == "3 Kasım 01.05"
    assert moment(late_in_utc, "en", TODAY) == "3 November, 01:05"


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("1249.9", "TRY", "tr", "1.249,90 TL"),
        ("1249.9", "TRY", "en", "₺1,249.90"),
        ("0.5", "EUR", "tr", "0,50 EUR"),
        ("1000000", "EUR", "en", "1,000,000.00 EUR"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    amount: str, currency: str, language: Language, written: str
) -> None:
    assert money(Decimal(amount), currency, language) == written
