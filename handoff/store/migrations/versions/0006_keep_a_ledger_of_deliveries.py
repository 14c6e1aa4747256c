"""Keep a ledger of deliveries.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = "state IN ('queued', 'sending', 'sent', 'delivered', 'read', 'failed')"
_STATES = "state IN ('parked', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed')"


def upgrade() -> None:
    op.add_column("conversation", sa.Column("address", sa.String(length=255)))
    op.add_column("conversation", sa.Column("window_until", tables.Instant(timezone=True)))
    op.add_column("conversation", sa.Column("unreachable_at", tables.Instant(timezone=True)))
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("account", sa.String(length=64)))
        batch.add_column(sa.Column("call_id", sa.String(length=32)))
        batch.add_column(sa.Column("part", sa.Integer()))
        batch.add_column(sa.Column("parts", sa.Integer()))
        batch.drop_constraint(op.f("ck_delivery_state"), type_="check")
        batch.create_check_constraint(op.f("ck_delivery_state"), _STATES)
    op.execute(
        "UPDATE delivery SET part = 0, parts = 1, account ="
        " (SELECT account FROM conversation WHERE conversation.id = delivery.conversation_id)"
    )
    with op.batch_alter_table("delivery") as batch:
        for name in ("account", "part", "parts"):
            batch.alter_column(name, nullable=False)
        batch.create_index(op.f("ix_delivery_call_id"), ["call_id"])
        batch.create_index(
            "ix_delivery_parked",
            ["conversation_id"],
            sqlite_where=sa.text("state = 'parked'"),
            postgresql_where=sa.text("state = 'parked'"),
        )
    op.create_table(
        "platform_message",
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("platform_id", sa.String(length=255), nullable=False),
        sa.Column("call_id", sa.String(length=32)),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=120)),
        sa.Column("updated_at", tables.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_platform_message_state")),
        sa.PrimaryKeyConstraint("source", "platform_id", name=op.f("pk_platform_message")),
    )
    op.create_index(op.f("ix_platform_message_call_id"), "platform_message", ["call_id"])


def downgrade() -> None:
    op.drop_table("platform_message")
    op.execute("UPDATE delivery SET state = 'failed' WHERE state = 'parked'")
    with op.batch_alter_table("delivery") as batch:
        batch.drop_index("ix_delivery_parked")
        batch.drop_index(op.f("ix_delivery_call_id"))
        batch.drop_constraint(op.f("ck_delivery_state"), type_="check")
        batch.create_check_constraint(op.f("ck_delivery_state"), _BEFORE)
        for name in ("parts", "part", "call_id", "account"):
            batch.drop_column(name)
    for name in ("unreachable_at", "window_until", "address"):
        op.drop_column("conversation", name)
