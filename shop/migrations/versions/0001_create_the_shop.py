"""Create the shop.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Customers, orders with lines and shipments, products with stock, articles."""
    op.create_table(
        "shop_customer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_customer")),
    )
    op.create_table(
        "shop_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('received', 'preparing', 'packed', 'shipped', 'delivered', 'cancelled', "
            "'returned')",
            name=op.f("ck_shop_order_status"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["shop_customer.id"], name=op.f("fk_shop_order_customer_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_shop_order")),
    )
    op.create_index(
        "ix_shop_order_customer_id_placed_at", "shop_order", ["customer_id", "placed_at"]
    )
    op.create_table(
        "shop_order_line",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name_tr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shop_order_line_quantity")),
        sa.ForeignKeyConstraint(
            ["order_number"], ["shop_order.number"], name=op.f("fk_shop_order_line_order_number")
        ),
        sa.PrimaryKeyConstraint("order_number", "position", name=op.f("pk_shop_order_line")),
    )
    op.create_table(
        "shop_shipment",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("tracking_url", sa.Text(), nullable=True),
        sa.Column("expected_at", sa.Date(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_number"], ["shop_order.number"], name=op.f("fk_shop_shipment_order_number")
        ),
        sa.PrimaryKeyConstraint("order_number", name=op.f("pk_shop_shipment")),
    )
    op.create_table(
        "shop_shipment_event",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_tr", sa.Text(), nullable=False),
        sa.Column("status_en", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_number"],
            ["shop_shipment.order_number"],
            name=op.f("fk_shop_shipment_event_order_number"),
        ),
        sa.PrimaryKeyConstraint("order_number", "position", name=op.f("pk_shop_shipment_event")),
    )
    op.create_table(
        "shop_product",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name_tr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("description_tr", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("image", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_shop_product")),
    )
    op.create_table(
        "shop_stock",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_shop_stock_quantity")),
        sa.ForeignKeyConstraint(["sku"], ["shop_product.sku"], name=op.f("fk_shop_stock_sku")),
        sa.PrimaryKeyConstraint("sku", "position", name=op.f("pk_shop_stock")),
    )
    op.create_table(
        "shop_article",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("language IN ('tr', 'en')", name=op.f("ck_shop_article_language")),
        sa.PrimaryKeyConstraint("slug", "language", name=op.f("pk_shop_article")),
    )


def downgrade() -> None:
    """Everything above, gone."""
    for table in (
        "shop_article",
        "shop_stock",
        "shop_product",
        "shop_shipment_event",
        "shop_shipment",
        "shop_order_line",
        "shop_order",
        "shop_customer",
    ):
        op.drop_table(table)
