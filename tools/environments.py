"""Building the two environments from their locks."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools import commands
from tools.clone import Clone
from tools.commands import Said, unheard
from tools.problem import Problem
from tools.pythons import require_python, version_of

OLDEST_UV = (0, 5)
RASA_PYTHON = "3.10"
_STAMP = ".devir-lock"


@dataclass(frozen=True)
class Environment:
    """One virtual environment: its folder, the locks that satisfy it, the Python it needs.

    The first of `locks` is installed; an environment made from another one of them holds all of
    the first one and is left as it is. `python` None means the interpreter that runs these tools.
    """

    folder: str
    holds: str
    locks: tuple[str, ...]
    python: str | None
    size: int

    def interpreter(self, clone: Clone) -> Path:
        """Return the environment's own interpreter."""
        return clone.root / self.folder / "bin" / "python"


SERVICE = Environment(".venv", "the service and the actions", ("service", "dev"), None, 600_000_000)
DEVELOPMENT = Environment(".venv", "the service, the actions and the checks", ("dev",), None, 10**9)
RASA = Environment(".venv-rasa", "Rasa", ("rasa",), RASA_PYTHON, 2_600_000_000)


def is_current(clone: Clone, environment: Environment) -> bool:
    """Return whether the environment holds what its lock says and its interpreter is there."""
    stamp = clone.root / environment.folder / _STAMP
    if not stamp.is_file() or not environment.interpreter(clone).exists():
        return False
    said = stamp.read_text(encoding="utf-8").strip()
    return said in {_fingerprint(clone, lock) for lock in environment.locks}


def build(clone: Clone, environment: Environment, said: Said = unheard) -> None:
    """Bring the environment to what its lock says; `said` hears each line of the installer.

    Every file is checked against the lock's hashes and compiled to bytecode: Rasa starts in 6
    seconds so, and in 26 without it where PYTHONDONTWRITEBYTECODE is set. Raises Problem.
    """
    uv = get_uv(clone, said)
    folder = clone.root / environment.folder
    stamp = folder / _STAMP
    log = clone.logs / "setup.log"
    lock = _lock_to_install(clone, environment)
    stamp.unlink(missing_ok=True)
    doing = f"Installing {environment.holds}"
    wanted = environment.python or "{}.{}".format(*sys.version_info[:2])
    python = environment.interpreter(clone)
    if version_of(python) != wanted:
        base = (
            require_python(environment.python, uv, os.environ)
            if environment.python
            else Path(sys.executable)
        )
        create: list[str | Path] = [uv, "venv", "--quiet", "--clear", "--no-project"]
        create += ["--python", base, folder]
        commands.run(create, doing=doing, log=log, root=clone.root, said=said)
    sync: list[str | Path] = [uv, "pip", "sync", "--require-hashes", "--compile-bytecode"]
    sync += ["--python", python, clone.locks / f"{lock}.lock"]
    commands.run(sync, doing=doing, log=log, root=clone.root, said=said)
    stamp.write_text(_fingerprint(clone, lock) + "\n", encoding="utf-8")


def find_uv(clone: Clone) -> Path | None:
    """Return a uv that runs and is new enough: the machine's own or this clone's, else None."""
    on_path = shutil.which("uv")
    for path in filter(None, (Path(on_path) if on_path else None, _own_uv(clone))):
        if _uv_version(path) >= OLDEST_UV:
            return path
    return None


def get_uv(clone: Clone, said: Said = unheard) -> Path:
    """Return a uv that runs; without one, install the locked one into .uv. Raises Problem."""
    if found := find_uv(clone):
        return found
    folder = clone.root / ".uv"
    log = clone.logs / "setup.log"
    doing = "Installing uv"
    create: list[str | Path] = [sys.executable, "-m", "venv", "--clear", folder]
    install: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    install += ["--disable-pip-version-check", "--retries", "1", "--require-hashes"]
    install += ["--requirement", clone.locks / "uv.lock"]
    try:
        for command in (create, install):
            commands.run(command, doing=doing, log=log, root=clone.root, said=said)
    except Problem as problem:
        if "ensurepip" in log.read_text(encoding="utf-8"):
            raise Problem(
                "venv_missing",
                "This Python has no venv module: install it (on Debian and Ubuntu:"
                " apt-get install python3-venv) or uv itself, and run it again.",
            ) from problem
        raise
    return _own_uv(clone)


def _own_uv(clone: Clone) -> Path:
    return clone.root / ".uv" / "bin" / "uv"


def _uv_version(uv: Path) -> tuple[int, ...]:
    try:
        answer = subprocess.run([uv, "--version"], capture_output=True, text=True)
    except OSError:
        return ()
    numbers = re.search(r"(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, numbers.groups())) if answer.returncode == 0 and numbers else ()


def _lock_to_install(clone: Clone, environment: Environment) -> str:
    """Return the environment's first lock, or the one it was made from before it changed."""
    stamp = clone.root / environment.folder / _STAMP
    before = stamp.read_text(encoding="utf-8").split()[0] if stamp.is_file() else ""
    return before if before in environment.locks else environment.locks[0]


def _fingerprint(clone: Clone, lock: str) -> str:
    digest = hashlib.sha256((clone.locks / f"{lock}.lock").read_bytes()).hexdigest()
    return f"{lock} {digest}"
