"""Finds what has a form of its own: order numbers, e-mail addresses, phone digits."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Tuple

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc

from bot.nlu.component import Component
from bot.nlu.language import LANGUAGE
from bot.nlu.text import fold

_LANGUAGES = ("tr", "en")

# Within a token, where punctuation or an ending may stick to the value: "10482.", "sipariş:10482",
# "10482'li", "10482nolu". Repetitions are bounded: unbounded ones take time with the square of the
# length.
_VALUES = {
    "order_number": re.compile(r"(?<![\w.,+-])[0-9]{5,8}(?=(?:nolu|no|numaral[ıi])?(?!\w|[.,]\d))"),
    "phone_last4": re.compile(r"(?<![\w.,+-])[0-9]{4}(?!\w|[.,]\d)"),
    "email": re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}", re.ASCII),
}
# A Turkish phone number in full, however it is grouped: +90 555 010 48 21, 0555-010-4821
_PHONE = re.compile(r"(?<![\w+])(?:\+?90|0)?[ -]?5\d\d[ -]?\d{3}[ -]?\d\d[ -]?\d\d(?!\w)", re.ASCII)
# What makes a number an amount, a count or a year.
_UNITS = frozenset(
    word
    for kind in (
        ("tl", "lira", "try", "usd", "eur", "dolar", "euro", "dollar", "dollars", "₺", "$", "€"),
        ("tane", "adet", "gun", "day", "days", "yil", "yilinda", "year", "years"),
        ("gram", "gr", "kg", "ml", "cm", "mm", "km"),
    )
    for word in kind
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RuleEntities(Component, EntityExtractorMixin):
    """Adds `order_number` and `phone_last4` (digits) and `email` (lower case) to the entities.

    Positions are those of the text as written, and cover the value without its ending.
    """

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._pipelines = {language: _pipeline(language) for language in _LANGUAGES}

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            found = self._entities(message.get(TEXT) or "", message.get(LANGUAGE) or "tr")
            entities = list(message.get(ENTITIES) or []) + found
            message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def _entities(self, text: str, language: str) -> List[Dict[str, Any]]:
        nlp, matcher = self._pipelines.get(language, self._pipelines["tr"])
        return [
            {
                "entity": name,
                "start": start,
                "end": end,
                "value": value,
                "extractor": self.name,
            }
            for start, end, name, value in sorted(_found(nlp(text), matcher))
        ]


def _pipeline(language: str) -> Tuple[Language, Matcher]:
    nlp = spacy.blank(language)
    matcher = Matcher(nlp.vocab)
    for name, value in _VALUES.items():
        matcher.add(name, [[{"TEXT": {"REGEX": value.pattern}}]])
    return nlp, matcher


def _found(doc: Doc, matcher: Matcher) -> Iterator[Tuple[int, int, str, str]]:
    """Start, end, name and value of each entity, in no order."""
    phones = [match.span() for match in _PHONE.finditer(doc.text)]
    for start, end in phones:
        digits = [place for place in range(start, end) if doc.text[place].isdigit()][-4:]
        yield digits[0], end, "phone_last4", "".join(doc.text[place] for place in digits)
    for key, first, _ in matcher(doc):
        name, token = doc.vocab.strings[key], doc[first]
        if any(start <= token.idx < end for start, end in phones):
            continue
        if name != "email" and ("@" in token.text or _is_amount(doc, first)):
            continue
        for match in _VALUES[name].finditer(token.text):
            start, end = (token.idx + place for place in match.span())
            yield start, end, name, match.group().lower()


def _is_amount(doc: Doc, position: int) -> bool:
    neighbours = doc[max(0, position - 1) : position + 2]
    return any(fold(token.text) in _UNITS for token in neighbours)
