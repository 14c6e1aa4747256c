"""Find the same person in other conversations.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PROOFS = sa.text("name = 'prove_order'")


def upgrade() -> None:
    op.create_index(
        "ix_operation_proven",
        "operation",
        ["order_number", "conversation_id"],
        sqlite_where=_PROOFS,
        postgresql_where=_PROOFS,
    )
    op.create_index(op.f("ix_verified_customer_customer"), "verified_customer", ["customer"])
    op.create_index(op.f("ix_verified_customer_email"), "verified_customer", ["email"])


def downgrade() -> None:
    op.drop_index(op.f("ix_verified_customer_email"), "verified_customer")
    op.drop_index(op.f("ix_verified_customer_customer"), "verified_customer")
    op.drop_index("ix_operation_proven", "operation")
