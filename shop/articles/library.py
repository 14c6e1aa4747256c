"""The articles of a shop: answering from them, and keeping what its people write."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.articles import index
from shop.articles.facts import facts, filled
from shop.articles.markup import plain, sections
from shop.articles.written import (
    LANGUAGES,
    Draft,
    Editor,
    Release,
    Stored,
    Text,
    Version,
    problems,
    tidy,
)
from shop.errors import ArticleChanged, ArticleInvalid, ArticleMissing
from shop.insert import insert_or_leave
from shop.models import Article
from shop.rulebook import Rules
from shop.search import rank_articles, rank_mentions, share_known, telling_words
from shop.text import words

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(frozen=True, slots=True)
class History:
    """All that was done to an article, newest first."""

    versions: Sequence[Version]
    releases: Sequence[Release]


class Library:
    """The articles behind `connect`, with `rules` in the places they name.

    Every method raises ShopUnavailable when the database fails. What is published can be found by
    every process from the next question on.
    """

    def __init__(self, connect: Connect, rules: Rules) -> None:
        self._connect = connect
        self._facts = {language: facts(rules, language) for language in LANGUAGES}

    # ── Answering ──────────────────────────────────────────────────────────────────────────────

    async def find(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """Return the best passage of each article that answers `text`. See `Shop.find_articles`."""
        async with self._connect() as connection:
            if topic is not None:
                rows = await index.of_topic(connection, topic, language)
            else:
                rows = await index.sharing_a_word(connection, telling_words(text), language)
            among = await index.count(connection, language)
            general = await _general(connection, rows, language)
        if topic is not None:
            best = rank_articles(text, rows, index.entry, keep_all=True)
        else:
            best = rank_articles(text, rows, index.entry, among=among)
        return [
            replace(self._told(row, general), share=share_known(text, index.entry(row)))
            for row in _each_once(best)[:limit]
        ]

    async def search(self, text: str, language: str, limit: int = 20) -> list[Article]:
        """Return the passages that speak of `text`, also in passing, best first, for an agent.

        The last word may be unfinished. Without a word, every article's beginning.
        """
        asked = words(text)
        async with self._connect() as connection:
            if asked:
                rows = await index.sharing_a_word(connection, asked, language, unfinished=True)
            else:
                rows = await index.beginnings(connection, language)
            general = await _general(connection, rows, language)
        best = rank_mentions(text, rows, index.entry) if asked else rows
        return [self._told(row, general) for row in best[:limit]]

    async def whole(self, slug: str, language: str) -> list[Article]:
        """Return all passages of an article in order, none when it is not live."""
        async with self._connect() as connection:
            rows = await index.of_article(connection, slug, language)
            general = await _general(connection, rows, language)
        return [self._told(row, general) for row in rows]

    def preview(self, text: Text, language: str) -> list[Article]:
        """Return the passages customers would be told if `text` were published."""
        parts = sections(text.body)
        told = self._facts[language]
        return [
            Article(
                slug="",
                language=language,
                topic="",
                title=filled(text.title, told),
                body=filled(plain(part.body), told),
                heading=filled(part.heading, told) if part.heading else None,
                sections=len(parts),
                position=position,
            )
            for position, part in enumerate(parts)
        ]

    def _told(self, row: Row[Any], general: Mapping[str, int]) -> Article:
        told = self._facts[row.written_in]
        return Article(
            slug=row.slug,
            language=row.written_in,
            topic=row.topic,
            title=filled(row.title, told),
            body=filled(row.body, told),
            heading=filled(row.heading, told) if row.heading else None,
            sections=row.sections,
            position=row.position,
            general=row.article_position == general[row.topic],
        )

    # ── Writing ────────────────────────────────────────────────────────────────────────────────

    async def all(self) -> list[Stored]:
        """Return every article by topic, in the order its topic has."""
        async with self._connect() as connection:
            return await newest(connection)

    async def get(self, slug: str) -> tuple[Stored, History]:
        """Return an article and all that was done to it. Raises ArticleMissing."""
        async with self._connect() as connection:
            row = await _article(connection, slug)
            versions = (await _versions(connection, slug))[slug]
            releases = tables.article_release.c
            query = (
                select(tables.article_release)
                .where(releases.slug == slug)
                .order_by(releases.number.desc())
            )
            released = [
                Release(one.version, one.at, one.by) for one in await connection.execute(query)
            ]
        return Stored(slug, versions[0], row.live), History(versions, released)

    async def save(
        self,
        slug: str,
        draft: Draft,
        *,
        seen: int,
        by: Editor | None,
        at: datetime,
        publish: bool = False,
    ) -> Stored:
        """Keep `draft` as the next version, live or not.

        `seen` is the newest version the editor knew, 0 for a new article. Raises ArticleInvalid,
        ArticleMissing, or ArticleChanged when somebody else was faster; then nothing is kept.
        """
        async with self._connect() as connection:
            return await save(connection, slug, draft, seen=seen, by=by, at=at, publish=publish)

    async def restore(
        self, slug: str, version: int, *, seen: int, by: Editor | None, at: datetime
    ) -> Stored:
        """Keep an earlier version as the next one, not live. Raises as `save` does."""
        # Read by itself: a transaction that has read may not write on SQLite when another has.
        async with self._connect() as connection:
            earlier = await _version(connection, slug, version)
        async with self._connect() as connection:
            return await save(
                connection, slug, earlier.draft, seen=seen, by=by, at=at, restored_from=version
            )

    async def release(
        self, slug: str, version: int | None, *, by: Editor | None, at: datetime
    ) -> Stored:
        """Let customers read `version`; None: take the article off. Raises ArticleMissing."""
        async with self._connect() as connection:
            await _release(connection, slug, version, by, at)
            row = await _article(connection, slug)
            return Stored(slug, await _version(connection, slug, row.latest), row.live)


async def save(
    connection: AsyncConnection,
    slug: str,
    draft: Draft,
    *,
    seen: int,
    by: Editor | None,
    at: datetime,
    publish: bool = False,
    restored_from: int | None = None,
) -> Stored:
    """As `Library.save`, in a transaction of the caller's."""
    draft = tidy(draft)
    if wrong := problems(slug, draft):
        raise ArticleInvalid(wrong)
    # The first statement writes: another editor's transaction is waited for, then seen.
    if not await _count_on(connection, slug, seen):
        raise await _conflict(connection, slug)
    await connection.execute(
        tables.article_version.insert(),
        {
            "slug": slug,
            "version": seen + 1,
            "topic": draft.topic,
            "position": draft.position,
            "reviewed": draft.reviewed,
            "saved_at": at,
            "saved_by_id": by.id if by else None,
            "saved_by": by.name if by else None,
            "restored_from": restored_from,
        },
    )
    await connection.execute(
        tables.article_text.insert(),
        [
            {
                "slug": slug,
                "version": seen + 1,
                "language": language,
                "title": text.title,
                "keywords": text.keywords,
                "body": text.body,
            }
            for language, text in draft.texts.items()
        ],
    )
    if publish:
        await _release(connection, slug, seen + 1, by, at)
    row = await _article(connection, slug)
    return Stored(slug, await _version(connection, slug, row.latest), row.live)


