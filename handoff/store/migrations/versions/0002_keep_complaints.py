"""Keep complaints.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", tables.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('delivery', 'product', 'service', 'payment', 'website', 'other')",
            name=op.f("ck_complaint_category"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_complaint_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name=op.f("fk_complaint_turn_id_turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_complaint_turn_id")),
    )
    op.create_index(op.f("ix_complaint_conversation_id"), "complaint", ["conversation_id"])
    op.create_index(op.f("ix_complaint_reference"), "complaint", ["reference"])


def downgrade() -> None:
    op.drop_table("complaint")
