"""Running the processes of a Procfile as one: all of them, or none.

Each is the leader of a session of its own, so that a Ctrl-C reaches this module alone and stopping
one also stops what it started.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.problem import Problem

_LOOKS, _LOOK_SECONDS = 75, 0.02

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Process:
    """One line of a Procfile."""

    name: str
    command: str


@dataclass(frozen=True)
class Ended:
    """A process that ended by itself, with its exit code (negative: the signal that ended it)."""

    name: str
    code: int


def read_procfile(path: Path) -> list[Process]:
    """Return the processes a Procfile names, in its order. Raises Problem(wrong_procfile)."""
    processes = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, command = line.partition(":")
        if not (colon and name.strip() and command.strip()):
            raise Problem("wrong_procfile", f"{path.name}: `{line}` is not `name: command`.")
        processes.append(Process(name.strip(), command.strip()))
    return processes


async def run_together(
    processes: Sequence[Process],
    *,
    environ: Mapping[str, str],
    root: Path,
    logs: Path,
    watch: Callable[[], Awaitable[None]],
    stopping: Callable[[], None] = lambda: None,
    grace: float = 15.0,
) -> Ended | None:
    """Run `processes` until one ends, a signal of STOP_SIGNALS comes, or `watch` raises.

    `watch` runs beside them and may end before them. Then `stopping` is called, all are asked to
    end, and what is left after `grace` seconds is killed: nothing survives the return. What each
    says goes to `logs`/name.log; the log of the run before is kept as name.log.1. Returns the
    process that ended by itself, None after a signal; raises what `watch` raised.
    """
    loop = asyncio.get_running_loop()
    over: asyncio.Future[Ended | None] = loop.create_future()
    running: dict[str, asyncio.subprocess.Process] = {}

    def end(result: Ended | None) -> None:
        if not over.done():
            over.set_result(result)

    async def await_end(name: str) -> None:
        end(Ended(name, await running[name].wait()))

    async def await_watch() -> None:
        try:
            await watch()
        except Exception as error:
            if over.done():
                raise
            over.set_exception(error)

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, end, None)
    tasks: list[asyncio.Task[None]] = []
    logs.mkdir(parents=True, exist_ok=True)
    try:
        for process in processes:
            running[process.name] = await _start(process, environ, root, logs)
            tasks.append(asyncio.create_task(await_end(process.name)))
        tasks.append(asyncio.create_task(await_watch()))
        return await over
    finally:
        for task in tasks:
            task.cancel()
        stopping()
        await _stop(list(running.values()), grace)
        await asyncio.gather(*tasks, return_exceptions=True)
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def last_lines(log: Path, count: int = 15) -> str:
    """Return the last `count` lines of a log, "" when there is none."""
    if not log.is_file():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


async def _start(
    process: Process, environ: Mapping[str, str], root: Path, logs: Path
) -> asyncio.subprocess.Process:
    log = logs / f"{process.name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with ExitStack() as files:
        out = files.enter_context(log.open("wb"))
        return await asyncio.create_subprocess_shell(
            f"exec {process.command}",
            cwd=root,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )


async def _stop(processes: Sequence[asyncio.subprocess.Process], grace: float) -> None:
    for one in processes:
        if one.returncode is None:
            _signal_group(one.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(grace):
            await asyncio.gather(*(one.wait() for one in processes))
    # Also where the leader has ended: what it started may still be there.
    left = [one.pid for one in processes if _signal_group(one.pid, signal.SIGKILL)]
    await asyncio.gather(*(one.wait() for one in processes))
    # A killed process is gone a moment after the kill, and then until init has buried it (which
    # some never do) still counts as a member of its group.
    for _ in range(_LOOKS):
        if not any(_signal_group(leader, 0) for leader in left):
            break
        await asyncio.sleep(_LOOK_SECONDS)


def _signal_group(leader: int, number: int) -> bool:
    """Send a signal (0: none) to a process group and return whether it has members."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # macOS answers so for a group of dead ones
        return False
    return True
