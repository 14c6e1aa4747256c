"""Reading a table somebody exported: any usual encoding and delimiter, each row with its line."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from shop.text import fold

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something in a file that is left out. `told` says what is wrong and what to do."""

    line: int
    column: str
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row by column, spaces around them taken off; the line it begins on, from 1.

    `broken` says what keeps its cells from being trusted; those that are there still tell what the
    row was part of.
    """

    line: int
    cells: dict[str, str]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and what is wrong where there is none."""

    rows: list[Row]
    problems: list[Problem]


class NoTable(ValueError):
    """The file is no table of this kind. The message says what is missing."""


def read_table(path: Path, required: Sequence[str], optional: Sequence[str]) -> Table:
    """Read the file at `path`, whose first line names its columns in any order.

    UTF-8 (with or without its mark), UTF-16 with its mark and Windows-1254 are read, also mixed by
    line; cells are divided by commas, semicolons or tabs. Raises NoTable when a required column is
    missing, OSError when the file cannot be read.
    """
    text, unreadable = _decode(path.read_bytes())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    problems: list[Problem] = []
    header = _next(reader, problems)
    if not header:
        raise NoTable(f"{path} is empty; its first line names the columns: {', '.join(required)}.")
    columns = _columns(path, header, required, optional, problems)
    rows: list[Row] = []
    while True:
        first = reader.line_num + 1
        cells = _next(reader, problems)
        if cells is None:
            return Table(rows, problems)
        if not any(cell.strip() for cell in cells):
            continue
        broken = ""
        if not unreadable.isdisjoint(range(first, reader.line_num + 1)):
            broken = "holds bytes of no known encoding; save the file as UTF-8"
        elif len(cells) != len(header):
            broken = (
                f"has {len(cells)} cells, the first line {len(header)}; quote cells with commas"
            )
        named = zip(columns, cells, strict=False)
        rows.append(Row(first, {name: cell.strip() for name, cell in named if name}, broken))


def _next(reader: Any, problems: list[Problem]) -> list[str] | None:
    """Return the next row that is one; None at the end."""
    while True:
        first = reader.line_num + 1
        try:
            cells: list[str] = next(reader)
            return cells
        except StopIteration:
            return None
        except csv.Error as error:
            problems.append(Problem(first, "", f"cannot be read ({error}); check its quotes"))


def _columns(
    path: Path,
    header: Sequence[str],
    required: Sequence[str],
    optional: Sequence[str],
    problems: list[Problem],
) -> list[str]:
    """Return the name of each column, "" for one that is left out."""
    known = (*required, *optional)
    columns = [fold(cell).strip().replace(" ", "_") for cell in header]
    for name in required:
        if name not in columns:
            raise NoTable(
                f"{path} has no column {name!r}; its first line must name {', '.join(required)}"
                f" and may name {', '.join(optional)}."
            )
    for at, name in enumerate(columns):
        if name in columns[:at]:
            raise NoTable(f"{path} has two columns {name!r}; take one of them out.")
        if name and name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "; known: " + ", ".join(known)
            problems.append(Problem(1, header[at].strip(), f"unknown, left out{hint}"))
    return [name if name in known else "" for name in columns]


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _decode(data: bytes) -> tuple[str, set[int]]:
    """Return the text of a file and the lines of it, from 1, that are in no known encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), set()
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8"), set()
    except UnicodeDecodeError:
        pass
    lines, unreadable = [], set()
    for number, line in enumerate(data.split(b"\n"), start=1):
        for encoding in ("utf-8", "cp1254"):
            try:
                lines.append(line.decode(encoding))
                break
            except UnicodeDecodeError:
                continue
        else:
            lines.append(line.decode("utf-8", "replace"))
            unreadable.add(number)
    return "\n".join(lines), unreadable
