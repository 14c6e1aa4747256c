"""Open sockets, and telling them what is new.

A socket is never sent what was put into a queue for it: it has a cursor, is poked when something
may be new, and then reads the store at its own pace. Nothing piles up for a slow one, and nothing
can be missed or come twice.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import structlog
from aiohttp import web

from handoff import metrics
from handoff.conversation import Author, Control, Visibility
from handoff.store import conversations, deliveries, messages, turns
from handoff.store.base import Store, Transaction
from handoff.store.changes import Change, Kind, Posted
from handoff.store.rows import AgentSession, Contact, Message
from handoff.web import present
from handoff.web.sockets import FAILED, GOING_AWAY, NOT_AUTHENTICATED

log = structlog.get_logger(__name__)

PAGE = 200
"""Messages in one answer or one look into the store."""

SEND_SECONDS = 30.0
"""A socket that does not read for so long is cut off; its client comes back and asks again."""

_RECENT = 60
"""Newest messages of the watched conversation whose changes (delivery, understanding) are told."""


_MOST_OFFERED = 16
"""Posts kept for a socket that is still busy; with more it reads them from the store."""


class Socket(ABC):
    """One browser's open socket."""

    side: str

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.BaseTransport | None) -> None:
        self.ws = ws
        self._transport = transport
        self._poked = asyncio.Event()
        self._stale = False
        self._typing: dict[tuple[str, Author], bool] = {}

    def poke(self) -> None:
        """Look into the store soon."""
        self._stale = True
        self._poked.set()

    def typing(self, conversation_id: str, author: Author, on: bool) -> None:
        """Tell that somebody writes; only the latest word counts."""
        self._typing[(conversation_id, author)] = on
        self._poked.set()

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame, or cut the socket off when it does not read."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self.ws.send_str(orjson.dumps(frame).decode())
        except TimeoutError:
            log.info("socket_cut_off", side=self.side)
            if isinstance(self._transport, asyncio.Transport):
                self._transport.abort()
            raise ConnectionResetError("cut off") from None

    async def pump(self) -> None:
        """Send what is new, until cancelled or cut off."""
        while True:
            await self._poked.wait()
            self._poked.clear()
            await self.send_offered()
            if self._stale:
                self._stale = False
                await self.send_new()
            typing, self._typing = self._typing, {}
            for (conversation_id, author), on in typing.items():
                await self.send_typing(conversation_id, author, on)

    @abstractmethod
    async def send_offered(self) -> None:
        """Send what needs no look into the store."""

    @abstractmethod
    async def send_new(self) -> None:
        """Read the store behind the cursor and send what is there."""

    @abstractmethod
    async def send_typing(self, conversation_id: str, author: Author, on: bool) -> None:
        """Send a typing frame."""


