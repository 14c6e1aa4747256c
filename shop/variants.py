"""What else a product of an order is sold as."""

from shop.base import Shop
from shop.models import OrderLine, Variant

_LOOKED_AT = 10


async def variants_of(shop: Shop, line: OrderLine) -> tuple[Variant, ...]:
    """Return the variants of a line's product; none when it is no longer sold, or as one only."""
    found = await shop.search_products(line.name.tr, "tr", limit=_LOOKED_AT)
    product = next((one for one in found if one.sku == line.sku), None)
    return product.variants if product else ()
