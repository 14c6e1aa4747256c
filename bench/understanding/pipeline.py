"""Training the pipeline of config.yml with Rasa's own graph, and asking it as the bot does."""

from __future__ import annotations

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import rasa.engine.validation
from rasa.core.channels.channel import UserMessage
from rasa.engine.caching import LocalTrainingCache
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.recipes.recipe import Recipe
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.training.graph_trainer import GraphTrainer
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.data import TrainingType
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_config_file
from rasa.utils.log_utils import configure_structlog

from bench.understanding.figures import Judged, Span
from bot.speed import SequentialGraphRunner

OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Understood:
    """What was understood of a message.

    `answered` is the intent the assistant acts on, `best` the likeliest, both None when the message
    is refused or out of scope; `confidence` is that of the likeliest. `milliseconds` it took.
    """

    answered: str | None
    best: str | None
    confidence: float
    entities: tuple[Span, ...]
    milliseconds: float

    def judged(self, text: str, expected: str | None) -> Judged:
        """This beside what was expected of `text`."""
        return Judged(text, expected, self.best, self.confidence, self.answered)


class Examples(TrainingDataImporter):
    """Hands Rasa's graph training data from memory; Rasa gives the signatures."""

    def __init__(self, config: dict[str, Any], data: TrainingData) -> None:
        self._config = config
        self._data = data

    def get_config(self) -> dict[str, Any]:
        return self._config

    def get_config_file_for_auto_config(self) -> str | None:
        return None

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:  # noqa: ARG002
        return StoryGraph([])

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:  # noqa: ARG002
        return self._data


class Pipeline:
    """A trained pipeline."""

    def __init__(self, model: Path) -> None:
        with TemporaryDirectory(prefix="devir-evaluation-") as folder:
            metadata, self._runner = load_predict_graph_runner(
                Path(folder), model, LocalModelStorage, SequentialGraphRunner
            )
        # The last node reads `/intent` as a command; a person's text never passes it.
        self._target = metadata.predict_schema.nodes[metadata.nlu_target].needs["messages"]

    def understand(self, text: str) -> Understood:
        """Read one message."""
        started = time.perf_counter()
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: None}
        message = self._runner.run(inputs, targets=[self._target])[self._target][0]
        took = (time.perf_counter() - started) * 1000
        parsed = message.as_dict(only_output_properties=True)
        answered = parsed["intent"]["name"]
        best = answered
        if answered == FALLBACK:
            ranked = (one["name"] for one in parsed.get("intent_ranking") or ())
            best = next((name for name in ranked if name != FALLBACK), FALLBACK)
        return Understood(
            _in_scope(answered),
            _in_scope(best),
            float(parsed["intent"]["confidence"] or 0.0),
            tuple(
                Span(one["entity"], one["start"], one["end"])
                for one in parsed.get("entities") or ()
            ),
            took,
        )


@dataclass(frozen=True)
class Trained:
    """A trained pipeline, the seconds its training took and the bytes of its archive."""

    pipeline: Pipeline
    seconds: float
    size: int


def quiet() -> None:
    """Let Rasa say errors alone; its advice on training data would bury the tables."""
    warnings.showwarning = _unheard  # a filter would not do, spaCy puts its own before it
    logging.disable(logging.WARNING)
    configure_structlog(logging.ERROR)


def read_config(path: Path) -> dict[str, Any]:
    """The configuration of a model."""
    return dict(read_config_file(path))


def threshold(config: dict[str, Any]) -> float:
    """The confidence below which the configured pipeline refuses; 0 when it never does."""
    values = [component.get("threshold") for component in config["pipeline"]]
    return float(next((value for value in reversed(values) if value is not None), 0.0))


def read_data(path: Path) -> TrainingData:
    """The training data of all files of Rasa's in a folder."""
    return RasaFileImporter(training_data_paths=[str(path)]).get_nlu_data()


def make_data(labelled: Iterable[tuple[str, str | None]]) -> TrainingData:
    """Training data from sentences and their intents, None being out of scope."""
    return TrainingData(
        [Message.build(text=sentence, intent=label or OUT_OF_SCOPE) for sentence, label in labelled]
    )


def only(data: TrainingData, examples: Sequence[Message]) -> TrainingData:
    """Training data with some of its examples; what is looked up in it stays."""
    return TrainingData(
        list(examples), data.entity_synonyms, data.regex_features, data.lookup_tables
    )


def labelled(example: Message) -> tuple[str, str | None]:
    """What an example says, and its intent."""
    return str(example.get(TEXT)), intent_of(example)


def intent_of(example: Message) -> str | None:
    """The intent of an example, None when it is out of scope."""
    return _in_scope(example.get(INTENT))


def language_of(example: Message) -> str:
    """The language an example is marked with, "" when it is not."""
    metadata = (example.get("metadata") or {}).get("intent") or {}
    return str(metadata.get("language") or "")


def train(config: dict[str, Any], data: TrainingData) -> Trained:
    """Train the pipeline of a configuration."""
    recipe = Recipe.recipe_for_name(config.get("recipe"))
    graph = recipe.graph_config_for_recipe(config, {}, training_type=TrainingType.NLU)
    rasa.engine.validation.validate(graph)
    started = time.perf_counter()
    with TemporaryDirectory(prefix="devir-evaluation-") as folder, _silent():
        storage = Path(folder, "storage")
        storage.mkdir()
        model = Path(folder, "model.tar.gz")
        trainer = GraphTrainer(
            LocalModelStorage.create(storage), LocalTrainingCache(), DaskGraphRunner
        )
        trainer.train(graph, Examples(config, data), model, force_retraining=True)
        took = time.perf_counter() - started
        return Trained(Pipeline(model), took, model.stat().st_size)


def _unheard(*_warning: object, **_details: object) -> None:
    """Show no warning."""


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep what is printed while a model is trained from the terminal."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _in_scope(intent: str | None) -> str | None:
    return None if intent in {OUT_OF_SCOPE, FALLBACK, None} else intent
