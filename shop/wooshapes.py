"""What WooCommerce's REST API v3 answers, and what it means for a shop. Pure.

Fields that are not read are not named, and shops should not be asked for them (`ORDER_FIELDS`).
"""

import hashlib
import hmac
import html
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import phonenumbers
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter

from shop.clock import SHOP_TIME
from shop.errors import ShopUnavailable
from shop.models import (
    Address,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Product,
    Return,
    ReturnStatus,
    Shipment,
    ShipmentEvent,
    Text,
    Variant,
)
from shop.outcomes import AddressChanged, Cancelled, NotFound, Refused, ReturnOpened
from shop.provinces import province, province_code
from shop.rulebook import Rules
from shop.woosettings import DATE_COMPLETED, STATUSES, WooSettings

UNCOUNTED = 100
"""The stock of what a shop sells without counting it: enough, and nobody knows how many."""

GUEST = "order-"
"""How the id of a customer without an account begins; the order's number follows."""

MARK = "_devir_"
"""How the custom fields begin in which an order keeps what was asked for it."""

_CENT = Decimal("0.01")
_COUNTRY = "TR"
_TAG = re.compile(r"<[^>]*>")
_LONGEST_DESCRIPTION = 500
_TRACKING = "_wc_shipment_tracking_items"
_LONGEST_ID = 12  # digits; no database numbers orders further


def _minutes_in_utc(told: object) -> object:
    """WooCommerce's `…_gmt` times come without a zone."""
    return f"{told}Z" if isinstance(told, str) and told else None


Gmt = Annotated[datetime | None, BeforeValidator(_minutes_in_utc)]
# What is not set is "", and what plugins make of an address may be null.
Word = Annotated[str, BeforeValidator(lambda told: "" if told is None else told)]
Money = Annotated[
    Decimal | None, BeforeValidator(lambda told: None if told in ("", None) else str(told))
]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class Meta(_Shape):
    """A custom field. Plugins keep anything there."""

    key: str
    value: Any = None


class Place(_Shape):
    """A billing or shipping address."""

    first_name: Word = ""
    last_name: Word = ""
    address_1: Word = ""
    address_2: Word = ""
    city: Word = ""
    state: Word = ""
    postcode: Word = ""
    country: Word = ""
    email: Word = ""
    phone: Word = ""

    @property
    def name(self) -> str:
        """The person's."""
        return f"{self.first_name} {self.last_name}".strip()


class LineMeta(_Shape):
    """A choice that makes a variant; those that begin with _ are for machines."""

    key: str
    value: Any = None
    display_value: Any = None


class LineItem(_Shape):
    """A line of an order. `total` is for all its pieces, after discounts and without tax."""

    name: Word = ""
    product_id: int = 0
    variation_id: int = 0
    quantity: int
    total: Decimal
    total_tax: Money = None
    sku: Word = ""
    meta_data: tuple[LineMeta, ...] = ()


class RefundLine(_Shape):
    """A refund, as an order lists it: its total is negative."""

    id: int
    reason: Word = ""
    total: Decimal


class WooOrder(_Shape):
    """An order."""

    id: int
    number: str
    status: str
    currency: str
    date_created_gmt: Gmt
    date_modified_gmt: Gmt = None
    date_paid_gmt: Gmt = None
    date_completed_gmt: Gmt = None
    total: Decimal
    customer_id: int = 0
    billing: Place
    shipping: Place = Place()
    line_items: tuple[LineItem, ...]
    refunds: tuple[RefundLine, ...] = ()
    meta_data: tuple[Meta, ...] = ()

    def field(self, key: str) -> Any:
        """The value of a custom field; None without it."""
        return next((one.value for one in self.meta_data if one.key == key), None)


ORDER_FIELDS = ",".join(WooOrder.model_fields)


class WooRefund(_Shape):
    """Money that went back."""

    id: int
    date_created_gmt: Gmt
    amount: Decimal
    reason: Word = ""


