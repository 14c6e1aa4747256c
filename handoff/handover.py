"""The one place where a conversation changes hands."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from handoff import metrics
from handoff.clock import Clock
from handoff.conversation import Author, Command, Control, Reason, next_control
from handoff.errors import StaleEpoch
from handoff.notices import Notices
from handoff.outbox import Outbox
from handoff.store import agents, control_changes, conversations, handoffs, turns
from handoff.store.base import Transaction
from handoff.store.changes import Change, Kind
from handoff.store.messages import Draft
from handoff.store.rows import Agent, Conversation, Turn

log = structlog.get_logger(__name__)

PRESENT = timedelta(minutes=2)
"""An agent counts as present when their console was connected within this time."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a person is needed, with what the bot knows.

    `evidence` has `slots`, `failed_turns` and `last_action` as in docs/protocol.md. `seq` is the
    message it is about, where that is neither the turn's nor the last one.
    """

    reason: Reason
    summary: str | None = None
    department: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    seq: int | None = None


class Handover:
    """Performs commands on a conversation within the caller's transaction."""

    def __init__(self, outbox: Outbox, notices: Notices, clock: Clock) -> None:
        self._outbox = outbox
        self._notices = notices
        self._clock = clock

    async def do(
        self,
        tx: Transaction,
        locked: Conversation,
        command: Command,
        *,
        actor: Author,
        agent: Agent | None = None,
        grounds: Grounds | None = None,
        turn: Turn | None = None,
    ) -> Conversation:
        """Change who has the conversation.

        Keeps the record, cancels what no longer applies and tells the customer. Returns the
        conversation as it is now. Raises IllegalTransition when the table has no such step, and
        StaleEpoch when the conversation has changed hands since `locked` was read.
        """
        now = self._clock()
        after = next_control(locked.control, command)
        changed = await conversations.change(
            tx, locked, **_values(locked, command, after, agent, grounds, now)
        )
        if changed is None:
            raise StaleEpoch("the conversation has changed hands meanwhile; look at it again")
        await control_changes.add(
            tx,
            conversation_id=locked.id,
            epoch=changed.epoch,
            command=command,
            before=locked.control,
            after=after,
            actor=actor,
            agent_id=agent.id if agent else None,
            reason=changed.reason if after in (Control.QUEUED, Control.HUMAN) else None,
            at=now,
        )
        if locked.control is Control.BOT:
            await turns.cancel_pending(tx, locked.id, now)
        if grounds is not None:
            await handoffs.add(
                tx,
                conversation_id=locked.id,
                turn_id=turn.id if turn else None,
                seq=turn.seq if turn else grounds.seq or locked.last_seq,
                reason=grounds.reason,
                department=grounds.department,
                summary=grounds.summary,
                evidence=grounds.evidence,
                now=now,
            )
            metrics.handoffs.labels(grounds.reason).inc()
        changed = await self._tell(tx, changed, command, agent, now)
        tx.announce(Change(Kind.STATE, locked.id))
        if Control.QUEUED in (locked.control, after):
            tx.announce(Change(Kind.QUEUE, locked.id))
        log.info(
            "control",
            conversation=locked.id,
            command=command.value,
            before=locked.control.value,
            after=after.value,
            epoch=changed.epoch,
            agent=agent.id if agent else None,
        )
        return changed

    async def _tell(
        self,
        tx: Transaction,
        changed: Conversation,
        command: Command,
        agent: Agent | None,
        now: datetime,
    ) -> Conversation:
        name, values, content = await self._notice(tx, changed, command, agent, now)
        drafts: list[Draft] = []
        if command is Command.REQUEST_HANDOFF and changed.reason == Reason.BOT_FAILED:
            drafts.append(self._draft("bot_failed", changed.language))
        if name is not None:
            drafts.append(self._draft(name, changed.language, content, **values))
        if drafts:
            changed, _ = await self._outbox.post(tx, changed, drafts, now)
        return changed

    async def _notice(
        self,
        tx: Transaction,
        changed: Conversation,
        command: Command,
        agent: Agent | None,
        now: datetime,
    ) -> tuple[str | None, dict[str, Any], dict[str, Any]]:
        match command:
            case Command.REQUEST_HANDOFF:
                leave = {"title": self._notices.say("cancel_wait", changed.language)}
                content = {"buttons": [{**leave, "command": Command.CANCEL_WAIT}]}
                if not await agents.present(tx, since=now - PRESENT):
                    return "queued_nobody", {}, content
                place = await conversations.position(tx, changed)
                return ("queued_first" if place == 1 else "queued"), {"position": place}, content
            case Command.CLAIM | Command.TAKE_OVER:
                return "agent_joined", {"name": agent.name if agent else ""}, {}
            case Command.HAND_BACK:
                return "handed_back", {}, {}
            case Command.RELEASE:
                return "released", {}, {}
            case Command.TRANSFER:
                return "transferred", {}, {}
            case Command.CANCEL_WAIT:
                return "wait_cancelled", {}, {}
            case Command.RESOLVE:
                return "resolved", {}, {}
            case Command.REOPEN | Command.STEP_IN:
                return None, {}, {}

    def _draft(
        self, notice: str, language: str, content: dict[str, Any] | None = None, **values: Any
    ) -> Draft:
        return Draft(
            author=Author.SYSTEM,
            text=self._notices.say(notice, language, **values),
            notice=notice,
            content=content or {},
        )


def _values(
    before: Conversation,
    command: Command,
    after: Control,
    agent: Agent | None,
    grounds: Grounds | None,
    now: datetime,
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "control": after,
        "epoch": before.epoch + 1,
        "agent_id": agent.id if agent and after is Control.HUMAN else None,
        "queued_at": now if after is Control.QUEUED else None,
        "at_front": command in (Command.RELEASE, Command.TRANSFER),
        "closed_at": now if after is Control.CLOSED else None,
        "updated_at": now,
    }
    if grounds is not None:
        values |= {"reason": grounds.reason, "department": grounds.department}
    elif after in (Control.BOT, Control.CLOSED):
        values |= {"reason": None, "department": None}
    elif command is Command.RELEASE:
        values |= {"reason": Reason.RELEASED}
    return values
