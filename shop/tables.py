"""The tables of a shop, the same on SQLite and PostgreSQL.

Names begin with shop_, so that a shop may share a database with the service.
"""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from typing_extensions import override

from shop.models import OrderStatus


class Money(TypeDecorator[Decimal]):
    """An amount with two decimals, kept as a whole number of hundredths: SQLite has no decimals."""

    impl = Integer
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Hundredths; raises ValueError for an amount finer than that."""
        if value is None:
            return None
        hundredths = value * 100
        if hundredths != int(hundredths):
            raise ValueError(f"{value} has more than two decimals")
        return int(hundredths)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """The amount with two decimals."""
        return None if value is None else Decimal(value).scaleb(-2)


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite forgets the zone, so it is taken off and put back there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same time; raises ValueError when it has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC, zone set."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

customer = Table(
    "shop_customer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
)

order = Table(
    "shop_order",
    metadata,
    Column("number", Text, primary_key=True),
    Column("customer_id", Text, ForeignKey("shop_customer.id"), nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("status", Text, nullable=False),
    Column("total", Money, nullable=False),
    Column("currency", Text, nullable=False),
    CheckConstraint(
        "status IN ({})".format(", ".join(f"'{status}'" for status in OrderStatus)), name="status"
    ),
)
Index("ix_shop_order_customer_id_placed_at", order.c.customer_id, order.c.placed_at)

order_line = Table(
    "shop_order_line",
    metadata,
    Column("order_number", Text, ForeignKey("shop_order.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("name_tr", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("variant", Text),
    Column("quantity", Integer, nullable=False),
    Column("price", Money, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
)

shipment = Table(
    "shop_shipment",
    metadata,
    Column("order_number", Text, ForeignKey("shop_order.number"), primary_key=True),
    Column("carrier", Text, nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("tracking_url", Text),
    Column("expected_at", Date),
    Column("delivered_at", Moment),
)

shipment_event = Table(
    "shop_shipment_event",
    metadata,
    Column("order_number", Text, ForeignKey("shop_shipment.order_number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("status_tr", Text, nullable=False),
    Column("status_en", Text, nullable=False),
    Column("place", Text),
)

product = Table(
    "shop_product",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("name_tr", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("description_tr", Text, nullable=False),
    Column("description_en", Text, nullable=False),
    Column("keywords", Text, nullable=False),  # other words customers use, in both languages
    Column("category", Text, nullable=False),
    Column("price", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("url", Text),
    Column("image", Text),
)

# One row without a variant's name for a product that has none.
stock = Table(
    "shop_stock",
    metadata,
    Column("sku", Text, ForeignKey("shop_product.sku"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("variant", Text),
    Column("quantity", Integer, nullable=False),
    CheckConstraint("quantity >= 0", name="quantity"),
)

article = Table(
    "shop_article",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("position", Integer, nullable=False),  # the first of a topic is its general answer
    Column("title", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint("language IN ('tr', 'en')", name="language"),
)
