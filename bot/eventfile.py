"""The SQLite file under the tracker store: one row an event, many conversations in one flush."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from itertools import chain
from typing import Optional

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) WITHOUT ROWID
"""

Row = tuple[str, int, str]
"""A conversation, the position of an event in it from 1, and the event in JSON."""


def connect(path: str) -> sqlite3.Connection:
    """Open the file with the write-ahead log and a commit that waits for the disk."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA busy_timeout = 5000")
    return database


class EventWriter:
    """Writes events; what comes while the disk is busy is written together afterwards.

    The statements run in the loop's thread: each takes some ten microseconds, and in a thread of
    their own they wait for the interpreter's lock once for every row. Only the commit, which waits
    for the disk, is done in a thread. Eight customers at once were answered 1.2 times as fast.
    """

    def __init__(self, path: str) -> None:
        self._database = connect(path)
        self._database.execute(_SCHEMA)
        self._waiting: list[_Write] = []
        self._working: Optional[asyncio.Task[None]] = None

    async def write(self, rows: list[Row]) -> None:
        """Return when the rows of one conversation are on disk.

        Raises sqlite3.IntegrityError when a position is taken, and any other sqlite3.Error when
        the file cannot be written; then none of the rows is.
        """
        one = _Write(rows, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        await one.written

    async def _work(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                await self._commit(together)
        finally:
            self._working = None

    async def _commit(self, together: list[_Write]) -> None:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            taken = [one for one in together if one.insert_into(self._database)]
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._database.execute, "COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            for one in together:
                one.end(error)
        else:
            for one in taken:
                one.end()


@dataclass(frozen=True)
class _Write:
    rows: list[Row]
    written: asyncio.Future[None]

    def insert_into(self, database: sqlite3.Connection) -> bool:
        """Insert all rows by one statement, which is done as a whole or not at all."""
        places = ", ".join(["(?, ?, ?)"] * len(self.rows))
        try:
            database.execute(
                f"INSERT INTO event VALUES {places}", tuple(chain.from_iterable(self.rows))
            )
        except sqlite3.Error as error:
            self.end(error)
            return False
        return True

    def end(self, error: Optional[sqlite3.Error] = None) -> None:
        """Tell the turn that waits, unless it has given up or been told."""
        if self.written.done():
            return
        if error is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(error)
