"""Which language a message is written in."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import ReadingComponent, examples, forms_of
from bot.nlu.reader import Reader
from bot.nlu.text import Forms, letters

LANGUAGE = "language"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(ReadingComponent):
    """Sets `language` to a language's code where it is clear, to None where it is not.

    Learns from the `metadata.language` of the training examples. A number, an address or a short
    word says nothing about the language: the conversation keeps the one it has.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        # clear: the confidence from which a language counts; letters: the fewest that can tell one
        # ("alo", "ok" and "mhm" are written in both); regularisation: `c` of the reader.
        return {"clear": 0.9, "letters": 4, "regularisation": 1.0}

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that say their language; of fewer than two, nothing is learnt
        and no message's language is clear.
        """
        marked = [
            (example.get(TEXT), language)
            for example in examples(training_data)
            if (language := _marked_language(example))
        ]
        languages = [language for _, language in marked]
        if len(set(languages)) < 2:
            return self._keep(None)
        texts = [text for text, _ in marked]
        return self._keep(Reader.train(texts, languages, c=self._config["regularisation"]))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(LANGUAGE, self._language(forms_of(message)), add_to_output=True)
        return messages

    def _language(self, text: Forms) -> Optional[str]:
        if self._reader is None or letters(text.folded) < self._config["letters"]:
            return None
        language, confidence = self._reader.rank(text)[0]
        return language if confidence >= self._config["clear"] else None


def _marked_language(example: Message) -> Optional[str]:
    metadata = (example.get("metadata") or {}).get("intent") or {}
    return metadata.get(LANGUAGE)
