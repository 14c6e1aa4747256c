"""A progress bar for a terminal; nothing where the output is read by no person."""

from typing import TextIO

_WIDTH = 30


class Progress:
    """Shows how far something has come, from 0 to `total` lines."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._shows = stream.isatty() and total > 0
        self._shown = ""

    def show(self, done: int) -> None:
        """Show that so many lines are done."""
        if not self._shows:
            return
        share = done / self._total
        filled = int(share * _WIDTH)
        bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}]"
        shown = f"{bar} {share:4.0%}  {done:,} of {self._total:,} lines"
        if shown != self._shown:
            self._stream.write(f"\r{shown}")
            self._stream.flush()
            self._shown = shown

    def end(self) -> None:
        """Leave the bar as it is and begin a new line."""
        if self._shown:
            self._stream.write("\n")
            self._stream.flush()
