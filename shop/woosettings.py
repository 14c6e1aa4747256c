"""What has to be known of a WooCommerce shop besides its address: settings with defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shop.errors import SettingInvalid
from shop.models import OrderStatus

STATUSES = "DEVIR_WOOCOMMERCE_STATUSES"
DELIVERED = "DEVIR_WOOCOMMERCE_DELIVERED"
NUMBERS = "DEVIR_WOOCOMMERCE_NUMBERS"

DATE_COMPLETED = "date_completed"

# WooCommerce's own; `packed` and the others are what plugins for shipping commonly add.
_STATUSES = {
    "pending": OrderStatus.RECEIVED,
    "on-hold": OrderStatus.RECEIVED,
    "processing": OrderStatus.PREPARING,
    "packed": OrderStatus.PACKED,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "completed": OrderStatus.DELIVERED,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
    "refunded": OrderStatus.RETURNED,
    "returned": OrderStatus.RETURNED,
}


class Numbers(StrEnum):
    """What the number is that customers know an order by."""

    ID = "id"
    """WooCommerce's own id, as in a shop without a plugin for numbers."""
    SEARCH = "search"
    """A number of a plugin's, which WooCommerce has to search."""


@dataclass(frozen=True, slots=True)
class WooSettings:
    """How this shop uses WooCommerce.

    `statuses` tells what its order statuses mean. `delivered` names the custom field that holds the
    day of delivery, or is "date_completed" where an order is completed when it is delivered; None:
    nobody notes the day, and returns are left to people.
    """

    statuses: Mapping[str, OrderStatus] = field(default_factory=lambda: dict(_STATUSES))
    delivered: str | None = None
    numbers: Numbers = Numbers.ID


def read_settings(environ: Mapping[str, str]) -> WooSettings:
    """Return what `environ` sets. Raises SettingInvalid for what cannot be."""
    statuses = dict(_STATUSES)
    for pair in filter(None, map(str.strip, environ.get(STATUSES, "").split(","))):
        slug, _, meaning = (part.strip() for part in pair.partition("="))
        if not slug or meaning not in set(OrderStatus):
            raise SettingInvalid(
                f"{STATUSES} must be pairs such as kargoda=shipped, divided by commas; behind the ="
                f" stands one of {', '.join(OrderStatus)}."
            )
        statuses[slug.removeprefix("wc-")] = OrderStatus(meaning)
    numbers = environ.get(NUMBERS) or Numbers.ID
    if numbers not in set(Numbers):
        raise SettingInvalid(f"{NUMBERS} must be one of {', '.join(Numbers)}.")
    return WooSettings(statuses, environ.get(DELIVERED) or None, Numbers(numbers))
