"""Reading labelled messages; whatever is wrong with a file is told with its line and the fix."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.understanding.figures import Span
from tools.problem import Problem

OUT_OF_SCOPE = "NO_NODES_DETECTED"
_COLUMNS = ("sentence", "label")
_TOLD = 10
_MARK = re.compile(r"\[(?P<value>[^\]]+)\]\((?P<name>\w+)\)")


@dataclass(frozen=True)
class Labelled:
    """A message and the intent it has, None when it is out of scope; `line` of its file."""

    sentence: str
    label: str | None
    line: int


@dataclass(frozen=True)
class Marked:
    """A message and the entities in it."""

    text: str
    entities: tuple[Span, ...]


def read_labelled(path: Path) -> tuple[Labelled, ...]:
    """The messages of a CSV file with the columns sentence and label, in any order, among others.

    The separator is a comma, or what separates the header (a semicolon, a tab). A byte order mark
    and empty lines are ignored; `NO_NODES_DETECTED` and `out_of_scope` mean out of scope. Raises
    Problem naming file, line and fix.
    """
    text = _text(path)
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        numbered = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise Problem(
            "input_unreadable",
            f"{path}, line {rows.line_num}: {error}. Put a field with a separator or quotes in "
            'it in double quotes, and write quotes inside it twice: "".',
        ) from error
    places, width = _header(path, numbered)
    found, wrong = [], []
    for line, row in numbered[1:]:
        if not any(field.strip() for field in row):
            continue
        fault = _fault(row, places, width, separator)
        if fault:
            wrong.append(f"line {line}: {fault}")
            continue
        sentence, label = (row[place].strip() for place in places)
        outside = label.casefold() in {OUT_OF_SCOPE.casefold(), "out_of_scope"}
        found.append(Labelled(sentence, None if outside else label, line))
    if wrong:
        more = [f"and {len(wrong) - _TOLD} more"] if len(wrong) > _TOLD else []
        told = "\n    ".join([*wrong[:_TOLD], *more])
        raise Problem("input_wrong", f"{path} has rows that cannot be used:\n    {told}")
    if not found:
        raise Problem(
            "input_empty", f"{path} has no messages; add a line for each: sentence,label."
        )
    return tuple(found)


def require_known(path: Path, rows: Collection[Labelled], known: Collection[str]) -> None:
    """Raise Problem when a row's label is not among `known` intents."""
    strange = [row for row in rows if row.label is not None and row.label not in known]
    if strange:
        told = "\n    ".join(f"line {row.line}: {row.label}" for row in strange[:_TOLD])
        more = f"\n    and {len(strange) - _TOLD} more" if len(strange) > _TOLD else ""
        raise Problem(
            "input_label_unknown",
            f"{path} has labels that are no intents of this shop:\n    {told}{more}\n  Use one of "
            f"{', '.join(sorted(known))} or {OUT_OF_SCOPE}, or name the examples they are learnt "
            "from: make evaluate DATA=… TRAIN=….",
        )


def require_labels(path: Path, rows: Collection[Labelled]) -> None:
    """Raise Problem when there are fewer than two labels to tell apart."""
    if len({row.label for row in rows}) < 2:
        raise Problem(
            "input_one_label",
            f"{path} has one label alone; training needs examples of two or more.",
        )


def read_marked(path: Path) -> dict[str, tuple[Marked, ...]]:
    """The messages of a YAML file by language, with `[characters](entity)` where there is one."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        language: tuple(_marked(str(text)) for text in texts) for language, texts in content.items()
    }


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(
            "input_missing", f"{path} cannot be read ({error.strerror}); check its name."
        ) from error
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Problem(
            "input_encoding", f"{path}, line {line}: not UTF-8. Save the file again as UTF-8."
        ) from error
    if "\0" in text:
        line = text.partition("\0")[0].count("\n") + 1
        raise Problem(
            "input_encoding",
            f"{path}, line {line}: a zero byte, so this is no CSV file. Export it as CSV in UTF-8.",
        )
    return text


def _header(path: Path, rows: list[tuple[int, list[str]]]) -> tuple[tuple[int, ...], int]:
    """The places of the columns, and how many there are."""
    names = [name.strip().casefold() for name in rows[0][1]] if rows else []
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise Problem(
            "input_columns",
            f"{path}, line 1: no column {' and no column '.join(missing)}. The first line must be "
            "the header: sentence,label.",
        )
    return tuple(names.index(name) for name in _COLUMNS), len(names)


def _fault(row: list[str], places: tuple[int, ...], width: int, separator: str) -> str:
    if len(row) > width and any(field.strip() for field in row[width:]):
        return (
            f"{len(row)} fields instead of {width}; put the sentence in double quotes when it has "
            f'"{separator}" in it'
        )
    if len(row) <= max(places):
        return f"{len(row)} of {width} fields; add what is missing"
    for name, place in zip(_COLUMNS, places, strict=True):
        if not row[place].strip():
            return f"no {name}; fill it in or remove the line"
    return ""


def _marked(text: str) -> Marked:
    spans, plain, end = [], "", 0
    for match in _MARK.finditer(text):
        plain += text[end : match.start()]
        spans.append(Span(match["name"], len(plain), len(plain) + len(match["value"])))
        plain += match["value"]
        end = match.end()
    return Marked(plain + text[end:], tuple(spans))
