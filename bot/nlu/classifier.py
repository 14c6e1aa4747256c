"""What a message means: its intent, with the ranking of all intents, and a second wish in it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.component import ReadingComponent, examples, forms_of
from bot.nlu.embedding import embed_examples
from bot.nlu.reader import Ranking, Reader
from bot.nlu.text import Forms
from bot.nlu.wishes import read_wishes

SECOND_INTENT = "second_intent"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(ReadingComponent, RasaIntentClassifier):
    """Features and classifier fused in one component.

    Of the 14.5 ms a plain turn took with Rasa's sparse featurizers and LogisticRegression, about
    half went into stacking sparse matrices between the components; fused, the words of a message
    are read in 0.2 ms. What was measured of its parts stands in docs/decisions.md.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        # regularisation: `c` of the reader; elsewhere: the intent of what belongs to no other one;
        # sure: the confidence from which the words decide without the meaning, 0 for always;
        # embeddings: the file that keeps them between trainings; ranking: how many intents a
        # message keeps.
        return {
            "regularisation": 1.0,
            "elsewhere": "out_of_scope",
            "sure": 0.85,
            "embeddings": "var/embeddings.npz",
            "ranking": 10,
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples; raises ValueError with fewer than two intents."""
        known = list(examples(training_data))
        meaning = partial(embed_examples, file=Path(self._config["embeddings"]))
        reader = Reader.train(
            [example.get(TEXT) for example in known],
            [example.get(INTENT) for example in known],
            c=self._config["regularisation"],
            elsewhere=self._config["elsewhere"],
            embed_all=meaning if self._config["sure"] else None,
            sure=self._config["sure"],
        )
        return self._keep(reader)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if self._reader is not None:
                wishes = read_wishes(forms_of(message), partial(_rank, self._reader, message))
                ranking = [_intent(*one) for one in wishes.ranking][: self._config["ranking"]]
                second = _intent(*wishes.second) if wishes.second else None
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
                message.set(SECOND_INTENT, second, add_to_output=True)
        return messages


def _rank(reader: Reader, message: Message, part: Forms) -> Ranking:
    """Read a part of a message; only the whole of it is worth the time its meaning takes."""
    return reader.rank(part) if part is forms_of(message) else reader.glance(part)


def _intent(name: str, confidence: float) -> Dict[str, Any]:
    return {"name": name, "confidence": confidence}