class CustomerSocket(Socket):
    """A visitor's page; `conversation_id` is None until the visitor has written something."""

    side = "customer"

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.BaseTransport | None,
        store: Store,
        contact: Contact,
        after: int,
    ) -> None:
        super().__init__(ws, transport)
        self._store = store
        self.contact = contact
        self.conversation_id: str | None = None
        self.control: Control | None = None
        self._cursor = after
        self._state: dict[str, Any] | None = None
        self._offered: list[Posted] = []

    def offer(self, posted: Posted) -> None:
        """Send what was posted soon, without a look into the store if nothing is missing."""
        self._offered.append(posted)
        self._poked.set()
        if len(self._offered) > _MOST_OFFERED:
            self._offered.clear()
            self.poke()

    async def welcome(self) -> dict[str, Any]:
        """Return the first frame: where the conversation stands and what the client lacks."""
        async with self._store.read() as tx:
            found = await conversations.of_contact(tx, self.contact.id)
            if found is None:
                self._cursor = 0
                return {"type": "welcome", "conversation": None, "messages": [], "more": False}
            self.conversation_id = found.id
            self._state = await self._read_state(tx)
            page = await messages.after(tx, found.id, self._cursor, limit=PAGE + 1, public=True)
        more = len(page) > PAGE
        # With more to come the client asks by HTTP; the socket goes on behind what exists now.
        self._cursor = self._state["last_seq"] if self._state else self._cursor
        return {
            "type": "welcome",
            "conversation": self._state,
            "messages": [present.message(entry) for entry in page[:PAGE]],
            "more": more,
        }

    async def send_offered(self) -> None:
        """See Socket.

        Only while the bot has the conversation: the agent's name and the place in the queue are in
        the store. The cursor tells whether something is missing between, and what was sent already;
        a state counts only with a message that nobody has sent, for then it is not older than the
        last one.
        """
        offered, self._offered = self._offered, []
        for posted in offered:
            if posted.conversation.control is not Control.BOT:
                self.poke()
                return
            for entry in posted.messages:
                if entry.visibility is not Visibility.PUBLIC or entry.seq <= self._cursor:
                    continue
                if entry.prev_seq != self._cursor:
                    self.poke()
                    return
                await self._send_message(entry)
                await self._send_state(present.state(posted.conversation, None, None))

    async def send_new(self) -> None:
        """See Socket."""
        if self.conversation_id is None:
            return
        async with self._store.read() as tx:
            state = await self._read_state(tx)
            behind = state is not None and state["last_seq"] > self._cursor
            page = (
                await messages.after(
                    tx, self.conversation_id, self._cursor, limit=PAGE, public=True
                )
                if behind
                else []
            )
        for entry in page:
            await self._send_message(entry)
        if state is not None:
            await self._send_state(state)
        if len(page) == PAGE:
            self.poke()

    async def _send_message(self, entry: Message) -> None:
        await self.send({"type": "message", "message": present.message(entry)})
        self._cursor = entry.seq

    async def _send_state(self, state: dict[str, Any]) -> None:
        before, self._state = self._state or {}, state
        if any(before.get(name) != state[name] for name in state if name != "last_seq"):
            await self.send({"type": "state", "conversation": state})

    async def _read_state(self, tx: Transaction) -> dict[str, Any] | None:
        row = await conversations.with_agent(tx, self.conversation_id or "")
        if row is None:
            return None
        found, agent_name = row
        self.control = found.control
        return present.state(found, agent_name, await conversations.position(tx, found))

    async def send_typing(self, _: str, author: Author, on: bool) -> None:
        """See Socket."""
        await self.send({"type": "typing", "author": author, "on": on})


class AgentSocket(Socket):
    """An agent's console; `watched` is the conversation on their screen."""

    side = "agent"

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.BaseTransport | None,
        store: Store,
        session: AgentSession,
    ) -> None:
        super().__init__(ws, transport)
        self._store = store
        self.agent = session.agent
        self.token_hash = session.token_hash
        self.watched: str | None = None
        self._cursor = 0
        self._sent: dict[str, dict[str, Any]] = {}
        self._news: dict[str, dict[str, Any]] = {}

    def tell(self, frame: dict[str, Any]) -> None:
        """Send a conversation frame soon; of each conversation only the latest."""
        self._news[frame["conversation"]["id"]] = frame
        self._poked.set()

    async def watch(self, conversation_id: str | None) -> int:
        """Look at a conversation from its newest message on, or at none. Returns its last `seq`."""
        self.watched, self._sent, self._cursor = None, {}, 0
        if conversation_id is None:
            return 0
        async with self._store.read() as tx:
            found = await conversations.get(tx, conversation_id)
            if found is None:
                return 0
            recent = await read_agent_messages(tx, conversation_id, limit=_RECENT)
        self._sent = {entry["id"]: entry for entry in recent}
        self._cursor = found.last_seq
        self.watched = conversation_id
        # What was committed while this was read has poked nobody.
        self.poke()
        return self._cursor

    async def send_offered(self) -> None:
        """See Socket."""
        news, self._news = self._news, {}
        for frame in news.values():
            await self.send(frame)

    async def send_new(self) -> None:
        """See Socket."""
        watched = self.watched
        if watched is None:
            return
        async with self._store.read() as tx:
            recent = await read_agent_messages(tx, watched, limit=_RECENT, after=self._cursor)
        fresh = [entry for entry in recent if self._sent.get(entry["id"]) != entry]
        if self.watched != watched:
            return
        self._sent = {entry["id"]: entry for entry in recent[-_RECENT:]}
        for entry in fresh:
            await self.send({"type": "message", "conversation": watched, "message": entry})
            if self.watched != watched:
                return
            self._cursor = max(self._cursor, entry["seq"])

    async def send_typing(self, conversation_id: str, author: Author, on: bool) -> None:
        """See Socket."""
        if conversation_id == self.watched:
            await self.send(
                {"type": "typing", "conversation": conversation_id, "author": author, "on": on}
            )


