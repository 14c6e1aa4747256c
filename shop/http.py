"""A shop behind the JSON contract in docs/openapi-shop.yml.

The server decides by its own rules. We prove who is asking, because that is easy to do wrong.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar

from pydantic import TypeAdapter

from shop.given import order_number, trimmed
from shop.given import sku as given_sku
from shop.models import (
    Address,
    Article,
    Campaign,
    Handover,
    Order,
    Price,
    Product,
    Reason,
    Refund,
    ReturnItem,
)
from shop.outcomes import (
    AddressChanged,
    Cancelled,
    ExchangeOpened,
    Invoice,
    NotFound,
    Refused,
    ReturnOpened,
    Rule,
)
from shop.pace import Pace
from shop.proof import proved
from shop.remote import Readers, Remote
from shop.requests import check_key
from shop.rulebook import LEGAL, Rules

CONTRACT = "docs/openapi-shop.yml"

_LONGEST_TEXT = 200  # what a server has to take; letters that follow would overflow its query line

Changed = TypeVar("Changed", Cancelled, ReturnOpened, ExchangeOpened, AddressChanged)
Shape = TypeVar("Shape")


class Articles(Protocol):
    """Where the shop's articles are found: they are written in Devir, not in the shop's system."""

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """See `Shop.find_articles`."""

    async def article(self, slug: str, language: str) -> list[Article]:
        """See `Shop.article`."""

    async def check(self) -> None:
        """Return if articles can be read now. Raises ShopUnavailable when not."""


@dataclass(frozen=True, slots=True)
class _Health:
    status: Literal["ok"]


@dataclass(frozen=True, slots=True)
class _Orders:
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class _Refunds:
    refunds: tuple[Refund, ...]


@dataclass(frozen=True, slots=True)
class _Products:
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class _Stock:
    pieces: int | None


@dataclass(frozen=True, slots=True)
class _Price:
    price: Price | None


@dataclass(frozen=True, slots=True)
class _Campaigns:
    campaigns: tuple[Campaign, ...]


def reader(kind: type[Shape]) -> Callable[[bytes], Shape]:
    """Return a function that makes a `kind` of JSON, its times in UTC.

    The function raises ValueError for every other JSON, for a time without its zone, and for a link
    that is no link.
    """
    adapter = TypeAdapter(kind)
    return lambda body: _settled(adapter.validate_json(body))


_HEALTH = reader(_Health)
_ORDER = reader(Order)
_ORDERS = reader(_Orders)
_CANCELLED = reader(Cancelled)
_RETURN_OPENED = reader(ReturnOpened)
_EXCHANGE_OPENED = reader(ExchangeOpened)
_ADDRESS_CHANGED = reader(AddressChanged)
_REFUNDS = reader(_Refunds)
_INVOICE = reader(Invoice)
_PRODUCTS = reader(_Products)
_STOCK = reader(_Stock)
_PRICE = reader(_Price)
_CAMPAIGNS = reader(_Campaigns)
_REFUSED = reader(Refused)
_NOT_FOUND = reader(NotFound)


class HttpShop:
    """Fulfils `shop.base.Shop`. `remote` is the shop's server."""

    def __init__(
        self, remote: Remote, articles: Articles, rules: Rules = LEGAL, pace: Pace | None = None
    ) -> None:
        self._remote = remote
        self._articles = articles
        self._rules = rules
        self._pace = pace or Pace()

    @property
    def rules(self) -> Rules:
        """See `Shop.rules`. The server decides; these are what it is said to decide by."""
        return self._rules

    async def find_order(self, number: str) -> Order | None:
        """See `Shop.find_order`."""
        return await self._find(order_number(number))

    async def prove_order(self, number: str, factor: str) -> Order | None:
        """See `Shop.prove_order`. Says no on a beat, so that a longer search does not show."""
        return await self._pace.keep(self._prove(order_number(number), factor))

    async def own_order(self, number: str, customer_id: str) -> Order | None:
        """See `Shop.own_order`. Says no on a beat, like `prove_order`."""
        return await self._pace.keep(self._own(order_number(number), customer_id))

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        """See `Shop.orders_of_customer`."""

        def theirs(body: bytes) -> list[Order]:
            orders = list(_ORDERS(body).orders)
            if any(order.customer.id != customer_id for order in orders):
                raise ValueError("an order is somebody else's")
            return orders[:limit]

        if not customer_id.isprintable():
            return []
        return await self._remote.ask(
            "orders_of_customer",
            "GET",
            "/orders",
            {200: theirs},
            query={"customer_id": customer_id, "limit": str(limit)},
        )

    async def cancel_order(self, number: str, *, key: str) -> Cancelled | Refused | NotFound:
        """See `Shop.cancel_order`."""
        return await self._change(
            "cancel_order", "POST", number, "cancellation", _CANCELLED, None, key
        )

    async def request_return(
        self,
        number: str,
        items: Sequence[ReturnItem],
        *,
        reason: Reason,
        handover: Handover,
        key: str,
    ) -> ReturnOpened | Refused | NotFound:
        """See `Shop.request_return`."""
        body = {
            "items": [asdict(item) for item in items],
            "reason": reason,
            "handover": handover,
        }
        return await self._change(
            "request_return", "POST", number, "returns", _RETURN_OPENED, body, key
        )

    async def exchange(
        self,
        number: str,
        item: ReturnItem,
        variant: str,
        *,
        reason: Reason,
        handover: Handover,
        key: str,
    ) -> ExchangeOpened | Refused | NotFound:
        """See `Shop.exchange`."""
        body = {
            "item": asdict(item),
            "variant": variant.strip(),
            "reason": reason,
            "handover": handover,
        }
        if not variant.strip().isprintable():
            return NotFound("variant")
        return await self._change(
            "exchange", "POST", number, "exchanges", _EXCHANGE_OPENED, body, key
        )

    async def change_address(
        self, number: str, address: Address, *, key: str
    ) -> AddressChanged | Refused | NotFound:
        """See `Shop.change_address`."""
        body = asdict(trimmed(address))
        if not all(part.isprintable() for part in body.values() if part is not None):
            return Refused(Rule.ADDRESS_INCOMPLETE)
        return await self._change(
            "change_address", "PUT", number, "address", _ADDRESS_CHANGED, body, key
        )

    async def refund_status(self, number: str) -> list[Refund]:
        """See `Shop.refund_status`."""
        told = order_number(number)

        def its(body: bytes) -> list[Refund]:
            refunds = list(_REFUNDS(body).refunds)
            if any(refund.order_number != told for refund in refunds):
                raise ValueError("a refund is another order's")
            return refunds

        def none(body: bytes) -> list[Refund]:
            _NOT_FOUND(body)
            return []

        if not told:
            return []
        return await self._remote.ask(
            "refund_status", "GET", f"/orders/{told}/refunds", {200: its, 404: none}
        )

    async def invoice_link(self, number: str) -> Invoice | Refused | NotFound:
        """See `Shop.invoice_link`."""
        told = order_number(number)
        readers: Readers[Invoice | Refused | NotFound] = {
            200: _INVOICE,
            404: _NOT_FOUND,
            409: _REFUSED,
        }
        if not told:
            return NotFound("order")
        return await self._remote.ask("invoice_link", "GET", f"/orders/{told}/invoice", readers)

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:
        """See `Shop.search_products`. The server is given the first 200 letters."""
        query = {"text": _sendable(text), "language": language, "limit": str(limit)}
        if not query["text"]:
            return []
        found = await self._remote.ask(
            "search_products", "GET", "/products", {200: _PRODUCTS}, query=query
        )
        return list(found.products[:limit])

    async def stock(self, sku: str, variant: str | None = None) -> int | None:
        """See `Shop.stock`."""
        query = {"sku": given_sku(sku)}
        if variant is not None:
            query["variant"] = variant if variant.isprintable() else ""
        if not all(query.values()):
            return None
        return (await self._remote.ask("stock", "GET", "/stock", {200: _STOCK}, query=query)).pieces

    async def price(self, sku: str) -> Price | None:
        """See `Shop.price`."""
        query = {"sku": given_sku(sku)}
        if not query["sku"]:
            return None
        return (await self._remote.ask("price", "GET", "/price", {200: _PRICE}, query=query)).price

    async def campaigns(self) -> list[Campaign]:
        """See `Shop.campaigns`."""
        found = await self._remote.ask("campaigns", "GET", "/campaigns", {200: _CAMPAIGNS})
        return list(found.campaigns)

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """See `Shop.find_articles`."""
        return await self._articles.find_articles(topic, text, language, limit)

    async def article(self, slug: str, language: str) -> list[Article]:
        """See `Shop.article`."""
        return await self._articles.article(slug, language)

    async def check(self) -> None:
        """See `Shop.check`."""
        await self._remote.ask("check", "GET", "/health", {200: _HEALTH})
        await self._articles.check()

    async def _prove(self, number: str, factor: str) -> Order | None:
        return proved(await self._find(number), factor)

    async def _own(self, number: str, customer_id: str) -> Order | None:
        order = await self._find(number)
        return order if order and order.customer.id == customer_id else None

    async def _find(self, number: str) -> Order | None:
        def its(body: bytes) -> Order | None:
            order = _ORDER(body)
            if order.number != number:
                raise ValueError("another order")
            return order

        def none(body: bytes) -> Order | None:
            _NOT_FOUND(body)
            return None

        if not number:
            return None
        path = f"/orders/{number}"
        return await self._remote.ask("find_order", "GET", path, {200: its, 404: none})

    async def _change(
        self,
        operation: str,
        method: str,
        number: str,
        what: str,
        done: Callable[[bytes], Changed],
        body: object,
        key: str,
    ) -> Changed | Refused | NotFound:
        told = order_number(number)

        def its(content: bytes) -> Changed:
            outcome = done(content)
            if outcome.order_number != told:
                raise ValueError("another order")
            return outcome

        check_key(key)
        readers: Readers[Changed | Refused | NotFound] = {200: its, 404: _NOT_FOUND, 409: _REFUSED}
        if not told:
            return NotFound("order")
        return await self._remote.ask(
            operation, method, f"/orders/{told}/{what}", readers, body=body, key=hashed(key)
        )


def hashed(key: str) -> str:
    """Return `key` as 64 hexadecimal digits: as good a key, and fit for a header."""
    return hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()


def is_link(url: str) -> bool:
    """Return whether a page may offer `url` to be opened."""
    return url.startswith(("https://", "http://"))


def _sendable(text: str) -> str:
    """Return what a query may hold of `text`."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(seen.split())[:_LONGEST_TEXT]


def _settled(value: Any) -> Any:
    """Return `value` with all times in UTC. Raises ValueError for a time or link that is none."""
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError("a time without its zone")
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_settled(one) for one in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    parts = {field.name: _settled(getattr(value, field.name)) for field in fields(value)}
    for name, part in parts.items():
        if name.endswith(("url", "image")) and part is not None and not is_link(part):
            raise ValueError(f"{name} is no link")
    return replace(value, **parts)