class Note(_Shape):
    """What staff and programs wrote on an order."""

    note: Word = ""


class Category(_Shape):
    """A product's category."""

    slug: str


class Image(_Shape):
    """A product's picture."""

    src: Word = ""


class Attribute(_Shape):
    """A choice that makes a variation: `option` is what was chosen."""

    option: Word = ""


class WooProduct(_Shape):
    """A product, or one of its variations."""

    id: int
    name: str
    type: str
    permalink: Word = ""
    sku: Word = ""
    price: Money = None
    regular_price: Money = None
    on_sale: bool = False
    description: Word = ""
    short_description: Word = ""
    stock_quantity: int | None = None
    stock_status: Word = "instock"
    categories: tuple[Category, ...] = ()
    images: tuple[Image, ...] = ()


PRODUCT_FIELDS = ",".join(WooProduct.model_fields)


class WooVariation(_Shape):
    """A variation of a product."""

    id: int
    stock_quantity: int | None = None
    stock_status: Word = "instock"
    attributes: tuple[Attribute, ...] = ()


VARIATION_FIELDS = ",".join(WooVariation.model_fields)


@dataclass(frozen=True, slots=True)
class Kept:
    """What an order keeps of a wish: what was asked (hashed), when, and what came of it.

    `opened` is the return it opened, and `note` what the shop's staff have to read.
    """

    wish: str
    at: datetime
    outcome: Cancelled | ReturnOpened | AddressChanged | Refused | NotFound
    opened: Return | None = None
    note: str | None = None


KEPT = TypeAdapter(Kept)


def kept(order: WooOrder) -> list[Kept]:
    """Return the wishes an order keeps, oldest first. Raises ValueError when one cannot be read."""
    found = [KEPT.validate_json(str(one.value)) for one in order.meta_data if _is_mark(one)]
    return sorted(found, key=lambda one: one.at)


def kept_as(order: WooOrder, mark: str) -> Kept | None:
    """Return the wish an order keeps under `mark`. Raises ValueError when it cannot be read."""
    value = order.field(mark)
    return None if value is None else KEPT.validate_json(str(value))


def mark_of(key: str) -> str:
    """Return the custom field that keeps what was asked with `key`."""
    return MARK + hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:40]


