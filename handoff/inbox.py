"""Taking in what customers send: stored once, in order, before anybody is told it has arrived."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from handoff import metrics
from handoff.channels.base import NO_QUESTIONS, WIDGET, Channel, Inbound, RemoteFile
from handoff.clock import Clock, new_token
from handoff.conversation import Author, Command, Control, Visibility, calls_bot
from handoff.digest import digest
from handoff.echoes import Echoes
from handoff.errors import NotFound
from handoff.files import LOST, File, kept
from handoff.handover import Handover
from handoff.outbox import Outbox
from handoff.privacy import Hidden, Privacy
from handoff.senders import Senders
from handoff.store import arrivals, contacts, conversations, messages
from handoff.store.base import Store, Transaction
from handoff.store.changes import Change, Kind
from handoff.store.messages import Draft
from handoff.store.rows import Contact, Conversation, Message
from handoff.text import LIMIT, LONGEST, clean
from handoff.versions import edited, edited_at
from handoff.waiting import Waiting, restored

_VISITOR = "visitor"
_KEPT = "file_kept"
_NUMBER = re.compile(r"([1-9]\d?)[.)]?")
_MENU_BACK = 10
"""How many messages back a menu is looked for."""

LetBot = Callable[
    [Transaction, Conversation, Message, dict[str, str], dict[str, Any], datetime], Awaitable[None]
]
"""Lets the bot have a message of a locked conversation: what it means, who sent it, now."""

Also = Callable[[Transaction], Awaitable[None]]
"""What is done in the transaction that stores a message."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a message is on disk. `duplicate` tells that it was there before."""

    conversation_id: str
    message_id: str
    seq: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class _Pressed:
    title: str
    payload: str | None
    command: str | None


