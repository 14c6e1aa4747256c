"""Close cases.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("service_case") as batch:
        batch.add_column(sa.Column("closed_at", tables.Instant(timezone=True)))
        batch.add_column(sa.Column("closed_by", sa.String(length=32)))
        batch.add_column(sa.Column("closing_note", sa.Text()))
        batch.create_foreign_key(
            op.f("fk_service_case_closed_by_agent"), "agent", ["closed_by"], ["id"]
        )
    op.create_index(
        "ix_service_case_open",
        "service_case",
        ["conversation_id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_service_case_open", table_name="service_case")
    with op.batch_alter_table("service_case") as batch:
        batch.drop_constraint(op.f("fk_service_case_closed_by_agent"), type_="foreignkey")
        batch.drop_column("closing_note")
        batch.drop_column("closed_by")
        batch.drop_column("closed_at")
