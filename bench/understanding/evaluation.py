"""What is measured, on which messages: the shop's own model, or this pipeline on anybody's file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rasa.shared.nlu.training_data.training_data import TrainingData

from bench.understanding import pipeline as pipelines
from bench.understanding import typos
from bench.understanding.figures import Found, Judged, by_entity, folds
from bench.understanding.labelled import (
    Labelled,
    Marked,
    read_labelled,
    read_marked,
    require_known,
    require_labels,
)
from bench.understanding.measured import Evaluation, Part, Steadiness
from bench.understanding.pipeline import Pipeline
from tools.clone import Clone
from tools.progress import Progress

FOLDS = 5
_SEED = 2024
_BAR = 24
_SLIP = "a letter "
_WORKERS = 2

Said = Callable[[str], None]


def evaluate_shop(clone: Clone, progress: Progress) -> Evaluation:
    """Measure the shop's own model on everything there is, in 4 steps. Raises Problem."""
    config = pipelines.read_config(clone.root / "config.yml")
    data = pipelines.read_data(clone.root / "data")
    known = _intents(data)
    folder = clone.root / "data" / "evaluation"
    files = {path.stem: read_labelled(path) for path in sorted(folder.glob("*.csv"), reverse=True)}
    for name, rows in files.items():
        require_known(folder / f"{name}.csv", rows, known)
    marked = read_marked(folder / "entities.yml") if (folder / "entities.yml").exists() else {}
    with progress.step("Train the model"):
        trained = pipelines.train(config, data)
    with progress.step("Read the evaluation messages") as said:
        tested, milliseconds = _test(trained.pipeline, files, said)
        entities = {name: _find(trained.pipeline, rows) for name, rows in marked.items()}
    with progress.step("Type them in other ways") as said:
        steadiness = {
            name: _retype(trained.pipeline, [row.sentence for row in rows], name, said)
            for name, rows in files.items()
        }
    with progress.step(f"Cross-validate in {FOLDS} folds") as said:
        crossed = _cross(config, data, said)
    return Evaluation(
        "The shop's own model",
        pipelines.threshold(config),
        tested,
        crossed,
        entities,
        steadiness,
        tuple(milliseconds),
        len(data.intent_examples),
        trained.seconds,
        trained.size,
    )


def evaluate_files(
    clone: Clone, data: Path | None, train: Path | None, progress: Progress
) -> Evaluation:
    """Measure on labelled files: on `data` the shop's own model, or this pipeline trained on
    `train`, in 2 steps; on `train` alone by cross-validation, in one. Raises Problem.
    """
    config = pipelines.read_config(clone.root / "config.yml")
    notes: list[str] = []
    if train is None:
        learnt = pipelines.read_data(clone.root / "data")
    else:
        rows = read_labelled(train)
        require_labels(train, rows)
        learnt = pipelines.make_data((row.sentence, row.label) for row in rows)
    known = _intents(learnt)
    tests: dict[str, tuple[Labelled, ...]] = {}
    if data is not None:
        tests[data.name] = read_labelled(data)
        if train is None:
            require_known(data, tests[data.name], known)
        else:
            notes += _strangers(tests[data.name], known)
    if data is None:
        assert train is not None
        with progress.step(f"Cross-validate in {FOLDS} folds") as said:
            crossed = _cross(config, learnt, said)
        judged = tuple(one for part in crossed for one in part.judged)
        return Evaluation(
            f"This pipeline, cross-validated on {train.name}",
            pipelines.threshold(config),
            crossed=(Part(train.name, judged),),
            examples=len(learnt.intent_examples),
        )
    with progress.step("Train the model"):
        trained = pipelines.train(config, learnt)
    with progress.step("Read the messages") as said:
        tested, milliseconds = _test(trained.pipeline, tests, said)
    source = f"This pipeline, trained on {train.name}," if train else "The shop's own model"
    return Evaluation(
        f"{source} on {data.name}",
        pipelines.threshold(config),
        tested,
        milliseconds=tuple(milliseconds),
        examples=len(learnt.intent_examples),
        training_seconds=trained.seconds,
        model_bytes=trained.size,
        notes=tuple(notes),
    )


def bar(done: int, of: int) -> str:
    """How far a step is, as a bar."""
    filled = _BAR * done // of
    return f"{'█' * filled}{'░' * (_BAR - filled)} {100 * done // of:3} %"