class Inbox:
    """The door for customers."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        handover: Handover,
        let_bot: LetBot,
        privacy: Privacy,
        senders: Senders,
        echoes: Echoes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._echoes = echoes
        self._outbox = outbox
        self._senders = senders
        self._handover = handover
        self._let_bot = let_bot
        self._privacy = privacy
        self._clock = clock

    async def open_session(self, language: str) -> str:
        """Make a new visitor of the website. Returns their token; only its digest is kept."""
        token = new_token()
        async with self._store.write() as tx:
            await contacts.create(
                tx,
                channel=WIDGET,
                kind=_VISITOR,
                value=digest(token),
                language=language,
                now=self._clock(),
            )
        return token

    async def visitor(self, token: str, *, days: int) -> Contact | None:
        """Return whose token this is, or None when it is unknown or older than `days`."""
        async with self._store.read() as tx:
            return await contacts.find(
                tx,
                channel=WIDGET,
                kind=_VISITOR,
                value=digest(token),
                since=self._clock() - timedelta(days=days),
            )

    async def receive(self, inbound: Inbound) -> Receipt:
        """Store what a customer sent and let the bot or the agents have it.

        Card numbers and the like are hidden before. What came before with the same source is not
        stored again. Raises MessageEmpty, MessageTooLong, or NotFound for a button that this
        conversation does not have.
        """
        return await self.take_in(inbound, self._hide(inbound))

    async def hear(self, inbound: Inbound, files: Sequence[RemoteFile]) -> bool:
        """Store what was sent on a platform, or keep it until its `files` are here.

        What comes meanwhile waits behind it. What the shop has sent to a customer silences the bot
        at once. Returns whether it is new. Raises as `receive`.
        """
        hidden = self._hide(inbound)
        try:
            async with self._store.write() as tx:
                return await self._hear(tx, inbound, files, hidden)
        except IntegrityError:
            # Two at once: the other one has stored it, or has made the conversation.
            async with self._store.write() as tx:
                return await self._hear(tx, inbound, files, hidden)

    async def _hear(
        self, tx: Transaction, inbound: Inbound, files: Sequence[RemoteFile], hidden: Hidden
    ) -> bool:
        waits = files or await arrivals.in_first_try(
            tx, contact_id=inbound.contact_id, channel=inbound.channel, account=inbound.account
        )
        if inbound.from_shop:
            await self._step_in(tx, inbound)
        if not waits:
            return not (await self._receive(tx, inbound, hidden)).duplicate
        if await self._is_known(tx, inbound):
            return False
        await arrivals.add(
            tx,
            contact_id=inbound.contact_id,
            channel=inbound.channel,
            account=inbound.account,
            source=inbound.source,
            source_id=inbound.source_id,
            content=Waiting(inbound, tuple(files), hidden).content(),
            now=self._clock(),
        )
        return True

    async def _is_known(self, tx: Transaction, inbound: Inbound) -> bool:
        source, name = inbound.source, inbound.source_id
        stored = await messages.find_source(tx, source, name)
        return stored is not None or await arrivals.find(tx, source, name) is not None

    async def _step_in(self, tx: Transaction, inbound: Inbound) -> None:
        found = await conversations.find(
            tx, contact_id=inbound.contact_id, channel=inbound.channel, account=inbound.account
        )
        if inbound.unsupported not in NO_QUESTIONS and not await self._is_known(tx, inbound):
            locked = found or await self._begin(tx, inbound, self._clock())
            await self._echoes.step_in(tx, locked, inbound)

    async def edit(self, inbound: Inbound, edits: str, files: Sequence[RemoteFile]) -> None:
        """Let the message that came as `edits` say something else; what it said is kept.

        The bot is not asked again. An edit of what has not come stands for it. Raises as `receive`.
        """
        if await self._edit(inbound, edits):
            return
        if not await self.hear(replace(inbound, source_id=edits), files):  # it has come meanwhile
            await self._edit(inbound, edits)

    async def _edit(self, inbound: Inbound, edits: str) -> bool:
        """Return whether there was such a message of this customer."""
        hidden = self._privacy.hide(clean(inbound.text or "", LONGEST))
        async with self._store.write() as tx:
            conversation = await conversations.find(
                tx,
                contact_id=inbound.contact_id,
                channel=inbound.channel,
                account=inbound.account,
            )
            waiting = await arrivals.find(tx, inbound.source, edits)
            if waiting is not None and waiting.contact_id == inbound.contact_id:
                # Nobody has seen it yet, so that there is nothing to keep.
                content = replace(restored(waiting.content), hidden=hidden).content()
                await arrivals.rewrite(tx, waiting, content=content)
                return True
            before = await messages.find_source(tx, inbound.source, edits)
            if before is None or conversation is None or before.conversation_id != conversation.id:
                return False
            now = self._clock()
            at = min(inbound.sent_at or now, now)
            after = edited(before, inbound.source_id, at, hidden.text)
            if after is None:
                return True
            if edited_at(after) == at:
                after = await self._privacy.replace(tx, after, hidden)
            await messages.rewrite(tx, before, after)
            if hidden.kinds and not inbound.from_shop:
                await self._privacy.warn_once(tx, conversation)
        return True

    async def take_in(self, inbound: Inbound, hidden: Hidden, also: Also | None = None) -> Receipt:
        """Store what a customer sent, whose text is `hidden`; `also` is done with it.

        Raises NotFound for a button that this conversation does not have.
        """

        async def take_in() -> Receipt:
            async with self._store.write() as tx:
                if also is not None:
                    await also(tx)
                return await self._receive(tx, inbound, hidden)

        try:
            return await take_in()
        except IntegrityError:
            # Two at once: the other one has stored it, or has made the conversation.
            return await take_in()

    def _hide(self, inbound: Inbound) -> Hidden:
        limit = LIMIT if inbound.channel == WIDGET else LONGEST
        return self._privacy.hide(clean(inbound.text, limit) if inbound.text is not None else "")

    async def _receive(self, tx: Transaction, inbound: Inbound, hidden: Hidden) -> Receipt:
        now = self._clock()
        conversation = await conversations.find(
            tx,
            contact_id=inbound.contact_id,
            channel=inbound.channel,
            account=inbound.account,
        )
        before = await messages.find_source(tx, inbound.source, inbound.source_id)
        if before is not None:
            return _receipt(before, duplicate=True)
        if inbound.from_shop:
            conversation = conversation or await self._begin(tx, inbound, now)
            content = self._content(inbound, hidden)
            answer = await self._echoes.keep(tx, conversation, inbound, hidden, content, now)
            return _receipt(answer, duplicate=False)
        button = inbound.button or await self._picked(tx, conversation, hidden.text)
        pressed = await self._pressed(tx, conversation, button)
        wants_answer = inbound.unsupported not in NO_QUESTIONS
        if conversation is None:
            conversation = await self._begin(tx, inbound, now)
        if conversation.control is Control.CLOSED and wants_answer:
            conversation = await self._handover.do(
                tx, conversation, Command.REOPEN, actor=Author.CUSTOMER
            )
        draft = Draft(
            author=Author.CUSTOMER,
            text=pressed.title if pressed else hidden.text or None,
            content=self._content(inbound, hidden),
            source=inbound.source,
            source_id=inbound.source_id,
        )
        if inbound.reply_to is not None:
            sent_at = min(inbound.sent_at or now, now)
            conversation = await self._outbox.heard_from(
                tx,
                conversation,
                now,
                address=inbound.reply_to,
                window_until=sent_at + inbound.window if inbound.window else None,
            )
        conversation, (stored,) = await messages.append(tx, conversation, [draft], now)
        if hidden.kinds:
            await self._privacy.keep(tx, stored, hidden)
            conversation = await self._privacy.warn_once(tx, conversation)
        metrics.messages.labels(Author.CUSTOMER).inc()
        if pressed and pressed.command == Command.CANCEL_WAIT:
            if conversation.control is Control.QUEUED:
                await self._handover.do(
                    tx, conversation, Command.CANCEL_WAIT, actor=Author.CUSTOMER
                )
        elif wants_answer and calls_bot(conversation.control):
            readable = bool(pressed or hidden.text)
            conversation = await self._tell(tx, conversation, inbound, now, readable=readable)
            if readable:
                given = (
                    {"payload": pressed.payload}
                    if pressed and pressed.payload
                    # Hiding may make a text a little longer, and the bot takes no more than LIMIT.
                    else {"text": pressed.title if pressed else hidden.blind[:LIMIT]}
                )
                sender = await self._senders.told_of(tx, inbound, now)
                await self._let_bot(tx, conversation, stored, given, sender, now)
        return _receipt(stored, duplicate=False)

    async def _tell(
        self,
        tx: Transaction,
        locked: Conversation,
        inbound: Inbound,
        now: datetime,
        *,
        readable: bool,
    ) -> Conversation:
        """Tell a customer of the bot what became of something that it cannot read."""
        if inbound.unsupported in LOST:
            return await self._outbox.say(tx, locked, "file_lost", now)
        if readable:
            return locked
        if not inbound.files:
            return await self._outbox.say(tx, locked, "cannot_read", now)
        if await messages.last_notice(tx, locked.id) == _KEPT:
            return locked  # one for each of several would only disturb
        return await self._outbox.say(tx, locked, _KEPT, now)

    def _content(self, inbound: Inbound, hidden: Hidden) -> dict[str, Any]:
        content = self._privacy.content(hidden)
        if inbound.unsupported is not None:
            content["unsupported"] = inbound.unsupported
        if inbound.files:
            content["files"] = kept(self._named(file) for file in inbound.files)
        return content

    def _named(self, file: File) -> File:
        return replace(file, name=self._privacy.mask(file.name).text)

    async def _begin(self, tx: Transaction, inbound: Inbound, now: datetime) -> Conversation:
        contact = await contacts.get(tx, inbound.contact_id)
        if contact is None:
            raise NotFound("this customer is unknown; open a new session")
        return await conversations.create(
            tx,
            contact_id=contact.id,
            channel=inbound.channel,
            account=inbound.account,
            language=contact.language,
            now=now,
        )

    async def _picked(
        self, tx: Transaction, conversation: Conversation | None, written: str
    ) -> str | None:
        """Return the button whose number was typed, if a menu with numbers is the last word.

        An agent may have asked for a number since; then it is an answer to them.
        """
        number = _NUMBER.fullmatch(written)
        if number is None or conversation is None or conversation.channel == WIDGET:
            return None
        recent = await messages.before(tx, conversation.id, None, limit=_MENU_BACK)
        shown = [
            one for one in recent if one.visibility is Visibility.PUBLIC and not one.suppressed
        ]
        for one in reversed(shown):
            if one.author in (Author.CUSTOMER, Author.AGENT):
                return None
            if one.content.get("buttons"):
                known = int(number[1]) <= len(one.content["buttons"])
                numbered = self._outbox.shows_numbers(conversation, one)
                return f"{one.id}.{int(number[1]) - 1}" if known and numbered else None
        return None

    async def _pressed(
        self, tx: Transaction, conversation: Conversation | None, button: str | None
    ) -> _Pressed | None:
        """Return what a button means now.

        Its payload counts only while the dialogue that showed it goes on; a later press is no more
        than its title.
        """
        if button is None:
            return None
        message_id, _, number = button.partition(".")
        shown = await messages.get(tx, message_id)
        if (
            shown is None
            or conversation is None
            or shown.conversation_id != conversation.id
            or not number.isdecimal()
            or int(number) >= len(shown.content.get("buttons", ()))
        ):
            raise NotFound("there is no such button in this conversation")
        found = shown.content["buttons"][int(number)]
        current = shown.epoch == conversation.epoch
        return _Pressed(
            title=found["title"],
            payload=found.get("payload") if current else None,
            command=found.get("command") if current else None,
        )

    async def last_heard(self, channel: Channel) -> datetime | None:
        """Return when a platform's account last brought a message, if it ever has."""
        async with self._store.read() as tx:
            return await messages.newest_of(tx, channel.source)

    async def reachable(self, contact: Contact, channel: Channel, *, reachable: bool) -> None:
        """Keep that a customer has blocked the shop on a platform, or has let it in again."""
        async with self._store.write() as tx:
            found = await conversations.find(
                tx, contact_id=contact.id, channel=channel.name, account=channel.account
            )
            if found is not None:
                await self._outbox.set_reachable(tx, found, self._clock(), reachable=reachable)

    async def choose_language(self, contact: Contact, language: str) -> None:
        """Speak `language` (tr or en) with this customer from now on."""
        async with self._store.write() as tx:
            await contacts.set_language(tx, contact.id, language)
            found = await conversations.of_contact(tx, contact.id)
            conversation = await conversations.lock(tx, found.id) if found else None
            if conversation is not None and conversation.language != language:
                await conversations.change(tx, conversation, language=language)
                tx.announce(Change(Kind.STATE, conversation.id))

    async def seen(self, conversation_id: str, seq: int) -> None:
        """Remember that the customer has seen everything up to `seq`."""
        async with self._store.write() as tx:
            if await conversations.mark_seen(tx, conversation_id, by=Author.CUSTOMER, seq=seq):
                tx.announce(Change(Kind.MESSAGE, conversation_id))


def _receipt(message: Message, *, duplicate: bool) -> Receipt:
    return Receipt(message.conversation_id, message.id, message.seq, duplicate)
