"""Finds what has a form of its own (numbers, addresses, amounts, days) and what the shop lists
(products, carriers).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, Callable, Dict, List, Optional

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span

from bot.nlu.component import Component
from bot.nlu.language import LANGUAGE
from bot.nlu.text import fold
from bot.nlu.tokens import DIGITS, SIGN, WORD, Token, Words, tokens
from bot.nlu.values import RULES, VOCABULARY, Found

_LANGUAGES = ("tr", "en")
_DEFAULT_LANGUAGE = "tr"
_FILE = "lookups.json"
_SHOP_TIME = timezone(timedelta(hours=3))  # Turkey keeps UTC+3 all year round
_UNKNOWN = "_"  # any word no rule knows: spaCy keeps every string it has met for ever
_LONGEST_NUMBER = 9  # digits; longer numbers are not told apart

Lookup = List[str]
"""An entity, one way to write it, and its value."""


def shop_day() -> date:
    """Today in the shop."""
    return datetime.now(_SHOP_TIME).date()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RuleEntities(Component, EntityExtractorMixin):
    """Adds what a message names to its entities, each with one way to write its value:

    - `order_number`: 5 to 8 digits · `phone_last4`: 4 digits · `postcode`: 5 digits
    - `email`: in lower case · `phone`: E.164 · `money`: "1249.90 TRY" · `date`: ISO 8601
    - whatever the training data has a lookup table for, as `product` and `carrier`: the synonym's
      name, or else the table's line

    Positions are those of the text as written and cover the value without its ending; no two
    overlap.
    """

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        lookups: Sequence[Lookup] = (),
        today: Callable[[], date] = shop_day,
    ) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._today = today
        self._read_with(lookups)

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RuleEntities:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RuleEntities:
        with model_storage.read_from(resource) as folder:
            lookups = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, lookups)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the lookup tables, with the synonyms' names as values."""
        lookups = list(_lookups(training_data))
        self._read_with(lookups)
        with self._model_storage.write_to(self._resource) as folder:
            described = json.dumps(lookups, ensure_ascii=False)
            (folder / _FILE).write_text(described, encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            found = self._entities(message.get(TEXT) or "", message.get(LANGUAGE))
            entities = list(message.get(ENTITIES) or []) + found
            message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def _read_with(self, lookups: Sequence[Lookup]) -> None:
        self._readers = {language: _Reader(language, lookups) for language in _LANGUAGES}

    def _entities(self, text: str, language: Optional[str]) -> List[Dict[str, Any]]:
        reader = self._readers[language or _DEFAULT_LANGUAGE]
        return [
            {"entity": name, "start": start, "end": end, "value": value, "extractor": self.name}
            for start, end, name, value in sorted(reader.read(text, self._today()))
        ]


class _Reader:
    """The rules and lookups as spaCy matches them, for messages in one language."""

    def __init__(self, language: str, lookups: Sequence[Lookup]) -> None:
        split = [_words(phrase) for _, phrase, _ in lookups]
        # "çay bardağı" is known by "çay" and "bardak", where "bardak" is known by itself.
        single = Words(VOCABULARY | {words[0] for words in split if len(words) == 1})
        phrases = [[single.split(word, "tr")[0] for word in words] for words in split]
        self._language = language
        self._known = VOCABULARY.union(*phrases)
        self._words = Words(self._known)
        self._nlp: Language = spacy.blank(language)
        self._matcher = Matcher(self._nlp.vocab)
        for number, rule in enumerate(RULES):
            self._matcher.add(str(number), [rule.pattern])
        self._lookups = lookups
        if lookups:
            self._nlp.tokenizer = lambda phrase: Doc(self._nlp.vocab, words=phrase.split(" "))
            ruler: Any = self._nlp.add_pipe("entity_ruler")
            ruler.add_patterns(
                [
                    {"label": lookups[number][0], "pattern": " ".join(words), "id": str(number)}
                    for number, words in enumerate(phrases)
                ]
            )

    def read(self, text: str, today: date) -> Iterator[tuple[int, int, str, str]]:
        """Start, end, name and value of each entity, in no order."""
        message = tokens(text, self._words, self._language)
        if not message:
            return
        doc = self._nlp(self._doc(message))
        # Of what overlaps, the longer counts, then the rule that stands first.
        spans: list[tuple[int, int, int, Optional[Span]]] = [
            (ent.start, ent.end - 1, -1, ent) for ent in doc.ents
        ]
        spans += [
            (first, end - 1, int(doc.vocab.strings[key]), None)
            for key, first, end in self._matcher(doc)
        ]
        taken: set[int] = set()
        for first, last, rule, ent in sorted(spans, key=lambda s: (s[0] - s[1], s[2], s[0])):
            places = range(first, last + 1)
            if not taken.isdisjoint(places):
                continue
            start, end = message[first].start, message[last].end
            if ent:
                name, line, value = self._lookups[int(ent.ent_id_)]
                end = _listed_end(text, message[last], line) or end
            else:
                name = RULES[rule].entity
                read = RULES[rule].read(Found(message, first, last, today))
                if read is None:
                    continue
                value = read
            taken.update(places)
            yield start, end, name, value

    def _doc(self, message: Sequence[Token]) -> Doc:
        return Doc(
            self._nlp.vocab,
            words=[self._word(token) for token in message],
            tags=[token.kind for token in message],
        )

    def _word(self, token: Token) -> str:
        if token.kind in (WORD, SIGN):
            return token.base if token.base in self._known else _UNKNOWN
        return "0" * min(len(token.text), _LONGEST_NUMBER) if token.kind == DIGITS else _UNKNOWN


def _words(phrase: str) -> list[str]:
    return [fold(token.text) for token in tokens(phrase, Words(()), _DEFAULT_LANGUAGE)]


def _listed_end(text: str, last: Token, line: str) -> Optional[int]:
    """Where the last word ends when it is written as in the line ("masa lambası"), whose ending
    belongs to it; None when it is not.
    """
    word = _words(line)[-1]
    end = last.start + len(word)
    return end if fold(text[last.start : end]) == word else None


def _lookups(data: TrainingData) -> Iterable[Lookup]:
    for table in data.lookup_tables:
        for line in table["elements"]:
            yield [table["name"], line, data.entity_synonyms.get(line, line)]
