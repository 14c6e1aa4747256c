"""The index passages are found by, on either database.

A full-text index alone knows no Turkish suffix and forgives no slip of the finger. So it is given
the words a customer's may be compared with (`shop.text.near`) and asked for those that a customer's
may mean (`shop.text.may_be`): it finds each passage that shares a word with the question, and a few
that do not. `shop.search` then puts them in order, the same on both databases.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, delete, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.articles.facts import without_places
from shop.articles.markup import plain, sections
from shop.articles.written import LANGUAGES, Draft
from shop.search import Entry, words_told
from shop.text import may_be, near, words

MOST_FOUND = 200
"""Passages the index gives at most; those with the words in their titles first."""
_MOST_ASKED = 40
_LONGEST = 24
"""Words of a question that are looked up, and letters of a word: no question needs more."""

_IN_ORDER = (
    tables.passage.c.article_position,
    tables.passage.c.slug,
    tables.passage.c.position,
)
_LOOK_UP = {
    "sqlite": """
        SELECT shop_passage.id FROM shop_passage_fts
        JOIN shop_passage ON shop_passage.id = shop_passage_fts.rowid
        WHERE shop_passage_fts MATCH :asked AND shop_passage.language = :language
        ORDER BY bm25(shop_passage_fts, 6.0, 4.0, 1.0) LIMIT :most
    """,
    "postgresql": """
        SELECT id FROM shop_passage
        WHERE search @@ to_tsquery('simple', :asked) AND language = :language
        ORDER BY ts_rank(search, to_tsquery('simple', :asked)) DESC LIMIT :most
    """,
}


async def index(connection: AsyncConnection, slug: str, draft: Draft | None) -> None:
    """Let `draft` be found as what the article says; None: nothing of it any more."""
    await connection.execute(delete(tables.passage).where(tables.passage.c.slug == slug))
    if draft is not None:
        rows = [row for language in LANGUAGES for row in _rows(slug, language, draft)]
        await connection.execute(tables.passage.insert(), rows)


async def missing(connection: AsyncConnection) -> list[tuple[str, int]]:
    """Return the live articles that are not indexed yet: slug and version."""
    known = exists().where(tables.passage.c.slug == tables.article.c.slug)
    query = select(tables.article.c.slug, tables.article.c.live).where(
        tables.article.c.live.is_not(None), ~known
    )
    return [(row.slug, row.live) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, language: str) -> int:
    """Return how many passages there are for those who ask in `language`."""
    query = select(func.count()).where(tables.passage.c.language == language)
    return await connection.scalar(query) or 0


async def of_topic(connection: AsyncConnection, topic: str, language: str) -> Sequence[Row[Any]]:
    """Return all passages of a topic for those who ask in `language`, the general ones first."""
    passages = tables.passage.c
    query = (
        select(tables.passage)
        .where(passages.language == language, passages.topic == topic)
        .order_by(*_IN_ORDER)
    )
    return (await connection.execute(query)).all()


async def of_article(connection: AsyncConnection, slug: str, language: str) -> Sequence[Row[Any]]:
    """Return the passages of a live article in order."""
    passages = tables.passage.c
    query = (
        select(tables.passage)
        .where(passages.slug == slug, passages.language == language)
        .order_by(passages.position)
    )
    return (await connection.execute(query)).all()


async def beginnings(connection: AsyncConnection, language: str) -> Sequence[Row[Any]]:
    """Return the first passage of every live article."""
    passages = tables.passage.c
    query = (
        select(tables.passage)
        .where(passages.language == language, passages.position == 0)
        .order_by(*_IN_ORDER)
    )
    return (await connection.execute(query)).all()


async def sharing_a_word(
    connection: AsyncConnection, asked: Iterable[str], language: str, *, unfinished: bool = False
) -> Sequence[Row[Any]]:
    """Return the passages that may share one of these words (`shop.text.words`).

    `unfinished` is for somebody who is typing: the last word may go on.
    """
    kept = [word[:_LONGEST] for word in asked][-_MOST_ASKED:]
    if not kept:
        return []
    # Words are letters and digits: nothing in them is an operator of either database.
    terms = sorted({key for word in kept for key in may_be(word)})
    if connection.dialect.name == "sqlite":
        beginning = [f"{kept[-1]}*"] if unfinished else []
        together = " OR ".join([*terms, *beginning])
    else:
        beginning = [f"{kept[-1]}:*"] if unfinished else []
        together = " | ".join([*terms, *beginning])
    given = {"asked": together, "language": language, "most": MOST_FOUND}
    look_up = text(_LOOK_UP[connection.dialect.name])
    ids = (await connection.execute(look_up, given)).scalars().all()
    query = select(tables.passage).where(tables.passage.c.id.in_(ids)).order_by(*_IN_ORDER)
    return (await connection.execute(query)).all()


def _rows(slug: str, language: str, draft: Draft) -> Iterator[dict[str, Any]]:
    """Yield the passages for those who ask in `language`: in another where it is missing."""
    written_in = next(one for one in (language, *LANGUAGES) if one in draft.texts)
    written = draft.texts[written_in]
    parts = sections(written.body)
    for position, part in enumerate(parts):
        body = plain(part.body)
        yield {
            "slug": slug,
            "language": language,
            "written_in": written_in,
            "topic": draft.topic,
            "article_position": draft.position,
            "position": position,
            "sections": len(parts),
            "title": written.title,
            "heading": part.heading,
            "keywords": written.keywords,
            "body": body,
            "title_keys": _keys(words(without_places(f"{written.title} {part.heading or ''}"))),
            "keyword_keys": _keys(words(without_places(written.keywords))),
            "body_words": " ".join(sorted(words_told(without_places(body)))),
        }


def entry(row: Row[Any]) -> Entry:
    """Return what a passage is ranked by."""
    return Entry(
        words(without_places(f"{row.title} {row.heading or ''}")),
        words(without_places(row.keywords)),
        frozenset(row.body_words.split()),
    )


def _keys(known: Iterable[str]) -> str:
    return " ".join(sorted({key for word in known for key in near(word[:_LONGEST])}))
