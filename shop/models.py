"""What a shop knows: orders, returns, refunds, products and articles. Plain data, no I/O."""

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
    """Where an order stands; the first five follow each other, the last two end it otherwise.

    An order is `returned` when all of it is back; one of which a part comes back stays `delivered`.
    """

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
    """One kind of thing in an order. `price` is for a single piece.

    `category` is the product's; None where the shop does not tell.
    """

    sku: str
    name: Text
    variant: str | None
    quantity: int
    price: Decimal
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where an order goes. `street` is everything before the district: street, number, flat."""

    recipient: str
    street: str
    district: str
    city: str
    postcode: str | None = None


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


class Reason(StrEnum):
    """Why something goes back. The last four are the shop's fault, whatever the law excepts."""

    CHANGED_MIND = "changed_mind"
    DOES_NOT_FIT = "does_not_fit"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    NOT_AS_DESCRIBED = "not_as_described"


class Handover(StrEnum):
    """How a return reaches the carrier."""

    PICK_UP = "pick_up"
    DROP_OFF = "drop_off"


class Payer(StrEnum):
    """Who pays for a parcel."""

    SHOP = "shop"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class ReturnItem:
    """Pieces of one line that go back.

    `line` is the line's place in `Order.lines`, from 0. `opened` says whether the packaging or seal
    is open; None means nobody asked yet.
    """

    line: int
    quantity: int
    opened: bool | None = None


class ReturnStatus(StrEnum):
    """Where a return stands."""

    OPENED = "opened"
    """The customer has a code; nothing is on its way yet."""
    SENT = "sent"
    ARRIVED = "arrived"
    CLOSED = "closed"
    """Refunded or exchanged."""


@dataclass(frozen=True, slots=True)
class Return:
    """Things that go back. With `exchange_for`, that variant is sent instead of money.

    Times are in UTC, None while they have not come. `code` is what the customer shows the carrier.
    """

    code: str
    status: ReturnStatus
    reason: Reason
    handover: Handover
    items: tuple[ReturnItem, ...]
    opened_at: datetime
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    exchange_for: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order with everything in it. Times are in UTC, `currency` is an ISO 4217 code.

    `returns` are oldest first. `address` is None where the shop does not tell.
    """

    number: str
    customer: Customer
    placed_at: datetime
    status: OrderStatus
    total: Decimal
    currency: str
    lines: tuple[OrderLine, ...]
    shipment: Shipment | None
    address: Address | None = None
    cancelled_at: datetime | None = None
    returns: tuple[Return, ...] = ()


class RefundStatus(StrEnum):
    """Where the money of an order stands."""

    AWAITING_RETURN = "awaiting_return"
    """It becomes due once the shop has the goods, or whatever its rules count from."""
    PENDING = "pending"
    OVERDUE = "overdue"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back. `since` is the day its term is counted from, `due` its last day.

    Both are None while the goods are awaited. `return_code` is None for a cancelled order.
    """

    order_number: str
    return_code: str | None
    amount: Decimal
    currency: str
    status: RefundStatus
    since: date | None
    due: date | None
    paid_at: datetime | None


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
class Price:
    """What a product costs now. `before` is the price a campaign lowered, None without one."""

    amount: Decimal
    currency: str
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """An offer from the day `starts` to the day `ends`, both included; None: open-ended.

    `coupon` is what a customer types at the till, None when the offer needs nothing typed.
    """

    slug: str
    title: Text
    body: Text
    coupon: str | None
    starts: date
    ends: date | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A passage of what the shop tells its customers about one question, ready to be read.

    `language` is the one it is written in: another than was asked for where that one is missing.
    `heading` names the section of the article it is, one of `sections`; None: the beginning.
    `general` tells that the article is the answer to whatever is asked of its topic, `share` how
    many of the telling words of the question it speaks of: 1 for all, 0 where nothing was asked.
    """

    slug: str
    language: str
    topic: str
    title: str
    body: str
    heading: str | None = None
    sections: int = 1
    position: int = 0
    general: bool = False
    share: float = 0.0
