"""What customers and agents write, as shops store it. Pure."""

import re
from dataclasses import replace

from shop.models import Address

_NUMBER = re.compile(r"[0-9A-Za-z-]{1,32}")


def order_number(text: str) -> str:
    """Return an order number as it is stored; "" (which no order has) for what cannot be one."""
    bare = text.strip().lstrip("#")
    return bare if _NUMBER.fullmatch(bare) else ""


def sku(text: str) -> str:
    """Return a SKU as it is stored; "" (which no product has) for what no shop would take."""
    bare = text.strip()
    return bare if bare.isprintable() else ""


def trimmed(address: Address) -> Address:
    """Return `address` without space around its parts, and None for an empty postcode."""
    return replace(
        address,
        recipient=address.recipient.strip(),
        street=address.street.strip(),
        district=address.district.strip(),
        city=address.city.strip(),
        postcode=(address.postcode or "").strip() or None,
    )
