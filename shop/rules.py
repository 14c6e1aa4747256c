"""What can still be done with an order, and until when. Pure.

The days are those of Turkish consumer law (6502 sayılı Kanun md. 48 and the Mesafeli Sözleşmeler
Yönetmeliği); when an order can still be changed is the shop's own rule.
"""

from datetime import date, timedelta
from enum import StrEnum

from shop.clock import shop_day
from shop.models import Order, OrderStatus

WITHDRAWAL = timedelta(days=14)
"""How long after its delivery an order can be sent back without a reason."""
REFUND = timedelta(days=14)
"""How long after a return has arrived its money may take."""


class Stage(StrEnum):
    """An order's state, as far as it decides what can be done with it."""

    OPEN = "open"
    """Not packed: it can be cancelled and changed."""
    PACKED = "packed"
    """Its address can be changed, its contents cannot."""
    ON_ITS_WAY = "on_its_way"
    LATE = "late"
    """On its way, and expected on an earlier day."""
    RETURNABLE = "returnable"
    """Delivered, within the days of withdrawal."""
    KEPT = "kept"
    """Delivered, and the days of withdrawal are over."""
    DELIVERED = "delivered"
    """Delivered on a day nobody noted."""
    CANCELLED = "cancelled"
    RETURNED = "returned"
    """Back in the shop, and its refund may still take until `refund_by`."""
    REFUND_UNCLEAR = "refund_unclear"
    """Back in the shop, and the refund should be through or its day is unknown."""


def stage(order: Order, today: date) -> Stage:
    """Return the stage an order is in on a day."""
    match order.status:
        case OrderStatus.RECEIVED | OrderStatus.PREPARING:
            return Stage.OPEN
        case OrderStatus.PACKED:
            return Stage.PACKED
        case OrderStatus.SHIPPED:
            expected = order.shipment and order.shipment.expected_at
            return Stage.LATE if expected and expected < today else Stage.ON_ITS_WAY
        case OrderStatus.DELIVERED:
            until = return_until(order)
            if until is None:
                return Stage.DELIVERED
            return Stage.RETURNABLE if today <= until else Stage.KEPT
        case OrderStatus.CANCELLED:
            return Stage.CANCELLED
        case OrderStatus.RETURNED:
            by = refund_by(order)
            return Stage.RETURNED if by and today <= by else Stage.REFUND_UNCLEAR


def return_until(order: Order) -> date | None:
    """Return the last day of withdrawal; None while there is no delivery to count from."""
    delivered = order.shipment and order.shipment.delivered_at
    return shop_day(delivered) + WITHDRAWAL if delivered else None


def refund_by(order: Order) -> date | None:
    """Return the day by which a returned order is paid back; None when it did not come back.

    The last thing the carrier reports of such an order is that it is back in the shop.
    """
    if order.status is not OrderStatus.RETURNED or not (order.shipment and order.shipment.events):
        return None
    return shop_day(order.shipment.events[-1].at) + REFUND
