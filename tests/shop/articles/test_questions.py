"""What customers' and agents' questions find among the articles a shop starts with.

The floors are what is found today, on either database; a change of the search must not fall below.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from shop import tables
from shop.articles import index
from shop.articles.library import Library
from shop.connect import connection, open_engine, open_library
from shop.search import rank_articles

QUESTIONS: dict[str, list[tuple[str, str]]] = {
    language: [(text, slug) for slug, texts in asked.items() for text in texts]
    for language, asked in yaml.safe_load(
        (Path(__file__).parent / "questions.yml").read_text(encoding="utf-8")
    ).items()
}


@pytest.fixture
async def library(demo_url: str) -> AsyncIterator[Library]:
    async with open_library(demo_url) as opened:
        yield opened


@pytest.mark.parametrize("language", ["tr", "en"])
async def test_the_first_article_found_is_mostly_the_one_meant(
    library: Library, language: str
) -> None:
    missed = []
    for text, slug in QUESTIONS[language]:
        found = await library.find(None, text, language)
        if [one.slug for one in found] != [slug]:
            missed.append((text, slug, [one.slug for one in found]))
    assert len(missed) <= len(QUESTIONS[language]) * 0.15, missed


@pytest.mark.parametrize("language", ["tr", "en"])
async def test_an_agent_sees_the_one_meant_among_the_first_three(
    library: Library, language: str
) -> None:
    missed = []
    for text, slug in QUESTIONS[language]:
        found = await library.search(text, language, 3)
        if slug not in [one.slug for one in found]:
            missed.append((text, slug, [one.slug for one in found]))
    assert len(missed) <= len(QUESTIONS[language]) * 0.08, missed


async def test_letters_suffixes_and_slips_of_turkish_make_no_difference(library: Library) -> None:
    for text in (
        "taksit",
        "TAKSİT",
        "TAKSIT",
        "taksitle",
        "taksitlerimiz",
        "taksıt",
        "taksti",
        "Taksit'i",
        "taksi\u0307t",
    ):
        (found,) = await library.find(None, text, "tr")
        assert found.slug == "instalments", text


@pytest.mark.parametrize("language", ["tr", "en"])
async def test_the_index_of_either_database_leaves_out_nothing_that_would_be_ranked(
    library: Library, demo_url: str, language: str
) -> None:
    async with open_engine(demo_url) as engine, connection(engine) as opened:
        query = select(tables.passage).where(tables.passage.c.language == language)
        order = (tables.passage.c.article_position, tables.passage.c.position)
        passages = (await opened.execute(query.order_by(*order))).all()
    for text, _ in QUESTIONS[language]:
        ranked = rank_articles(text, passages, index.entry, among=len(passages))
        found = await library.find(None, text, language, limit=len(passages))
        assert [one.slug for one in found] == list(dict.fromkeys(one.slug for one in ranked)), text
