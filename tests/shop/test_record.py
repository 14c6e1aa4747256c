"""What came of an operation, as it is stored and shown."""

from datetime import UTC, date, datetime
from decimal import Decimal

from shop.models import Address, Handover, Payer, Refund, RefundStatus
from shop.outcomes import (
    AddressChanged,
    Cancelled,
    ExchangeOpened,
    Invoice,
    NotFound,
    Refused,
    ReturnOpened,
    Rule,
)
from shop.record import record

DAY, LATER = date(2026, 11, 3), date(2026, 11, 17)


def test_a_refusal_has_its_rule_and_days_and_the_line_it_is_about() -> None:
    assert record(Refused(Rule.WITHDRAWAL_OVER, DAY, LATER, 1)).as_json() == {
        "outcome": "refused",
        "rule": "withdrawal_over",
        "since": "2026-11-03",
        "until": "2026-11-17",
        "details": {"line": 1},
    }


def test_a_refusal_without_days_has_none() -> None:
    told = record(Refused(Rule.ALREADY_PACKED)).as_json()
    assert (told["since"], told["until"], told["details"]) == (None, None, {"line": None})


def test_a_cancellation_has_what_goes_back_and_until_when() -> None:
    told = record(Cancelled("10510", Rule.CANCEL_OPEN, Decimal("349.90"), "TRY", LATER))
    assert (told.outcome, told.rule) == ("done", "cancel_open")
    assert told.details == {"amount": "349.90", "currency": "TRY", "refund_by": "2026-11-17"}


def test_a_return_has_its_days_and_its_code() -> None:
    told = record(
        ReturnOpened(
            "10391",
            Rule.WITHDRAWAL,
            DAY,
            LATER,
            "R-1",
            Handover.DROP_OFF,
            "Turna Kargo",
            LATER,
            Payer.SHOP,
            Decimal("20.00"),
            "TRY",
            14,
        )
    )
    assert (told.since, told.until) == (DAY, LATER)
    assert told.details == {
        "code": "R-1",
        "handover": "drop_off",
        "carrier": "Turna Kargo",
        "send_by": "2026-11-17",
        "cargo_paid_by": "shop",
        "amount": "20.00",
        "currency": "TRY",
        "refund_days": 14,
    }


def test_an_exchange_has_its_variant() -> None:
    told = record(
        ExchangeOpened(
            "10391",
            Rule.FAULT,
            DAY,
            LATER,
            "R-2",
            Handover.PICK_UP,
            "Turna Kargo",
            LATER,
            Payer.SHOP,
            "M",
        )
    )
    assert (told.rule, told.details["variant"]) == ("fault", "M")


def test_an_address_is_taken_apart() -> None:
    address = Address("Elif Aydın", "Çınar Sokak 4", "Bornova", "İzmir")
    told = record(AddressChanged("10510", Rule.ADDRESS_OPEN, address))
    assert told.details["address"] == {
        "recipient": "Elif Aydın",
        "street": "Çınar Sokak 4",
        "district": "Bornova",
        "city": "İzmir",
        "postcode": None,
    }


def test_what_there_is_not_is_not_found() -> None:
    told = record(NotFound("variant"))
    assert (told.outcome, told.rule, told.details) == ("not_found", None, {"what": "variant"})


def test_what_is_only_told_has_no_rule() -> None:
    invoice = record(Invoice("F-1", "https://shop.example/f/1", DAY))
    assert (invoice.outcome, invoice.rule) == ("done", None)
    assert invoice.details["issued_on"] == "2026-11-03"
    paid_at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    refunds = record(
        [Refund("10277", None, Decimal("5.00"), "TRY", RefundStatus.PAID, DAY, LATER, paid_at)]
    )
    (refund,) = refunds.details["refunds"]
    assert (refund["status"], refund["paid_at"]) == ("paid", "2026-11-10T09:00:00Z")
    assert record([]).details == {"refunds": []}
