"""What `make check` makes of its parts."""

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.checks import (
    ALL,
    Counts,
    Part,
    check,
    environ_of_tests,
    read_counts,
    run_beside,
    run_part,
    summary,
)
from tools.cli import end_when_told
from tools.clone import Clone

REPORT = """<testsuites>
<testsuite name="a" tests="10" failures="2" errors="1" skipped="3"></testsuite>
<testsuite name="b" tests="5" failures="0" errors="0" skipped="0"></testsuite>
</testsuites>"""


def test_errors_count_as_failures(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    assert read_counts(tmp_path / "report.xml") == Counts(passed=9, failed=3, skipped=3)


def test_a_report_that_was_not_written_counts_nothing(tmp_path: Path) -> None:
    assert read_counts(tmp_path / "report.xml") == Counts()


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_the_summary_ends_with_all_the_tests(tmp_path: Path) -> None:
    write = "import pathlib, sys; pathlib.Path('r.xml').write_text(sys.argv[1]); sys.exit(1)"
    outcomes = [
        run_part(Clone(tmp_path), {}, Part("Lint", python("pass"))),
        run_part(Clone(tmp_path), {}, Part("Unit tests", (*python(write), REPORT), "r.xml")),
    ]
    lines = summary(outcomes).splitlines()
    assert lines[-1] == "9 passed, 3 failed, 3 skipped"
    assert lines[-2].split() == ["failed", "Unit", "tests", "0:00", *lines[-1].split()]
    assert lines[-3].split() == ["ok", "Lint", "0:00"]


def test_a_report_of_an_earlier_run_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(REPORT)
    outcome = run_part(Clone(tmp_path), {}, Part("Unit tests", python("exit(4)"), "r.xml"))
    assert not outcome.passed
    assert outcome.counts == Counts()


def test_settings_of_this_machine_do_not_reach_the_tests() -> None:
    environ = environ_of_tests({"DEVIR_BOT_TOKEN": "secret", "PATH": "/bin", "DEVIR_PORT": "1"})
    assert "DEVIR_BOT_TOKEN" not in environ
    assert "DEVIR_PORT" not in environ
    assert environ["PATH"] == "/bin"


def test_one_failed_part_fails_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.checks.set_up", lambda *_: None)
    good, bad = Part("Good", python("print('fine')")), Part("Bad", python("exit(1)"))
    assert check(Clone(tmp_path), {}, [good]) == 0
    assert check(Clone(tmp_path), {}, [bad, good]) == 1
    output = capfd.readouterr().out
    assert "── Bad ─" in output
    assert output.count("fine") == 2


def waits_for(*files: str, makes: str) -> tuple[str, ...]:
    """A command that says it has begun, by making a file, and ends when others are there."""
    return python(
        "import pathlib, time\n"
        f"pathlib.Path({makes!r}).touch()\n"
        f"while not all(pathlib.Path(name).exists() for name in {files!r}): time.sleep(0.01)\n"
        f"print('end of {makes}')"
    )


def test_parts_run_beside_each_other_and_are_told_apart(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one = Part("One", waits_for("two", makes="one"))
    two = Part("Two", waits_for("one", "three", makes="two"))
    three = Part("Three", (*python("open('three', 'w'); print('end of three'); exit(3)"),))
    outcomes = run_beside(Clone(tmp_path), {}, [one, two, three], at_once=2)
    assert [(outcome.part.title, outcome.passed) for outcome in outcomes] == [
        ("One", True),
        ("Two", True),
        ("Three", False),
    ]
    told = capfd.readouterr().out
    for title in ("One", "Two", "Three"):
        assert re.search(rf"── {title} ─+\nend of {title.lower()}\n", told)


def test_no_more_parts_run_at_once_than_there_may(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys\n"
        "before = pathlib.Path('other-has-ended').exists()\n"
        "pathlib.Path('other-has-ended').touch()\n"
        "sys.exit(before)"
    )
    parts = [Part(title, python(code)) for title in ("First", "Second")]
    outcomes = run_beside(Clone(tmp_path), {}, parts, at_once=1)
    assert [outcome.passed for outcome in outcomes] == [True, False]


@pytest.fixture
def stoppable() -> Iterator[None]:
    """Lets signals end what runs, as `make` commands do, also in a shell's background job."""
    heard = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in heard}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_when_told()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_who_stops_the_checks_stops_all_parts(tmp_path: Path, stoppable: None) -> None:
    runs = "import os, pathlib, signal, time\ntry:\n    pathlib.Path('runs').touch()\n"
    cleans = "\n    time.sleep(600)\nfinally:\n    pathlib.Path('cleaned').touch()"
    stops = (
        "import os, pathlib, signal, time\n"
        "while not pathlib.Path('runs').exists(): time.sleep(0.01)\n"
        "os.kill(os.getppid(), signal.SIGTERM)\n"
        "time.sleep(600)"
    )
    parts = [Part("Long", python(runs + cleans)), Part("Other", python(stops))]
    with pytest.raises(SystemExit):
        run_beside(Clone(tmp_path), {}, parts, at_once=2)
    assert (tmp_path / "cleaned").exists()


def test_every_part_has_a_heading_of_its_own() -> None:
    assert len({part.title for part in ALL}) == len(ALL)
