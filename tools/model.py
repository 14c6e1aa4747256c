"""Training the model when what it is made from has changed."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools import commands
from tools.clone import Clone
from tools.commands import Said, unheard
from tools.problem import Problem

RASA_ENVIRON = {
    "RASA_TELEMETRY_ENABLED": "false",
    # Rasa's cache of trained components knows their class but not the modules it imports, so it
    # would keep a component whose helper has changed.
    "RASA_MAX_CACHE_SIZE": "0",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
_MADE_FROM = ("data", "domain.yml", "config.yml", "bot", "requirements/rasa.lock")
_NEVER_LEARNT = "data/evaluation"
_LOG_LINE = re.compile(r" INFO +\S+ +- (.+)")


def fingerprint(clone: Clone) -> str:
    """Return a digest of everything a model is made from; other files do not change it."""
    digest = hashlib.sha256()
    for path in _sources(clone):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(clone.root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(clone: Clone) -> bool:
    """Return whether the model in place was made from what is here now."""
    stamp = _stamp(clone)
    if not (stamp.is_file() and clone.model.is_file()):
        return False
    return stamp.read_text(encoding="utf-8").strip() == fingerprint(clone)


def train(clone: Clone, said: Said = unheard) -> None:
    """Train, and put the model in place when it is complete. Raises Problem.

    Until then the earlier model stays; an interrupted training leaves it untouched.
    """
    made_from = fingerprint(clone)
    workshop = clone.model.parent / f"training-{os.getpid()}"
    command: list[str | Path] = [clone.rasa_python, "-m", "rasa", "train", "--force"]
    command += ["--config", "config.yml", "--domain", "domain.yml", "--data", "data"]
    command += ["--out", workshop, "--fixed-model-name", "devir"]

    def tell(line: str) -> None:
        if message := _LOG_LINE.search(line):
            said(message[1])

    try:
        commands.run(
            command,
            doing="Training the model",
            log=clone.logs / "train.log",
            root=clone.root,
            environ=RASA_ENVIRON,
            said=tell,
        )
        trained = workshop / clone.model.name
        if not trained.is_file():
            raise Problem(
                "step_failed", "Training ended without a model: the reason is in var/log/train.log."
            )
        _stamp(clone).unlink(missing_ok=True)
        trained.replace(clone.model)
        _stamp(clone).write_text(made_from + "\n", encoding="utf-8")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _stamp(clone: Clone) -> Path:
    return clone.model.with_name("devir.fingerprint")


def _sources(clone: Clone) -> Iterator[Path]:
    for name in _MADE_FROM:
        path = clone.root / name
        if path.is_file():
            yield path
        else:
            yield from sorted(
                found
                for found in path.rglob("*")
                if found.is_file()
                and found.suffix != ".pyc"
                and not found.name.startswith(".")
                and clone.root / _NEVER_LEARNT not in found.parents
            )
