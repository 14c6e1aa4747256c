"""Reads a message's text once, the Turkish way, for the components that follow."""

from __future__ import annotations

from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Component, set_forms
from bot.nlu.text import forms


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Normaliser(Component):
    """Sets a message's `Forms`; the text itself stays as written."""

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            set_forms(message, forms(message.get(TEXT) or ""))
        return messages
