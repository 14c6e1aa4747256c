"""What can go wrong with a shop."""

from typing import ClassVar


class ShopUnavailable(Exception):
    """The shop's data cannot be read now. The message names the fix and carries no secret."""

    code: ClassVar[str] = "shop_unavailable"
