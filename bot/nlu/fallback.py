"""Admits that a message was not understood."""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.core.constants import DEFAULT_NLU_FALLBACK_THRESHOLD
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Fallback(Component, IntentClassifier):
    """Changes the intent to `nlu_fallback` where the best one is unsure or the second is too close.

    Unlike Rasa's FallbackClassifier it leaves the ranking alone: `intent_ranking` stays what the
    classifier said, and the fallback's confidence is that of the intent it overrules.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        # threshold: the least confidence; margin: the least distance to the second intent.
        return {"threshold": DEFAULT_NLU_FALLBACK_THRESHOLD, "margin": 0.1}

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY) or []
            best, second = ([r["confidence"] for r in ranking] + [0.0, 0.0])[:2]
            if best < self._config["threshold"] or best - second < self._config["margin"]:
                intent = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": best}
                message.set(INTENT, intent, add_to_output=True)
        return messages
