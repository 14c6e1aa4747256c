"""`make test` and `make check`: each part under its own heading, and a summary at the end."""

import os
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import clone as clones
from tools import commands, environments
from tools.chromium import SETTING, find_chromium, install_chromium
from tools.clone import Clone
from tools.model import RASA_ENVIRON
from tools.progress import Progress
from tools.run import Step, build_steps, install_steps, take

SERVICE = ".venv/bin/python"
RASA = ".venv-rasa/bin/python"
_WIDTH = 72


@dataclass(frozen=True)
class Part:
    """One check: its heading, its command, and the file pytest counts into, if it is pytest."""

    title: str
    command: tuple[str, ...]
    report: str | None = None


@dataclass(frozen=True)
class Counts:
    """How many tests passed, failed (errors too) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True)
class Outcome:
    """What became of a part, and the seconds it took."""

    part: Part
    passed: bool
    seconds: float
    counts: Counts | None


def pytest_part(title: str, python: str, name: str, *arguments: str) -> Part:
    """Return a part that runs pytest and counts into var/test/`name`.xml."""
    report = f"var/test/{name}.xml"
    return Part(title, (python, "-m", "pytest", f"--junitxml={report}", *arguments), report)


_INSIDE_RASA = ("bot", "bench/understanding")
_ELSEWHERE = ("bot", "contract", "dialogue", "e2e", "system")

LINT = (
    Part("Lint", (SERVICE, "-m", "ruff", "check", ".")),
    Part("Format", (SERVICE, "-m", "ruff", "format", "--check", ".")),
    Part("Types", (SERVICE, "-m", "mypy", "handoff", "shop", "actions", "tools")),
    Part("Types inside Rasa", (SERVICE, "-m", "mypy", "--python-executable", RASA, *_INSIDE_RASA)),
    Part("Imports", (".venv/bin/lint-imports",)),
)
TESTS = (
    pytest_part(
        "Unit tests, on SQLite and PostgreSQL",
        SERVICE,
        "unit",
        "tests",
        *(f"--ignore=tests/{name}" for name in _ELSEWHERE),
    ),
    pytest_part("Unit tests inside Rasa", RASA, "bot", "tests/bot"),
    pytest_part("Training data and dialogues", SERVICE, "dialogue", "tests/dialogue"),
    pytest_part("Contracts between the processes", SERVICE, "contract", "tests/contract"),
    pytest_part("Processes killed and started again", SERVICE, "system", "tests/system"),
    pytest_part("Browser", SERVICE, "e2e", "tests/e2e"),
)
ALL = (*LINT, *TESTS)


def check(clone: Clone, environ: Mapping[str, str], parts: Sequence[Part]) -> int:
    """Set up what `parts` need, run them all and sum up; 0 when every one passed, else 1.

    Raises Problem when something could not be set up.
    """
    clones.require_writable(clone)
    set_up(clone, environ, parts)
    (clone.var / "test").mkdir(exist_ok=True)
    chosen = environ_of_tests(environ)
    outcomes = [run_part(clone, chosen, part) for part in parts]
    print(summary(outcomes), flush=True)
    return os.EX_OK if all(outcome.passed for outcome in outcomes) else 1


def set_up(clone: Clone, environ: Mapping[str, str], parts: Sequence[Part]) -> None:
    """Build the environments, the model and the browser that `parts` need. Raises Problem."""
    steps = install_steps(clone, (environments.DEVELOPMENT,))
    if any(part in TESTS for part in parts):
        steps = build_steps(clone, (environments.RASA, environments.DEVELOPMENT))
    if find_chromium(environ) is None and any("tests/e2e" in part.command for part in parts):
        steps.append(
            Step("Install Chromium for the browser tests", lambda s: install_chromium(clone, s))
        )
    take(steps, Progress(len(steps)))


def environ_of_tests(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without Devir's own settings, which must not change what tests see."""
    kept = {key: value for key, value in environ.items() if not key.startswith("DEVIR_")}
    if browser := find_chromium(environ):
        kept[SETTING] = str(browser)
    return {**kept, **RASA_ENVIRON}


def run_part(clone: Clone, environ: Mapping[str, str], part: Part) -> Outcome:
    """Run one part, its output as it comes, and return what became of it."""
    print(f"\n{f'── {part.title} '.ljust(_WIDTH, '─')}", flush=True)
    report = clone.root / part.report if part.report else None
    if report:
        report.unlink(missing_ok=True)
    started = time.monotonic()
    code = commands.show(part.command, root=clone.root, environ=environ)
    took = time.monotonic() - started
    counts = read_counts(report) if report else None
    return Outcome(part, code == 0, took, counts)


def read_counts(report: Path) -> Counts:
    """Return what a JUnit report counts, nothing when it was not written."""
    if not report.is_file():
        return Counts()
    total = Counts()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors")}
        skipped = int(suite.get("skipped", "0"))
        failed = number["failures"] + number["errors"]
        total += Counts(number["tests"] - failed - skipped, failed, skipped)
    return total


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the closing lines: one for each part, then how many tests passed and failed."""
    lines = [f"\n{'── Summary '.ljust(_WIDTH, '─')}"]
    counted = [outcome.counts for outcome in outcomes if outcome.counts is not None]
    for outcome in outcomes:
        state = "ok" if outcome.passed else "failed"
        took = f"{int(outcome.seconds) // 60}:{int(outcome.seconds) % 60:02}"
        counts = str(outcome.counts) if outcome.counts is not None else ""
        lines.append(f"  {state:6}  {outcome.part.title:38} {took:>5}  {counts}".rstrip())
    if counted:
        lines.append(str(sum(counted, Counts())))
    return "\n".join(lines)
