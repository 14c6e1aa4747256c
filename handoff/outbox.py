"""The one door through which anything reaches a customer, and the workers that carry it on.

On the website the customer's page fetches messages from the store by itself, so that storing one is
sending it. A platform must be called for each, and every such message has a delivery that tells how
it fares.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff.channels.base import (
    WIDGET,
    WINDOW_CLOSED,
    Call,
    Channel,
    Outgoing,
    PermanentError,
    Report,
    TransientError,
    Unreachable,
    WindowClosed,
)
from handoff.clock import Clock, new_id
from handoff.conversation import Author, Command, Visibility
from handoff.errors import FileTooLarge, FileTypeRefused
from handoff.files import File
from handoff.ledger import Pace, State, wait_before
from handoff.media import Media
from handoff.notices import Notices
from handoff.outgoing import outgoing
from handoff.store import control_changes, conversations, deliveries, messages
from handoff.store.base import Store, Transaction
from handoff.store.messages import Draft
from handoff.store.rows import Conversation, Delivery, Message
from handoff.work import Workers, returning

log = structlog.get_logger(__name__)

Write = Callable[[Transaction, datetime], Awaitable[None]]

NOT_CONFIGURED = "channel_not_configured"
"""Why a message to a platform fails that this installation has no account of."""

OVERTAKEN = "person_answered"
"""Why what no person wrote has not gone out: a person had answered before it could."""

REMINDER = "reply_waiting"
"""The notice, and the template, that asks a customer to write so that a reply may come."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """Deliveries of one conversation that one call carries."""

    channel: Channel
    deliveries: list[Delivery]
    call: Call

    @property
    def conversation_id(self) -> str:
        return self.deliveries[0].conversation_id


class Outbox:
    """Appends what customers are to see, and delivers it."""

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        notices: Notices,
        media: Media,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._channels = {(channel.name, channel.account): channel for channel in channels}
        self._notices = notices
        self._media = media
        self._clock = clock
        self._pace = pace or Pace()
        self._worker = new_id()
        self._settling: set[asyncio.Future[None]] = set()
        # Each account has workers of its own: one that does not answer holds up no other.
        self._workers = [self._workers_of(channel) for channel in channels]

    def _workers_of(self, channel: Channel) -> Workers[_Taken]:
        workers: Workers[_Taken] = Workers(
            lambda: self._take(channel, workers),
            self._deliver,
            at_once=self._pace.at_once,
            poll=self._pace.poll,
        )
        return workers

    def wake(self) -> None:
        """Look for what is to be sent."""
        for workers in self._workers:
            workers.wake.set()

    # In

    def check_takes(self, conversation: Conversation, files: Sequence[File]) -> None:
        """Raise FileTypeRefused or FileTooLarge for what a conversation's channel cannot carry."""
        channel = self._channels.get((conversation.channel, conversation.account))
        if channel is None:
            return
        able = channel.capabilities
        for file in files:
            if file.type not in able.files:
                raise FileTypeRefused(
                    "the customer's platform does not take such files", types=sorted(able.files)
                )
            if file.size > able.file_limit:
                raise FileTooLarge(
                    f"the customer's platform takes at most {able.file_limit} bytes",
                    limit=able.file_limit,
                )

    async def post(
        self, tx: Transaction, locked: Conversation, drafts: Sequence[Draft], now: datetime
    ) -> tuple[Conversation, list[Message]]:
        """Append messages to a locked conversation, and queue the public ones for its channel.

        Once the platform takes only templates, an agent's message is parked until the customer
        writes, and the first one lets a reminder go out; what others say then is not sent. Returns
        the conversation as it is now and the messages with their numbers.
        """
        after, stored = await messages.append(tx, locked, drafts, now)
        public = [entry for entry in stored if entry.visibility is Visibility.PUBLIC]
        if not public or locked.channel == WIDGET:
            return after, stored
        if (locked.channel, locked.account) not in self._channels:
            await deliveries.add(tx, after, public, now, state=State.FAILED, error=NOT_CONFIGURED)
        elif locked.window_until is None or now < locked.window_until:
            await deliveries.add(tx, after, public, now)
        else:
            after = await self._post_late(tx, after, public, now)
        return after, stored

    async def _post_late(
        self, tx: Transaction, locked: Conversation, public: Sequence[Message], now: datetime
    ) -> Conversation:
        parked = [entry for entry in public if entry.author is Author.AGENT]
        others = [entry for entry in public if entry.author is not Author.AGENT]
        if others:
            await deliveries.add(tx, locked, others, now, state=State.FAILED, error=WINDOW_CLOSED)
        if not parked:
            return locked
        first = not await deliveries.any_parked(tx, locked.id)
        await deliveries.add(tx, locked, parked, now, state=State.PARKED)
        return await self._remind(tx, locked, now) if first else locked

    async def _remind(self, tx: Transaction, locked: Conversation, now: datetime) -> Conversation:
        """Ask the customer to write, with the one thing that the platform takes now."""
        draft = self._notice(REMINDER, locked, {"template": REMINDER})
        after, stored = await messages.append(tx, locked, [draft], now)
        await deliveries.add(tx, after, stored, now)
        return after

    async def say(
        self, tx: Transaction, locked: Conversation, notice: str, now: datetime
    ) -> Conversation:
        """Tell the customer a notice without values."""
        after, _ = await self.post(tx, locked, [self._notice(notice, locked)], now)
        return after

    def _notice(
        self, notice: str, locked: Conversation, content: dict[str, Any] | None = None
    ) -> Draft:
        return Draft(
            author=Author.SYSTEM,
            text=self._notices.say(notice, locked.language),
            notice=notice,
            content=content or {},
        )

    def shows_numbers(self, conversation: Conversation, message: Message) -> bool:
        """Return whether the customer sees a message's buttons as numbers to type."""
        channel = self._channels.get((conversation.channel, conversation.account))
        return channel is not None and channel.shows_numbers(outgoing(message, self._media))

    async def heard_from(
        self,
        tx: Transaction,
        locked: Conversation,
        now: datetime,
        *,
        address: str,
        window_until: datetime | None,
    ) -> Conversation:
        """Keep that a customer has just written from `address`, and send what waited for it.

        `window_until` is how long the platform takes answers that are no template.
        """
        before = locked.window_until
        if before is not None and window_until is not None:
            window_until = max(before, window_until)
        after = await conversations.set_reach(
            tx, locked, address=address, window_until=window_until, unreachable_at=None
        )
        if window_until is not None and now < window_until:
            await deliveries.release(tx, locked.id, now)
        return after

    async def set_reachable(
        self, tx: Transaction, locked: Conversation, now: datetime, *, reachable: bool
    ) -> None:
        """Keep since when the platform has taken nothing for a customer, or that it does again."""
        await conversations.set_reach(
            tx,
            locked,
            address=locked.address,
            window_until=locked.window_until,
            unreachable_at=None if reachable else locked.unreachable_at or now,
        )

    async def reported(self, channel: Channel, report: Report) -> None:
        """Keep what a platform tells of something it has taken."""
        async with self._store.write() as tx:
            now = self._clock()
            changed = await deliveries.report(
                tx,
                source=channel.source,
                platform_id=report.platform_id,
                state=report.state,
                call_id=report.call_id,
                error=report.code,
                now=now,
            )
            late = [entry for entry in changed if entry.error == WINDOW_CLOSED]
            if late:
                await self._close_window(tx, late, now)

    # Out

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with returning(
            self._store, self._give_back, self._worker, at_most=self._pace.give_back
        ):
            try:
                async with asyncio.TaskGroup() as group:
                    for workers in self._workers:
                        group.create_task(workers.run())
                    await asyncio.Event().wait()
            finally:
                await self._settle_all()

    async def _settle_all(self) -> None:
        """Let what is being written down be written, unless it takes too long."""
        if self._settling:
            _, late = await asyncio.wait(self._settling, timeout=self._pace.give_back)
            for settling in late:
                settling.cancel()

    async def _give_back(self, tx: Transaction, worker: str | None) -> None:
        await deliveries.give_back(tx, self._clock(), worker)

    async def _take(self, channel: Channel, workers: Workers[_Taken]) -> _Taken | None:
        """Take what is due, of as many conversations as there are workers; return the first.

        Each transaction waits for the disk once, so that taking one by one would be slow.
        """
        now = self._clock()
        account = (channel.name, channel.account)
        # Looking costs a reader; only taking costs the one writer.
        async with self._store.read() as tx:
            if not await deliveries.any_waiting(tx, account, now):
                return None
        async with self._store.write() as tx:
            firsts = await deliveries.next_waiting(tx, account, now, most=1 + workers.free)
            taken = [await self._take_call(tx, channel, first, now) for first in firsts]
        for more in taken[1:]:
            workers.hand(more)
        return taken[0] if taken else None

    async def _take_call(
        self, tx: Transaction, channel: Channel, first: Delivery, now: datetime
    ) -> _Taken:
        waiting = [first]
        if channel.most_together > 1 and not first.part:
            waiting += await deliveries.behind(tx, first, most=channel.most_together - 1)
        conversation = await conversations.get(tx, first.conversation_id)
        assert conversation is not None  # a foreign key
        contents = await self._contents(tx, waiting)
        count, parts = _plan(channel, contents)
        call_id = first.call_id if first.part else None
        call = Call(
            id=call_id or new_id(),
            address=conversation.address or "",
            language=conversation.language,
            messages=tuple(contents[:count]),
            part=first.part,
        )
        taken = await deliveries.take(
            tx,
            waiting[:count],
            worker=self._worker,
            call_id=call.id,
            parts=parts,
            now=now,
            lease_until=now + timedelta(seconds=self._pace.lease),
        )
        return _Taken(channel, taken, call)

    async def _contents(self, tx: Transaction, waiting: Sequence[Delivery]) -> list[Outgoing]:
        """Return what waits, up to the first message that must not leave, whoever queued it."""
        found = []
        for entry in waiting:
            message = await messages.get(tx, entry.message_id)
            if message is None or message.visibility is not Visibility.PUBLIC:
                break
            found.append(outgoing(message, self._media))
        return found

    async def _deliver(self, taken: _Taken) -> None:
        try:
            if not taken.call.messages:
                raise PermanentError("not_public")
            if not taken.call.address:
                raise PermanentError("no_address")
            async with asyncio.timeout(self._pace.timeout):
                platform_id = await taken.channel.send(taken.call)
        except TimeoutError:
            await self._try_later(taken, TransientError("timeout", reached=True))
        except TransientError as error:
            await self._try_later(taken, error)
        except PermanentError as error:
            await self._refused(taken, error)
        except Exception:
            log.exception("delivery_crashed", conversation=taken.conversation_id)
            await self._refused(taken, PermanentError("internal_error"))
        else:
            await self._settle(
                taken,
                State.SENT,
                None,
                lambda tx, now: deliveries.has_sent(tx, taken.deliveries, now, platform_id),
            )

    async def _try_later(self, taken: _Taken, error: TransientError) -> None:
        wait = wait_before(taken.deliveries[0].attempts, self._pace, random.random())
        if error.reached and taken.channel.capabilities.names_calls:
            wait = max(wait, self._pace.report_wait)
        wait = max(wait, error.retry_after or 0)

        async def write(tx: Transaction, now: datetime) -> None:
            if error.reached and (arrived := await self._arrived(tx, taken)):
                await deliveries.has_sent(tx, taken.deliveries, now, arrived)
                return
            for entry in taken.deliveries:
                overtaken = await self._overtaken(tx, entry)
                again = entry.attempts < self._pace.attempts and not overtaken
                await deliveries.put_back(
                    tx,
                    entry,
                    now,
                    state=State.QUEUED if again else State.FAILED,
                    error=OVERTAKEN if overtaken else error.code,
                    answer_lost=error.reached,
                    next_try_at=now + timedelta(seconds=wait),
                )

        await self._settle(taken, State.QUEUED, error.code, write)

    async def _arrived(self, tx: Transaction, taken: _Taken) -> str | None:
        """Return the platform's name for a call whose answer was lost, if it was told before."""
        if taken.call.part:
            return None  # which part an earlier name is of, is not kept
        names = await deliveries.named(tx, taken.call.id)
        return names[0] if names else None

    async def _overtaken(self, tx: Transaction, entry: Delivery) -> bool:
        """Return whether a person at the shop has answered while something of ours was sent."""
        stepped_in = await control_changes.last(tx, entry.conversation_id, Command.STEP_IN)
        if stepped_in is None or stepped_in < entry.updated_at:
            return False
        message = await messages.get(tx, entry.message_id)
        return message is not None and deliveries.is_machines(message)

    async def _refused(self, taken: _Taken, error: PermanentError) -> None:
        async def write(tx: Transaction, now: datetime) -> None:
            for entry in taken.deliveries:
                await deliveries.put_back(tx, entry, now, state=State.FAILED, error=error.code)
            if isinstance(error, WindowClosed):
                await self._close_window(tx, taken.deliveries, now)
            if isinstance(error, Unreachable):
                locked = await conversations.lock(tx, taken.conversation_id)
                assert locked is not None  # a foreign key
                await self.set_reachable(tx, locked, now, reachable=False)

        await self._settle(taken, State.FAILED, error.code, write)

    async def _settle(self, taken: _Taken, state: State, error: str | None, write: Write) -> None:
        """Write down how a call fared, also when we are stopped meanwhile."""
        settling = asyncio.ensure_future(self._write_down(taken, state, error, write))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)
        await asyncio.shield(settling)

    async def _write_down(
        self, taken: _Taken, state: State, error: str | None, write: Write
    ) -> None:
        """See _settle.

        The store may be away for a moment, and what the platform has had but the store does not
        know would be sent twice. After the lease it is too late: another worker may have it.
        """
        first = taken.deliveries[0]
        while True:
            try:
                async with self._store.write() as tx:
                    await write(tx, self._clock())
                break
            except (SQLAlchemyError, OSError):
                if first.lease_until is None or self._clock() > first.lease_until:
                    raise
                log.exception("delivery_not_settled", message=first.message_id)
                await asyncio.sleep(self._pace.poll)
        self.wake()
        for entry in taken.deliveries:
            log.info(
                "delivery",
                channel=entry.channel,
                conversation=entry.conversation_id,
                message=entry.message_id,
                state=state.value,
                error=error,
            )

    async def _close_window(
        self, tx: Transaction, refused: Sequence[Delivery], now: datetime
    ) -> None:
        """Believe the platform that it takes only templates: park what agents wrote, and remind.

        What they wrote later waits too: it would be refused like this, or overtake it.
        """
        locked = await conversations.lock(tx, refused[0].conversation_id)
        assert locked is not None  # a foreign key
        locked = await conversations.set_reach(
            tx,
            locked,
            address=locked.address,
            window_until=now,
            unreachable_at=locked.unreachable_at,
        )
        of_agents = []
        for entry in (*refused, *await deliveries.behind(tx, refused[-1])):
            message = await messages.get(tx, entry.message_id)
            if message is not None and message.author is Author.AGENT:
                of_agents.append(entry)
        if of_agents:
            first = not await deliveries.any_parked(tx, locked.id)
            await deliveries.park(tx, of_agents, now)
            if first:
                await self._remind(tx, locked, now)


def _plan(channel: Channel, contents: Sequence[Outgoing]) -> tuple[int, int]:
    """Return how many messages the next call carries, and how many calls the first one takes."""
    if not contents:
        return 1, 1
    try:
        count = max(1, min(channel.together(contents), len(contents)))
        return count, max(1, channel.parts(contents[0])) if count == 1 else 1
    except Exception:
        # It will fail once more when it is sent, where it fails the message and stops nothing.
        log.exception("delivery_crashed", channel=channel.name)
        return 1, 1