def code_of(key: str, secret: str) -> str:
    """Return the code of the return opened with `key`: always the same, and nobody guesses it."""
    letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    digest = hmac.digest(secret.encode(), key.encode("utf-8", "backslashreplace"), "sha256")
    number = int.from_bytes(digest)
    code = "".join(letters[number // 30**place % 30] for place in range(8))
    return f"{code[:4]}-{code[4:]}"


def order_id(number: str) -> str | None:
    """Return the id of the order with this number, where that is its id; None if it cannot be."""
    fits = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_ID
    return number if fits else None


def owner(order: WooOrder) -> Customer:
    """Return who ordered."""
    person = order.billing
    number = str(order.customer_id) if order.customer_id else f"{GUEST}{order.number}"
    return Customer(number, person.name, person.email.strip(), _phone(person))


def meaning(
    order: WooOrder,
    categories: Mapping[int, Sequence[str]],
    settings: WooSettings,
    rules: Rules,
) -> Order:
    """Return what an order is to us. `categories` are those of its products, by product.

    Raises ShopUnavailable for a status that nobody told the meaning of, ValueError for what cannot
    be read.
    """
    status = settings.statuses.get(order.status)
    if status is None:
        raise ShopUnavailable(
            f"The shop's orders have a status whose meaning is unknown; add it to {STATUSES}."
        )
    if order.date_created_gmt is None:
        raise ValueError("an order without a day")
    wishes, paid = kept(order), settled(order)
    return Order(
        number=order.number,
        customer=owner(order),
        placed_at=order.date_created_gmt,
        status=status,
        total=order.total.quantize(_CENT),
        currency=order.currency,
        lines=tuple(
            _line(line, _category(categories.get(line.product_id, ()), rules))
            for line in order.line_items
        ),
        shipment=_shipment(order, status, settings),
        address=_address(order),
        cancelled_at=_cancelled_at(order, status, wishes),
        returns=tuple(
            replace(one.opened, status=ReturnStatus.CLOSED)
            if one.opened.code in paid
            else one.opened
            for one in wishes
            if one.opened
        ),
    )


def promises(order: WooOrder) -> dict[str, Decimal]:
    """Return what goes back for each return, by its code; those opened first first."""
    told = (one.outcome for one in kept(order))
    return {one.code: one.amount for one in told if isinstance(one, ReturnOpened)}


def settled(order: WooOrder) -> dict[str, int]:
    """Return which refund paid which return: its id, by the return's code.

    Staff are asked to write the code into a refund's reason; where they did not, a refund of the
    same amount is taken for it.
    """
    left = {one.id: one for one in order.refunds}
    paid = dict[str, int]()
    for fits in (_names, _amounts_to):
        for code, amount in promises(order).items():
            found = next((one.id for one in left.values() if fits(one, code, amount)), None)
            if code not in paid and found is not None:
                paid[code] = found
                del left[found]
    return paid


def refunded(order: WooOrder) -> Decimal:
    """Return what went back of an order, or is promised to with a return."""
    paid = settled(order)
    open_ = (amount for code, amount in promises(order).items() if code not in paid)
    return sum(open_, Decimal()) - sum((one.total for one in order.refunds), Decimal())


def shipping(address: Address) -> dict[str, str] | None:
    """Return how an address in Turkey is written; None when its city is no province."""
    code = province_code(address.city)
    if code is None:
        return None
    first, _, last = address.recipient.rpartition(" ")
    return {
        "first_name": first or last,
        "last_name": last if first else "",
        "company": "",
        "address_1": address.street,
        "address_2": "",
        "city": address.district,
        "state": code,
        "postcode": address.postcode or "",
        "country": _COUNTRY,
    }


def sold(product: WooProduct, variations: Iterable[WooVariation], currency: str) -> Product:
    """Return what a product is to us; it has a price."""
    variants = tuple(Variant(chosen(one), pieces(one)) for one in variations if chosen(one))
    told = _plain(product.short_description) or _plain(product.description)
    name, description = _plain(product.name), told[:_LONGEST_DESCRIPTION]
    assert product.price is not None
    return Product(
        sku=product.sku or f"id-{product.id}",
        name=Text(name, name),
        description=Text(description, description),
        category=product.categories[0].slug if product.categories else "",
        price=product.price.quantize(_CENT),
        currency=currency,
        stock=sum(one.stock for one in variants) if variants else pieces(product),
        url=_link(product.permalink),
        image=_link(product.images[0].src) if product.images else None,
        variants=variants,
    )


def pieces(found: WooProduct | WooVariation) -> int:
    """Return how many there are; `UNCOUNTED` when they are sold without being counted."""
    if found.stock_status != "instock":
        return 0
    return UNCOUNTED if found.stock_quantity is None else max(0, found.stock_quantity)


def chosen(variation: WooVariation) -> str:
    """Return a variation's name: what was chosen, "L" or "Kırmızı / L"."""
    return " / ".join(filter(None, (_plain(one.option) for one in variation.attributes)))


def _is_mark(meta: Meta) -> bool:
    return meta.key.startswith(MARK)


def _as_it_stands(opened: Return, paid: Container[str]) -> Return:
    return replace(opened, status=ReturnStatus.CLOSED) if opened.code in paid else opened


def _names(paid: RefundLine, code: str, _amount: Decimal) -> bool:
    return code in paid.reason


def _amounts_to(paid: RefundLine, _code: str, amount: Decimal) -> bool:
    return -paid.total == amount


def _phone(person: Place) -> str:
    try:
        read = phonenumbers.parse(person.phone, person.country or _COUNTRY)
    except phonenumbers.NumberParseException:
        return "".join(letter for letter in person.phone if letter.isdigit())
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def _line(line: LineItem, category: str | None) -> OrderLine:
    choices = [
        _plain(str(one.display_value or one.value or ""))
        for one in line.meta_data
        if not one.key.startswith("_")
    ]
    name = _plain(line.name)
    paid = line.total + (line.total_tax or Decimal())
    return OrderLine(
        sku=line.sku or f"id-{line.variation_id or line.product_id}",
        name=Text(name, name),
        variant=(" / ".join(filter(None, choices)) or None) if line.variation_id else None,
        quantity=line.quantity,
        price=(paid / line.quantity).quantize(_CENT) if line.quantity else Decimal(),
        category=category,
    )


def _category(slugs: Sequence[str], rules: Rules) -> str | None:
    """Return the one of a product's categories that decides: an excepted one if there is any."""
    excepted = (slug for slug in slugs if rules.withdrawal.exceptions.of(slug))
    return next(excepted, slugs[0] if slugs else None)


def _address(order: WooOrder) -> Address | None:
    place = order.shipping if order.shipping.address_1.strip() else order.billing
    if not place.address_1.strip():
        return None
    street = " ".join(filter(None, (place.address_1.strip(), place.address_2.strip())))
    turkish = place.country in ("", _COUNTRY)
    return Address(
        recipient=place.name,
        street=street,
        district=place.city if turkish else "",
        city=province(place.state) if turkish and place.state else place.city,
        postcode=place.postcode or None,
    )


def _shipment(order: WooOrder, status: OrderStatus, settings: WooSettings) -> Shipment | None:
    arrived = status in (OrderStatus.DELIVERED, OrderStatus.RETURNED)
    delivered = _delivered(order, settings) if arrived else None
    parcels = order.field(_TRACKING)
    parcel = parcels[-1] if isinstance(parcels, list) and parcels else None
    if not isinstance(parcel, dict):
        return Shipment("", "", None, None, delivered, ()) if delivered else None
    carrier = parcel.get("custom_tracking_provider") or parcel.get("tracking_provider") or ""
    shipped = _moment(parcel.get("date_shipped"))
    handed = Text("Kargoya verildi", "Handed to the carrier")
    return Shipment(
        carrier=str(carrier).replace("-", " ").title() if str(carrier).islower() else str(carrier),
        tracking_number=str(parcel.get("tracking_number") or ""),
        tracking_url=_link(str(parcel.get("custom_tracking_link") or "")),
        expected_at=None,
        delivered_at=delivered,
        events=(ShipmentEvent(shipped, handed, None),) if shipped else (),
    )


def _delivered(order: WooOrder, settings: WooSettings) -> datetime | None:
    if settings.delivered is None:
        return None
    if settings.delivered == DATE_COMPLETED:
        return order.date_completed_gmt
    return _moment(order.field(settings.delivered))


def _moment(told: object) -> datetime | None:
    """Return the time a plugin noted: seconds since 1970, or a day and time in the shop."""
    try:
        if str(told).isdecimal():
            return datetime.fromtimestamp(int(str(told)), UTC)
        read = datetime.fromisoformat(str(told).strip())
    except (ValueError, OverflowError, OSError):
        return None
    return (read if read.tzinfo else read.replace(tzinfo=SHOP_TIME)).astimezone(UTC)


def _cancelled_at(order: WooOrder, status: OrderStatus, wishes: Iterable[Kept]) -> datetime | None:
    """Return when it was cancelled: with us, or else at its last change, as nobody notes it."""
    if status is not OrderStatus.CANCELLED:
        return None
    ours = (one.at for one in wishes if isinstance(one.outcome, Cancelled))
    return next(ours, order.date_modified_gmt)


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _link(url: str) -> str | None:
    return url if url.startswith(("https://", "http://")) else None
