"""Where things lie in a clone."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.problem import Problem, explain_os_error


@dataclass(frozen=True)
class Clone:
    """A clone of Devir; every path below `root` is known here and nowhere else."""

    root: Path

    @property
    def var(self) -> Path:
        """Everything a run makes: databases, secrets, models, logs."""
        return self.root / "var"

    @property
    def logs(self) -> Path:
        """One file for each process and for each long step."""
        return self.var / "log"

    @property
    def locks(self) -> Path:
        """What each environment holds."""
        return self.root / "requirements"

    @property
    def service_python(self) -> Path:
        """The interpreter of the service and the actions."""
        return self.root / ".venv" / "bin" / "python"

    @property
    def rasa_python(self) -> Path:
        """The interpreter of Rasa."""
        return self.root / ".venv-rasa" / "bin" / "python"

    @property
    def model(self) -> Path:
        """The model Rasa serves."""
        return self.var / "models" / "devir.tar.gz"

    @property
    def secrets(self) -> Path:
        """The demo's own secrets, readable by their owner alone."""
        return self.var / "demo.env"

    def relative(self, path: Path) -> str:
        """Return `path` as it is written in a message."""
        return str(path.relative_to(self.root))


def this_clone() -> Clone:
    """Return the clone these tools belong to."""
    return Clone(Path(__file__).resolve().parent.parent)


def require_writable(clone: Clone) -> None:
    """Make var/, for its owner alone. Raises Problem when nothing can be written there."""
    try:
        clone.var.mkdir(mode=0o700, exist_ok=True)
        clone.logs.mkdir(exist_ok=True)
        probe = clone.var / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise explain_os_error(error, "Devir") or error from error


def require_space(clone: Clone, needed: int) -> None:
    """Raise Problem(disk_full) when fewer than `needed` bytes are free where the clone lies."""
    free = shutil.disk_usage(clone.root).free
    if free < needed:
        raise Problem(
            "disk_full",
            f"Devir needs {needed / 1e9:.1f} GB of free disk space here and there are"
            f" {free / 1e9:.1f} GB: free some, or move the clone to a larger disk.",
        )


@contextmanager
def only_one(clone: Clone, purpose: str) -> Iterator[None]:
    """Hold the clone for `purpose`; raise Problem(already_running) while somebody else does.

    The hold ends with this process, however it ends.
    """
    import fcntl

    path = clone.var / f"{purpose}.lock"
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                "already_running",
                f"`make {purpose}` already runs in this clone: stop it with Ctrl-C in its"
                " terminal, or work in a second clone with ports of its own.",
            ) from None
        yield
