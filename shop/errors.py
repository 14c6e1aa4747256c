"""What can go wrong with a shop."""

from typing import ClassVar


class ShopUnavailable(Exception):
    """The shop's data cannot be read now. The message names the fix and carries no secret."""

    code: ClassVar[str] = "shop_unavailable"


class RulesInvalid(ValueError):
    """The shop's rules cannot be used. Each line of the message names file, line, field and fix."""

    code: ClassVar[str] = "shop_rules_invalid"
