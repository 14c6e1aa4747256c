"""What comes of asking a shop to change something. Plain data, no I/O.

A refusal is an answer, not an error: every operation returns one of the types here, and two equal
requests with one key get equal ones.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

from shop.models import Address, Handover, Payer


class Rule(StrEnum):
    """The rule that decided, as a stable code. The first five allow, the others refuse."""

    CANCEL_OPEN = "cancel_open"
    """Not packed yet (or as far as the shop's rules say)."""
    ADDRESS_OPEN = "address_open"
    WITHDRAWAL = "withdrawal"
    """Within the days of withdrawal after delivery."""
    FAULT = "fault"
    """Damaged, defective, wrong or not as described: within the term for defective goods."""
    DELIVERY_OVERDUE = "delivery_overdue"
    """Not delivered within the legal term: the customer may call the order off."""

    ALREADY_PACKED = "already_packed"
    ALREADY_SHIPPED = "already_shipped"
    ALREADY_DELIVERED = "already_delivered"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_RETURNED = "already_returned"
    NOT_DELIVERED = "not_delivered"
    DELIVERY_DAY_UNKNOWN = "delivery_day_unknown"
    WITHDRAWAL_OVER = "withdrawal_over"
    FAULT_TERM_OVER = "fault_term_over"
    EXCEPTED_HYGIENE = "excepted_hygiene"
    EXCEPTED_PERSONALISED = "excepted_personalised"
    EXCEPTED_OPENED_SOFTWARE = "excepted_opened_software"
    EXCEPTED_PERISHABLE = "excepted_perishable"
    EXCEPTED_INSTANT_DIGITAL = "excepted_instant_digital"
    OPENED_UNKNOWN = "opened_unknown"
    """Whether it is opened decides, and `ReturnItem.opened` does not say: ask the customer."""
    NOTHING_CHOSEN = "nothing_chosen"
    TOO_MANY = "too_many"
    """More pieces than were bought and are not on their way back already."""
    SAME_VARIANT = "same_variant"
    OUT_OF_STOCK = "out_of_stock"
    ADDRESS_INCOMPLETE = "address_incomplete"
    INVOICE_NOT_ISSUED = "invoice_not_issued"
    KEY_REUSED = "key_reused"
    """The key was given before, with another request."""
    NOT_SUPPORTED = "not_supported"
    """The shop's system cannot do this for anybody; a person can."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done, and nothing has changed.

    `since` is the day the rule counts from (the delivery, the order, ...) and `until` the last day
    it would have been possible; None where the rule counts no days. `line` is the place in
    `Order.lines` of what is refused, None when it is the whole.
    """

    rule: Rule
    since: date | None = None
    until: date | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is no such thing, and nothing has changed."""

    what: Literal["order", "line", "variant"]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The order is cancelled; `amount` is paid back by the day `refund_by`."""

    order_number: str
    rule: Rule
    amount: Decimal
    currency: str
    refund_by: date


@dataclass(frozen=True, slots=True)
class ReturnOpened:
    """A return is open. The customer sends the goods by the day `send_by`, showing `code`.

    `since` and `until` are the days the rule was computed from: the delivery and the last day.
    `cargo_paid_by` pays that parcel. `amount` is paid back within `refund_days` days, counted as
    the shop's rules say.
    """

    order_number: str
    rule: Rule
    since: date
    until: date
    code: str
    handover: Handover
    carrier: str
    send_by: date
    cargo_paid_by: Payer
    amount: Decimal
    currency: str
    refund_days: int


@dataclass(frozen=True, slots=True)
class ExchangeOpened:
    """An exchange is open: as a return, and `variant` is kept for the customer and sent instead."""

    order_number: str
    rule: Rule
    since: date
    until: date
    code: str
    handover: Handover
    carrier: str
    send_by: date
    cargo_paid_by: Payer
    variant: str


@dataclass(frozen=True, slots=True)
class AddressChanged:
    """The order goes to `address` now."""

    order_number: str
    rule: Rule
    address: Address


@dataclass(frozen=True, slots=True)
class Invoice:
    """Where the customer opens the invoice."""

    number: str
    url: str
    issued_on: date


Outcome: TypeAlias = Cancelled | ReturnOpened | ExchangeOpened | AddressChanged | Refused | NotFound
