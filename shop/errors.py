"""What can go wrong with a shop."""

from typing import ClassVar


class ShopUnavailable(Exception):
    """The shop's data cannot be read now. The message names the fix and carries no secret."""

    code: ClassVar[str] = "shop_unavailable"


class SettingInvalid(ValueError):
    """A setting says what cannot be. The message names it, and what may stand there."""

    code: ClassVar[str] = "shop_setting_invalid"


class RulesInvalid(ValueError):
    """The shop's rules cannot be used. Each line of the message names file, line, field and fix."""

    code: ClassVar[str] = "shop_rules_invalid"
