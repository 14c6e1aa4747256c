"""What a clone must offer before anything is built in it."""

from pathlib import Path

import pytest

from tools.clone import Clone, only_one, require_space
from tools.problem import Problem


def test_too_little_disk_space_is_said_before_anything_is_built(tmp_path: Path) -> None:
    require_space(Clone(tmp_path), 1)
    with pytest.raises(Problem, match=r"needs 1000000\.0 GB of free disk space") as caught:
        require_space(Clone(tmp_path), 10**15)
    assert caught.value.code == "disk_full"


def test_a_clone_runs_once_at_a_time(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    clone.var.mkdir()
    with only_one(clone, "run"):
        with pytest.raises(Problem, match="already runs in this clone"), only_one(clone, "run"):
            pass
        with only_one(clone, "another"):
            pass
    with only_one(clone, "run"):
        pass
