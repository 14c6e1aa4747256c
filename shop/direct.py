"""SQLite asked in the event loop's own thread.

A search by an index takes some ten microseconds; handing it to a driver's thread and back takes ten
times as long, and an order is four statements. What waits for a disk or for another process does
not belong here: it would stop the loop.
"""

import asyncio
import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from shop.transactions import Done

_ASK_AGAIN_S = 0.01


class Direct:
    """Fulfils `shop.transactions.Run`, but for raising what SQLAlchemy does.

    `engine` waits for nobody: what finds the file locked is run again, without stopping the loop,
    for `patience` seconds. `is_locked` tells such an error from others.
    """

    def __init__(
        self, engine: Engine, patience: float, is_locked: Callable[[OperationalError], bool]
    ) -> None:
        self._engine = engine
        self._patience = patience
        self._is_locked = is_locked

    async def __call__(self, work: Callable[[Connection], Done], /) -> Done:
        give_up = time.monotonic() + self._patience
        while True:
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except OperationalError as error:
                if not self._is_locked(error) or time.monotonic() > give_up:
                    raise
            await asyncio.sleep(_ASK_AGAIN_S)
