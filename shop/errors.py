"""What can go wrong with a shop."""

from datetime import datetime
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


class ArticleInvalid(ValueError):
    """An article cannot be kept as written. `fields`: each field, and what it must be."""

    code: ClassVar[str] = "article_invalid"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {told}" for name, told in fields.items()))
        self.fields = fields


class ArticleMissing(LookupError):
    """There is no such article, or no such version of it."""

    code: ClassVar[str] = "article_missing"


class ArticleChanged(Exception):
    """Somebody has saved the article since the caller looked: its newest version.

    `saved_by` is None for what came from a file.
    """

    code: ClassVar[str] = "article_changed"

    def __init__(self, slug: str, version: int, saved_by: str | None, saved_at: datetime) -> None:
        super().__init__(
            f"{saved_by or 'somebody'} saved version {version} of {slug} at"
            f" {saved_at.isoformat()}; look at it, then save again"
        )
        self.version, self.saved_by, self.saved_at = version, saved_by, saved_at


class ArticlesInvalid(ValueError):
    """A file of articles cannot be used. Each line of the message names file, line and fix."""

    code: ClassVar[str] = "shop_articles_invalid"