def _test(
    pipeline: Pipeline, files: dict[str, tuple[Labelled, ...]], said: Said
) -> tuple[tuple[Part, ...], list[float]]:
    """The messages of each file judged, and the milliseconds each took."""
    parts: list[Part] = []
    milliseconds: list[float] = []
    count = sum(map(len, files.values()))
    for name, rows in files.items():
        judged = []
        for row in rows:
            understood = pipeline.understand(row.sentence)
            judged.append(understood.judged(row.sentence, row.label))
            milliseconds.append(understood.milliseconds)
            said(bar(len(milliseconds), count))
        parts.append(Part(name, tuple(judged)))
    return tuple(parts), milliseconds


def _cross(config: dict[str, Any], data: TrainingData, said: Said) -> tuple[Part, ...]:
    """Every example judged by a pipeline trained without its fold, by language."""
    examples = data.intent_examples
    languages = [pipelines.language_of(example) for example in examples]
    labels = [
        f"{language} {pipelines.intent_of(example)}"
        for language, example in zip(languages, examples, strict=True)
    ]
    order = list(range(len(examples)))
    random.Random(_SEED).shuffle(order)
    held_out = folds(labels, FOLDS, order)
    judged: dict[str, list[Judged]] = {language: [] for language in sorted(set(languages))[::-1]}
    said(bar(0, FOLDS))
    workers = ProcessPoolExecutor(_WORKERS, get_context("spawn"), pipelines.quiet)
    with workers:
        working = {}
        for fold in range(FOLDS):
            kept = [one for one, held in zip(examples, held_out, strict=True) if held != fold]
            left = [place for place, held in enumerate(held_out) if held == fold]
            asked = [pipelines.labelled(examples[place]) for place in left]
            working[workers.submit(_judge, config, pipelines.only(data, kept), asked)] = left
        for done, task in enumerate(as_completed(working), 1):
            for place, one in zip(working[task], task.result(), strict=True):
                judged[languages[place]].append(one)
            said(bar(done, FOLDS))
    return tuple(Part(language, tuple(rows)) for language, rows in judged.items())


def _judge(
    config: dict[str, Any], data: TrainingData, asked: Sequence[tuple[str, str | None]]
) -> list[Judged]:
    """Texts and their intents judged by a pipeline trained on `data`; runs in a process alone."""
    trained = pipelines.train(config, data)
    return [trained.pipeline.understand(text).judged(text, intent) for text, intent in asked]


def _intents(data: TrainingData) -> set[str]:
    """The intents in scope that there are examples of."""
    return {name for example in data.intent_examples if (name := pipelines.intent_of(example))}


def _find(pipeline: Pipeline, marked: Iterable[Marked]) -> dict[str, Found]:
    return by_entity((one.entities, pipeline.understand(one.text).entities) for one in marked)


def _retype(
    pipeline: Pipeline, texts: Sequence[str], language: str, said: Said
) -> tuple[Steadiness, ...]:
    """How steady the intents are; a message that a way of typing leaves alone does not count."""
    chance = random.Random(_SEED)
    ways: dict[str, list[tuple[str, str]]] = {}
    if language == "tr":
        ways["folded to ASCII"] = [(text, typos.fold(text)) for text in texts]
    ways["in capitals"] = [
        (text, typos.shout(text) if language == "tr" else text.upper()) for text in texts
    ]
    for name, typo in typos.TYPOS.items():
        ways[f"{_SLIP}{name}"] = [(text, typo(text, chance)) for text in texts]
    meant = {text: pipeline.understand(text) for text in texts}
    found = []
    for number, (way, pairs) in enumerate(ways.items()):
        said(bar(number, len(ways)))
        changed = [(text, other) for text, other in pairs if other != text]
        both = [(meant[text], pipeline.understand(other)) for text, other in changed]
        best = sum(one.best == other.best for one, other in both)
        answered = sum(one.answered == other.answered for one, other in both)
        found.append(Steadiness(way, len(changed), best, answered))
    slips = [one for one in found if one.way.startswith(_SLIP)]
    together = Steadiness(
        "one typo, all kinds",
        sum(one.count for one in slips),
        sum(one.best for one in slips),
        sum(one.answered for one in slips),
    )
    return (*found, together)


def _strangers(rows: Sequence[Labelled], known: set[str]) -> list[str]:
    strange = [row for row in rows if row.label is not None and row.label not in known]
    if not strange:
        return []
    names = ", ".join(sorted({str(row.label) for row in strange}))
    return [f"{len(strange)} messages have labels TRAIN does not know and count as wrong: {names}."]
