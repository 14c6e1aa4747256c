"""Reading what the service logs."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

import structlog

from handoff import logs


class Logbook:
    """What has been logged since the block began."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        """Everything as it was written."""
        return self.stream.getvalue()

    @property
    def events(self) -> list[dict[str, Any]]:
        """One entry for each line of JSON."""
        return [json.loads(line) for line in self.text.splitlines()]

    def names(self, word: str) -> bool:
        """Whether `word` stands in it, as it is or escaped."""
        return word in self.text or json.dumps(word)[1:-1] in self.text


@contextmanager
def captured(form: str = "json") -> Iterator[Logbook]:
    """Log as the service does in production, but into a Logbook, while the block runs."""
    book = Logbook()
    root, ours = logging.getLogger(), logging.getLogger("handoff")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    root.handlers[:] = []
    with redirect_stderr(book.stream):
        logs.configure(form)
    # A logger that is kept would outlive the test.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield book
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
        structlog.reset_defaults()
