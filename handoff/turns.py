"""Bringing customers' messages to the bot and its answers back.

One turn at a time per conversation, many conversations at once. No transaction is open while the
bot thinks. A turn that was running when a process died is asked again; the bot gives the same
answer for the same message.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from handoff import metrics
from handoff.bot import Answer, Bot, BotFailed, BotNotReady, Operation, Reply
from handoff.clock import Clock, new_id
from handoff.conversation import Author, Command, Reason, Visibility, may_show_answer
from handoff.handover import Grounds, Handover
from handoff.outbox import Outbox
from handoff.store import cases, conversations, messages, operations, turns
from handoff.store.base import Store, Transaction
from handoff.store.messages import Draft
from handoff.store.rows import Conversation, Message, Turn
from handoff.work import Workers, returning

log = structlog.get_logger(__name__)

Typing = Callable[[str, Author, bool], None]
"""Told (conversation id, who, on or off) when somebody begins or stops to write."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the bot may take; times in seconds.

    `typing_after`: what is answered sooner comes at once for a person (0.1 s, Nielsen 1993), and
    three dots that flash up before it would only unsettle.
    """

    timeout: float = 15.0
    typing_after: float = 0.1
    ask_again: float = 0.25
    lease_margin: float = 10.0
    give_back: float = 5.0
    poll: float = 1.0
    at_once: int = 32


class Turns:
    """The workers that carry turns."""

    def __init__(
        self,
        store: Store,
        bot: Bot,
        outbox: Outbox,
        handover: Handover,
        clock: Clock,
        typing: Typing,
        patience: Patience | None = None,
    ) -> None:
        self._store = store
        self._bot = bot
        self._outbox = outbox
        self._handover = handover
        self._clock = clock
        self._typing = typing
        self._patience = patience or Patience()
        self._worker = new_id()
        self._failing = asyncio.Lock()
        self._workers = Workers(
            self._take, self._carry, at_once=self._patience.at_once, poll=self._patience.poll
        )
        self.wake = self._workers.wake

    async def run(self) -> None:
        """Carry turns until cancelled."""
        async with returning(
            self._store, turns.free_running, self._worker, at_most=self._patience.give_back
        ):
            await self._workers.run()

    async def add(
        self,
        tx: Transaction,
        locked: Conversation,
        entry: Message,
        given: dict[str, str],
        sender: dict[str, Any],
        now: datetime,
    ) -> None:
        """Let the bot have a customer's message; `given` and `sender` as in Turn.

        A turn that nothing stands before is taken as it is stored, by a worker of this process that
        is free: waiting to be found would cost it another transaction (measured: a fifth of the
        processor time of a turn).
        """
        worker = self._worker if self._workers.idle else None
        turn = await turns.add(tx, locked, entry, given, sender, now, worker, self._lease(now))
        if turn.worker is not None:
            tx.afterwards(lambda: self._workers.hand((turn, locked)))

    def _lease(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._patience.timeout + self._patience.lease_margin)

    async def _take(self) -> tuple[Turn, Conversation] | None:
        now = self._clock()
        # Looking costs a reader; only taking costs the one writer.
        async with self._store.read() as tx:
            if not await turns.any_waiting(tx, now):
                return None
        async with self._store.write() as tx:
            turn = await turns.take(tx, worker=self._worker, now=now, lease_until=self._lease(now))
            if turn is None:
                return None
            conversation = await conversations.get(tx, turn.conversation_id)
        assert conversation is not None  # a foreign key
        return turn, conversation

    async def _carry(self, taken: tuple[Turn, Conversation]) -> None:
        turn, conversation = taken
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(
            conversation=turn.conversation_id, turn=turn.id
        ):
            try:
                with self._seen_typing(turn.conversation_id):
                    outcome = await self._answer(turn, conversation)
            except Exception:
                log.exception("turn_crashed")
                outcome = await self._fail(turn, "internal_error")
            finally:
                self.wake.set()
            seconds = time.monotonic() - started
            metrics.turns.labels(outcome).inc()
            metrics.turn_seconds.observe(seconds)
            log.info("turn", outcome=outcome, ms=round(seconds * 1000))

    @contextmanager
    def _seen_typing(self, conversation_id: str) -> Iterator[None]:
        """Tell that the bot writes while it does, once that is long enough to be seen."""
        told = False

        def tell() -> None:
            nonlocal told
            told = True
            self._typing(conversation_id, Author.BOT, True)

        timer = asyncio.get_running_loop().call_later(self._patience.typing_after, tell)
        try:
            yield
        finally:
            timer.cancel()
            if told:
                self._typing(conversation_id, Author.BOT, False)

    async def _answer(self, turn: Turn, conversation: Conversation) -> str:
        try:
            async with asyncio.timeout(self._patience.timeout):
                answer = await self._ask(conversation, turn)
        except TimeoutError:
            return await self._fail(turn, "bot_timeout")
        except BotFailed as error:
            return await self._fail(turn, str(error))
        async with self._store.write() as tx:
            return await self._store_answer(tx, turn, answer)

    async def _ask(self, conversation: Conversation, turn: Turn) -> Answer:
        while True:
            try:
                return await self._bot.answer(conversation, turn)
            except BotNotReady as error:
                log.info("bot_not_ready", why=str(error))
                await asyncio.sleep(self._patience.ask_again)

    async def _store_answer(self, tx: Transaction, turn: Turn, answer: Answer) -> str:
        now = self._clock()
        conversation = await conversations.lock(tx, turn.conversation_id)
        understanding = answer.understanding.model_dump(mode="json")
        if not await turns.finish(tx, turn, state="done", now=now, understanding=understanding):
            return "lost"
        assert conversation is not None
        if answer.operations:  # what was done was done, whether or not its answer is shown
            await operations.add_of_turn(tx, turn, [_done(one) for one in answer.operations], now)
        shown = may_show_answer(conversation.control, conversation.epoch, turn.epoch)
        language = answer.understanding.language
        if shown and language and language != conversation.language:
            changed = await conversations.change(tx, conversation, language=language)
            conversation = changed or conversation
        drafts = [
            _draft(turn, number, reply, shown=shown) for number, reply in enumerate(answer.replies)
        ]
        if drafts:
            conversation, _ = await self._outbox.post(tx, conversation, drafts, now)
            metrics.messages.labels(Author.BOT).inc(len(drafts))
        if not shown:
            metrics.suppressed.inc(len(drafts))
            return "suppressed"
        await _keep_cases(tx, turn, answer, now)
        if answer.handoff is None:
            return "answered"
        request = answer.handoff
        await self._handover.do(
            tx,
            conversation,
            Command.REQUEST_HANDOFF,
            actor=Author.BOT,
            grounds=Grounds(request.reason, request.summary, request.department, request.evidence),
            turn=turn,
        )
        return "handed_over"

    async def _fail(self, turn: Turn, code: str) -> str:
        # One after the other: without the bot turns time out together, and what platforms and
        # agents send in that moment would wait for all of them to be handed over.
        async with self._failing, self._store.write() as tx:
            now = self._clock()
            conversation = await conversations.lock(tx, turn.conversation_id)
            if not await turns.finish(tx, turn, state="failed", now=now, error=code):
                return "lost"
            assert conversation is not None
            if not may_show_answer(conversation.control, conversation.epoch, turn.epoch):
                return "suppressed"
            said = await messages.get(tx, turn.message_id)
            failed = {"text": said.text if said else None, "intent": None, "confidence": 0.0}
            await self._handover.do(
                tx,
                conversation,
                Command.REQUEST_HANDOFF,
                actor=Author.SYSTEM,
                grounds=Grounds(Reason.BOT_FAILED, evidence={"failed_turns": [failed]}),
                turn=turn,
            )
        log.warning("bot_failed", code=code)
        return "failed"


async def _keep_cases(tx: Transaction, turn: Turn, answer: Answer, now: datetime) -> None:
    if answer.complaint is not None:
        told = answer.complaint.model_dump()
        await cases.add(tx, turn, kind="complaint", order_number=None, lines=(), **told, now=now)
        metrics.complaints.labels(answer.complaint.category).inc()
    if answer.case is not None:
        opened = answer.case.model_dump(exclude={"order"})
        number = answer.case.order
        await cases.add(tx, turn, category=None, order_number=number, **opened, now=now)
        metrics.cases.labels(answer.case.kind).inc()


def _done(one: Operation) -> dict[str, Any]:
    return {**one.model_dump(exclude={"order"}), "order_number": one.order}


def _draft(turn: Turn, number: int, reply: Reply, *, shown: bool) -> Draft:
    content: dict[str, object] = {}
    if reply.buttons:
        content["buttons"] = [button.model_dump() for button in reply.buttons]
    if reply.image:
        content["image"] = {"url": reply.image, "alt": ""}
    return Draft(
        author=Author.BOT,
        text=reply.text,
        content=content,
        visibility=Visibility.PUBLIC if shown else Visibility.INTERNAL,
        suppressed=not shown,
        source=f"turn:{turn.id}",
        source_id=str(number),
    )
