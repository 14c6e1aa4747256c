"""The tables.

Enumerations are text with a CHECK, which both databases can change without rewriting a table.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from handoff.conversation import Author, Control, Visibility
from handoff.ledger import State

CASES = ("complaint", "missing", "damaged", "wrong")
"""What a customer can leave with the shop: a complaint, or what is wrong with a delivery."""
COMPLAINTS = ("delivery", "product", "service", "payment", "website", "other")
"""What a complaint can be about."""
OPERATIONS = (
    "prove_order",
    "look_up",
    "cancel_order",
    "change_address",
    "return_item",
    "exchange_item",
    "refund_status",
    "invoice",
)
"""What the bot and agents do with a customer's order."""
OUTCOMES = ("open", "done", "refused", "not_found")
"""What came of it; open: begun, and not known to be done."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps no zone, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; give SQLite a naive UTC one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


def is_one_of(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that `column` has one of `values`, written into the statement.

    A partial index is used only where the statement names the values that the index names; what is
    bound later is unknown when SQLite chooses how to read.
    """
    return column.in_(bindparam(None, values, expanding=True, literal_execute=True))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def _id() -> Column[str]:
    return Column("id", String(32), primary_key=True)


def _ref(name: str, target: str, **options: Any) -> Column[str]:
    return Column(name, String(32), ForeignKey(target), **options)