async def read_agent_messages(
    tx: Transaction, conversation_id: str, *, limit: int, after: int | None = None
) -> list[dict[str, Any]]:
    """Return the newest AgentMessages, oldest first, and every one behind `after`."""
    found = await conversations.get(tx, conversation_id)
    if found is None:
        return []
    records = await messages.before(tx, conversation_id, None, limit=limit)
    if after is not None and records and records[0].seq > after + 1:
        records = await messages.after(tx, conversation_id, after, limit=10 * PAGE, public=False)
    return await present_agent_messages(tx, conversation_id, records)


async def present_agent_messages(
    tx: Transaction, conversation_id: str, records: list[Message]
) -> list[dict[str, Any]]:
    """Return records as AgentMessages."""
    found = await conversations.get(tx, conversation_id)
    if found is None:
        return []
    names = [record.id for record in records]
    sent = await deliveries.of_messages(tx, names)
    understood = await turns.understandings(tx, names)
    return [
        present.agent_message(record, found, sent.get(record.id), understood.get(record.id))
        for record in records
    ]


class Live:
    """All open sockets of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._customers: dict[str, set[CustomerSocket]] = defaultdict(set)
        self._contacts: dict[str, set[CustomerSocket]] = defaultdict(set)
        self._agents: set[AgentSocket] = set()
        self._dirty: set[str] = set()
        self._queue_moved = False
        self._dirty_event = asyncio.Event()

    def hear(self, change: Change) -> None:
        """React to a committed change."""
        if change.kind not in (Kind.MESSAGE, Kind.STATE, Kind.QUEUE):
            return
        if change.contact_id is not None:
            # Before anything else of a new conversation, such as that the bot writes.
            self._adopt(change.contact_id, change.conversation_id)
        for socket in self._customers.get(change.conversation_id, ()):
            if change.posted is None:
                socket.poke()
            else:
                socket.offer(change.posted)
        if change.kind is Kind.QUEUE:
            for sockets in self._customers.values():
                for socket in sockets:
                    if socket.control is Control.QUEUED:
                        socket.poke()
        if self._agents:
            self._queue_moved |= change.kind is Kind.QUEUE
            self._mark(change.conversation_id)
            for agent in self._agents:
                if agent.watched == change.conversation_id:
                    agent.poke()

    def _mark(self, conversation_id: str) -> None:
        self._dirty.add(conversation_id)
        self._dirty_event.set()

    def typing(self, conversation_id: str, author: Author, on: bool) -> None:
        """Tell the other side that somebody writes."""
        if author is not Author.CUSTOMER:
            for socket in self._customers.get(conversation_id, ()):
                socket.typing(conversation_id, author, on)
        if author is not Author.AGENT:
            for agent in self._agents:
                if agent.watched == conversation_id:
                    agent.typing(conversation_id, author, on)

    def is_live(self, conversation_id: str) -> bool:
        """Whether the customer's page is connected to this process."""
        return bool(self._customers.get(conversation_id))

    def _adopt(self, contact_id: str, conversation_id: str) -> None:
        """Let a visitor's sockets hear of the conversation that their first message has begun."""
        for socket in self._contacts.get(contact_id, ()):
            if socket.conversation_id is None:
                socket.conversation_id = conversation_id
                self._customers[conversation_id].add(socket)
                self._mark(conversation_id)
                socket.poke()

    async def _look(self, socket: CustomerSocket) -> None:
        """Let a page find what nobody told it of, also that another tab has begun to write."""
        if socket.conversation_id is None:
            async with self._store.read() as tx:
                found = await conversations.of_contact(tx, socket.contact.id)
            if found is not None:
                self._adopt(socket.contact.id, found.id)
        socket.poke()

    async def catch_up(self) -> None:
        """Make up for changes that nobody told of: pages look again, consoles come back and ask."""
        for socket in [socket for group in self._contacts.values() for socket in group]:
            await self._look(socket)
        await _close(self._agents, GOING_AWAY, b"ask again")

    @asynccontextmanager
    async def customer(self, socket: CustomerSocket) -> AsyncIterator[None]:
        """Keep a customer's socket informed while the block runs."""
        self._contacts[socket.contact.id].add(socket)
        if socket.conversation_id:
            self._customers[socket.conversation_id].add(socket)
            self._mark(socket.conversation_id)
        try:
            # What was committed between `welcome` and here has poked nobody.
            await self._look(socket)
            async with self._pumping(socket):
                yield
        finally:
            _discard(self._contacts, socket.contact.id, socket)
            if socket.conversation_id:
                _discard(self._customers, socket.conversation_id, socket)
                self._mark(socket.conversation_id)

    @asynccontextmanager
    async def agent(self, socket: AgentSocket) -> AsyncIterator[None]:
        """Keep an agent's socket informed while the block runs."""
        self._agents.add(socket)
        try:
            async with self._pumping(socket):
                yield
        finally:
            self._agents.discard(socket)

    @asynccontextmanager
    async def _pumping(self, socket: Socket) -> AsyncIterator[None]:
        gauge = metrics.sockets.labels(socket.side)
        gauge.inc()
        task = asyncio.create_task(_pump(socket), name=f"pump-{socket.side}")
        try:
            yield
        finally:
            gauge.dec()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def run(self) -> None:
        """Tell agents of changed conversations until cancelled; each is read once for all."""
        while True:
            await self._dirty_event.wait()
            self._dirty_event.clear()
            dirty, self._dirty = self._dirty, set()
            moved, self._queue_moved = self._queue_moved, False
            if not self._agents:
                continue
            try:
                await self._tell_agents(dirty, queue_moved=moved)
            except Exception:
                # The store may be away for a moment.
                log.exception("feed_failed")
                await asyncio.sleep(1)
                self._dirty |= dirty
                self._queue_moved |= moved
                self._dirty_event.set()

    async def _tell_agents(self, dirty: set[str], *, queue_moved: bool) -> None:
        async with self._store.read() as tx:
            counts = await conversations.count(tx)
            # One change of the queue moves everybody behind it.
            waiting = await conversations.list_waiting(tx, limit=PAGE) if queue_moved else []
            frames = [self._summary(row, place) for place, row in enumerate(waiting, start=1)]
            told = {frame["id"] for frame in frames}
            frames += [
                frame
                for name in dirty - told
                if (frame := await self.summary(tx, name)) is not None
            ]
        for frame in frames:
            for agent in self._agents:
                agent.tell(
                    {
                        "type": "conversation",
                        "conversation": frame,
                        "counts": counts.of(agent.agent.id),
                    }
                )

    async def summary(self, tx: Transaction, conversation_id: str) -> dict[str, Any] | None:
        """Return one Summary, or None."""
        row = await conversations.summary(tx, conversation_id)
        if row is None:
            return None
        place = await conversations.position(tx, conversations.from_summary(row))
        return self._summary(row, place)

    def _summary(self, row: Any, place: int | None) -> dict[str, Any]:
        found = conversations.from_summary(row)
        return present.summary(row, found, place, live=self.is_live(found.id))

    async def sign_out(self, token_hash: str) -> None:
        """Close the consoles of a browser that has signed out."""
        sockets = [agent for agent in self._agents if agent.token_hash == token_hash]
        await _close(sockets, NOT_AUTHENTICATED, b"signed out")

    async def close(self) -> None:
        """Tell every browser that the service goes away, so that it comes back by itself."""
        sockets: list[Socket] = [*self._agents]
        for group in self._contacts.values():
            sockets.extend(group)
        await _close(sockets, GOING_AWAY, b"restarting")


async def _close(sockets: Iterable[Socket], code: int, why: bytes) -> None:
    closing = [socket.ws.close(code=code, message=why) for socket in sockets]
    for failed in await asyncio.gather(*closing, return_exceptions=True):
        if isinstance(failed, Exception):
            log.info("close_failed", why=type(failed).__name__)


def _discard(index: dict[str, set[CustomerSocket]], key: str, socket: CustomerSocket) -> None:
    index[key].discard(socket)
    if not index[key]:
        del index[key]


async def _pump(socket: Socket) -> None:
    try:
        await socket.pump()
    except ConnectionResetError:
        # The browser has gone; its handler notices too and cleans up.
        return
    except Exception:
        log.exception("pump_failed", side=socket.side)
        await socket.ws.close(code=FAILED)
