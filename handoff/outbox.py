"""The one door through which anything reaches a customer, and the workers that carry it on.

A channel in `channels` must be called for every message; on any other (the website) the customer's
page fetches messages from the store by itself, so that storing one is sending it.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff.channels.base import Channel, PermanentError, TransientError
from handoff.clock import Clock, new_id
from handoff.conversation import Visibility
from handoff.store import conversations, deliveries, messages
from handoff.store.base import Store, Transaction
from handoff.store.messages import Draft
from handoff.store.rows import Conversation, Delivery, Message
from handoff.work import Workers

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the workers are; times in seconds."""

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 300.0
    timeout: float = 30.0
    lease: float = 60.0
    poll: float = 1.0
    at_once: int = 16


def wait_before(attempt: int, pace: Pace, jitter: float) -> float:
    """Return the seconds to wait after failed attempt number `attempt` (from 1): doubling, capped.

    `jitter` between 0 and 1 spreads it over the upper half, so that what failed together does not
    return together.
    """
    full = min(pace.longest_wait, pace.first_wait * 2.0 ** (attempt - 1))
    return full * (0.5 + 0.5 * jitter)


class Outbox:
    """Appends what customers are to see, and delivers it."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: Clock, pace: Pace | None = None
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._pace = pace or Pace()
        self._worker = new_id()
        self._workers = Workers(
            self._take, self._deliver, at_once=self._pace.at_once, poll=self._pace.poll
        )
        self.wake = self._workers.wake

    async def post(
        self, tx: Transaction, locked: Conversation, drafts: Sequence[Draft], now: datetime
    ) -> tuple[Conversation, list[Message]]:
        """Append messages to a locked conversation, and queue the public ones for its channel.

        Nothing is queued where the channel need not be called. Returns the conversation as it is
        now and the messages with their numbers.
        """
        after, stored = await messages.append(tx, locked, drafts, now)
        public = [entry for entry in stored if entry.visibility is Visibility.PUBLIC]
        if public and locked.channel in self._channels:
            await deliveries.add(tx, after, public, now)
        return after, stored

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._workers.run()

    async def _take(self) -> Delivery | None:
        if not self._channels:
            return None
        now = self._clock()
        async with self._store.write() as tx:
            return await deliveries.take(
                tx,
                worker=self._worker,
                now=now,
                lease_until=now + timedelta(seconds=self._pace.lease),
            )

    async def _deliver(self, taken: Delivery) -> None:
        async with self._store.read() as tx:
            conversation = await conversations.get(tx, taken.conversation_id)
            message = await messages.get(tx, taken.message_id)
        assert conversation is not None  # foreign keys
        assert message is not None
        # The last look before anything leaves: an internal note must not, whoever queued it.
        if message.visibility is not Visibility.PUBLIC:
            await self._settle(taken, state="failed", error="not_public")
            return
        try:
            async with asyncio.timeout(self._pace.timeout):
                platform_id = await self._channels[taken.channel].send(conversation, message)
        except TimeoutError:
            await self._try_later(taken, TransientError("timeout", reached=True))
        except PermanentError as error:
            await self._settle(taken, state="failed", error=error.code)
        except TransientError as error:
            await self._try_later(taken, error)
        except Exception:
            log.exception("delivery_crashed", conversation=conversation.id, message=message.id)
            await self._settle(taken, state="failed", error="internal_error")
        else:
            await self._settle(taken, state="sent", platform_id=platform_id, error=None)

    async def _try_later(self, taken: Delivery, error: TransientError) -> None:
        double = taken.possibly_double or error.reached
        if taken.attempts >= self._pace.attempts:
            await self._settle(taken, state="failed", error=error.code, possibly_double=double)
            return
        wait = wait_before(taken.attempts, self._pace, random.random())
        await self._settle(
            taken,
            state="queued",
            error=error.code,
            possibly_double=double,
            next_try_at=self._clock() + timedelta(seconds=max(wait, error.retry_after or 0)),
        )

    async def _settle(self, taken: Delivery, **values: object) -> None:
        """Write down how a delivery fared.

        The store may be away for a moment, and what the platform has had but the store does not
        know would be sent twice. After the lease it is too late: another worker may have it.
        """
        while True:
            try:
                async with self._store.write() as tx:
                    await deliveries.update_taken(tx, taken, self._clock(), **values)
                break
            except (SQLAlchemyError, OSError):
                if taken.lease_until is None or self._clock() > taken.lease_until:
                    raise
                log.exception("delivery_not_settled", message=taken.message_id)
                await asyncio.sleep(self._pace.poll)
        self.wake.set()
        log.info(
            "delivery",
            conversation=taken.conversation_id,
            message=taken.message_id,
            **{name: values[name] for name in ("state", "error") if values.get(name)},
        )
