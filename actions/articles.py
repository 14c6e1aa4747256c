"""Telling what the shop has written: the passage that fits, and the rest of it on request."""

import re

from actions.talk import Talk
from shop.base import Shop
from shop.models import Article
from shop.text import fold

READ_ON = "article"
"""The entity of the button that asks for the rest: the article, ":", and the passage told."""
_OFFER = re.compile(rf'{{"{READ_ON}": "([^"]+)"}}$')


def tell(article: Article, talk: Talk) -> None:
    """Tell a passage with its title, in whatever language there is, and offer the rest."""
    if article.language != talk.language:
        talk.say("utter_article_other_language")
    title = "\n".join(filter(None, [article.title, article.heading]))
    buttons = []
    if article.sections > 1:
        asked = f'/{talk.intent}{{"{READ_ON}": "{article.slug}:{article.position}"}}'
        buttons = [{"title": talk.sentence("utter_read_on"), "payload": asked}]
    talk.say("utter_article", buttons, title=title, body=article.body)


async def tell_rest(shop: Shop, talk: Talk) -> bool:
    """Tell the passages that a pressed button, or a yes to it, asks for, a message each.

    False when nothing asks for them, or the article has been taken off since. May raise
    ShopUnavailable, with nothing said.
    """
    asked = talk.entity(READ_ON) or (rest_offered(talk) if talk.intent == "affirm" else None)
    slug, _, told = str(asked or "").partition(":")
    if not slug:
        return False
    rest = [one for one in await shop.article(slug, talk.language) if str(one.position) != told]
    for one in rest:
        talk.say("utter_article", title=one.heading or one.title, body=one.body)
    return bool(rest)


def rest_offered(talk: Talk) -> str | None:
    """Return what a yes reads on with; None when the answer before asked something else.

    Who writes what stands on the button means it, whatever was asked after it.
    """
    if len(talk.history) < 2:
        return None
    before = talk.history[-2]
    written = (one["payload"] for one in before.buttons if fold(one["title"]) == fold(talk.text))
    found = _OFFER.search(next(written, before.offered or ""))
    return found[1] if found else None
