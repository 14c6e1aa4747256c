"""Showing customers on platforms that somebody writes to them. Pages are told by their sockets."""

import asyncio
from collections.abc import Sequence

import structlog

from handoff.channels.base import Channel, SendError
from handoff.conversation import Author
from handoff.store import conversations, messages
from handoff.store.base import Store
from handoff.store.rows import Conversation

log = structlog.get_logger(__name__)

_BEFORE = 0.5
"""Seconds before a platform lets the sign go out by itself that it is shown again."""

_LONGEST = 20.0
"""Seconds after which it goes out though nobody has said so."""


class TypingSign:
    """The signs that are on."""

    def __init__(self, store: Store, channels: Sequence[Channel]) -> None:
        self._store = store
        self._channels = {(channel.name, channel.account): channel for channel in channels}
        self._shown: dict[str, asyncio.Task[None]] = {}

    def show(self, conversation_id: str, author: Author, on: bool) -> None:
        """Let the sign of a conversation go on or out; what goes wrong harms nobody."""
        if author is Author.CUSTOMER or not self._channels:
            return
        if on and conversation_id not in self._shown:
            self._shown[conversation_id] = asyncio.create_task(self._keep_on(conversation_id))
        elif not on and (shown := self._shown.pop(conversation_id, None)):
            shown.cancel()

    async def run(self) -> None:
        """Wait until cancelled, and let all signs go out."""
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._shown.values():
                task.cancel()

    async def _keep_on(self, conversation_id: str) -> None:
        try:
            async with self._store.read() as tx:
                found = await conversations.get(tx, conversation_id)
                channel = self._channel(found)
                newest = (
                    await messages.newest_source_id(tx, conversation_id, channel.source)
                    if channel is not None
                    else None
                )
            if found is not None and channel is not None and found.unreachable_at is None:
                async with asyncio.timeout(_LONGEST):
                    while True:
                        await channel.typing(found.address or "", newest)
                        await asyncio.sleep(channel.typing_seconds - _BEFORE)
        except TimeoutError:
            pass
        except SendError as error:
            log.info("typing_not_shown", conversation=conversation_id, error=error.code)
        except Exception:
            log.exception("typing_failed", conversation=conversation_id)
        if self._shown.get(conversation_id) is asyncio.current_task():
            del self._shown[conversation_id]

    def _channel(self, found: Conversation | None) -> Channel | None:
        return self._channels.get((found.channel, found.account)) if found is not None else None
