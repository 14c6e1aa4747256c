"""Finding an interpreter of a certain version that really runs."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tools.problem import Problem

_ASK = "import sys, ssl, venv; print('%d.%d' % sys.version_info[:2])"
_ANSWER_SECONDS = 20


def version_of(python: Path) -> str | None:
    """Return the version ("3.10") an interpreter says it has, None when it does not run."""
    try:
        answer = subprocess.run(
            [python, "-c", _ASK], capture_output=True, text=True, timeout=_ANSWER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def find_python(version: str, candidates: Iterable[Path]) -> Path | None:
    """Return the first of `candidates` that runs and has `version`, None when there is none.

    Being in the right place with the right name is not enough: pyenv leaves a `python3.10` that
    ends with 127 wherever that version is not the chosen one.
    """
    return next((path for path in candidates if version_of(path) == version), None)


def candidates(version: str, uv: Path | None, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where an interpreter of `version` may be: DEVIR_RASA_PYTHON, uv, PATH, pyenv."""
    if chosen := environ.get("DEVIR_RASA_PYTHON"):
        yield Path(chosen)
    if uv and (found := _ask_uv(uv, version)):
        yield found
    if found_on_path := shutil.which(f"python{version}", path=environ.get("PATH", "")):
        yield Path(found_on_path)
    home = environ.get("HOME")
    pyenv = environ.get("PYENV_ROOT") or (f"{home}/.pyenv" if home else None)
    # PYENV_ROOT may be another user's, whose folders are closed to us and offer nothing.
    if pyenv and os.access(f"{pyenv}/versions", os.R_OK | os.X_OK):
        yield from sorted(Path(pyenv).glob(f"versions/{version}*/bin/python{version}"))


def require_python(version: str, uv: Path | None, environ: Mapping[str, str]) -> Path:
    """Return an interpreter of `version`; raise Problem(python_missing) when there is none."""
    found = find_python(version, candidates(version, uv, environ))
    if found is None:
        raise Problem(
            "python_missing",
            f"Rasa needs Python {version}, which is not on this machine: install it"
            f" (uv python install {version}, pyenv install {version}, or your system's packages)"
            " or point DEVIR_RASA_PYTHON at it, and run it again.",
        )
    return found


def _ask_uv(uv: Path, version: str) -> Path | None:
    answer = subprocess.run(
        [uv, "python", "find", "--no-python-downloads", "--no-project", "--system", version],
        capture_output=True,
        text=True,
    )
    return Path(answer.stdout.strip()) if answer.returncode == 0 else None
