"""Showing customers on platforms that what they wrote was read: once it is answered."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from handoff.channels.base import Channel, SendError
from handoff.conversation import Author, Visibility
from handoff.store import messages
from handoff.store.base import Store
from handoff.store.changes import Change
from handoff.store.rows import Conversation

log = structlog.get_logger(__name__)

_SECONDS = 10.0
_REMEMBERED = 10_000


class ReadMarks:
    """What was marked; what is forgotten or goes wrong is only marked twice, or not."""

    def __init__(self, store: Store, channels: Sequence[Channel]) -> None:
        self._store = store
        self._channels = {
            (channel.name, channel.account): channel
            for channel in channels
            if channel.capabilities.read_marks
        }
        self._marked: OrderedDict[str, str] = OrderedDict()
        self._marking: set[asyncio.Task[None]] = set()

    def hear(self, change: Change) -> None:
        """Mark what a customer wrote when somebody has answered it."""
        if change.posted is None:
            return
        conversation = change.posted.conversation
        channel = self._channels.get((conversation.channel, conversation.account))
        if channel is None or conversation.address is None:
            return
        if any(
            one.author is not Author.CUSTOMER and one.visibility is Visibility.PUBLIC
            for one in change.posted.messages
        ):
            task = asyncio.create_task(self._mark(channel, conversation))
            self._marking.add(task)
            task.add_done_callback(self._marking.discard)

    async def run(self) -> None:
        """Wait until cancelled, and mark nothing more."""
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._marking:
                task.cancel()
            await asyncio.gather(*self._marking, return_exceptions=True)

    async def _mark(self, channel: Channel, conversation: Conversation) -> None:
        try:
            async with self._store.read() as tx:
                newest = await messages.newest_source_id(tx, conversation.id, channel.source)
            if newest is None or self._marked.get(conversation.id) == newest:
                return
            self._remember(conversation.id, newest)
            async with asyncio.timeout(_SECONDS):
                await channel.mark_read(conversation.address or "", newest)
        except (SendError, TimeoutError) as error:
            log.info("not_marked_read", conversation=conversation.id, error=str(error))
        except Exception:
            log.exception("marking_failed", conversation=conversation.id)

    def _remember(self, conversation_id: str, newest: str) -> None:
        self._marked.pop(conversation_id, None)
        self._marked[conversation_id] = newest
        if len(self._marked) > _REMEMBERED:
            self._marked.popitem(last=False)
