"""Keep what was hidden.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "original",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", tables.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_original_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_original")),
    )
    op.create_table(
        "reveal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=32), nullable=False),
        sa.Column("at", tables.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_reveal_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_reveal_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal")),
    )
    op.create_index(op.f("ix_reveal_at"), "reveal", ["at"])
    op.create_index(op.f("ix_reveal_message_id"), "reveal", ["message_id"])


def downgrade() -> None:
    op.drop_table("reveal")
    op.drop_table("original")
