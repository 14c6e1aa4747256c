"""The evaluation trains and asks the pipeline of config.yml itself, on anybody's messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.understanding import figures
from bench.understanding.evaluation import evaluate_files
from bench.understanding.page import page
from bench.understanding.report import tables
from tools.clone import this_clone
from tools.progress import Progress

TRAIN = {
    "stores": ("any store near me", "store in delhi", "store location", "which store is near"),
    "cancel": ("cancel my order", "please cancel it", "i want to cancel", "cancel the order"),
    "state": ("where is my parcel", "track my parcel", "parcel status", "is my parcel sent"),
}
DATA = {
    "stores": ("is there a store near delhi",),
    "cancel": ("cancel it please, my order", "/cancel"),
    "state": ("status of my parcel",),
    "franchise": ("can i open one",),
    "NO_NODES_DETECTED": ("qwertz asdfg",),
}


def write(path: Path, messages: dict[str, tuple[str, ...]]) -> Path:
    lines = [f'"{text}",{label}' for label, texts in messages.items() for text in texts]
    path.write_text("\n".join(["sentence,label", *lines]), encoding="utf-8")
    return path


def test_a_pipeline_trained_on_a_file_is_scored_on_another(tmp_path: Path) -> None:
    data, train = write(tmp_path / "data.csv", DATA), write(tmp_path / "train.csv", TRAIN)
    measured = evaluate_files(this_clone(), data, train, Progress(2))
    ((name, judged),) = [(part.name, part.judged) for part in measured.tested]
    assert name == "data.csv"
    known = [one for one in judged if one.expected in TRAIN]
    assert [one.best for one in known] == [one.expected for one in known]
    assert figures.configured(judged).recall == 1
    assert len(measured.milliseconds) == len(judged) == 6
    assert measured.examples == 12
    assert measured.notes == (
        "1 messages have labels TRAIN does not know and count as wrong: franchise.",
    )


@pytest.mark.slow
def test_a_file_alone_is_cross_validated_and_drawn_on_a_page_of_its_own(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", TRAIN)
    measured = evaluate_files(this_clone(), None, train, Progress(1))
    (part,) = measured.crossed
    assert sorted(one.text for one in part.judged) == sorted(sum(TRAIN.values(), ()))
    made = page(measured, tables(measured), "today")
    assert made.count("<svg") == 3
    assert not re.search(r'(?:src|href)="(?!#)', made)
    assert not re.search(r"#0[1-9]0[1-9]0[1-9]", made), "a colour stayed what matplotlib wrote"
