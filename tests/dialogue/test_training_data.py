"""What Rasa's own check says of the domain, the rules and the examples."""

import os
import re
import subprocess

import pytest

from tests.dialogue.processes import QUIET, RASA, ROOT

pytestmark = pytest.mark.timeout(300)

# Most sentences are said by actions; tests/actions/test_domain.py looks after those.
EXPECTED = (
    r"The utterance 'utter_\w+' is not used in any story or rule\.",
    r"Slot auto-fill has been removed",
)


def test_the_training_data_is_valid_without_a_warning() -> None:
    checked = subprocess.run(
        [RASA, "-m", "rasa", "data", "validate", "--fail-on-warnings"],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    warnings = re.findall(r"UserWarning: (.*)", checked.stdout)
    assert [one for one in warnings if not any(re.match(known, one) for known in EXPECTED)] == []
