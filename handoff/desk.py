"""What agents do: take conversations, write in them, and let them go."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from handoff import metrics
from handoff.clock import Clock
from handoff.conversation import (
    HOLDER_ONLY,
    Author,
    Command,
    Control,
    Reason,
    Visibility,
    next_control,
)
from handoff.errors import (
    AlreadyClaimed,
    CaseClosed,
    IllegalTransition,
    NotFound,
    NotHolder,
    StaleEpoch,
)
from handoff.files import File, kept, of_content
from handoff.handover import Grounds, Handover
from handoff.outbox import Outbox
from handoff.privacy import Hidden, Privacy
from handoff.store import agents, cases, conversations, deliveries, handoffs, messages
from handoff.store.base import Store, Transaction
from handoff.store.changes import Change, Kind
from handoff.store.messages import Draft
from handoff.store.rows import Agent, Case, Conversation, Message
from handoff.text import clean


@dataclass(frozen=True, slots=True)
class Written:
    """A message of an agent that is on disk. `duplicate` tells that it was there before."""

    message: Message
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Cited:
    """The article an agent's reply was taken from, by the title it had then."""

    slug: str
    title: str


class Desk:
    """The door for agents."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        handover: Handover,
        privacy: Privacy,
        clock: Clock,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._handover = handover
        self._privacy = privacy
        self._clock = clock

    async def command(
        self, agent: Agent, conversation_id: str, command: Command, *, seen_epoch: int
    ) -> Conversation:
        """Let `agent` change who has a conversation that they last saw at `seen_epoch`.

        Claiming what is already one's own succeeds. Raises NotFound, AlreadyClaimed (with who has
        it), NotHolder, StaleEpoch or IllegalTransition.
        """
        async with self._store.write() as tx:
            conversation = await self._lock(tx, conversation_id)
            if command in (Command.CLAIM, Command.TAKE_OVER):
                if conversation.agent_id == agent.id:
                    return conversation
                await self._refuse_taken(tx, conversation)
            elif command in HOLDER_ONLY and conversation.control is Control.HUMAN:
                await self._refuse_stranger(tx, conversation, agent)
            _refuse_outdated(conversation, seen_epoch)
            taken_over = command is Command.TAKE_OVER
            return await self._handover.do(
                tx,
                conversation,
                command,
                actor=Author.AGENT,
                agent=agent,
                grounds=Grounds(Reason.TAKEN_OVER) if taken_over else None,
            )

    async def transfer(
        self,
        agent: Agent,
        conversation_id: str,
        *,
        department: str | None,
        note: str,
        seen_epoch: int,
    ) -> Conversation:
        """Put a conversation at the front of the queue for `department` (None: any), with a note.

        The note is the card's summary and stays in the transcript, for agents alone. Raises
        NotFound, NotHolder, StaleEpoch, IllegalTransition, MessageEmpty or MessageTooLong.
        """
        hidden = self._privacy.hide(clean(note))
        async with self._store.write() as tx:
            conversation = await self._lock(tx, conversation_id)
            if conversation.control is Control.HUMAN:
                await self._refuse_stranger(tx, conversation, agent)
            _refuse_outdated(conversation, seen_epoch)
            next_control(conversation.control, Command.TRANSFER)
            latest = await handoffs.latest(tx, conversation.id)
            written = Draft(
                author=Author.AGENT,
                agent_id=agent.id,
                name=agent.name,
                text=hidden.text,
                content=self._privacy.content(hidden),
                visibility=Visibility.INTERNAL,
            )
            conversation, (stored,) = await self._outbox.post(
                tx, conversation, [written], self._clock()
            )
            await self._privacy.keep(tx, stored, hidden)
            return await self._handover.do(
                tx,
                conversation,
                Command.TRANSFER,
                actor=Author.AGENT,
                agent=agent,
                grounds=Grounds(
                    Reason.TRANSFERRED,
                    summary=hidden.text,
                    department=department,
                    evidence=latest.evidence if latest else {},
                ),
            )

    async def reply(
        self,
        agent: Agent,
        conversation_id: str,
        *,
        client_id: str,
        text: str,
        article: Cited | None = None,
    ) -> Written:
        """Say something to the customer; only the holder may. `article` is what it was taken from.

        The same `client_id` is stored once. Raises NotFound, NotHolder, IllegalTransition,
        MessageEmpty or MessageTooLong.
        """
        hidden = self._privacy.hide(clean(text))
        content = self._privacy.content(hidden)
        if article is not None:
            title = self._privacy.mask(article.title).text
            content["article"] = {"slug": article.slug, "title": title}
        draft = _draft(agent, conversation_id, client_id, Visibility.PUBLIC, hidden.text, content)
        return await self._append(agent, conversation_id, draft, hidden)

    async def send_file(
        self, agent: Agent, conversation_id: str, *, client_id: str, file: File
    ) -> Written:
        """Send the customer a file that we keep; only the holder may.

        The same `client_id` is stored once. Raises NotFound, NotHolder, IllegalTransition, or
        FileTypeRefused or FileTooLarge when the customer's channel does not take it.
        """
        content = {"files": kept([replace(file, name=self._privacy.mask(file.name).text)])}
        draft = _draft(agent, conversation_id, client_id, Visibility.PUBLIC, None, content)
        return await self._append(agent, conversation_id, draft)

    async def note(
        self, agent: Agent, conversation_id: str, *, client_id: str, text: str
    ) -> Written:
        """Leave a note that only agents ever see; any agent may.

        The same `client_id` is stored once. Raises NotFound, MessageEmpty or MessageTooLong.
        """
        hidden = self._privacy.hide(clean(text))
        content = self._privacy.content(hidden)
        draft = _draft(agent, conversation_id, client_id, Visibility.INTERNAL, hidden.text, content)
        return await self._append(agent, conversation_id, draft, hidden)

    async def close_case(self, agent: Agent, case_id: str, *, note: str) -> None:
        """Close a case that has been seen to; any agent may, and colleagues read the note.

        Raises NotFound, CaseClosed or MessageTooLong.
        """
        said = self._privacy.hide(clean(note) if note.strip() else "").text
        async with self._store.write() as tx:
            case, conversation = await self._lock_case(tx, case_id)
            now = self._clock()
            if not await cases.close(tx, case.id, agent_id=agent.id, note=said, now=now):
                raise CaseClosed("look at the case again: somebody has closed it")
            await self._tell_colleagues(tx, agent, conversation, f"{case.reference} ✓ {said}")

    async def reopen_case(self, agent: Agent, case_id: str) -> None:
        """Open a case again that was closed too early; any agent may. One that is open stays so.

        Raises NotFound.
        """
        async with self._store.write() as tx:
            case, conversation = await self._lock_case(tx, case_id)
            if await cases.reopen(tx, case.id):
                await self._tell_colleagues(tx, agent, conversation, f"{case.reference} ↺")

    async def _lock_case(self, tx: Transaction, case_id: str) -> tuple[Case, Conversation]:
        found = await cases.get(tx, case_id)
        if found is None:
            raise NotFound("there is no such case")
        case, _ = found
        return case, await self._lock(tx, case.conversation_id)

    async def _tell_colleagues(
        self, tx: Transaction, agent: Agent, locked: Conversation, text: str
    ) -> None:
        written = Draft(
            author=Author.AGENT,
            agent_id=agent.id,
            name=agent.name,
            text=text.strip(),
            visibility=Visibility.INTERNAL,
        )
        await self._outbox.post(tx, locked, [written], self._clock())

    async def _append(
        self, agent: Agent, conversation_id: str, draft: Draft, hidden: Hidden | None = None
    ) -> Written:
        try:
            return await self._append_once(agent, conversation_id, draft, hidden)
        except IntegrityError:
            # Two at once: the other one has stored it.
            return await self._append_once(agent, conversation_id, draft, hidden)

    async def _append_once(
        self, agent: Agent, conversation_id: str, draft: Draft, hidden: Hidden | None
    ) -> Written:
        async with self._store.write() as tx:
            conversation = await self._lock(tx, conversation_id)
            before = await messages.find_source(tx, draft.source or "", draft.source_id or "")
            if before is not None:
                return Written(before, duplicate=True)
            if draft.visibility is Visibility.PUBLIC:
                if conversation.control is not Control.HUMAN:
                    raise IllegalTransition(
                        "take the conversation before you answer",
                        control=conversation.control.value,
                    )
                await self._refuse_stranger(tx, conversation, agent)
                self._outbox.check_takes(conversation, of_content(draft.content))
            conversation, (stored,) = await self._outbox.post(
                tx, conversation, [draft], self._clock()
            )
            if hidden is not None:
                await self._privacy.keep(tx, stored, hidden)
            await conversations.mark_seen(tx, conversation.id, by=Author.AGENT, seq=stored.seq)
        metrics.messages.labels(Author.AGENT).inc()
        return Written(stored, duplicate=False)

    async def retry(self, agent: Agent, message_id: str) -> Message:
        """Send a message again whose delivery has failed; only the holder may.

        Raises NotFound, NotHolder or IllegalTransition.
        """
        async with self._store.write() as tx:
            message = await messages.get(tx, message_id)
            if message is None:
                raise NotFound("there is no such message")
            conversation = await self._lock(tx, message.conversation_id)
            await self._refuse_stranger(tx, conversation, agent)
            if not await deliveries.queue_again(tx, message_id, self._clock()):
                raise IllegalTransition(
                    "only a failed delivery can be tried again", control=conversation.control.value
                )
        return message

    async def seen(self, conversation_id: str, seq: int) -> None:
        """Remember that agents have read everything up to `seq`."""
        async with self._store.write() as tx:
            if await conversations.mark_seen(tx, conversation_id, by=Author.AGENT, seq=seq):
                tx.announce(Change(Kind.STATE, conversation_id))

    async def _lock(self, tx: Transaction, conversation_id: str) -> Conversation:
        conversation = await conversations.lock(tx, conversation_id)
        if conversation is None:
            raise NotFound("there is no such conversation")
        return conversation

    async def _refuse_taken(self, tx: Transaction, conversation: Conversation) -> None:
        if conversation.control is Control.HUMAN:
            raise AlreadyClaimed(
                "another agent has the conversation",
                holder=await _holder(tx, conversation),
                control=conversation.control.value,
            )

    async def _refuse_stranger(
        self, tx: Transaction, conversation: Conversation, agent: Agent
    ) -> None:
        if conversation.agent_id != agent.id:
            raise NotHolder(
                "only the agent who has the conversation may do this",
                control=conversation.control.value,
                holder=await _holder(tx, conversation),
            )


def _draft(
    agent: Agent,
    conversation_id: str,
    client_id: str,
    visibility: Visibility,
    text: str | None,
    content: dict[str, Any],
) -> Draft:
    return Draft(
        author=Author.AGENT,
        agent_id=agent.id,
        name=agent.name,
        text=text,
        content=content,
        visibility=visibility,
        source=f"console:{conversation_id}",
        source_id=f"{agent.id}:{client_id}",
    )


def _refuse_outdated(conversation: Conversation, seen_epoch: int) -> None:
    if conversation.epoch != seen_epoch:
        raise StaleEpoch(
            "the conversation has changed hands since you looked; look at it again",
            control=conversation.control.value,
        )


async def _holder(tx: Transaction, conversation: Conversation) -> dict[str, str] | None:
    found = await agents.get(tx, conversation.agent_id) if conversation.agent_id else None
    return {"id": found.id, "name": found.name} if found else None
