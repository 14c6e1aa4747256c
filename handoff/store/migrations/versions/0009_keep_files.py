"""Keep files.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_attachment_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", "position", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"])
    op.create_table(
        "arrival",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("content", tables.Json, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_try", sa.Boolean(), nullable=False),
        sa.Column("next_try_at", tables.Instant(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=32)),
        sa.Column("lease_until", tables.Instant(timezone=True)),
        sa.Column("created_at", tables.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_arrival_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_arrival_source_source_id")),
    )
    op.create_index(
        "ix_arrival_contact_id_channel_account", "arrival", ["contact_id", "channel", "account"]
    )
    op.create_index("ix_arrival_next_try_at", "arrival", ["next_try_at"])


def downgrade() -> None:
    op.drop_table("arrival")
    op.drop_table("attachment")
