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

from bot.nlu.reader import Reader
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


class ReadingComponent(Component):
    """A component that trains a reader and asks it; before the training it has none."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Optional[Reader] = None,
    ) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._reader = reader

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReadingComponent:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ReadingComponent:
        """The component as it was trained."""
        with model_storage.read_from(resource) as folder:
            reader = Reader.load(folder) if any(folder.iterdir()) else None
        return cls(config, model_storage, resource, reader)

    def _keep(self, reader: Optional[Reader]) -> Resource:
        """Use a trained reader from now on, and keep it with the model; None where there was
        nothing to learn.
        """
        self._reader = reader
        with self._model_storage.write_to(self._resource) as folder:
            if reader is not None:
                reader.save(folder)
        return self._resource


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
