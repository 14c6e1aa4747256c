"""What customers' and agents' questions find among the articles a shop starts with.

The floors are what is found today, on either database; a change of the search must not fall below.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from shop.articles.library import Library
from shop.connect import open_library

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
