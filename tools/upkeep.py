"""The small commands: train, bench, evaluate, seed, clean, reset-demo."""

import os
import shutil
from collections.abc import Mapping

from tools import clone as clones
from tools import commands, demo, environments, model
from tools.clone import Clone
from tools.progress import Progress
from tools.run import Step, build_steps, install_steps, take

_REMADE = (".venv", ".venv-rasa", ".uv", ".rasa")
_CACHES = (".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_REMADE_IN_VAR = ("models", "log", "test", "evaluation")


def train(clone: Clone) -> int:
    """Train the model, whether or not the one in place is current."""
    clones.require_writable(clone)
    steps = build_steps(clone, (environments.RASA,))
    if model.is_current(clone):
        steps.append(Step("Train the model", lambda said: model.train(clone, said)))
    take(steps, Progress(len(steps)))
    return 0


def bench(clone: Clone) -> int:
    """Measure training and turns beside Rasa's default configuration."""
    clones.require_writable(clone)
    steps = install_steps(clone, (environments.RASA, environments.DEVELOPMENT))
    take(steps, Progress(len(steps)))
    command = (str(clone.service_python), "-m", "bench.turns")
    return commands.show(command, root=clone.root, environ=os.environ)


def evaluate(clone: Clone, data: str | None, train: str | None) -> int:
    """Measure how well messages are understood, or are in `data` after training on `train`."""
    clones.require_writable(clone)
    steps = install_steps(clone, (environments.RASA,))
    take(steps, Progress(len(steps)))
    command = [str(clone.rasa_python), "-m", "bench.understanding"]
    for option, path in (("--data", data), ("--train", train)):
        command += [option, path] if path else []
    return commands.show(command, root=clone.root, environ=os.environ)


def seed(clone: Clone, environ: Mapping[str, str]) -> int:
    """Fill the demo shop, with its orders dated around today."""
    clones.require_writable(clone)
    steps = install_steps(clone, (environments.SERVICE,))
    take(steps, Progress(len(steps)))
    settings = demo.settings(environ, demo.make_secrets(clone.secrets))
    for arguments in (("migrate",), ("seed",)):
        said_last = commands.run(
            [clone.service_python, "-m", "shop", *arguments],
            doing="Filling the demo shop",
            log=clone.logs / "data.log",
            root=clone.root,
            environ=settings,
        )
    print(f"  {said_last.strip()}")
    return 0


def clean(clone: Clone) -> int:
    """Remove everything that can be made again; databases and secrets stay."""
    clones.require_writable(clone)
    with clones.only_one(clone, "run"):
        for name in (*_REMADE, *_CACHES, *(f"var/{name}" for name in _REMADE_IN_VAR)):
            shutil.rmtree(clone.root / name, ignore_errors=True)
    print("  Removed the environments, the model and the logs; databases and secrets stay.")
    return 0


def reset_demo(clone: Clone) -> int:
    """Remove the demo's databases and secrets."""
    clones.require_writable(clone)
    with clones.only_one(clone, "run"):
        for pattern in ("*.db", "*.db-shm", "*.db-wal", "demo.env"):
            for path in clone.var.glob(pattern):
                path.unlink()
    print("  Removed the demo's conversations, shop and secrets; `make run` makes new ones.")
    return 0
