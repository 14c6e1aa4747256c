"""Which language a message is in, and what is said when nothing was there to learn it from."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.language import LANGUAGE, LanguageIdentifier

TURKISH = ("siparişim nerede", "kargom gelmedi", "iade etmek istiyorum", "teşekkürler", "merhaba")
ENGLISH = ("where is my order", "it never came", "i want to return it", "thank you", "hello")


def example(text: str, language: str | None) -> Message:
    marked = {"intent": {LANGUAGE: language}} if language else {}
    return Message({"text": text, "intent": "any", "metadata": marked})


@pytest.mark.parametrize(
    ("languages", "said"), [(("tr", "en"), "tr"), (("tr", "tr"), None), ((None, None), None)]
)
def test_a_language_is_told_from_two_or_more_and_stays_unsaid_otherwise(
    tmp_path: Path, languages: tuple[str | None, str | None], said: str | None
) -> None:
    config = {**LanguageIdentifier.get_default_config(), "clear": 0.6}
    storage, resource = LocalModelStorage(tmp_path), Resource("language")
    context = ExecutionContext(GraphSchema({}))
    data = TrainingData(
        [example(text, languages[0]) for text in TURKISH]
        + [example(text, languages[1]) for text in ENGLISH]
    )
    LanguageIdentifier.create(config, storage, resource, context).train(data)
    loaded = LanguageIdentifier.load(config, storage, resource, context)
    (message,) = loaded.process([Message({"text": "kargom nerede"})])
    assert message.get(LANGUAGE) == said
