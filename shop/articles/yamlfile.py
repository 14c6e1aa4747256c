"""Articles as a YAML file: how an engineer reads and writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shop.articles.written import LANGUAGES, Draft, Text, problems, tidy
from shop.errors import ArticlesInvalid
from shop.yamlfile import Place, read

_DEEPEST = 4
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Named:
    """An article's name and what it says."""

    slug: str
    draft: Draft


class _Text(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    keywords: str = ""
    body: str


class _Article(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: str
    topic: str
    position: int | None = Field(None, strict=True)
    reviewed: bool = Field(False, strict=True)
    tr: _Text | None = None
    en: _Text | None = None


_FILE = TypeAdapter(list[_Article])


def read_articles(path: Path) -> list[Named]:
    """Return the articles in `path`. Those without a position are in the order of the file.

    Raises ArticlesInvalid with a line for every mistake: file, line, field and what may stand.
    """
    document = read(path, ArticlesInvalid, "name a file of articles")
    wrong = list(document.twice(_DEEPEST))
    articles: list[_Article] = []
    try:
        articles = _FILE.validate_python([] if document.content is None else document.content)
    except ValidationError as error:
        wrong += [(found["loc"], _what(dict(found))) for found in error.errors()]
    named = [_named(number, article) for number, article in enumerate(articles)]
    seen: set[str] = set()
    for number, one in enumerate(named):
        for field, told in problems(one.slug, one.draft).items():
            wrong.append(((number, *field.split(".")), told))
        if one.slug in seen:
            wrong.append(((number, "slug"), f"another article is named {one.slug!r} too"))
        seen.add(one.slug)
    if wrong:
        raise ArticlesInvalid(document.told(wrong))
    return named


def write_articles(articles: Iterable[Named]) -> str:
    """Return a file that `read_articles` reads back as `articles`."""
    rows = [_row(article) for article in articles]
    return yaml.dump(rows, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _named(number: int, article: _Article) -> Named:
    said: Mapping[str, _Text | None] = {"tr": article.tr, "en": article.en}
    texts = {name: Text(one.title, one.keywords, one.body) for name, one in said.items() if one}
    position = number if article.position is None else article.position
    return Named(article.slug, tidy(Draft(article.topic, position, article.reviewed, texts)))


def _row(article: Named) -> dict[str, Any]:
    draft = article.draft
    row: dict[str, Any] = {
        "slug": article.slug,
        "topic": draft.topic,
        "position": draft.position,
        "reviewed": draft.reviewed,
    }
    for language in LANGUAGES:
        if text := draft.texts.get(language):
            row[language] = {"title": text.title, "keywords": text.keywords, "body": text.body}
    return row


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as people would."""


def _text(dumper: _Dumper, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _what(found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return "unknown; known here: " + ", ".join(_known(found["loc"]))
    if found["type"] == "missing":
        return "is missing"
    message = str(found["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"


def _known(place: Place) -> list[str]:
    return list((_Article if len(place) == 2 else _Text).model_fields)
