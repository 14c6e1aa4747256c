"""Keep whose answer was lost.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("answer_lost", sa.Boolean()))
    op.execute(sa.text("UPDATE delivery SET answer_lost = :no").bindparams(no=False))
    with op.batch_alter_table("delivery") as batch:
        batch.alter_column("answer_lost", nullable=False)


def downgrade() -> None:
    op.drop_column("delivery", "answer_lost")
