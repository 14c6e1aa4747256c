"""A database that is away for a moment."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import OperationalError

from handoff.store.base import Store


@contextmanager
def outage(store: Store) -> Iterator[asyncio.Event]:
    """Refuse every transaction while the block runs; the event tells that one was refused."""
    noticed = asyncio.Event()

    def refuse() -> Any:
        noticed.set()
        raise OperationalError("BEGIN", None, ConnectionRefusedError())

    before = store.read, store.write
    store.read = store.write = refuse  # type: ignore[method-assign]
    try:
        yield noticed
    finally:
        store.read, store.write = before  # type: ignore[method-assign]
