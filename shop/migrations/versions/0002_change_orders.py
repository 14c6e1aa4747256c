"""Let orders be changed: addresses, returns, refunds, invoices; search products by an index.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ORDER = ("recipient", "street", "district", "city", "postcode")


def upgrade() -> None:
    """Add what orders, lines and products gained, and the new tables."""
    for name in _ORDER:
        op.add_column("shop_order", sa.Column(name, sa.Text()))
    op.add_column("shop_order", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("shop_order_line", sa.Column("category", sa.Text()))
    op.add_column("shop_product", sa.Column("price_before", sa.Integer()))
    op.create_index("ix_shop_product_price", "shop_product", ["price"])
    op.create_table(
        "shop_invoice",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_number"], ["shop_order.number"], name=op.f("fk_shop_invoice_order_number")
        ),
        sa.PrimaryKeyConstraint("order_number", name=op.f("pk_shop_invoice")),
    )
    op.create_table(
        "shop_return",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("handover", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("arrived_at", sa.DateTime(timezone=True)),
        sa.Column("exchange_for", sa.Text()),
        sa.CheckConstraint(
            "status IN ('opened', 'sent', 'arrived', 'closed')",
            name=op.f("ck_shop_return_status"),
        ),
        sa.CheckConstraint(
            "reason IN ('changed_mind', 'does_not_fit', 'wrong_item', 'damaged', 'defective', "
            "'not_as_described')",
            name=op.f("ck_shop_return_reason"),
        ),
        sa.CheckConstraint(
            "handover IN ('pick_up', 'drop_off')", name=op.f("ck_shop_return_handover")
        ),
        sa.ForeignKeyConstraint(
            ["order_number"], ["shop_order.number"], name=op.f("fk_shop_return_order_number")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_shop_return")),
    )
    op.create_index("ix_shop_return_order_number", "shop_return", ["order_number"])
    op.create_table(
        "shop_return_item",
        sa.Column("return_code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Boolean()),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shop_return_item_quantity")),
        sa.ForeignKeyConstraint(
            ["return_code"], ["shop_return.code"], name=op.f("fk_shop_return_item_return_code")
        ),
        sa.PrimaryKeyConstraint("return_code", "position", name=op.f("pk_shop_return_item")),
    )
    op.create_table(
        "shop_refund",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("return_code", sa.Text()),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["order_number"], ["shop_order.number"], name=op.f("fk_shop_refund_order_number")
        ),
        sa.ForeignKeyConstraint(
            ["return_code"], ["shop_return.code"], name=op.f("fk_shop_refund_return_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_refund")),
    )
    op.create_index("ix_shop_refund_order_number", "shop_refund", ["order_number"])
    op.create_table(
        "shop_request",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shop_request")),
    )
    op.create_table(
        "shop_product_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sku"], ["shop_product.sku"], name=op.f("fk_shop_product_word_sku")
        ),
        sa.PrimaryKeyConstraint("word", "sku", name=op.f("pk_shop_product_word")),
    )
    op.create_index("ix_shop_product_word_sku", "shop_product_word", ["sku"])
    op.create_table(
        "shop_word",
        sa.Column("near", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("near", "word", name=op.f("pk_shop_word")),
    )
    op.create_table(
        "shop_campaign",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title_tr", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_tr", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("coupon", sa.Text()),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date()),
        sa.Column("url", sa.Text()),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_shop_campaign")),
    )


def downgrade() -> None:
    """Everything above, gone."""
    for table in (
        "shop_campaign",
        "shop_word",
        "shop_product_word",
        "shop_request",
        "shop_refund",
        "shop_return_item",
        "shop_return",
        "shop_invoice",
    ):
        op.drop_table(table)
    op.drop_index("ix_shop_product_price", "shop_product")
    for table, names in (
        ("shop_product", ("price_before",)),
        ("shop_order_line", ("category",)),
        ("shop_order", ("cancelled_at", *_ORDER)),
    ):
        with op.batch_alter_table(table) as changed:
            for name in names:
                changed.drop_column(name)
