"""Taking articles in from a file."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shop.articles.library import newest, save
from shop.articles.yamlfile import Named


async def take_in(
    connection: AsyncConnection, articles: Sequence[Named], at: datetime, *, publish: bool
) -> int:
    """Keep what differs as the next version of its article, and return how many did.

    With `publish` the newest version of each goes live, also where it was a draft that says the
    same. Articles that are not named stay as they are.
    """
    known = {one.slug: one for one in await newest(connection)}
    changed = 0
    for article in articles:
        kept = known.get(article.slug)
        same = kept is not None and kept.latest.draft == article.draft
        if kept and same and (not publish or kept.live == kept.latest.number):
            continue
        seen = kept.latest.number if kept else 0
        await save(
            connection, article.slug, article.draft, seen=seen, by=None, at=at, publish=publish
        )
        changed += 1
    return changed
