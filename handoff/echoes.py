"""What people at the shop write to customers in a platform's own app, on the same number.

It is an answer of a person: the bot falls silent, and the conversation waits for the agents, who
see what was written. Nothing of it is sent again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from handoff import metrics
from handoff.channels.base import Call, Channel, Echo, Inbound
from handoff.clock import Clock
from handoff.conversation import Author, Command, Control, Reason
from handoff.handover import Grounds, Handover
from handoff.ledger import State
from handoff.media import Media
from handoff.outbox import OVERTAKEN
from handoff.outgoing import outgoing
from handoff.privacy import Hidden, Privacy
from handoff.store import conversations, deliveries, messages
from handoff.store.base import Store, Transaction
from handoff.store.messages import Draft
from handoff.store.rows import Conversation, Delivery, Message

PHONE_APP = "phone_app"
"""The origin of such a message, as its content names it."""


class Echoes:
    """Tells what is a person's from what is ours, and keeps it."""

    def __init__(
        self, store: Store, handover: Handover, privacy: Privacy, media: Media, clock: Clock
    ) -> None:
        self._store = store
        self._handover = handover
        self._privacy = privacy
        self._media = media
        self._clock = clock

    async def is_ours(self, channel: Channel, contact_id: str, echo: Echo) -> bool:
        """Return whether an echo is of something that we have sent ourselves.

        It is when the platform has given us its id, or when it says what a call of ours carried of
        which nobody knows yet whether it arrived; for that call it is the answer.
        """
        async with self._store.write() as tx:
            now = self._clock()
            # From here on whoever learns the id by sending waits for us, or we for them.
            if await deliveries.know(tx, channel.source, echo.external_id, now):
                return True
            unsure = await deliveries.unsure(
                tx, contact_id=contact_id, channel=channel.name, account=channel.account
            )
            for call_id in dict.fromkeys(entry.call_id for entry in unsure):
                together = [entry for entry in unsure if entry.call_id == call_id]
                if call_id is None or not await self._tells_of(tx, channel, echo, together):
                    continue
                await deliveries.report(
                    tx,
                    source=channel.source,
                    platform_id=echo.external_id,
                    state=State.SENT,
                    call_id=call_id,
                    error=None,
                    now=now,
                )
                return True
        return False

    async def _tells_of(
        self, tx: Transaction, channel: Channel, echo: Echo, together: list[Delivery]
    ) -> bool:
        """Return whether an echo says what one call carried, or the earlier one it repeated."""
        first = together[0]
        found = [await messages.get(tx, entry.message_id) for entry in together]
        conversation = await conversations.get(tx, first.conversation_id)
        if conversation is None or first.call_id is None:
            return False
        call = Call(
            id=first.call_id,
            address=echo.address,
            language=conversation.language,
            messages=tuple(outgoing(entry, self._media) for entry in found if entry is not None),
            part=first.part,
        )
        if first.state is State.SENDING or first.answer_lost:
            return channel.tells_of(echo, call)
        # It was sent again, so that there may be one more of it for each try but the last.
        known = len(await deliveries.named(tx, first.call_id))
        if known >= first.parts + max(1, first.attempts - 1):
            return False
        earlier = [replace(call, part=one) for one in range(first.parts)]
        # What was written meanwhile was not with it the first time.
        earlier += [replace(call, messages=call.messages[:n]) for n in range(1, len(together))]
        return any(channel.tells_of(echo, one) for one in earlier)

    async def step_in(
        self, tx: Transaction, locked: Conversation, inbound: Inbound
    ) -> Conversation:
        """Let the bot be silent in a locked conversation, because a person has answered.

        The customer is told nothing, since somebody is speaking to them. Who waits goes on waiting,
        and who is with an agent stays with them, who may still have to read what came before.
        """
        locked = await self._reach(tx, locked, inbound)
        if locked.control is Control.HUMAN:
            return locked
        await conversations.mark_seen(tx, locked.id, by=Author.AGENT, seq=locked.last_seq)
        if locked.control is Control.QUEUED:
            return locked
        # Before the step is kept: what is taken meanwhile is then known to have been before it.
        await deliveries.withdraw(tx, locked.id, OVERTAKEN, self._clock())
        grounds = Grounds(Reason.ANSWERED_ON_PHONE, seq=locked.last_seq + 1)
        return await self._handover.do(
            tx, locked, Command.STEP_IN, actor=Author.AGENT, grounds=grounds
        )

    async def _reach(self, tx: Transaction, locked: Conversation, inbound: Inbound) -> Conversation:
        """Keep where a customer takes answers who has never written; writing opens no window."""
        window_until = locked.window_until
        if window_until is None and inbound.window is not None:
            window_until = self._clock()
        return await conversations.set_reach(
            tx,
            locked,
            address=locked.address or inbound.reply_to,
            window_until=window_until,
            unreachable_at=locked.unreachable_at,
        )

    async def keep(
        self,
        tx: Transaction,
        locked: Conversation,
        inbound: Inbound,
        hidden: Hidden,
        content: dict[str, Any],
        now: datetime,
    ) -> Message:
        """Append what was written to the transcript of a locked conversation."""
        draft = Draft(
            author=Author.AGENT,
            text=hidden.text or None,
            content={**content, "origin": PHONE_APP},
            source=inbound.source,
            source_id=inbound.source_id,
        )
        _, (stored,) = await messages.append(tx, locked, [draft], now)
        await self._privacy.keep(tx, stored, hidden)
        metrics.messages.labels(Author.AGENT).inc()
        return stored
