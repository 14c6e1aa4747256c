"""Running commands, and never leaving one behind."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from tools.problem import explain_output

_KEPT_LINES = 60
_GOODBYE_SECONDS = 20

Said = Callable[[str], None]
"""Hears what a long step is doing, line by line."""


def unheard(_line: str) -> None:
    """Listen to nothing."""


def run(
    command: Sequence[str | Path],
    *,
    doing: str,
    log: Path,
    root: Path,
    environ: Mapping[str, str] | None = None,
    said: Said = unheard,
) -> str:
    """Run `command` in `root` to its end and return its last lines.

    Everything it says goes to the end of `log` and, line by line, to `said`. `environ` is added to
    this process's own environment. Raises Problem, with the reason, when it does not end with 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(map(str, command))}\n")
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=root,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        with process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    file.write(line)
                    last.append(line)
                    if line.strip():
                        said(line.strip())
                process.wait()
            except BaseException:
                process.terminate()
                raise
    output = "".join(last)
    if process.returncode != 0:
        raise explain_output(output, doing, str(log.relative_to(root)))
    return output


def show(command: Sequence[str], *, root: Path, environ: Mapping[str, str]) -> int:
    """Run `command` in `root` with its output on this terminal and return its exit code.

    When this process is told to stop, the command is given the time to clean up after itself.
    """
    process = start(command, root=root, environ=environ)
    try:
        return process.wait()
    except BaseException as reason:
        stop([process], reason)
        raise


def start(
    command: Sequence[str],
    *,
    root: Path,
    environ: Mapping[str, str],
    output: IO[bytes] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `command` in `root` with its output in `output`, or on this terminal."""
    return subprocess.Popen(
        command,
        cwd=root,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )


def stop(processes: Sequence["subprocess.Popen[bytes]"], reason: BaseException) -> None:
    """Stop what was started, because of `reason`, and give it the time to clean up after itself."""
    for process in processes:
        # A Ctrl-C has already reached it, and a second one would cut its cleaning short.
        if not isinstance(reason, KeyboardInterrupt):
            process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(_GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
