"""Count wrong proofs, so that nobody guesses their way to an order.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of wrong proofs."""
    op.create_table(
        "shop_wrong_proof",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_wrong_proof")),
    )
    for column in ("address", "at", "conversation", "order_number"):
        op.create_index(op.f(f"ix_shop_wrong_proof_{column}"), "shop_wrong_proof", [column])


def downgrade() -> None:
    """Forget who tried."""
    op.drop_table("shop_wrong_proof")
