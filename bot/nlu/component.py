"""What our components have in common: how Rasa makes them, and when a cached one is stale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.text import Forms, forms

_FORMS = "forms"


class Component(GraphComponent):
    """A component of the pipeline that reads and marks messages."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Component:
        """A new, untrained component."""
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> Optional[str]:
        """A hash of this package: Rasa's training cache looks at a component's own class alone and
        would keep what was trained with older shared functions.
        """
        digest = hashlib.sha256()
        for source in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(source.read_bytes())
        return digest.hexdigest()


def set_forms(message: Message, reading: Forms) -> None:
    """Keep a message's readings for the components that follow."""
    message.set(_FORMS, reading)


def forms_of(message: Message) -> Forms:
    """A message's readings; made from its text when no component has set them."""
    reading = message.get(_FORMS)
    return reading if isinstance(reading, Forms) else forms(message.get(TEXT) or "")


def examples(data: TrainingData) -> Iterator[Message]:
    """The examples of an intent that have a text."""
    return (example for example in data.intent_examples if example.get(TEXT))
