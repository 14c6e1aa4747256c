"""Showing how far the long steps are."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_REDRAW_SECONDS = 0.1
_PLAIN_SECONDS = 15.0
_NOTE_WIDTH = 46
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Progress:
    """Tells which step of how many is under way, for how long, and what it is doing.

    On a terminal one line moves; elsewhere a plain line is written at the start and the end of a
    step and every 15 seconds between.
    """

    def __init__(self, total: int, out: TextIO = sys.stdout) -> None:
        self._total = total
        self._out = out
        self._moving = out.isatty()
        self._number = 0
        self._writing = threading.Lock()

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show `title` while the block runs; the block calls what it gets with what it is doing."""
        self._number += 1
        place = f"{self._number}/{self._total}"
        started = time.monotonic()
        notes = [""]
        over = threading.Event()

        def show() -> None:
            frame = 0
            while not over.wait(_REDRAW_SECONDS if self._moving else _PLAIN_SECONDS):
                frame += 1
                took = _clock(time.monotonic() - started)
                if self._moving:
                    sign = _FRAMES[frame % len(_FRAMES)]
                    self._write(f"\r\033[K  {sign} {place}  {title}  {took}  {notes[0]}")
                else:
                    self._write(f"[{place}] {title}: {took} {notes[0]}".rstrip() + "\n")

        if not self._moving:
            self._write(f"[{place}] {title}\n")
        shower = threading.Thread(target=show, daemon=True)
        shower.start()
        done = False
        try:
            yield lambda note: notes.__setitem__(0, _COLOURS.sub("", note)[:_NOTE_WIDTH])
            done = True
        finally:
            over.set()
            shower.join()
            took = _clock(time.monotonic() - started)
            if self._moving:
                sign = "✓" if done else "✗"
                self._write(f"\r\033[K  {sign} {place}  {title}  {took}\n")
            else:
                self._write(f"[{place}] {title}: {'done' if done else 'failed'} after {took}\n")

    def _write(self, text: str) -> None:
        with self._writing:
            self._out.write(text)
            self._out.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
