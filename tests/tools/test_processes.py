"""Three processes that start, stop and fail as one."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tools.problem import Problem
from tools.processes import Ended, Process, last_lines, read_procfile, run_together

ROOT = Path(__file__).resolve().parents[2]
# Writes its own id and that of a process it starts, then stays.
LIVES = "sh -c 'sleep 600 & echo $$ $! > {0}.pids.new; mv {0}.pids.new {0}.pids; wait'"
STUBBORN = (
    'sh -c \'trap "" TERM; echo $$ > {0}.pids.new; mv {0}.pids.new {0}.pids;'
    " while :; do sleep 0.05; done'"
)


def living(name: str, command: str = LIVES) -> Process:
    return Process(name, command.format(name))


def alive(root: Path) -> list[int]:
    """Return which of the processes that wrote their ids under `root` still run."""
    ids = [int(word) for path in root.glob("*.pids") for word in path.read_text().split()]
    assert ids
    return [
        number
        for number in ids
        if psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    ]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def all_written(root: Path, names: list[str]) -> Callable[[], bool]:
    return lambda: all((root / f"{name}.pids").exists() for name in names)


class TestProcfile:
    def test_each_line_is_a_process(self, tmp_path: Path) -> None:
        path = tmp_path / "Procfile"
        path.write_text("# three\nweb: serve --at http://x:80\n\nbot: run $PORT\n")
        assert read_procfile(path) == [
            Process("web", "serve --at http://x:80"),
            Process("bot", "run $PORT"),
        ]

    def test_a_line_that_is_none_is_quoted(self, tmp_path: Path) -> None:
        path = tmp_path / "Procfile"
        path.write_text("web serve\n")
        with pytest.raises(Problem, match="`web serve` is not `name: command`"):
            read_procfile(path)

    def test_ours_names_the_three(self) -> None:
        names = [process.name for process in read_procfile(ROOT / "Procfile")]
        assert names == ["handoff", "rasa", "actions"]


async def run(
    root: Path, processes: list[Process], watch: Callable[[], object], grace: float = 30
) -> Ended | None:
    async def watching() -> None:
        result = watch()
        if asyncio.iscoroutine(result):
            await result

    return await run_together(
        processes,
        environ={"PATH": os.environ["PATH"], "WORD": "merhaba"},
        root=root,
        logs=root / "log",
        watch=watching,
        grace=grace,
    )


async def test_when_one_ends_the_others_are_stopped_and_it_is_named(tmp_path: Path) -> None:
    dies = Process("rasa", "sh -c 'while [ ! -e now ]; do sleep 0.02; done; exit 3'")

    async def watch() -> None:
        await until(all_written(tmp_path, ["web", "actions"]))
        (tmp_path / "now").touch()

    ended = await run(tmp_path, [living("web"), dies, living("actions")], watch)
    assert ended == Ended("rasa", 3)
    assert alive(tmp_path) == []


async def test_an_end_without_an_error_is_an_end_too(tmp_path: Path) -> None:
    async def watch() -> None:
        await until(all_written(tmp_path, ["web"]))
        (tmp_path / "now").touch()

    quits = Process("rasa", "sh -c 'while [ ! -e now ]; do sleep 0.02; done'")
    assert await run(tmp_path, [living("web"), quits], watch) == Ended("rasa", 0)
    assert alive(tmp_path) == []


async def test_what_does_not_listen_is_killed(tmp_path: Path) -> None:
    async def watch() -> None:
        await until(all_written(tmp_path, ["web"]))
        raise Problem("not_ready", "Not everything is ready.")

    with pytest.raises(Problem, match="Not everything is ready"):
        await run(tmp_path, [living("web", STUBBORN)], watch, grace=0.2)
    assert alive(tmp_path) == []


async def test_what_each_says_is_in_its_log_and_the_log_before_is_kept(tmp_path: Path) -> None:
    for word in ("first", "second"):
        await run(tmp_path, [Process("web", f"sh -c 'echo $WORD {word}; exit 1'")], lambda: None)
    assert (tmp_path / "log" / "web.log").read_text() == "merhaba second\n"
    assert (tmp_path / "log" / "web.log.1").read_text() == "merhaba first\n"


def test_the_end_of_a_log_is_what_explains(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    assert last_lines(log) == ""
    log.write_text("".join(f"{number}\n" for number in range(100)))
    assert last_lines(log, 2) == "98\n99"


DRIVER = """
import asyncio, sys
from pathlib import Path
from tools.processes import read_procfile, run_together

async def watch():
    print("watching", flush=True)

root = Path(sys.argv[1])
ended = asyncio.run(run_together(
    read_procfile(root / "Procfile"), environ={}, root=root, logs=root, watch=watch,
    stopping=lambda: print("stopping", flush=True), grace=30,
))
print("ended", ended, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    names = ["web", "rasa", "actions"]
    lines = [f"{name}: {LIVES.format(name)}\n" for name in names]
    (tmp_path / "Procfile").write_text("".join(lines))
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as driver:
        await until(all_written(tmp_path, names))
        driver.send_signal(number)
        output, _ = await asyncio.to_thread(driver.communicate)
    assert output == "watching\nstopping\nended None\n"
    assert driver.returncode == 0
    assert alive(tmp_path) == []
