"""What the tests of the web share."""

from collections.abc import Iterator

import pytest

from tests.handoff.logbook import Logbook, captured


@pytest.fixture
def logbook() -> Iterator[Logbook]:
    """What the service logs; take it before `service`."""
    with captured() as book:
        yield book


@pytest.fixture
def private(logbook: Logbook) -> Iterator[list[str]]:
    """What a test adds here must not stand in the logs when it ends; take it before `service`."""
    words: list[str] = []
    yield words
    assert words, "nothing was looked for"
    assert any(entry["event"] == "request" for entry in logbook.events), "nothing was logged"
    assert [word for word in words if logbook.names(word)] == []
