"""A shop whose data lies in an SQL database."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import changing, tables
from shop import rules as judge
from shop.articles.library import Library
from shop.catalogue import search
from shop.clock import shop_day, utc_now
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
    Text,
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
from shop.proof import NOBODY, proves
from shop.reading import order_with, orders_with
from shop.requests import Told, check_key, once
from shop.rulebook import LEGAL, Rules
from shop.transactions import Run, through

_CANCELLED: Final = TypeAdapter[Cancelled | Refused | NotFound](Cancelled | Refused | NotFound)
_RETURN: Final = TypeAdapter[ReturnOpened | Refused | NotFound](ReturnOpened | Refused | NotFound)
_EXCHANGE: Final = TypeAdapter[ExchangeOpened | Refused | NotFound](
    ExchangeOpened | Refused | NotFound
)
_ADDRESS: Final = TypeAdapter[AddressChanged | Refused | NotFound](
    AddressChanged | Refused | NotFound
)

# Made once: making one costs more than running it.
_OWNER = (
    select(tables.customer.c.email, tables.customer.c.phone)
    .join(tables.order, tables.order.c.customer_id == tables.customer.c.id)
    .where(tables.order.c.number == bindparam("number"))
)
_OWNED = select(tables.order.c.number).where(
    tables.order.c.number == bindparam("number"),
    tables.order.c.customer_id == bindparam("customer_id"),
)

BEAT_S = 0.05
"""How long a no takes at least: many times what a search takes, and too short to notice."""

_CODE_LETTERS = (
    "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another when read aloud
)


def new_code() -> str:
    """Return a code for a return that nobody guesses: one of 30 ** 8."""
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


class SqlShop:
    """Fulfils `shop.base.Shop`. `connect` gives a connection and turns failures into our own.

    What was changed with a connection is committed when its context ends. What only reads is run by
    `read`, where that is given.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
        rules: Rules = LEGAL,
        clock: Callable[[], datetime] = utc_now,
        code: Callable[[], str] = new_code,
        pace: Pace | None = None,
        read: Run | None = None,
    ) -> None:
        self._connect = connect
        self._read = read or through(connect)
        self._rules = rules
        self._library = Library(connect, rules)
        self._clock = clock
        self._code = code
        self._pace = pace or Pace(BEAT_S)

    @property
    def rules(self) -> Rules:
        """See `Shop.rules`."""
        return self._rules

    async def find_order(self, number: str) -> Order | None:
        """See `Shop.find_order`."""
        return await self._read(lambda connection: order_with(connection, order_number(number)))

    async def prove_order(self, number: str, factor: str) -> Order | None:
        """See `Shop.prove_order`. Says no on a beat: a row that is found takes longer."""
        return await self._pace.keep(self._prove(order_number(number), factor))

    async def _prove(self, number: str, factor: str) -> Order | None:
        def work(connection: Connection) -> Order | None:
            owner = connection.execute(_OWNER, {"number": number}).one_or_none()
            email, phone = (owner.email, owner.phone) if owner else NOBODY
            if not proves(factor, email, phone) or owner is None:
                return None
            return order_with(connection, number)

        return await self._read(work)

    async def own_order(self, number: str, customer_id: str) -> Order | None:
        """See `Shop.own_order`. Says no on a beat, like `prove_order`."""
        return await self._pace.keep(self._own(order_number(number), customer_id))

    async def _own(self, number: str, customer_id: str) -> Order | None:
        def work(connection: Connection) -> Order | None:
            owned = connection.scalar(_OWNED, {"number": number, "customer_id": customer_id})
            return order_with(connection, number) if owned else None

        return await self._read(work)

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        """See `Shop.orders_of_customer`."""
        query = (
            select(tables.order.c.number)
            .where(tables.order.c.customer_id == customer_id)
            .order_by(tables.order.c.placed_at.desc(), tables.order.c.number.desc())
            .limit(limit)
        )

        def work(connection: Connection) -> list[Order]:
            return orders_with(connection, connection.execute(query).scalars())

        return await self._read(work)

    async def cancel_order(self, number: str, *, key: str) -> Cancelled | Refused | NotFound:
        """See `Shop.cancel_order`."""
        order, now = order_number(number), self._clock()
        return await self._once(
            ("cancel_order", order),
            key,
            now,
            _CANCELLED,
            lambda connection: changing.cancel(connection, order, now, self._rules),
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
        order, now, items = order_number(number), self._clock(), tuple(items)
        return await self._once(
            ("request_return", order, items, reason, handover),
            key,
            now,
            _RETURN,
            lambda connection: changing.open_return(
                connection, order, items, reason, handover, self._code(), now, self._rules
            ),
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
        order, now, variant = order_number(number), self._clock(), variant.strip()
        if not variant.isprintable():
            return NotFound("variant")
        return await self._once(
            ("exchange", order, item, variant, reason, handover),
            key,
            now,
            _EXCHANGE,
            lambda connection: changing.open_exchange(
                connection, order, item, variant, reason, handover, self._code(), now, self._rules
            ),
        )

    async def change_address(
        self, number: str, address: Address, *, key: str
    ) -> AddressChanged | Refused | NotFound:
        """See `Shop.change_address`."""
        order, now, address = order_number(number), self._clock(), trimmed(address)
        return await self._once(
            ("change_address", order, address),
            key,
            now,
            _ADDRESS,
            lambda connection: changing.change_address(connection, order, address, self._rules),
        )

    async def refund_status(self, number: str) -> list[Refund]:
        """See `Shop.refund_status`."""
        query = select(tables.refund).where(tables.refund.c.order_number == order_number(number))

        def work(connection: Connection) -> tuple[Order | None, Sequence[Row[Any]]]:
            order = order_with(connection, order_number(number))
            return order, connection.execute(query).all() if order else ()

        order, rows = await self._read(work)
        if order is None:
            return []
        # Returns are oldest first, and a cancelled order has none.
        returns = {one.code: (at, one) for at, one in enumerate(order.returns)}
        places = {row.id: returns.get(row.return_code, (len(returns), None)) for row in rows}
        today = shop_day(self._clock())
        return [
            judge.refund(order, places[row.id][1], row.amount, row.paid_at, today, self._rules)
            for row in sorted(rows, key=lambda row: places[row.id][0], reverse=True)
        ]

    async def invoice_link(self, number: str) -> Invoice | Refused | NotFound:
        """See `Shop.invoice_link`."""
        query = select(tables.invoice).where(tables.invoice.c.order_number == order_number(number))

        def work(connection: Connection) -> tuple[Order | None, Row[Any] | None]:
            order = order_with(connection, order_number(number))
            return order, connection.execute(query).one_or_none()

        order, row = await self._read(work)
        if order is None:
            return NotFound("order")
        refused = judge.without_invoice(order, self._rules)
        if refused or row is None:
            return refused or Refused(Rule.INVOICE_NOT_ISSUED)
        return Invoice(row.number, row.url, row.issued_on)

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:
        """See `Shop.search_products`."""
        return await self._read(lambda connection: search(connection, text, language, limit))

    async def stock(self, sku: str, variant: str | None = None) -> int | None:
        """See `Shop.stock`."""
        query = select(func.sum(tables.stock.c.quantity)).where(
            tables.stock.c.sku == given_sku(sku)
        )
        if variant is not None:
            query = query.where(
                tables.stock.c.variant == (variant if variant.isprintable() else "")
            )
        pieces: int | None = await self._read(lambda connection: connection.scalar(query))
        return pieces

    async def price(self, sku: str) -> Price | None:
        """See `Shop.price`."""
        query = select(tables.product).where(tables.product.c.sku == given_sku(sku))
        row = await self._read(lambda connection: connection.execute(query).one_or_none())
        return Price(row.price, row.currency, row.price_before) if row else None

    async def campaigns(self) -> list[Campaign]:
        """See `Shop.campaigns`."""
        today, offer = shop_day(self._clock()), tables.campaign.c
        query = (
            select(tables.campaign)
            .where(offer.starts <= today, or_(offer.ends.is_(None), offer.ends >= today))
            .order_by(offer.ends.is_(None), offer.ends, offer.slug)
        )
        rows = await self._read(lambda connection: connection.execute(query).all())
        return [
            Campaign(
                row.slug,
                Text(row.title_tr, row.title_en),
                Text(row.body_tr, row.body_en),
                row.coupon,
                row.starts,
                row.ends,
                row.url,
            )
            for row in rows
        ]

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """See `Shop.find_articles`."""
        return await self._library.find(topic, text, language, limit)

    async def article(self, slug: str, language: str) -> list[Article]:
        """See `Shop.article`."""
        return await self._library.whole(slug, language)

    async def check(self) -> None:
        """See `Shop.check`."""

        def work(connection: Connection) -> None:
            for column in (tables.order.c.number, tables.passage.c.slug):
                connection.execute(select(column).limit(1)).all()

        await self._read(work)

    async def _once(
        self,
        wish: tuple[object, ...],
        key: str,
        now: datetime,
        outcomes: TypeAdapter[Told],
        decide: Callable[[AsyncConnection], Awaitable[Told]],
    ) -> Told | Refused:
        check_key(key)
        async with self._connect() as connection:
            return await once(connection, key, wish, now, outcomes, lambda: decide(connection))
