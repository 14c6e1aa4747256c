"""What a shop knows: orders, products and articles. Plain data, no input or output."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    tr: str
    en: str

    def in_(self, language: str) -> str:
        """The words in `language`: English for "en", Turkish for everything else."""
        return self.en if language == "en" else self.tr


class OrderStatus(StrEnum):
    """Where an order stands; the first five follow each other, the last two end it otherwise."""

    RECEIVED = "received"
    PREPARING = "preparing"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone who ordered. `phone` is in E.164, "+905550104821"."""

    id: str
    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One kind of thing in an order. `price` is for a single piece."""

    sku: str
    name: Text
    variant: str | None
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class ShipmentEvent:
    """Something the carrier reported. `at` is in UTC."""

    at: datetime
    status: Text
    place: str | None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel on its way. `events` are oldest first."""

    carrier: str
    tracking_number: str
    tracking_url: str | None
    expected_at: date | None
    delivered_at: datetime | None
    events: tuple[ShipmentEvent, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """An order with everything in it. `placed_at` is in UTC, `currency` an ISO 4217 code."""

    number: str
    customer: Customer
    placed_at: datetime
    status: OrderStatus
    total: Decimal
    currency: str
    lines: tuple[OrderLine, ...]
    shipment: Shipment | None


@dataclass(frozen=True, slots=True)
class Variant:
    """A size or a colour of a product, and how many of it are in stock."""

    name: str
    stock: int


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells. `stock` counts all variants together."""

    sku: str
    name: Text
    description: Text
    category: str
    price: Decimal
    currency: str
    stock: int
    url: str | None
    image: str | None
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """What the shop tells its customers about one question, in one language."""

    slug: str
    language: str
    topic: str
    title: str
    body: str
