"""An article as the shop's people write it, and what it must keep to. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shop.articles.facts import NAMES, unknown_places
from shop.articles.markup import sections

LANGUAGES = ("tr", "en")

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
TOPIC = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_NAME = 60
LONGEST_TITLE = 120
LONGEST_KEYWORDS = 1_000
LONGEST_SECTION = 1_500
"""Characters a passage may have: it is told as one message."""
LONGEST_BODY = 10_000
LAST_POSITION = 9_999


@dataclass(frozen=True, slots=True)
class Text:
    """An article in one language. `keywords` are other words customers use for it."""

    title: str
    keywords: str
    body: str


@dataclass(frozen=True, slots=True)
class Draft:
    """All that an editor decides about an article.

    `position` orders the articles of a topic: the first is the answer to a question that names
    nothing more exact. `reviewed` says that somebody has checked it for the shop.
    """

    topic: str
    position: int
    reviewed: bool
    texts: Mapping[str, Text]
    """By language; one may be missing."""


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes an article: the agent's id and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it was saved once. No `saved_by`: it came with Devir or from a file."""

    number: int
    draft: Draft
    saved_at: datetime
    saved_by: str | None
    restored_from: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """When a version went live, and by whom; version None: the article was taken off."""

    version: int | None
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """An article's newest version, and the number of the one customers read."""

    slug: str
    latest: Version
    live: int | None


def tidy(draft: Draft) -> Draft:
    """Return `draft` without space around its parts and without languages that say nothing."""
    texts = {
        language: Text(
            " ".join(text.title.split()),
            " ".join(text.keywords.split()),
            text.body.replace("\r\n", "\n").strip(),
        )
        for language, text in draft.texts.items()
    }
    kept = {language: text for language, text in texts.items() if text.title or text.body}
    return Draft(draft.topic.strip(), draft.position, draft.reviewed, kept)


def problems(slug: str, draft: Draft) -> dict[str, str]:
    """Return what is wrong with a tidy draft: the field, and what it must be."""
    found = dict(_of_the_whole(slug, draft))
    for language, text in draft.texts.items():
        found |= {f"{language}.{name}": told for name, told in _of_a_text(text)}
    return found


def _of_the_whole(slug: str, draft: Draft) -> Iterator[tuple[str, str]]:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_NAME:
        yield "slug", f"1 to {LONGEST_NAME} letters a-z and digits, in words joined by -"
    if not TOPIC.fullmatch(draft.topic) or len(draft.topic) > LONGEST_NAME:
        yield "topic", f"1 to {LONGEST_NAME} letters a-z and digits, in words joined by _"
    if not 0 <= draft.position <= LAST_POSITION:
        yield "position", f"a number from 0 to {LAST_POSITION}"
    if not draft.texts:
        yield "tr", "a title and a text in at least one language"
    if unknown := set(draft.texts) - set(LANGUAGES):
        yield min(unknown), f"the languages are {' and '.join(LANGUAGES)}"


def _of_a_text(text: Text) -> Iterator[tuple[str, str]]:
    for name, value, longest in (
        ("title", text.title, LONGEST_TITLE),
        ("keywords", text.keywords, LONGEST_KEYWORDS),
        ("body", text.body, LONGEST_BODY),
    ):
        if not value and name != "keywords":
            yield name, "must not be empty"
        elif len(value) > longest:
            yield name, f"at most {longest} characters"
        elif _UNSHOWN.search(value):
            yield name, "has control characters, which cannot be shown"
        elif unknown := unknown_places(value):
            yield name, f"nothing stands for {{{{{unknown[0]}}}}}; known: {', '.join(NAMES)}"
        elif name == "body" and (wrong := _of_the_sections(value)):
            yield name, wrong


def _of_the_sections(body: str) -> str | None:
    for section in sections(body):
        named = f"the section {section.heading!r}" if section.heading else "the first section"
        if not section.body:
            return f"{named} has no text"
        if len(section.body) + len(section.heading or "") > LONGEST_SECTION:
            return (
                f"{named} has more than {LONGEST_SECTION} characters;"
                " begin another with a line such as: ## Heading"
            )
    return None
