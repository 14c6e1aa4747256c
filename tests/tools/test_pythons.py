"""Finding the Python that Rasa needs."""

import sys
from pathlib import Path

import pytest

from tools.problem import Problem
from tools.pythons import candidates, find_python, require_python, version_of

HERE = "{}.{}".format(*sys.version_info[:2])


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def real(path: Path) -> Path:
    return script(path, f'exec "{sys.executable}" "$@"')


def broken(path: Path) -> Path:
    return script(path, "echo 'command not found' >&2; exit 127")


def test_an_interpreter_is_asked_for_its_version(tmp_path: Path) -> None:
    assert version_of(real(tmp_path / "python")) == HERE
    assert version_of(broken(tmp_path / "broken")) is None
    assert version_of(tmp_path / "missing") is None


def test_the_first_that_really_runs_is_taken(tmp_path: Path) -> None:
    good = real(tmp_path / "good")
    found = find_python(HERE, [tmp_path / "missing", broken(tmp_path / "shim"), good])
    assert found == good


def test_a_python_that_says_another_version_is_not_taken(tmp_path: Path) -> None:
    liar = real(tmp_path / "python2.9")
    assert find_python("2.9", [liar]) is None


def test_pyenv_is_searched_when_its_shim_is_broken(tmp_path: Path) -> None:
    shims = broken(tmp_path / "shims" / f"python{HERE}").parent
    behind = real(tmp_path / "pyenv" / "versions" / f"{HERE}.13" / "bin" / f"python{HERE}")
    environ = {"PATH": str(shims), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert require_python(HERE, None, environ) == behind


def test_what_uv_finds_comes_before_the_path(tmp_path: Path) -> None:
    uv = script(tmp_path / "uv", "echo /opt/found-by-uv")
    on_path = real(tmp_path / "bin" / f"python{HERE}")
    found = list(candidates(HERE, uv, {"PATH": str(on_path.parent)}))
    assert found == [Path("/opt/found-by-uv"), on_path]


def test_a_setting_names_one_outright(tmp_path: Path) -> None:
    chosen = real(tmp_path / "mine")
    assert require_python(HERE, None, {"DEVIR_RASA_PYTHON": str(chosen), "PATH": ""}) == chosen


def test_without_one_a_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"needs Python 2\.9.*install it") as caught:
        require_python("2.9", broken(tmp_path / "uv"), {"PATH": "", "HOME": str(tmp_path)})
    assert caught.value.code == "python_missing"
