"""Training the models that are compared, and remembering how long each took."""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.clone import Clone

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # every training is a whole one
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}

_EPOCHS = 100  # of each component of the default configuration

Say = Callable[[str], None]


@dataclass(frozen=True)
class Models:
    """Devir's model and the one Rasa's default configuration makes of the same data.

    `seconds` tells how long `rasa train` took, from start to end of the process, one after the
    other: `ours`, and `one` and `two` epochs of the default. It has 100, which take hours on two
    cores; what they learn does not change how fast a turn is.
    """

    ours: Path
    default: Path
    seconds: dict[str, float]

    @property
    def default_seconds(self) -> float:
        """How long the default's training takes whole, each further epoch being like the second."""
        one, two = self.seconds["one"], self.seconds["two"]
        return one + (_EPOCHS - 1) * (two - one)


def both(clone: Clone, say: Say) -> Models:
    """Both models, trained in one go when configuration, components, data or domain are new."""
    folder = clone.var / "bench" / f"models-{_digest(clone)}"
    told = folder / "seconds.json"
    models = Models(folder / "ours.tar.gz", folder / "default.tar.gz", {})
    if not told.exists():
        folder.mkdir(parents=True, exist_ok=True)
        ours, default = folder / "ours.yml", folder / "default.yml"
        ours.write_text(_our_config(clone, folder), encoding="utf-8")
        seconds = {"ours": _train(clone, ours, models.ours, say)}
        for epochs, name in ((1, "one"), (2, "two")):
            default.write_text(_default_config(clone, epochs), encoding="utf-8")
            seconds[name] = _train(clone, default, models.default, say)
        told.write_text(json.dumps(seconds), encoding="utf-8")
    models.seconds.update(json.loads(told.read_text(encoding="utf-8")))
    return models


def _train(clone: Clone, config: Path, model: Path, say: Say) -> float:
    name = model.name.removesuffix(".tar.gz")
    say(f"Training {name}.")
    command = [str(clone.rasa_python), "-m", "rasa", "train", "--force", "--config", str(config)]
    command += ["--out", str(model.parent), "--fixed-model-name", name]
    started = time.monotonic()
    log_path = model.with_name(f"{name}.log")
    with log_path.open("wb") as log:
        training = subprocess.Popen(
            command, cwd=clone.root, env={**os.environ, **QUIET}, stdout=log, stderr=log
        )
        while True:
            try:
                training.wait(timeout=15)
                break
            except subprocess.TimeoutExpired:
                say(f"  training for {time.monotonic() - started:.0f} s")
    if training.returncode != 0:
        raise RuntimeError(f"Training failed; {log_path} says why.")
    return time.monotonic() - started


def _our_config(clone: Clone, folder: Path) -> str:
    """Our configuration, with nothing remembered from earlier trainings."""
    config: dict[str, Any] = yaml.safe_load((clone.root / "config.yml").read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if component["name"] == "bot.nlu.classifier.IntentClassifier":
            component["embeddings"] = str(folder / "embeddings.npz")
    return yaml.safe_dump(config, allow_unicode=True)


def _default_config(clone: Clone, epochs: int = _EPOCHS) -> str:
    [found] = clone.root.glob(".venv-rasa/lib/*/site-packages/rasa/engine/recipes/config_files/")
    config = (found / "default_config.yml").read_text(encoding="utf-8")
    config = config.replace("assistant_id: placeholder_default", "assistant_id: default")
    return config.replace(f"epochs: {_EPOCHS}", f"epochs: {epochs}")


def _digest(clone: Clone) -> str:
    digest = hashlib.sha256(_default_config(clone).encode())
    for path in _sources(clone.root):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(root: Path) -> Iterator[Path]:
    yield from (root / "config.yml", root / "domain.yml")
    yield from sorted((root / "data").glob("*.yml"))
    yield from sorted((root / "bot" / "nlu").glob("*.py"))
