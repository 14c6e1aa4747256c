"""Join customers.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joined_customer",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("joined_by", sa.String(length=32), nullable=False),
        sa.Column("joined_at", tables.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_joined_customer_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["joined_by"], ["agent.id"], name=op.f("fk_joined_customer_joined_by_agent")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_joined_customer")),
    )
    op.create_index(op.f("ix_joined_customer_person"), "joined_customer", ["person"])
    op.create_index("ix_identity_value", "identity", ["value"])


def downgrade() -> None:
    op.drop_index("ix_identity_value", table_name="identity")
    op.drop_index(op.f("ix_joined_customer_person"), table_name="joined_customer")
    op.drop_table("joined_customer")