agent = Table(
    "agent",
    metadata,
    _id(),
    Column("login", String(120), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    _one_of("role", ("agent", "supervisor")),
)

agent_session = Table(
    "agent_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _ref("agent_id", "agent.id", nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False),
)

login_failure = Table(
    "login_failure",
    metadata,
    _id(),
    Column("login", String(120), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

contact = Table(
    "contact",
    metadata,
    _id(),
    Column("name", String(120)),
    Column("language", String(2), nullable=False),
    Column("created_at", Instant, nullable=False),
    _one_of("language", ("tr", "en")),
)

identity = Table(
    "identity",
    metadata,
    _id(),
    _ref("contact_id", "contact.id", nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("value", String(255), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("channel", "kind", "value"),
)

joined_customer = Table(
    "joined_customer",
    metadata,
    Column("contact_id", String(32), ForeignKey("contact.id"), primary_key=True),
    Column("person", String(32), nullable=False, index=True),
    _ref("joined_by", "agent.id", nullable=False),
    Column("joined_at", Instant, nullable=False),
)

verified_customer = Table(
    "verified_customer",
    metadata,
    Column("contact_id", String(32), ForeignKey("contact.id"), primary_key=True),
    Column("customer", String(120), index=True),
    Column("email", String(120), index=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    CheckConstraint("(customer IS NULL) <> (email IS NULL)", name="one_name"),
)

spent_token = Table(
    "spent_token",
    metadata,
    Column("id", String(64), primary_key=True),  # a digest
    Column("expires_at", Instant, nullable=False, index=True),
)

conversation = Table(
    "conversation",
    metadata,
    _id(),
    _ref("contact_id", "contact.id", nullable=False),
    Column("channel", String(20), nullable=False),
    Column("account", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("control", String(10), nullable=False),
    Column("epoch", Integer, nullable=False),
    _ref("agent_id", "agent.id"),
    Column("reason", String(20)),
    Column("department", String(60)),
    Column("queued_at", Instant),
    Column("at_front", Boolean, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("last_public_seq", Integer, nullable=False),
    Column("customer_seen_seq", Integer, nullable=False),
    Column("agent_seen_seq", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("address", String(255)),
    Column("window_until", Instant),
    Column("unreachable_at", Instant),
    UniqueConstraint("contact_id", "channel", "account"),
    _one_of("control", Control),
    _one_of("language", ("tr", "en")),
    CheckConstraint("(control = 'human') = (agent_id IS NOT NULL)", name="human_has_agent"),
    CheckConstraint("(control = 'queued') = (queued_at IS NOT NULL)", name="queued_has_time"),
    CheckConstraint("(control = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
    Index("ix_conversation_control_updated_at", "control", "updated_at"),
    Index("ix_conversation_agent_id_updated_at", "agent_id", "updated_at"),
    Index("ix_conversation_updated_at", "updated_at"),
)

message = Table(
    "message",
    metadata,
    _id(),
    _ref("conversation_id", "conversation.id", nullable=False),
    Column("seq", Integer, nullable=False),
    Column("prev_seq", Integer, nullable=False),
    Column("author", String(10), nullable=False),
    _ref("agent_id", "agent.id"),
    Column("name", String(120)),
    Column("visibility", String(10), nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("notice", String(30)),
    Column("text", Text),
    Column("content", Json, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("source", String(120)),
    Column("source_id", String(255)),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    UniqueConstraint("source", "source_id"),
    _one_of("author", Author),
    _one_of("visibility", Visibility),
    CheckConstraint("NOT suppressed OR visibility = 'internal'", name="suppressed_is_internal"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("message_id", String(32), ForeignKey("message.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
)

arrival = Table(
    "arrival",
    metadata,
    _id(),
    _ref("contact_id", "contact.id", nullable=False),
    Column("channel", String(20), nullable=False),
    Column("account", String(64), nullable=False),
    Column("source", String(120), nullable=False),
    Column("source_id", String(255), nullable=False),
    Column("content", Json, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_try", Boolean, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("worker", String(32)),
    Column("lease_until", Instant),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("source", "source_id"),
    Index("ix_arrival_contact_id_channel_account", "contact_id", "channel", "account"),
    Index("ix_arrival_next_try_at", "next_try_at"),
)

original = Table(
    "original",
    metadata,
    Column("message_id", String(32), ForeignKey("message.id"), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

reveal = Table(
    "reveal",
    metadata,
    _id(),
    _ref("message_id", "message.id", nullable=False, index=True),
    _ref("agent_id", "agent.id", nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

turn = Table(
    "turn",
    metadata,
    _id(),
    _ref("conversation_id", "conversation.id", nullable=False),
    _ref("message_id", "message.id", nullable=False, unique=True),
    Column("seq", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("input", Json, nullable=False),
    Column("sender", Json, nullable=False, server_default=text("'{}'")),
    Column("reset", Boolean, nullable=False),
    Column("state", String(10), nullable=False),
    Column("worker", String(32)),
    Column("lease_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("error", String(60)),
    Column("understanding", Json),
    _one_of("state", ("pending", "running", "done", "failed", "cancelled")),
    # Few turns are open at a time; looking for the next one must not grow with the history.
    Index(
        "ix_turn_open",
        "conversation_id",
        "seq",
        sqlite_where=text("state IN ('pending', 'running')"),
        postgresql_where=text("state IN ('pending', 'running')"),
    ),
    Index("ix_turn_conversation_id_epoch", "conversation_id", "epoch"),
    Index(
        "uq_turn_one_running",
        "conversation_id",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

handoff = Table(
    "handoff",
    metadata,
    _id(),
    _ref("conversation_id", "conversation.id", nullable=False),
    _ref("turn_id", "turn.id", unique=True),
    Column("seq", Integer, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("department", String(60)),
    Column("summary", Text),
    Column("evidence", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_handoff_conversation_id_seq", "conversation_id", "seq"),
)

case = Table(
    "service_case",
    metadata,
    _id(),
    _ref("conversation_id", "conversation.id", nullable=False, index=True),
    _ref("turn_id", "turn.id", nullable=False),
    Column("reference", String(20), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("category", String(20)),
    Column("order_number", String(64)),
    Column("lines", Json, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    _ref("closed_by", "agent.id"),
    Column("closing_note", Text),
    UniqueConstraint("turn_id", "kind"),
    Index(
        "ix_service_case_open",
        "conversation_id",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    _one_of("kind", CASES),
    _one_of("category", COMPLAINTS),
    CheckConstraint("(kind = 'complaint') = (category IS NOT NULL)", name="complaint_has_category"),
)

operation = Table(
    "operation",
    metadata,
    _id(),
    _ref("conversation_id", "conversation.id", nullable=False),
    _ref("turn_id", "turn.id"),
    _ref("agent_id", "agent.id"),
    Column("client_id", String(64)),
    Column("position", Integer, nullable=False),
    Column("name", String(20), nullable=False),
    Column("order_number", String(64), nullable=False),
    Column("request", Json, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("rule", String(40)),
    Column("since", Date),
    Column("until", Date),
    Column("details", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    UniqueConstraint("conversation_id", "agent_id", "client_id"),
    _one_of("name", OPERATIONS),
    _one_of("outcome", OUTCOMES),
    CheckConstraint("(turn_id IS NULL) <> (agent_id IS NULL)", name="bot_or_agent"),
    CheckConstraint("(outcome = 'open') = (finished_at IS NULL)", name="finished_has_time"),
    Index("ix_operation_conversation_id_created_at", "conversation_id", "created_at"),
    Index(
        "ix_operation_proven",
        "order_number",
        "conversation_id",
        sqlite_where=text("name = 'prove_order'"),
        postgresql_where=text("name = 'prove_order'"),
    ),
)

control_change = Table(
    "control_change",
    metadata,
    _id(),
    _ref("conversation_id", "conversation.id", nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("command", String(20), nullable=False),
    Column("before", String(10), nullable=False),
    Column("after", String(10), nullable=False),
    Column("actor", String(10), nullable=False),
    _ref("agent_id", "agent.id"),
    Column("reason", String(20)),
    Column("at", Instant, nullable=False),
    UniqueConstraint("conversation_id", "epoch"),
)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    _ref("message_id", "message.id", nullable=False, unique=True),
    _ref("conversation_id", "conversation.id", nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("worker", String(32)),
    Column("lease_until", Instant),
    Column("platform_id", String(255)),
    Column("error", String(120)),
    Column("possibly_double", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("account", String(64), nullable=False),
    Column("call_id", String(32), index=True),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("answer_lost", Boolean, nullable=False),
    _one_of("state", State),
    Index(
        "ix_delivery_open",
        "conversation_id",
        "seq",
        sqlite_where=text("state IN ('queued', 'sending')"),
        postgresql_where=text("state IN ('queued', 'sending')"),
    ),
    Index(
        "ix_delivery_parked",
        "conversation_id",
        sqlite_where=text("state = 'parked'"),
        postgresql_where=text("state = 'parked'"),
    ),
)

platform_message = Table(
    "platform_message",
    metadata,
    Column("source", String(120), primary_key=True),
    Column("platform_id", String(255), primary_key=True),
    Column("call_id", String(32), index=True),
    Column("state", String(10), nullable=False),
    Column("error", String(120)),
    Column("updated_at", Instant, nullable=False),
    _one_of("state", State),
)
