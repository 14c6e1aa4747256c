"""What the queries return: one immutable record per table that others read."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handoff.conversation import Author, Control, Visibility
from handoff.ledger import State


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers customers."""

    id: str
    login: str
    name: str
    role: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgentSession:
    """A signed-in browser of an agent."""

    token_hash: str
    csrf: str
    created_at: datetime
    used_at: datetime
    agent: Agent


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer as one channel knows them."""

    id: str
    name: str | None
    language: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VerifiedCustomer:
    """Whom the shop has named a visitor, by the customer's id or by an e-mail address."""

    contact_id: str
    customer: str | None
    email: str | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """One customer's thread on one channel; `last_seq` counts all its messages.

    `address` is where the platform takes answers, and `window_until` how long it takes any that are
    no template; None where it always does. `unreachable_at` tells since when it has taken none.
    """

    id: str
    contact_id: str
    channel: str
    account: str
    language: str
    control: Control
    epoch: int
    agent_id: str | None
    reason: str | None
    department: str | None
    queued_at: datetime | None
    at_front: bool
    last_seq: int
    last_public_seq: int
    customer_seen_seq: int
    agent_seen_seq: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    address: str | None
    window_until: datetime | None
    unreachable_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the transcript; `prev_seq` is the `seq` of the public message before it."""

    id: str
    conversation_id: str
    seq: int
    prev_seq: int
    author: Author
    agent_id: str | None
    name: str | None
    visibility: Visibility
    suppressed: bool
    notice: str | None
    text: str | None
    content: dict[str, Any]
    epoch: int
    source: str | None
    source_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something a customer sent that is no message yet, because its files are to be fetched.

    `content` is what the message is made of. While it is in its `first_try`, what the same customer
    sends after it waits behind it.
    """

    id: str
    contact_id: str
    channel: str
    account: str
    source: str
    source_id: str
    content: dict[str, Any]
    attempts: int
    first_try: bool
    next_try_at: datetime
    worker: str | None
    lease_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A customer's message on its way to the bot.

    `input` is `{"text"}` or `{"payload"}`, `sender` what the service knows of who sent it.
    """

    id: str
    conversation_id: str
    message_id: str
    seq: int
    epoch: int
    input: dict[str, str]
    sender: dict[str, Any]
    reset: bool
    state: str
    worker: str | None
    lease_until: datetime | None
    created_at: datetime
    finished_at: datetime | None
    error: str | None
    understanding: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why a person was asked for, with the bot's evidence."""

    id: str
    conversation_id: str
    turn_id: str | None
    seq: int
    reason: str
    department: str | None
    summary: str | None
    evidence: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """What a customer has left with the shop; `reference` is the number they were told.

    `category` says what a complaint is about; `lines` are the places in the order, with pieces, of
    what is wrong with a delivery. `closed_by` is the agent who has seen to it.
    """

    id: str
    conversation_id: str
    turn_id: str
    reference: str
    kind: str
    category: str | None
    order_number: str | None
    lines: list[dict[str, int]]
    text: str
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    closing_note: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """What the bot (in a turn) or an agent did with an order, and what the shop's rules answered.

    `rule` decided, `since` and `until` are the days it was computed from. `request` is what an
    agent asked for, `client_id` their console's name for it. `details` are the outcome's.
    """

    id: str
    conversation_id: str
    turn_id: str | None
    agent_id: str | None
    client_id: str | None
    position: int
    name: str
    order_number: str
    request: dict[str, Any]
    outcome: str
    rule: str | None
    since: date | None
    until: date | None
    details: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to a platform that must be called.

    `call_id` names the last try, `part` of `parts` calls have been taken by the platform, and
    `platform_id` is its name for the last. While `answer_lost`, nobody knows whether it has taken
    the last try; sent again then, the message is `possibly_double`.
    """

    id: str
    message_id: str
    conversation_id: str
    seq: int
    channel: str
    state: State
    attempts: int
    next_try_at: datetime
    worker: str | None
    lease_until: datetime | None
    platform_id: str | None
    error: str | None
    possibly_double: bool
    updated_at: datetime
    account: str
    call_id: str | None
    part: int
    parts: int
    answer_lost: bool
