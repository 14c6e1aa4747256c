"""Measure how well messages are understood: `make evaluate`, `make evaluate DATA=… TRAIN=…`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.clone import Clone, this_clone
from tools.model import RASA_ENVIRON
from tools.problem import Problem
from tools.progress import Progress


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables and write the page; 0, or 1 when the input is wrong."""
    given = _parser().parse_args(arguments)
    os.environ.update(RASA_ENVIRON)
    try:
        _measure(this_clone(), given.data, given.train)
    except Problem as problem:
        print(f"\n  {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n  Stopped.", file=sys.stderr)
        return 130
    return 0


def _measure(clone: Clone, data: Path | None, train: Path | None) -> None:
    shop = data is None and train is None
    progress = Progress(5 if shop else 3 if data else 2)
    with progress.step("Load Rasa"):
        # Rasa reads its environment when it is imported, and takes some seconds to.
        from bench.understanding import pipeline

        pipeline.quiet()
        from bench.understanding import evaluation, page, report
    if shop:
        measured = evaluation.evaluate_shop(clone, progress)
    else:
        measured = evaluation.evaluate_files(clone, data, train, progress)
    tables = report.tables(measured)
    folder = clone.var / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("index.html" if shop else "file.html")
    made = time.strftime("%Y-%m-%d %H:%M")
    path.write_text(page.page(measured, tables, made), encoding="utf-8")
    print(f"\n## {measured.title}\n")
    for table in tables:
        print(report.markdown(table))
    for note in measured.notes:
        print(f"  {note}")
    print(f"  The same with pictures: {clone.relative(path)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    parser.add_argument("--data", type=_path, help="a labelled file to be scored on")
    parser.add_argument("--train", type=_path, help="a labelled file to be trained on")
    return parser


def _path(name: str) -> Path:
    return Path(name).expanduser()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
