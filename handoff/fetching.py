"""Fetching the files of what customers send on platforms.

A platform is told that we have a message as soon as it is kept; it is shown, and answered, when its
files are here. What the platform does not give us in the end is shown as that.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from handoff.channels.base import Channel, PermanentError, RemoteFile, TransientError
from handoff.clock import Clock, new_id
from handoff.errors import DevirError, FileBroken, FileTooLarge, FileTypeRefused, NotFound
from handoff.files import LIMIT, NOT_FETCHED, File
from handoff.inbox import Inbox
from handoff.ledger import Pace, wait_before
from handoff.media import Media
from handoff.store import arrivals
from handoff.store.base import Store, Transaction
from handoff.store.rows import Arrival
from handoff.waiting import Waiting, restored
from handoff.work import Workers, returning

log = structlog.get_logger(__name__)

PACE = Pace(timeout=60.0, lease=90.0)
"""Platforms keep what they offer for minutes at least; eight tries take two of them."""


class _TakenAway(Exception):
    """Another worker has the arrival: its lease has ended meanwhile."""


class _TryLater(Exception):
    """The platform or the disk may be better soon; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Fetching:
    """Turns arrivals into messages."""

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        media: Media,
        channels: Sequence[Channel],
        clock: Clock,
        pace: Pace = PACE,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._media = media
        self._channels = {(channel.name, channel.account): channel for channel in channels}
        self._clock = clock
        self._pace = pace
        self._worker = new_id()
        self._workers = Workers(self._take, self._fetch, at_once=pace.at_once, poll=pace.poll)
        self.wake = self._workers.wake

    async def run(self) -> None:
        """Fetch until cancelled."""
        async with returning(
            self._store, arrivals.give_back, self._worker, at_most=self._pace.give_back
        ):
            await self._workers.run()

    async def _take(self) -> Arrival | None:
        now = self._clock()
        # Looking costs a reader; only taking costs the one writer.
        async with self._store.read() as tx:
            if not await arrivals.any_waiting(tx, now):
                return None
        async with self._store.write() as tx:
            lease_until = now + timedelta(seconds=self._pace.lease)
            return await arrivals.take(tx, worker=self._worker, now=now, lease_until=lease_until)

    async def _fetch(self, taken: Arrival) -> None:
        waiting = restored(taken.content)
        try:
            async with asyncio.timeout(self._pace.timeout):
                files, trouble = await self._files(taken, waiting)
        except TimeoutError:
            await self._try_later(taken, waiting, 0)
        except _TryLater as error:
            await self._try_later(taken, waiting, error.wait)
        else:
            await self._settle(taken, waiting, files, trouble)
        self.wake.set()  # what has waited behind it

    async def _files(self, taken: Arrival, waiting: Waiting) -> tuple[tuple[File, ...], str | None]:
        """Return the files we have now, and what is wrong with those we will never have."""
        channel = self._channels.get((taken.channel, taken.account))
        files, trouble = [], waiting.inbound.unsupported
        for remote in waiting.files:
            if channel is None:
                trouble = NOT_FETCHED
                continue
            try:
                files.append(await self._file(channel, remote))
            except (FileBroken, FileTooLarge, FileTypeRefused) as error:
                trouble = error.code
            except PermanentError as error:
                log.warning("file_not_given", channel=channel.name, error=error.code)
                trouble = NOT_FETCHED
        return tuple(files), trouble

    async def _file(self, channel: Channel, remote: RemoteFile) -> File:
        if (remote.size or 0) > LIMIT:
            raise FileTooLarge(f"send a file of at most {LIMIT} bytes", limit=LIMIT)
        try:
            return await self._media.keep(channel.fetch(remote), remote.name)
        except (DevirError, PermanentError):
            raise
        except TransientError as error:
            log.info("file_not_given_now", channel=channel.name, error=error.code)
            raise _TryLater(error.retry_after or 0) from error
        except Exception as error:
            # A full disk may have room soon; whatever else it is, it ends with the last try.
            log.exception("file_not_kept", channel=channel.name)
            raise _TryLater(0) from error

    async def _try_later(self, taken: Arrival, waiting: Waiting, wait: float) -> None:
        if taken.attempts >= self._pace.attempts:
            await self._settle(taken, waiting, (), NOT_FETCHED)
            return
        wait = max(wait, wait_before(taken.attempts, self._pace, random.random()))
        async with self._store.write() as tx:
            next_try_at = self._clock() + timedelta(seconds=wait)
            await arrivals.put_back(tx, taken, next_try_at=next_try_at)

    async def _settle(
        self, taken: Arrival, waiting: Waiting, files: tuple[File, ...], trouble: str | None
    ) -> None:
        async def forget(tx: Transaction) -> None:
            if not await arrivals.remove(tx, taken):
                raise _TakenAway

        inbound = replace(waiting.inbound, files=files, unsupported=trouble)
        try:
            await self._inbox.take_in(inbound, waiting.hidden, forget)
        except _TakenAway:
            log.info("arrival_taken_away", channel=taken.channel)
        except NotFound:
            # A platform gives back only what we gave it: somebody has made this button up.
            log.info("button_unknown", channel=taken.channel)
            async with self._store.write() as tx:
                await arrivals.remove(tx, taken)
