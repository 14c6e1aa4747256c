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

# A Turkish case ending or an English possessive, set off by an apostrophe ("10482'li", "10482's").
_SUFFIX = r"(?:['’`´]\w{1,6})?"
# Bounded repetitions: unbounded ones take time with the square of the length.
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}", re.ASCII)
_NUMBER = re.compile(r"\d+")
_RULES: Dict[str, List[List[Dict[str, Any]]]] = {
    # Five to eight digits, with # or an ending: #10482, 10482'li, 10482nolu
    "order_number": [
        [{"TEXT": {"REGEX": rf"^#?[0-9]{{5,8}}(?:nolu|no|numarali|numaralı)?{_SUFFIX}$"}}]
    ],
    "phone_last4": [[{"TEXT": {"REGEX": r"^[0-9]{4}$"}}]],
    "email": [[{"TEXT": {"REGEX": rf"{_EMAIL.pattern}{_SUFFIX}"}}]],
}
# What makes four digits an amount, a count or a year instead of the end of a phone number.
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
        doc = nlp(text)
        return [
            {
                "entity": name,
                "start": start,
                "end": start + len(value),
                "value": value.lower() if name == "email" else value,
                "extractor": self.name,
            }
            for name, start, value in _values(doc, matcher)
        ]


def _pipeline(language: str) -> Tuple[Language, Matcher]:
    nlp = spacy.blank(language)
    matcher = Matcher(nlp.vocab)
    for name, patterns in _RULES.items():
        matcher.add(name, patterns)
    return nlp, matcher


def _values(doc: Doc, matcher: Matcher) -> Iterator[Tuple[str, int, str]]:
    """Name, position and value of each match, in the order of the text."""
    for key, first, _ in sorted(matcher(doc), key=lambda match: match[1]):
        name = doc.vocab.strings[key]
        token = doc[first]
        if name == "phone_last4" and _is_amount(doc, first):
            continue
        found = (_EMAIL if name == "email" else _NUMBER).search(token.text)
        if found:
            yield name, token.idx + found.start(), found.group()


def _is_amount(doc: Doc, position: int) -> bool:
    neighbours = doc[max(0, position - 1) : position + 2]
    return any(fold(token.text) in _UNITS for token in neighbours)
