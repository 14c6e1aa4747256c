"""`make test` and `make check`: each part under its own heading, and a summary at the end.

Suites of tests share nothing but the trained model, and run two at once, the longest first.
"""

import os
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

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
_LOOK_AGAIN_SECONDS = 0.1
# More would make what waits for something wait longer than it is patient.
_AT_ONCE = 2


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
    pytest_part("Browser", SERVICE, "e2e", "tests/e2e"),
    pytest_part("Unit tests inside Rasa", RASA, "bot", "tests/bot"),
    pytest_part("Training data and dialogues", SERVICE, "dialogue", "tests/dialogue"),
    pytest_part("Contracts between the processes", SERVICE, "contract", "tests/contract"),
    pytest_part("Processes killed and started again", SERVICE, "system", "tests/system"),
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
    outcomes = [run_part(clone, chosen, part) for part in parts if part not in TESTS]
    tests = [part for part in parts if part in TESTS]
    if tests:
        outcomes += run_beside(clone, chosen, tests, at_once=min(_AT_ONCE, os.cpu_count() or 1))
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
    print(heading(part.title), flush=True)
    forget_report(clone, part)
    started = time.monotonic()
    code = commands.show(part.command, root=clone.root, environ=environ)
    return outcome_of(clone, part, code, time.monotonic() - started)


def run_beside(
    clone: Clone, environ: Mapping[str, str], parts: Sequence[Part], *, at_once: int
) -> list[Outcome]:
    """Run `parts`, up to `at_once` beside each other, and return what became of each.

    They begin in the order given. What one says is shown when it has ended, under its heading.
    """
    waiting, running = deque(parts), dict[Part, _Running]()
    ended: dict[Part, Outcome] = {}
    with TemporaryDirectory(prefix="devir-check-") as folder:
        try:
            while waiting or running:
                while waiting and len(running) < at_once:
                    part = waiting.popleft()
                    print(f"  {part.title} …", flush=True)
                    forget_report(clone, part)
                    running[part] = _Running(clone, environ, part, Path(folder))
                for part, one in list(running.items()):
                    code = one.process.poll()
                    if code is not None:
                        del running[part]
                        print(heading(part.title), one.read(), sep="\n", end="", flush=True)
                        ended[part] = outcome_of(clone, part, code, time.monotonic() - one.started)
                time.sleep(_LOOK_AGAIN_SECONDS)
        except BaseException as reason:
            commands.stop([one.process for one in running.values()], reason)
            raise
    return [ended[part] for part in parts]


class _Running:
    """A part that runs, with its output in a file."""

    def __init__(self, clone: Clone, environ: Mapping[str, str], part: Part, folder: Path) -> None:
        self.started = time.monotonic()
        handle, name = tempfile.mkstemp(dir=folder)
        self._output = Path(name)
        with open(handle, "wb") as output:
            self.process = commands.start(
                part.command, root=clone.root, environ=environ, output=output
            )

    def read(self) -> str:
        """Return what it has said."""
        return self._output.read_text(encoding="utf-8", errors="replace")


def heading(title: str) -> str:
    """Return the line that begins a section."""
    return f"\n{f'── {title} '.ljust(_WIDTH, '─')}"


def forget_report(clone: Clone, part: Part) -> None:
    """Remove what an earlier run of a part has counted."""
    if part.report:
        (clone.root / part.report).unlink(missing_ok=True)


def outcome_of(clone: Clone, part: Part, code: int, seconds: float) -> Outcome:
    """Return what became of a part that ended with `code` after `seconds`."""
    counts = read_counts(clone.root / part.report) if part.report else None
    return Outcome(part, code == 0, seconds, counts)


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
    lines = [heading("Summary")]
    counted = [outcome.counts for outcome in outcomes if outcome.counts is not None]
    for outcome in outcomes:
        state = "ok" if outcome.passed else "failed"
        took = f"{int(outcome.seconds) // 60}:{int(outcome.seconds) % 60:02}"
        counts = str(outcome.counts) if outcome.counts is not None else ""
        lines.append(f"  {state:6}  {outcome.part.title:38} {took:>5}  {counts}".rstrip())
    if counted:
        lines.append(str(sum(counted, Counts())))
    return "\n".join(lines)
