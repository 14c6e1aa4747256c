"""The customer's orders beside the chat."""

from typing import Any

from handoff.web.present import instant
from shop.base import Shop
from shop.errors import ShopUnavailable
from shop.models import Order

PROVEN = "verified_order"
"""Slot with the number of an order whose second factor was right; only action code sets it."""
MENTIONED = "order_number"
"""Slot with the number the customer named, proven or not."""


async def orders_of(shop: Shop, slots: dict[str, Any], language: str) -> dict[str, Any]:
    """Return the orders an agent may want to see: all of a customer who proved one, else the one
    that was named.
    """
    proven, mentioned = slots.get(PROVEN), slots.get(MENTIONED)
    try:
        orders: list[Order] = []
        found = await shop.find_order(str(proven or mentioned)) if proven or mentioned else None
        if found is not None:
            orders = await shop.orders_of_customer(found.customer.id) if proven else [found]
    except ShopUnavailable:
        return {"verified": bool(proven), "orders": [], "unavailable": True}
    return {
        "verified": bool(proven),
        "orders": [_order(order, language) for order in orders],
        "unavailable": False,
    }


def _order(order: Order, language: str) -> dict[str, Any]:
    shipment = order.shipment
    return {
        "number": order.number,
        "placed_at": instant(order.placed_at),
        "status": order.status,
        "total": f"{order.total:.2f}",
        "currency": order.currency,
        "carrier": shipment.carrier if shipment else None,
        "tracking_number": shipment.tracking_number if shipment else None,
        "tracking_url": shipment.tracking_url if shipment else None,
        "expected_at": shipment.expected_at.isoformat()
        if shipment and shipment.expected_at
        else None,
        "delivered_at": instant(shipment.delivered_at) if shipment else None,
        "lines": [
            {
                "name": line.name.in_(language),
                "quantity": line.quantity,
                "price": f"{line.price:.2f}",
                "variant": line.variant,
            }
            for line in order.lines
        ],
        "events": [
            {
                "at": instant(event.at),
                "status": event.status.in_(language),
                "place": event.place,
            }
            for event in (shipment.events if shipment else ())
        ],
    }
