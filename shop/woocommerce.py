"""A shop in WooCommerce, asked over its REST API v3.

We prove who is asking and decide by our rules, as WooCommerce does neither. It knows no idempotency
keys, so an order itself keeps, in a custom field that is written together with the change, what was
asked with a key and what came of it. Of what it cannot do, nothing is pretended: exchanges and
invoices are refused (`Rule.NOT_SUPPORTED`), and money is sent back by people, whom a note on the
order asks for it.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol, TypeVar
from weakref import WeakValueDictionary

from pydantic import BaseModel, TypeAdapter

from shop import rules as judge
from shop import woonotes
from shop.clock import shop_day
from shop.errors import ShopUnavailable
from shop.given import order_number, trimmed
from shop.given import sku as given_sku
from shop.models import (
    Address,
    Article,
    Campaign,
    Handover,
    Order,
    OrderStatus,
    Price,
    Product,
    Reason,
    Refund,
    Return,
    ReturnItem,
    ReturnStatus,
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
from shop.query import LONGEST, Query, Sorting, read, sizes_of
from shop.remote import Remote
from shop.requests import check_key
from shop.rulebook import LEGAL, Rules
from shop.search import Entry, entry, rank_products, telling_words
from shop.text import words
from shop.woosettings import Numbers, WooSettings
from shop.wooshapes import (
    GUEST,
    KEPT,
    ORDER_FIELDS,
    PRODUCT_FIELDS,
    VARIATION_FIELDS,
    Category,
    Kept,
    Note,
    WooOrder,
    WooProduct,
    WooRefund,
    WooVariation,
    chosen,
    code_of,
    kept_as,
    mark_of,
    meaning,
    order_id,
    owner,
    pieces,
    promises,
    refunded,
    settled,
    shipping,
    sold,
)

CONTRACT = "the WooCommerce REST API v3"

_WHOLE_S = 9.0  # for all requests of one change; the bot gives a turn twelve seconds
_PAGE = 100  # the most WooCommerce puts on one
_MATCHES = 20
_FOUND = 50
_COMPARED = 6
_FREE = Decimal(0)
_MOST_WORDS = 3
_STEM = 4
_SHORTEST_KNOWN = 2
_WORD = re.compile(r"[^\W_]+")

Shape = TypeVar("Shape")
Done = TypeVar("Done", Cancelled, ReturnOpened, AddressChanged)


class _Currency(BaseModel):
    code: str


class _Product(BaseModel):
    id: int
    categories: tuple[Category, ...] = ()


class _Id(BaseModel):
    id: int


_ORDERS: Final = TypeAdapter(list[WooOrder])
_PRODUCTS: Final = TypeAdapter(list[WooProduct])
_CATEGORIES: Final = TypeAdapter(list[_Product])
_VARIATIONS: Final = TypeAdapter(list[WooVariation])
_REFUNDS: Final = TypeAdapter(list[WooRefund])
_NOTES: Final = TypeAdapter(list[Note])
_NOTE: Final = TypeAdapter(Note)
_ID: Final = TypeAdapter(_Id)
_IDS: Final = TypeAdapter(list[_Id])
_CURRENCY: Final = TypeAdapter(_Currency)


@dataclass(frozen=True)
class _Decision:
    """What is kept of a wish, and what it changes of the order."""

    kept: Kept
    change: Mapping[str, object] = field(default_factory=dict)


class Ours(Protocol):
    """What Devir keeps for a shop whose system has no place for it."""

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """See `Shop.find_articles`."""

    async def article(self, slug: str, language: str) -> list[Article]:
        """See `Shop.article`."""

    async def campaigns(self) -> list[Campaign]:
        """See `Shop.campaigns`."""

    async def check(self) -> None:
        """Return if both can be read now. Raises ShopUnavailable when not."""


class WooCommerceShop:
    """Fulfils `shop.base.Shop`, but for the same return asked for with two keys at one moment from
    two processes: WooCommerce cannot lock an order, so both may be opened.

    `secret` makes the codes of returns.
    """

    def __init__(
        self,
        remote: Remote,
        ours: Ours,
        secret: str,
        clock: Callable[[], datetime],
        rules: Rules = LEGAL,
        settings: WooSettings | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._remote = remote
        self._ours = ours
        self._secret = secret
        self._clock = clock
        self._rules = rules
        self._settings = settings or WooSettings()
        self._pace = pace or Pace()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._currency: str | None = None

    @property
    def rules(self) -> Rules:
        """See `Shop.rules`."""
        return self._rules

    async def find_order(self, number: str) -> Order | None:
        """See `Shop.find_order`."""
        found = await self._find("find_order", order_number(number))
        return (await self._orders([found]))[0] if found else None

    async def prove_order(self, number: str, factor: str) -> Order | None:
        """See `Shop.prove_order`. Says no on a beat, so that a longer search does not show."""
        return await self._pace.keep(self._prove(order_number(number), factor))

    async def own_order(self, number: str, customer_id: str) -> Order | None:
        """See `Shop.own_order`. Says no on a beat, like `prove_order`."""
        return await self._pace.keep(self._own(order_number(number), customer_id))

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        """See `Shop.orders_of_customer`. Whoever ordered without an account has one order."""
        if customer_id.startswith(GUEST):
            found = await self._find("orders_of_customer", customer_id.removeprefix(GUEST))
            mine = [found] if found and owner(found).id == customer_id else []
        elif order_id(customer_id) and customer_id.strip("0"):
            query = {"customer": customer_id, "per_page": str(min(limit, _PAGE))}
            query |= {"orderby": "date", "order": "desc"}
            mine = await self._list("orders_of_customer", query)
        else:
            return []
        if any(owner(one).id != customer_id for one in mine):
            raise ShopUnavailable(
                f"The shop's WooCommerce answered what it must not; compare it with {CONTRACT}."
            )
        return await self._orders([one for one in mine if self._is_order(one)])

    async def cancel_order(self, number: str, *, key: str) -> Cancelled | Refused | NotFound:
        """See `Shop.cancel_order`. WooCommerce gives the goods back to stock itself."""

        def decide(found: WooOrder, order: Order, now: datetime) -> _Decision:
            verdict = judge.may_cancel(order, shop_day(now), self._rules)
            if not verdict.allowed:
                return _Decision(Kept("", now, verdict.refusal()))
            paid = found.date_paid_gmt is not None
            owed = max(Decimal(), order.total - refunded(found)) if paid else Decimal("0.00")
            by = shop_day(now) + timedelta(days=self._rules.refund.days)
            done = Cancelled(order.number, verdict.rule, owed, order.currency, by)
            note = woonotes.of_cancellation(done)
            return _Decision(Kept("", now, done, note=note), {"status": "cancelled"})

        return await self._once("cancel_order", number, (), key, decide, Cancelled)

    async def request_return(
        self,
        number: str,
        items: Sequence[ReturnItem],
        *,
        reason: Reason,
        handover: Handover,
        key: str,
    ) -> ReturnOpened | Refused | NotFound:
        """See `Shop.request_return`. The order keeps it; a note asks the staff to do the rest."""
        items = tuple(items)

        def decide(found: WooOrder, order: Order, now: datetime) -> _Decision:
            verdict = judge.judge_return(order, items, reason, shop_day(now), self._rules)
            if not isinstance(verdict, judge.Verdict):
                return _Decision(Kept("", now, verdict))
            since, until = verdict.term()
            amount = max(Decimal(), judge.worth(order, items, refunded(found)))
            done = ReturnOpened(
                order.number,
                verdict.rule,
                since,
                until,
                code_of(key, self._secret),
                handover,
                self._rules.return_cargo.carrier,
                judge.send_by(shop_day(now), self._rules),
                judge.cargo_paid_by(reason, self._rules),
                amount,
                order.currency,
                self._rules.refund.days,
            )
            opened = Return(done.code, ReturnStatus.OPENED, reason, handover, items, now)
            note = woonotes.of_return(done, order, items, reason)
            return _Decision(Kept("", now, done, opened, note))

        return await self._once(
            "request_return", number, (items, reason, handover), key, decide, ReturnOpened
        )

    async def exchange(
        self,
        number: str,
        item: ReturnItem,  # noqa: ARG002
        variant: str,  # noqa: ARG002
        *,
        reason: Reason,  # noqa: ARG002
        handover: Handover,  # noqa: ARG002
        key: str,
    ) -> ExchangeOpened | Refused | NotFound:
        """See `Shop.exchange`. Refused: WooCommerce cannot keep a piece back for an exchange."""
        check_key(key)
        return Refused(Rule.NOT_SUPPORTED) if order_number(number) else NotFound("order")

    async def change_address(
        self, number: str, address: Address, *, key: str
    ) -> AddressChanged | Refused | NotFound:
        """See `Shop.change_address`. The city must be one of Turkey's provinces."""
        address = trimmed(address)

        def decide(_found: WooOrder, order: Order, now: datetime) -> _Decision:
            verdict = judge.may_change_address(order, self._rules)
            if not verdict.allowed:
                return _Decision(Kept("", now, verdict.refusal()))
            written = shipping(address) if judge.complete(address) else None
            if written is None:
                return _Decision(Kept("", now, Refused(Rule.ADDRESS_INCOMPLETE)))
            done = AddressChanged(order.number, verdict.rule, address)
            note = woonotes.of_address(address)
            return _Decision(Kept("", now, done, note=note), {"shipping": written})

        return await self._once("change_address", number, address, key, decide, AddressChanged)

    async def refund_status(self, number: str) -> list[Refund]:
        """See `Shop.refund_status`. A refund counts as paid once the shop has made it."""
        found = await self._find("refund_status", order_number(number))
        if found is None:
            return []
        (order,) = await self._orders([found], categories=False)
        made = {one.id: one for one in await self._refunds(found)} if found.refunds else {}
        today = shop_day(self._clock())
        by_return, promised = settled(found), promises(found)
        told = list[tuple[datetime, Refund]]()

        def tell(of: Return | None, amount: Decimal, at: datetime, paid: datetime | None) -> None:
            told.append((at, judge.refund(order, of, amount, paid, today, self._rules)))

        for one in order.returns:
            refund = made.pop(by_return.get(one.code, 0), None)
            paid = refund.date_created_gmt if refund else None
            amount = refund.amount if refund else promised[one.code]
            tell(one, amount, paid or one.opened_at, paid)
        for refund in made.values():
            paid = refund.date_created_gmt
            tell(None, refund.amount, paid or order.placed_at, paid)
        left = order.total - refunded(found)
        if order.status is OrderStatus.CANCELLED and found.date_paid_gmt and left > 0:
            tell(None, left, order.cancelled_at or order.placed_at, None)
        return [refund for _, refund in sorted(told, key=lambda pair: pair[0], reverse=True)]

    async def invoice_link(self, number: str) -> Invoice | Refused | NotFound:
        """See `Shop.invoice_link`. Refused: WooCommerce knows no invoices."""
        return Refused(Rule.NOT_SUPPORTED) if order_number(number) else NotFound("order")

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:  # noqa: ARG002
        """See `Shop.search_products`. WooCommerce has each product in one language alone."""
        query = read(text)
        asked = _asked(text, telling_words(query.words))
        among = _among(query)
        if not asked and not among:
            return []
        for shorten in (_without_case, _stem):
            terms = dict.fromkeys(shorten(word) for word in asked) or {"": None}
            pages = await asyncio.gather(*(self._search(term, among) for term in terms))
            found = {one.id: one for page in pages for one in page if one.price is not None}
            fitting = [
                one
                for one in found.values()
                if one.price is not None
                and (query.least is None or one.price >= query.least)
                and (query.most is None or one.price <= query.most)
            ]
            best = _best(asked, query, fitting)[: max(limit, _COMPARED)]
            if best:
                products = await self._sold(best)
                made = [one for one in products if query.size and _is_made_in(one, query.size)]
                return (made or products)[:limit]
        return []

    async def stock(self, sku: str, variant: str | None = None) -> int | None:
        """See `Shop.stock`. What is sold uncounted has `UNCOUNTED` pieces."""
        product = await self._product("stock", sku)
        if product is None:
            return None
        variations = await self._variations(product)
        if variant is not None:
            return next((pieces(one) for one in variations if chosen(one) == variant), None)
        return sum(map(pieces, variations)) if variations else pieces(product)

    async def price(self, sku: str) -> Price | None:
        """See `Shop.price`. A product with variations costs what its cheapest does."""
        product = await self._product("price", sku)
        if product is None or product.price is None:
            return None
        before = product.regular_price if product.on_sale else None
        return Price(product.price, await self._money(), before)

    async def campaigns(self) -> list[Campaign]:
        """See `Shop.campaigns`. WooCommerce knows coupons, which are nobody's to tell."""
        return await self._ours.campaigns()

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """See `Shop.find_articles`."""
        return await self._ours.find_articles(topic, text, language, limit)

    async def article(self, slug: str, language: str) -> list[Article]:
        """See `Shop.article`."""
        return await self._ours.article(slug, language)

    async def check(self) -> None:
        """See `Shop.check`."""
        await self._ask("check", "/orders", _IDS, {"per_page": "1", "_fields": "id"})
        await self._ours.check()

    async def _own(self, number: str, customer_id: str) -> Order | None:
        found = await self._find("own_order", number)
        if found is None or owner(found).id != customer_id:
            return None
        return (await self._orders([found]))[0]

    async def _prove(self, number: str, factor: str) -> Order | None:
        found = await self._find("prove_order", number)
        customer = owner(found) if found else None
        email, phone = (customer.email, customer.phone) if customer else NOBODY
        if not proves(factor, email, phone) or found is None:
            return None
        return (await self._orders([found]))[0]

    async def _find(self, operation: str, number: str) -> WooOrder | None:
        """Return the order with this number, with one question whether there is one or not."""
        if self._settings.numbers is Numbers.ID:
            if order_id(number) is None:
                return None
            query = {"include": number, "per_page": "1"}
        else:
            if not number:
                return None
            query = {"search": number, "per_page": str(_MATCHES)}
        found = await self._list(operation, query)
        return next((one for one in found if one.number == number and self._is_order(one)), None)

    def _is_order(self, found: WooOrder) -> bool:
        """Whether it is more than a basket or what was thrown away."""
        return found.status not in ("checkout-draft", "auto-draft", "trash")

    async def _list(self, operation: str, query: Mapping[str, str]) -> list[WooOrder]:
        return await self._ask(operation, "/orders", _ORDERS, {**query, "_fields": ORDER_FIELDS})

    async def _orders(self, found: Sequence[WooOrder], *, categories: bool = True) -> list[Order]:
        """Return what these orders mean."""
        ids = {line.product_id for one in found for line in one.line_items if line.product_id}
        by_product = await self._categories(sorted(ids)[:_PAGE]) if categories and ids else {}
        with _readable():
            return [meaning(one, by_product, self._settings, self._rules) for one in found]

    async def _categories(self, products: Sequence[int]) -> dict[int, list[str]]:
        """Return the categories of these products, by product; those deleted since have none."""
        query = {"include": ",".join(map(str, products)), "per_page": str(_PAGE)}
        query["_fields"] = ",".join(_Product.model_fields)
        found = await self._ask("categories", "/products", _CATEGORIES, query)
        return {one.id: [category.slug for category in one.categories] for one in found}

    async def _refunds(self, found: WooOrder) -> list[WooRefund]:
        query = {"per_page": str(_PAGE), "_fields": ",".join(WooRefund.model_fields)}
        return await self._ask("refund_status", f"/orders/{found.id}/refunds", _REFUNDS, query)

    async def _once(
        self,
        operation: str,
        number: str,
        wish: object,
        key: str,
        decide: Callable[[WooOrder, Order, datetime], _Decision],
        kind: type[Done],
    ) -> Done | Refused | NotFound:
        """Return what came of a wish when `key` was first given for the order, else do it now."""
        number, mark = order_number(number), mark_of(check_key(key))
        told = hashlib.sha256(repr((operation, number, wish)).encode("utf-8", "backslashreplace"))
        turn = self._turns.setdefault(number, asyncio.Lock())
        try:
            async with asyncio.timeout(_WHOLE_S), turn:
                kept = await self._kept_or_done(operation, number, mark, told.hexdigest(), decide)
        except TimeoutError:
            raise ShopUnavailable(
                f"The shop's WooCommerce needed more than {_WHOLE_S:g} seconds for a change; look"
                " at its load."
            ) from None
        if kept is None:
            return NotFound("order")
        if kept.wish != told.hexdigest() or not isinstance(kept.outcome, kind | Refused | NotFound):
            return Refused(Rule.KEY_REUSED)
        return kept.outcome

    async def _kept_or_done(
        self,
        operation: str,
        number: str,
        mark: str,
        told: str,
        decide: Callable[[WooOrder, Order, datetime], _Decision],
    ) -> Kept | None:
        found = await self._find(operation, number)
        if found is None:
            return None
        with _readable():
            kept = kept_as(found, mark)
        if kept is not None:
            if kept.wish == told and kept.note and not await self._is_noted(found, mark):
                await self._note(found, kept.note, mark)
            return kept
        (order,) = await self._orders([found])
        with _readable():
            decided = decide(found, order, self._clock())
        kept = replace(decided.kept, wish=told)
        field = {"key": mark, "value": KEPT.dump_json(kept).decode()}
        await self._ask(
            operation,
            f"/orders/{found.id}",
            _ID,
            method="PUT",
            body={**decided.change, "meta_data": [field]},
        )
        if kept.note:
            await self._note(found, kept.note, mark)
        return kept

    async def _is_noted(self, found: WooOrder, mark: str) -> bool:
        """Whether the staff's note was written: an answer may have been lost before it was."""
        notes = await self._ask("notes", f"/orders/{found.id}/notes", _NOTES)
        return any(_sign(mark) in one.note for one in notes)

    async def _note(self, found: WooOrder, text: str, mark: str) -> None:
        body = {"note": f"{text} {_sign(mark)}", "customer_note": False}
        path = f"/orders/{found.id}/notes"
        await self._ask("note", path, _NOTE, method="POST", body=body)

    async def _search(self, term: str, among: Mapping[str, str]) -> list[WooProduct]:
        query = {"search": term} if term else {}
        query |= {"status": "publish", "per_page": str(_FOUND), **among}
        query["_fields"] = PRODUCT_FIELDS
        return await self._ask("search_products", "/products", _PRODUCTS, query)

    async def _product(self, operation: str, sku: str) -> WooProduct | None:
        told = given_sku(sku)
        ours = order_id(told.removeprefix("id-")) if told.startswith("id-") else None
        if not told:
            return None
        query = {"include": ours} if ours else {"sku": told}
        query |= {"status": "publish", "per_page": "2", "_fields": PRODUCT_FIELDS}
        found = await self._ask(operation, "/products", _PRODUCTS, query)
        return next((one for one in found if ours == str(one.id) or one.sku == told), None)

    async def _sold(self, found: Sequence[WooProduct]) -> list[Product]:
        currency = await self._money()
        variations = await asyncio.gather(*(self._variations(one) for one in found))
        return [sold(one, its, currency) for one, its in zip(found, variations, strict=True)]

    async def _variations(self, product: WooProduct) -> list[WooVariation]:
        if product.type != "variable":
            return []
        query = {"per_page": str(_PAGE), "_fields": VARIATION_FIELDS}
        query |= {"orderby": "menu_order", "order": "asc", "status": "publish"}
        path = f"/products/{product.id}/variations"
        return await self._ask("variations", path, _VARIATIONS, query)

    async def _money(self) -> str:
        """Return the shop's currency, which products do not tell."""
        if self._currency is None:
            path = "/data/currencies/current"
            self._currency = (await self._ask("currency", path, _CURRENCY)).code
        return self._currency

    async def _ask(
        self,
        operation: str,
        path: str,
        shape: TypeAdapter[Shape],
        query: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: object = None,
    ) -> Shape:
        readers = {200: shape.validate_json, 201: shape.validate_json}
        return await self._remote.ask(operation, method, path, readers, query=query, body=body)


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what cannot be understood into a failure that tells nothing of it."""
    try:
        yield
    except ValueError:
        raise ShopUnavailable(
            f"The shop's WooCommerce answered what it must not; compare it with {CONTRACT}."
        ) from None


def _sign(mark: str) -> str:
    """Return what a note is known by."""
    return f"[{mark.strip('_')[:18]}]"


def _asked(text: str, telling: Sequence[str]) -> list[str]:
    """Return the telling words as the customer wrote them: a database knows no folded ones."""
    written = _WORD.findall(text[:LONGEST])
    found = [word for word in written if set(words(word)) & set(telling)]
    return [word for word in dict.fromkeys(found) if len(word) >= _SHORTEST_KNOWN][:_MOST_WORDS]


def _among(query: Query) -> dict[str, str]:
    """Return what a query says of prices, as WooCommerce is asked for it."""
    bounds = {"min_price": query.least, "max_price": query.most}
    among = {name: str(value) for name, value in bounds.items() if value is not None}
    if query.sorting or among:
        order = "desc" if query.sorting is Sorting.DEAREST else "asc"
        among |= {"orderby": "price", "order": order}
    return among


def _best(asked: Sequence[str], query: Query, found: Sequence[WooProduct]) -> list[WooProduct]:
    """Return products best first: of those that fit alike what is in stock, then by the price."""
    best = sorted(found, key=lambda one: one.stock_status != "instock")
    if asked:
        best = rank_products(" ".join(asked), best, _entry)
    if sorting := query.sorting:
        best.sort(key=lambda one: (one.stock_status != "instock", sorting.key(one.price or _FREE)))
    return best


def _without_case(word: str) -> str:
    """Return a word without what a short Turkish suffix, or an English plural, adds to it."""
    return word[: max(_STEM, len(word) - 2)]


def _stem(word: str) -> str:
    """Return how a word begins, whatever follows."""
    return word[:_STEM]


def _entry(product: WooProduct) -> Entry:
    categories = " ".join(one.slug.replace("-", " ") for one in product.categories)
    return entry(product.name, categories, product.short_description)


def _is_made_in(product: Product, size: str) -> bool:
    return any(size in sizes_of(one.name) for one in product.variants)
