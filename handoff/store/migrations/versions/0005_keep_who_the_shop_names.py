"""Keep whom the shop names, and what is known of who sent a turn's message.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verified_customer",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("customer", sa.String(length=120)),
        sa.Column("email", sa.String(length=120)),
        sa.Column("since", tables.Instant(timezone=True), nullable=False),
        sa.Column("until", tables.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(customer IS NULL) <> (email IS NULL)", name=op.f("ck_verified_customer_one_name")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_verified_customer_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_verified_customer")),
    )
    op.create_table(
        "spent_token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", tables.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_token")),
    )
    op.create_index(op.f("ix_spent_token_expires_at"), "spent_token", ["expires_at"])
    op.add_column(
        "turn",
        sa.Column("sender", tables.Json, nullable=False, server_default=sa.text("'{}'")),
    )


def downgrade() -> None:
    op.drop_column("turn", "sender")
    op.drop_table("spent_token")
    op.drop_table("verified_customer")
