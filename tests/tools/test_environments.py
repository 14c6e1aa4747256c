"""Building an environment from its lock; a stand-in plays uv."""

import sys
from pathlib import Path

import pytest

from tools.clone import Clone
from tools.environments import DEVELOPMENT, SERVICE, build, find_uv, is_current
from tools.problem import Problem

UV = f"""#!/bin/sh
case "$1" in
  --version) echo "uv 9.9.9" ;;
  venv)
    while [ $# -gt 1 ]; do shift; done
    mkdir -p "$1/bin" && ln -sf "{sys.executable}" "$1/bin/python" ;;
  pip)
    for last in "$@"; do :; done
    echo "${{last##*/}} $*" >> synced ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin" / "uv"
    uv.write_text(UV)
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}:/usr/bin:/bin")
    (tmp_path / "requirements").mkdir()
    for name in ("service", "dev"):
        (tmp_path / "requirements" / f"{name}.lock").write_text(f"{name}==1\n")
    return Clone(tmp_path)


def synced(clone: Clone) -> list[str]:
    path = clone.root / "synced"
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


def test_an_environment_is_built_once_and_again_when_its_lock_changes(clone: Clone) -> None:
    assert not is_current(clone, SERVICE)
    build(clone, SERVICE)
    assert is_current(clone, SERVICE)
    (clone.locks / "service.lock").write_text("service==2\n")
    assert not is_current(clone, SERVICE)
    build(clone, SERVICE)
    assert is_current(clone, SERVICE)
    assert synced(clone) == ["service.lock", "service.lock"]


def test_every_file_is_checked_and_compiled(clone: Clone) -> None:
    build(clone, SERVICE)
    command = (clone.root / "synced").read_text()
    assert "--require-hashes" in command
    assert "--compile-bytecode" in command


def test_what_the_checks_need_serves_the_run_as_well(clone: Clone) -> None:
    build(clone, DEVELOPMENT)
    assert is_current(clone, SERVICE)
    (clone.locks / "dev.lock").write_text("dev==2\n")
    assert not is_current(clone, SERVICE)
    build(clone, SERVICE)
    assert synced(clone) == ["dev.lock", "dev.lock"]


def test_what_the_run_needs_is_not_enough_for_the_checks(clone: Clone) -> None:
    build(clone, SERVICE)
    assert not is_current(clone, DEVELOPMENT)


def test_an_installation_that_failed_is_not_current(clone: Clone) -> None:
    build(clone, SERVICE)
    uv = clone.root / "bin" / "uv"
    uv.write_text(UV.replace('echo "${last##*/} $*" >> synced', "echo 'error: no'; exit 1"))
    (clone.locks / "service.lock").write_text("service==2\n")
    with pytest.raises(Problem, match="Installing the service and the actions failed: error: no"):
        build(clone, SERVICE)
    (clone.locks / "service.lock").write_text("service==1\n")
    assert not is_current(clone, SERVICE)


def test_an_environment_whose_interpreter_is_gone_is_made_anew(clone: Clone) -> None:
    build(clone, SERVICE)
    SERVICE.interpreter(clone).unlink()
    assert not is_current(clone, SERVICE)
    build(clone, SERVICE)
    assert SERVICE.interpreter(clone).exists()


@pytest.mark.parametrize("says", ["echo 'uv 0.4.30'", "exit 1", "echo surprise"])
def test_a_uv_that_is_too_old_or_broken_is_not_used(clone: Clone, says: str) -> None:
    assert find_uv(clone) == clone.root / "bin" / "uv"
    (clone.root / "bin" / "uv").write_text(f"#!/bin/sh\n{says}\n")
    assert find_uv(clone) is None


def test_no_lock_says_where_its_packages_come_from() -> None:
    locks = Path(__file__).resolve().parents[2] / "requirements"
    for path in [*locks.glob("*.lock"), *locks.glob("*.in")]:
        text = path.read_text()
        assert "://" not in text, path.name
        assert "index" not in text, path.name