async def newest(connection: AsyncConnection) -> list[Stored]:
    """Return every article by topic, in the order its topic has."""
    rows = (await connection.execute(select(tables.article))).all()
    known = await _versions(connection, latest_only=True)
    stored = [Stored(row.slug, known[row.slug][0], row.live) for row in rows]
    return sorted(
        stored, key=lambda one: (one.latest.draft.topic, one.latest.draft.position, one.slug)
    )


async def index_missing(connection: AsyncConnection) -> int:
    """Index the live articles that are not, and return how many those were."""
    left = await index.missing(connection)
    for slug, version in left:
        await index.index(connection, slug, (await _version(connection, slug, version)).draft)
    return len(left)


async def _count_on(connection: AsyncConnection, slug: str, seen: int) -> bool:
    """Number the next version. False when the newest one is not `seen`."""
    if seen == 0:
        new = {"slug": slug, "latest": 1, "live": None}
        made = await connection.execute(
            insert_or_leave(connection.dialect.name, tables.article), new
        )
        return made.rowcount == 1
    counted = await connection.execute(
        update(tables.article)
        .where(tables.article.c.slug == slug, tables.article.c.latest == seen)
        .values(latest=seen + 1)
    )
    return counted.rowcount == 1


async def _conflict(connection: AsyncConnection, slug: str) -> ArticleChanged:
    row = await _article(connection, slug)
    latest = await _version(connection, slug, row.latest)
    return ArticleChanged(slug, latest.number, latest.saved_by, latest.saved_at)


