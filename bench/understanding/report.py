"""The tables of an evaluation; written so that a terminal and a markdown page show them alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.understanding import figures
from bench.understanding.figures import Found, Judged
from bench.understanding.measured import Evaluation, Part

NAMES = {"tr": "Turkish", "en": "English", "": "all"}
OUT_OF_SCOPE = "out_of_scope"
_SHOWN = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_CONFUSIONS = 12
_QUOTED = 52


@dataclass(frozen=True)
class Table:
    """Rows under a head; `note` says how to read them. The first `texts` columns hold words."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


def tables(evaluation: Evaluation) -> list[Table]:
    """All tables of what was measured, in the order they are read."""
    made = [
        _summary(evaluation),
        _thresholds(evaluation),
        _intents(evaluation),
        _entities(evaluation),
        _steadiness(evaluation),
        _confusions(evaluation),
        _effort(evaluation),
    ]
    return [table for table in made if table.rows]


def markdown(table: Table) -> str:
    """A table as aligned markdown."""
    lines = [table.head, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.head))]

    def row(cells: Sequence[str]) -> str:
        put = [
            cell.ljust(width) if place < table.texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(put)} |"

    rule = [
        "-" * width if place < table.texts else "-" * (width - 1) + ":"
        for place, width in enumerate(widths)
    ]
    body = "\n".join([row(table.head), row(rule), *map(row, table.rows)])
    note = f"{table.note}\n\n" if table.note else ""
    return f"### {table.title}\n\n{note}{body}\n"


def percent(value: float) -> str:
    """A share as a percentage."""
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def name_of(intent: str | None) -> str:
    """An intent's name."""
    return intent or OUT_OF_SCOPE


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _summary(evaluation: Evaluation) -> Table:
    parts = [(f"{name_of_part(part)}, cross-validated", part) for part in evaluation.crossed]
    parts = [(name_of_part(part), part) for part in evaluation.tested] + parts
    return Table(
        "Right, lost and refused",
        "Right: in scope and taken for what they are, without a threshold and as configured "
        f"(threshold {evaluation.threshold:g}). Lost: in scope and refused. Refused: out of scope "
        "and refused. Lost, refused and MCC are as configured.",
        (
            "messages",
            "count",
            "right",
            "right, configured",
            "lost",
            "refused",
            "MCC",
            "best MCC",
            "at",
            "ECE in scope",
            "ECE all",
        ),
        tuple(_summary_row(name, part.judged) for name, part in parts),
    )


def _summary_row(name: str, judged: Sequence[Judged]) -> tuple[str, ...]:
    points = figures.curve(judged)
    set_up, top = figures.configured(judged), figures.best(points)
    inside = [one for one in judged if one.expected is not None]
    return (
        name,
        str(len(judged)),
        percent(points[0].score.accuracy),
        percent(set_up.accuracy),
        percent(set_up.loss),
        percent(set_up.recall),
        _number(set_up.mcc),
        _number(top.score.mcc),
        f"{top.threshold:g}",
        _number(figures.calibration_error(figures.reliability(inside))),
        _number(figures.calibration_error(figures.reliability(judged))),
    )


def _thresholds(evaluation: Evaluation) -> Table:
    parts = evaluation.tested or evaluation.crossed
    curves = [
        {point.threshold: point.score for point in figures.curve(part.judged)} for part in parts
    ]
    shown = sorted({*_SHOWN, min(figures.THRESHOLDS, key=lambda t: abs(t - evaluation.threshold))})
    head = ["threshold"]
    for part in parts:
        head += [f"{part.name} right".strip(), "lost", "refused", "MCC"]
    rows = []
    for threshold in shown:
        row = [f"{threshold:g}"]
        for curve in curves:
            at = curve[threshold]
            row += [percent(at.accuracy), percent(at.loss), percent(at.recall), _number(at.mcc)]
        rows.append(tuple(row))
    note = "What a threshold alone would do, the page has the whole curve."
    return Table("Thresholds", note, tuple(head), tuple(rows))


def _intents(evaluation: Evaluation) -> Table:
    columns = [(f"{part.name} test".strip(), part) for part in evaluation.tested]
    columns += [(f"{part.name} cross".strip(), part) for part in evaluation.crossed]
    found = [figures.by_intent(part.judged) for _, part in columns]
    names = sorted({name for one in found for name in one}, key=lambda name: (name is None, name))
    nothing = Found(0, 0, 0)
    head = ["intent"]
    for title, _ in columns:
        head += [f"{title}: P", "R"]
    rows = []
    for name in names:
        row = [name_of(name)]
        for one in found:
            of = one.get(name, nothing)
            row += [percent(of.precision), percent(of.recall)]
        rows.append(tuple(row))
    return Table(
        "Intents",
        "Precision (P) and recall (R) without a threshold.",
        tuple(head),
        tuple(rows),
    )


def _entities(evaluation: Evaluation) -> Table:
    names = sorted({name for found in evaluation.entities.values() for name in found})
    head = ["entity"]
    for language in evaluation.entities:
        head += [f"{language} expected", "precision", "recall"]
    rows = []
    for name in [*names, "all"] if names else []:
        row = [name]
        for found in evaluation.entities.values():
            of = figures.total(found) if name == "all" else found.get(name, Found(0, 0, 0))
            row += [str(of.expected), percent(of.precision), percent(of.recall)]
        rows.append(tuple(row))
    return Table("Entities", "Right: the name and the characters.", tuple(head), tuple(rows))


def _steadiness(evaluation: Evaluation) -> Table:
    rows = tuple(
        (
            NAMES.get(language, language),
            one.way,
            str(one.count),
            percent(figures.share(one.best, one.count)),
            percent(figures.share(one.answered, one.count)),
        )
        for language, found in evaluation.steadiness.items()
        for one in found
    )
    note = "Messages whose intent stays the same, without a threshold and as configured."
    head = ("messages", "way", "count", "same", "same, configured")
    return Table("Typed in another way", note, head, rows, texts=2)


def _confusions(evaluation: Evaluation) -> Table:
    judged = _all(evaluation.tested) or _all(evaluation.crossed)
    rows = tuple(
        (
            f"{name_of(one.expected)} → {name_of(one.taken_for)}",
            " · ".join(_quote(text) for text in one.examples),
            str(one.count),
        )
        for one in figures.confusions(judged)[:_CONFUSIONS]
    )
    note = "The most frequent, without a threshold."
    return Table("Confusions", note, ("intent → taken for", "for instance", "count"), rows, texts=2)


def _effort(evaluation: Evaluation) -> Table:
    rows: list[tuple[str, ...]] = []
    times = evaluation.milliseconds
    if times:
        rows += [
            ("a message, median", f"{figures.percentile(times, 50):.2f} ms"),
            ("a message, 99th percentile", f"{figures.percentile(times, 99):.2f} ms"),
        ]
    if evaluation.training_seconds:
        rows += [
            (f"training on {evaluation.examples} examples", f"{evaluation.training_seconds:.1f} s"),
            ("model", f"{evaluation.model_bytes / 1e6:.1f} MB"),
        ]
    return Table("Time and size", "In one process.", ("what", "takes"), tuple(rows))


def name_of_part(part: Part) -> str:
    """What a part is called in a table."""
    return NAMES.get(part.name, part.name)


def _all(parts: Iterable[Part]) -> list[Judged]:
    return [one for part in parts for one in part.judged]


def _quote(text: str) -> str:
    plain = " ".join(text.replace("|", "/").split())
    return f"“{plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1] + '…'}”"
