"""The shop's articles: agents search and send them, supervisors write them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import web
from pydantic import TypeAdapter

from handoff.errors import ArticleChanged, Forbidden, InvalidInput, NotFound, ShopUnavailable
from handoff.store.rows import AgentSession
from handoff.web.console import AgentHandler
from handoff.web.keys import CLOCK, LIBRARY
from handoff.web.middleware import json_response
from handoff.web.present import instant
from handoff.web.schemas import Language, Seq, Strict, read_body
from shop import errors
from shop.articles.facts import NAMES
from shop.articles.library import History, Library
from shop.articles.written import LANGUAGES, Draft, Editor, Stored, Text, Version
from shop.models import Article

log = structlog.get_logger(__name__)

EDITOR = "supervisor"
"""The role that may write articles."""
FOUND = 20
_LONGEST_SEARCH = 200


class Written(Strict):
    """An article in one language, as an editor sends it; how long it may be the library says."""

    title: str
    keywords: str
    body: str


class Save(Strict):
    """Body of POST /console/api/articles/{slug}. `seen`: the newest version the editor knew."""

    seen: Seq
    topic: str
    position: int
    reviewed: bool
    tr: Written | None
    en: Written | None
    publish: bool = False


class Preview(Written):
    """Body of POST /console/api/article-preview."""

    language: Language


class Restore(Strict):
    """Body of POST /console/api/articles/{slug}/restore."""

    seen: Seq
    version: Seq


class Release(Strict):
    """Body of POST /console/api/articles/{slug}/release; version null takes it off."""

    version: Seq | None


_SAVE = TypeAdapter(Save)
_PREVIEW = TypeAdapter(Preview)
_RESTORE = TypeAdapter(Restore)
_RELEASE = TypeAdapter(Release)


def for_editors(handler: AgentHandler) -> AgentHandler:
    """Let only those through who may write articles."""

    async def guarded(request: web.Request, session: AgentSession) -> web.StreamResponse:
        if session.agent.role != EDITOR:
            raise Forbidden(f"only a {EDITOR} may write articles; ask one")
        return await handler(request, session)

    return guarded


async def search(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/passages"""
    text = request.query.get("text", "")
    language = request.query.get("language", "tr")
    wrong = {}
    if len(text) > _LONGEST_SEARCH:
        wrong["text"] = f"at most {_LONGEST_SEARCH} characters"
    if language not in LANGUAGES:
        wrong["language"] = " or ".join(LANGUAGES)
    if wrong:
        raise InvalidInput("correct the fields named", fields=wrong)
    async with _library(request) as library:
        found = await library.search(text, language, FOUND)
    return json_response({"passages": [_passage(one) for one in found]})


async def list_articles(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/articles"""
    async with _library(request) as library:
        stored = await library.all()
    return json_response({"articles": [_summary(one) for one in stored], "places": list(NAMES)})


async def read_article(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """GET /console/api/articles/{slug}"""
    async with _library(request) as library:
        stored, history = await library.get(request.match_info["slug"])
    return json_response({"article": _summary(stored), **_history(history)})


async def save_article(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/articles/{slug}"""
    body = await read_body(request, _SAVE)
    given = {"tr": body.tr, "en": body.en}
    texts = {name: Text(one.title, one.keywords, one.body) for name, one in given.items() if one}
    slug = request.match_info["slug"]
    async with _library(request) as library:
        stored = await library.save(
            slug,
            Draft(body.topic, body.position, body.reviewed, texts),
            seen=body.seen,
            by=_editor(session),
            at=request.app[CLOCK](),
            publish=body.publish,
        )
    _note("saved", session, stored)
    return json_response(_summary(stored), 201)


async def restore_article(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/articles/{slug}/restore"""
    body = await read_body(request, _RESTORE)
    async with _library(request) as library:
        stored = await library.restore(
            request.match_info["slug"],
            body.version,
            seen=body.seen,
            by=_editor(session),
            at=request.app[CLOCK](),
        )
    _note("restored", session, stored)
    return json_response(_summary(stored), 201)


async def release_article(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/articles/{slug}/release"""
    body = await read_body(request, _RELEASE)
    async with _library(request) as library:
        stored = await library.release(
            request.match_info["slug"], body.version, by=_editor(session), at=request.app[CLOCK]()
        )
    _note("released", session, stored)
    return json_response(_summary(stored))


async def preview_article(request: web.Request, session: AgentSession) -> web.StreamResponse:
    """POST /console/api/article-preview"""
    body = await read_body(request, _PREVIEW)
    shown = request.app[LIBRARY].preview(Text(body.title, body.keywords, body.body), body.language)
    return json_response({"passages": [_passage(one) for one in shown]})


@asynccontextmanager
async def _library(request: web.Request) -> AsyncIterator[Library]:
    """The library, its refusals told as the service's own."""
    try:
        yield request.app[LIBRARY]
    except errors.ArticleInvalid as error:
        raise InvalidInput("correct the fields named", fields=error.fields) from error
    except errors.ArticleMissing as error:
        raise NotFound(str(error)) from error
    except errors.ArticleChanged as error:
        raise ArticleChanged(
            str(error),
            version=error.version,
            saved_by=error.saved_by,
            saved_at=instant(error.saved_at),
        ) from error
    except errors.ShopUnavailable as error:
        log.warning("shop_unavailable", told=str(error))
        raise ShopUnavailable("the articles cannot be reached; try again in a moment") from error


def _editor(session: AgentSession) -> Editor:
    return Editor(session.agent.id, session.agent.name)


def _note(step: str, session: AgentSession, stored: Stored) -> None:
    log.info(
        "article_written",
        step=step,
        agent=session.agent.id,
        article=stored.slug,
        version=stored.latest.number,
        live=stored.live,
    )


def _passage(passage: Article) -> dict[str, Any]:
    return {
        "slug": passage.slug,
        "language": passage.language,
        "title": passage.title,
        "heading": passage.heading,
        "body": passage.body,
    }


def _summary(stored: Stored) -> dict[str, Any]:
    return {"slug": stored.slug, "live": stored.live, **_version(stored.latest)}


def _history(history: History) -> dict[str, Any]:
    return {
        "versions": [_version(one) for one in history.versions],
        "releases": [
            {"version": one.version, "at": instant(one.at), "by": one.by}
            for one in history.releases
        ],
    }


def _version(version: Version) -> dict[str, Any]:
    draft = version.draft
    return {
        "version": version.number,
        "topic": draft.topic,
        "position": draft.position,
        "reviewed": draft.reviewed,
        **{language: _text(draft.texts.get(language)) for language in LANGUAGES},
        "saved_at": instant(version.saved_at),
        "saved_by": version.saved_by,
        "restored_from": version.restored_from,
    }


def _text(text: Text | None) -> dict[str, str] | None:
    return {"title": text.title, "keywords": text.keywords, "body": text.body} if text else None