async def _release(
    connection: AsyncConnection, slug: str, version: int | None, by: Editor | None, at: datetime
) -> None:
    live = update(tables.article).where(tables.article.c.slug == slug).values(live=version)
    await connection.execute(live)  # holds the row: releases of one article take turns
    await _article(connection, slug)
    draft = None if version is None else (await _version(connection, slug, version)).draft
    released = tables.article_release.c
    before = select(func.max(released.number)).where(released.slug == slug)
    number = (await connection.scalar(before) or 0) + 1
    await connection.execute(
        tables.article_release.insert(),
        {
            "slug": slug,
            "number": number,
            "version": version,
            "at": at,
            "by_id": by.id if by else None,
            "by": by.name if by else None,
        },
    )
    await index.index(connection, slug, draft)


async def _article(connection: AsyncConnection, slug: str) -> Row[Any]:
    query = select(tables.article).where(tables.article.c.slug == slug)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise ArticleMissing(f"there is no article {slug!r}")
    return row


async def _version(connection: AsyncConnection, slug: str, number: int) -> Version:
    for version in (await _versions(connection, slug)).get(slug, ()):
        if version.number == number:
            return version
    raise ArticleMissing(f"the article {slug!r} has no version {number}")


async def _versions(
    connection: AsyncConnection, slug: str | None = None, *, latest_only: bool = False
) -> dict[str, list[Version]]:
    """Return versions by article, newest first."""
    version, text, article = tables.article_version, tables.article_text, tables.article
    texts = select(text).join(article, article.c.slug == text.c.slug)
    rows = (
        select(version)
        .join(article, article.c.slug == version.c.slug)
        .order_by(version.c.slug, version.c.version.desc())
    )
    if slug is not None:
        texts, rows = texts.where(text.c.slug == slug), rows.where(version.c.slug == slug)
    if latest_only:
        texts = texts.where(text.c.version == article.c.latest)
        rows = rows.where(version.c.version == article.c.latest)
    said: dict[tuple[str, int], dict[str, Text]] = {}
    for one in await connection.execute(texts):
        kept = said.setdefault((one.slug, one.version), {})
        kept[one.language] = Text(one.title, one.keywords, one.body)
    found: dict[str, list[Version]] = {}
    for one in await connection.execute(rows):
        draft = Draft(one.topic, one.position, one.reviewed, said[one.slug, one.version])
        found.setdefault(one.slug, []).append(
            Version(one.version, draft, one.saved_at, one.saved_by, one.restored_from)
        )
    return found


async def _general(
    connection: AsyncConnection, rows: Sequence[Row[Any]], language: str
) -> dict[str, int]:
    """Return the place of the general article of each topic in `rows`."""
    topics = {row.topic for row in rows}
    passages = tables.passage.c
    query = (
        select(passages.topic, func.min(passages.article_position).label("least"))
        .where(passages.language == language, passages.topic.in_(topics))
        .group_by(passages.topic)
    )
    found = (await connection.execute(query)).all() if topics else []
    return {row.topic: row.least for row in found}


def _each_once(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the best passage of each article."""
    best: dict[str, Row[Any]] = {}
    for row in rows:
        best.setdefault(row.slug, row)
    return list(best.values())
