"""What Rasa's own checks say of the training data and the test stories beside this file."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.dialogue.processes import QUIET, RASA, ROOT

pytestmark = pytest.mark.timeout(300)

HERE = Path(__file__).parent


def rasa(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [RASA, "-m", "rasa", *arguments],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


def test_the_training_data_is_valid_without_a_warning() -> None:
    code, said = rasa("data", "validate", "--fail-on-warnings")
    assert code == 0, said
    warnings = re.findall(r"UserWarning: (.*)", said)
    # Most sentences are said by actions; tests/actions/test_domain.py looks after those.
    unexpected = [
        warning
        for warning in warnings
        if not re.fullmatch(
            r"The utterance 'utter_\w+' is not used in any story or rule\.", warning
        )
        and not warning.startswith("Slot auto-fill has been removed")
    ]
    assert unexpected == []


def test_the_stories_go_as_they_are_told(model: Path, tmp_path: Path) -> None:
    code, said = run_stories(model, HERE, tmp_path)
    assert code == 0, said[-3000:]
    failed = (tmp_path / "results" / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert failed == "# None of the test stories failed - all good!"


def test_a_message_that_means_something_else_fails(model: Path, tmp_path: Path) -> None:
    stories = tmp_path / "test_wrong.yml"
    stories.write_text(
        """
stories:
- story: thanks are taken for a greeting
  steps:
  - user: çok teşekkürler
    intent: greet
  - action: utter_greet
""",
        encoding="utf-8",
    )
    code, said = run_stories(model, stories, tmp_path)
    assert code != 0
    assert "predicted: thank" in said


def run_stories(model: Path, stories: Path, folder: Path) -> tuple[int, str]:
    """Predict each message's meaning and each action; nothing is run and nothing is called."""
    endpoints = folder / "endpoints.yml"
    endpoints.write_text("", encoding="utf-8")
    command = ["test", "core", "--e2e", "--fail-on-prediction-errors", "--no-plot"]
    command += ["--model", str(model), "--stories", str(stories)]
    return rasa(*command, "--out", str(folder / "results"), "--endpoints", str(endpoints))
