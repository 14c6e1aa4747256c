"""Keeping card numbers, IBANs and identity numbers out of everything that many can read.

They are hidden before a message is stored, sent to the bot or shown. What was written is kept
beside it, sealed with the installation's key, for agents who have the right to see it; without a
key it is not kept at all.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken

from handoff.clock import Clock
from handoff.errors import Forbidden, NotFound, OriginalGone
from handoff.masking import Masked, mask
from handoff.outbox import Outbox
from handoff.store import messages, originals
from handoff.store.base import Store, Transaction
from handoff.store.rows import Agent, Conversation, Message

log = structlog.get_logger(__name__)

MAY_REVEAL = "supervisor"
"""The role whose agents may see what was hidden."""

_NOTICE = "numbers_hidden"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text as it may be kept; `text`, `blind` and `kinds` as in Masked.

    `sealed` is what was written, if numbers are hidden and the installation has a key.
    """

    text: str
    blind: str
    kinds: tuple[str, ...]
    sealed: str | None


class Privacy:
    """Hides numbers, keeps what was written, and lets those see it who may.

    `key` is one of Fernet's; `own_ibans` are the shop's and stay readable.
    """

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        *,
        key: str | None,
        own_ibans: Collection[str],
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._seal = Fernet(key) if key else None
        self._own_ibans = frozenset(own_ibans)

    def mask(self, text: str) -> Masked:
        """Return a text with its numbers hidden."""
        return mask(text, self._own_ibans)

    def hide(self, text: str) -> Hidden:
        """Return a text with its numbers hidden, and what was written sealed."""
        masked = self.mask(text)
        sealed = None
        if masked.kinds and self._seal is not None:
            sealed = self._seal.encrypt(text.encode()).decode()
        return Hidden(masked.text, masked.blind, masked.kinds, sealed)

    def content(self, hidden: Hidden) -> dict[str, Any]:
        """Return what a message's content says of the numbers that were hidden in it."""
        if not hidden.kinds:
            return {}
        return {"masked": {"kinds": list(hidden.kinds), "kept": hidden.sealed is not None}}

    async def keep(self, tx: Transaction, stored: Message, hidden: Hidden) -> None:
        """Keep, sealed, what a message said before numbers were hidden in it, if there were any."""
        if hidden.sealed is not None:
            await originals.add(tx, stored.id, sealed=hidden.sealed, now=stored.created_at)

    async def replace(self, tx: Transaction, stored: Message, hidden: Hidden) -> Message:
        """Return a message that says something else now with what was hidden in that, and keep it.

        What was hidden in it before is not kept any more.
        """
        await originals.remove(tx, stored.id)
        content = {name: value for name, value in stored.content.items() if name != "masked"}
        changed = replace(stored, content=content | self.content(hidden))
        await self.keep(tx, changed, hidden)
        return changed

    async def warn_once(self, tx: Transaction, locked: Conversation) -> Conversation:
        """Ask the customer not to send such numbers, unless this conversation has been told."""
        if await messages.has_notice(tx, locked.id, _NOTICE):
            return locked
        return await self._outbox.say(tx, locked, _NOTICE, self._clock())

    async def reveal(self, agent: Agent, message_id: str) -> str:
        """Return what a message said before numbers were hidden in it, and keep who has seen it.

        Raises Forbidden without the right, NotFound where nothing was hidden, and OriginalGone
        where it was not kept or its key is another one.
        """
        if agent.role != MAY_REVEAL:
            raise Forbidden(f"only a {MAY_REVEAL} may see what was hidden; ask one")
        async with self._store.write() as tx:
            found = await messages.get(tx, message_id)
            if found is None or "masked" not in found.content:
                raise NotFound("there is no such message with something hidden")
            text = self._open(message_id, await originals.get(tx, message_id))
            await originals.add_reveal(tx, message_id, agent_id=agent.id, now=self._clock())
        log.info("revealed", agent=agent.id, message=message_id, conversation=found.conversation_id)
        return text

    def _open(self, message_id: str, sealed: str | None) -> str:
        if sealed is not None and self._seal is not None:
            try:
                return self._seal.decrypt(sealed).decode()
            except InvalidToken:
                log.warning("original_sealed_otherwise", message=message_id)
        raise OriginalGone(
            "what was hidden here is not kept, or was sealed with another DEVIR_MASK_KEY"
        )
