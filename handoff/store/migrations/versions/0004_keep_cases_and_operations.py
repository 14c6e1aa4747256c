"""Keep cases, complaints among them, and what was done with orders.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from handoff.store import tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CATEGORIES = "category IN ('delivery', 'product', 'service', 'payment', 'website', 'other')"


def upgrade() -> None:
    op.create_table(
        "service_case",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=True),
        sa.Column("order_number", sa.String(length=64), nullable=True),
        sa.Column("lines", tables.Json, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", tables.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('complaint', 'missing', 'damaged', 'wrong')",
            name=op.f("ck_service_case_kind"),
        ),
        sa.CheckConstraint(_CATEGORIES, name=op.f("ck_service_case_category")),
        sa.CheckConstraint(
            "(kind = 'complaint') = (category IS NOT NULL)",
            name=op.f("ck_service_case_complaint_has_category"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_service_case_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turn.id"], name=op.f("fk_service_case_turn_id_turn")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_case")),
        sa.UniqueConstraint("turn_id", "kind", name=op.f("uq_service_case_turn_id_kind")),
    )
    op.create_index(op.f("ix_service_case_conversation_id"), "service_case", ["conversation_id"])
    op.create_index(op.f("ix_service_case_reference"), "service_case", ["reference"])
    op.execute(
        "INSERT INTO service_case"
        " (id, conversation_id, turn_id, reference, kind, category, lines, text, created_at)"
        " SELECT id, conversation_id, turn_id, reference, 'complaint', category, '[]', text,"
        " created_at FROM complaint"
    )
    op.drop_table("complaint")
    op.create_table(
        "operation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("agent_id", sa.String(length=32), nullable=True),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("request", tables.Json, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("details", tables.Json, nullable=False),
        sa.Column("created_at", tables.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", tables.Instant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "name IN ('prove_order', 'look_up', 'cancel_order', 'change_address', 'return_item',"
            " 'exchange_item', 'refund_status', 'invoice')",
            name=op.f("ck_operation_name"),
        ),
        sa.CheckConstraint(
            "outcome IN ('open', 'done', 'refused', 'not_found')",
            name=op.f("ck_operation_outcome"),
        ),
        sa.CheckConstraint(
            "(turn_id IS NULL) <> (agent_id IS NULL)", name=op.f("ck_operation_bot_or_agent")
        ),
        sa.CheckConstraint(
            "(outcome = 'open') = (finished_at IS NULL)",
            name=op.f("ck_operation_finished_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_operation_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_operation_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name=op.f("fk_operation_turn_id_turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint(
            "conversation_id",
            "agent_id",
            "client_id",
            name=op.f("uq_operation_conversation_id_agent_id_client_id"),
        ),
    )
    op.create_index(
        "ix_operation_conversation_id_created_at", "operation", ["conversation_id", "created_at"]
    )


def downgrade() -> None:
    op.drop_table("operation")
    op.create_table(
        "complaint",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", tables.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(_CATEGORIES, name=op.f("ck_complaint_category")),
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
    op.execute(
        "INSERT INTO complaint"
        " (id, conversation_id, turn_id, reference, category, text, created_at)"
        " SELECT id, conversation_id, turn_id, reference, category, text, created_at"
        " FROM service_case WHERE kind = 'complaint'"
    )
    op.drop_table("service_case")
