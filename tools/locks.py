"""`make lock`: write down what each environment holds."""

import os
from pathlib import Path

from tools import commands
from tools.clone import Clone
from tools.environments import RASA_PYTHON, get_uv

OLDEST_PYTHON = "3.11"


def remake(clone: Clone, *, upgrade: bool) -> int:
    """Resolve each requirements/*.in into its lock, for every platform, with hashes.

    What a lock already names stays unless `upgrade` is set. No lock names where its packages come
    from: that is for pip's and uv's own settings to say. Raises Problem.
    """
    uv = get_uv(clone)
    constrained = ("--constraints", clone.locks / "service.lock")
    for name, python, further in (
        ("uv", OLDEST_PYTHON, ()),
        ("service", OLDEST_PYTHON, ()),
        ("dev", OLDEST_PYTHON, constrained),
        ("rasa", RASA_PYTHON, ("--overrides", clone.locks / "rasa.overrides")),
    ):
        command: list[str | Path] = [uv, "pip", "compile", "--quiet", "--universal"]
        command += ["--generate-hashes", "--no-header", "--no-annotate"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", python]
        command += [*further, *(["--upgrade"] if upgrade else [])]
        command += [clone.locks / f"{name}.in", "--output-file", clone.locks / f"{name}.lock"]
        commands.run(
            command,
            doing=f"Locking requirements/{name}.in",
            log=clone.logs / "lock.log",
            root=clone.root,
            environ={"UV_NO_PROGRESS": "1"},
        )
        print(f"  requirements/{name}.lock")
    return os.EX_OK
