"""Opening and closing the database file."""

import asyncio
import threading
from pathlib import Path

import pytest

from handoff.store.engine import open_store


def test_who_is_stopped_while_opening_the_file_leaves_no_thread_without_its_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    before = set(threading.enumerate())
    url = f"sqlite+aiosqlite:///{tmp_path / 'devir.db'}"

    async def stop_while_opening(steps: int) -> None:
        async with open_store(url, lambda _: None) as store:
            opening = asyncio.create_task(store.check())
            for _ in range(steps):
                await asyncio.sleep(0)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)

    for steps in range(12):
        asyncio.run(stop_while_opening(steps))
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
    assert failed == []
