"""When a model counts as current."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.clone import Clone
from tools.model import fingerprint, is_current, train
from tools.problem import Problem


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    for name in ("data/nlu.yml", "bot/nlu/rules.py", "domain.yml", "config.yml", "README.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"what {name} says\n")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "rasa.lock").write_text("rasa==3.6.21\n")
    return Clone(tmp_path)


def with_rasa(clone: Clone, body: str) -> None:
    """Put a stand-in for Rasa's interpreter into the clone."""
    clone.rasa_python.parent.mkdir(parents=True)
    clone.rasa_python.write_text(f"#!/bin/sh\n{body}\n")
    clone.rasa_python.chmod(0o755)


WRITES_A_MODEL = """
while [ "$1" != --out ]; do shift; done
mkdir -p "$2" && echo trained > "$2/devir.tar.gz"
"""


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "data" / "nlu.yml").write_text("something else\n"),
        lambda root: (root / "data" / "rules.yml").write_text("a new file\n"),
        lambda root: (root / "domain.yml").write_text(""),
        lambda root: (root / "config.yml").write_text("\n"),
        lambda root: (root / "bot" / "nlu" / "rules.py").unlink(),
        lambda root: (root / "bot" / "nlu" / "rules.py").rename(root / "bot" / "rules.py"),
        lambda root: (root / "requirements" / "rasa.lock").write_text("rasa==3.6.20\n"),
    ],
    ids=["content", "new", "emptied", "a byte", "removed", "moved", "lock"],
)
def test_every_change_of_a_source_changes_the_fingerprint(
    clone: Clone, change: Callable[[Path], object]
) -> None:
    before = fingerprint(clone)
    change(clone.root)
    assert fingerprint(clone) != before


def test_nothing_else_changes_it(clone: Clone) -> None:
    before = fingerprint(clone)
    (clone.root / "README.md").write_text("a better text\n")
    (clone.root / "data" / "evaluation").mkdir()
    (clone.root / "data" / "evaluation" / "tr.csv").write_text("sentence,label\n")
    (clone.root / "bot" / "__pycache__").mkdir()
    (clone.root / "bot" / "__pycache__" / "rules.cpython-310.pyc").write_bytes(b"compiled")
    (clone.root / "data" / ".nlu.yml.swp").write_text("an editor's own")
    assert fingerprint(clone) == before


def test_content_cannot_move_unseen_between_two_files(clone: Clone) -> None:
    (clone.root / "domain.yml").write_text("ab")
    (clone.root / "config.yml").write_text("c")
    before = fingerprint(clone)
    (clone.root / "domain.yml").write_text("a")
    (clone.root / "config.yml").write_text("bc")
    assert fingerprint(clone) != before


def test_training_makes_the_model_current_until_a_source_changes(clone: Clone) -> None:
    with_rasa(clone, WRITES_A_MODEL)
    assert not is_current(clone)
    train(clone)
    assert is_current(clone)
    assert clone.model.read_text() == "trained\n"
    (clone.root / "domain.yml").write_text("changed")
    assert not is_current(clone)


def test_what_the_training_does_is_told_without_its_noise(clone: Clone) -> None:
    line = "2026-01-01 10:00:00 INFO     rasa.engine.train - Starting to train component 'X'."
    with_rasa(clone, f'echo "{line}"; echo "Warning: noise"\n' + WRITES_A_MODEL)
    told: list[str] = []
    train(clone, told.append)
    assert told == ["Starting to train component 'X'."]


def test_a_failed_training_leaves_the_earlier_model_and_says_why(clone: Clone) -> None:
    with_rasa(clone, "echo 'Error: the domain is not valid'; exit 1")
    clone.model.parent.mkdir(parents=True)
    clone.model.write_text("earlier")
    with pytest.raises(Problem, match=r"the domain is not valid.*var/log/train\.log"):
        train(clone)
    assert clone.model.read_text() == "earlier"
    assert [path.name for path in clone.model.parent.iterdir()] == ["devir.tar.gz"]
    assert not is_current(clone)


def test_a_source_changed_during_training_is_noticed(clone: Clone) -> None:
    with_rasa(clone, "echo new > domain.yml\n" + WRITES_A_MODEL)
    train(clone)
    assert not is_current(clone)
