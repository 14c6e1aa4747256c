"""The tables of a shop, the same on SQLite and PostgreSQL.

Names begin with shop_, so that a shop may share a database with the service.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from typing_extensions import override

from shop.models import Handover, OrderStatus, Reason, ReturnStatus


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


def _one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    named = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({named})", name=column)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
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
    Column("recipient", Text),
    Column("street", Text),
    Column("district", Text),
    Column("city", Text),
    Column("postcode", Text),
    Column("cancelled_at", Moment),
    _one_of("status", OrderStatus),
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
    Column("category", Text),
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

invoice = Table(
    "shop_invoice",
    metadata,
    Column("order_number", Text, ForeignKey("shop_order.number"), primary_key=True),
    Column("number", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
)

return_ = Table(
    "shop_return",
    metadata,
    Column("code", Text, primary_key=True),
    Column("order_number", Text, ForeignKey("shop_order.number"), nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("handover", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("arrived_at", Moment),
    Column("exchange_for", Text),  # the variant that is sent instead of money
    _one_of("status", ReturnStatus),
    _one_of("reason", Reason),
    _one_of("handover", Handover),
)
Index("ix_shop_return_order_number", return_.c.order_number)

return_item = Table(
    "shop_return_item",
    metadata,
    Column("return_code", Text, ForeignKey("shop_return.code"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line", Integer, nullable=False),  # position in the order
    Column("quantity", Integer, nullable=False),
    Column("opened", Boolean),
    CheckConstraint("quantity > 0", name="quantity"),
)

refund = Table(
    "shop_refund",
    metadata,
    Column("id", Text, primary_key=True),  # the return's code, or the cancelled order's number
    Column("order_number", Text, ForeignKey("shop_order.number"), nullable=False),
    Column("return_code", Text, ForeignKey("shop_return.code")),
    Column("amount", Money, nullable=False),
    Column("paid_at", Moment),
)
Index("ix_shop_refund_order_number", refund.c.order_number)

# What was asked with which key, and what came of it.
request = Table(
    "shop_request",
    metadata,
    Column("key", Text, primary_key=True),
    Column("wish", Text, nullable=False),  # a digest
    Column("at", Moment, nullable=False),
    Column("outcome", Text),  # JSON; written in the transaction that makes the row
)

# Tries to prove an order that were wrong, or are being checked now; see shop.tries.
wrong_proof = Table(
    "shop_wrong_proof",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("order_number", Text, nullable=False, index=True),  # as told: it need not exist
    Column("conversation", Text, nullable=False, index=True),
    Column("address", Text, nullable=False, index=True),  # a digest; "" where nobody knows it
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
    Column("price_before", Money),  # what a campaign lowered
)
Index("ix_shop_product_price", product.c.price)

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

# The index products are searched with: every word of a product, as `shop.text.words` leaves it,
# and "#42" for each size it is made in.
product_word = Table(
    "shop_product_word",
    metadata,
    Column("word", Text, primary_key=True),
    Column("sku", Text, ForeignKey("shop_product.sku"), primary_key=True),
)
Index("ix_shop_product_word_sku", product_word.c.sku)

# Each of those words under itself and, where a slip of the finger is forgiven, without each letter.
word = Table(
    "shop_word",
    metadata,
    Column("near", Text, primary_key=True),
    Column("word", Text, primary_key=True),
)

campaign = Table(
    "shop_campaign",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("title_tr", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("body_tr", Text, nullable=False),
    Column("body_en", Text, nullable=False),
    Column("coupon", Text),
    Column("starts", Date, nullable=False),
    Column("ends", Date),
    Column("url", Text),
)

article = Table(
    "shop_article",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("latest", Integer, nullable=False),  # the newest version
    Column("live", Integer),  # the one customers read
)

# What an article said each time it was saved; never changed afterwards.
article_version = Table(
    "shop_article_version",
    metadata,
    Column("slug", Text, ForeignKey("shop_article.slug"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("position", Integer, nullable=False),  # the first of a topic is its general answer
    Column("reviewed", Boolean, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by_id", Text),
    Column("saved_by", Text),
    Column("restored_from", Integer),
)

article_text = Table(
    "shop_article_text",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(
        ["slug", "version"], ["shop_article_version.slug", "shop_article_version.version"]
    ),
    CheckConstraint("language IN ('tr', 'en')", name="language"),
)

# Which version was live since when; no version: the article was taken off.
article_release = Table(
    "shop_article_release",
    metadata,
    Column("slug", Text, ForeignKey("shop_article.slug"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("version", Integer),
    Column("at", Moment, nullable=False),
    Column("by_id", Text),
    Column("by", Text),
)

# What customers can be answered with: the sections of the live versions, for each language they may
# ask in. An index over the last three columns is kept by the database itself: on SQLite the FTS5
# table shop_passage_fts, on PostgreSQL the column "search".
passage = Table(
    "shop_passage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", Text, ForeignKey("shop_article.slug"), nullable=False),
    Column("language", Text, nullable=False),  # of those who ask
    Column("written_in", Text, nullable=False),  # another where this language is missing
    Column("topic", Text, nullable=False),
    Column("article_position", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("sections", Integer, nullable=False),  # how many the article has
    Column("title", Text, nullable=False),
    Column("heading", Text),
    Column("keywords", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("title_keys", Text, nullable=False),
    Column("keyword_keys", Text, nullable=False),
    Column("body_words", Text, nullable=False),
    UniqueConstraint("slug", "language", "position"),
)
Index("ix_shop_passage_language_topic", passage.c.language, passage.c.topic)
