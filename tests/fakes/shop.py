"""A shop in memory that can go down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shop.errors import ShopUnavailable
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
)
from shop.rulebook import LEGAL, Rules
from shop.tries import LIMIT, Tries, Try

_UNKNOWN = NotFound("order")


class FakeTries(Tries):
    """Counts wrong proofs in memory, of orders and of conversations alone."""

    def __init__(self) -> None:
        self.counted: dict[str, Try] = {}

    async def admit(self, one: Try) -> bool:
        others = [told for told in self.counted.values() if told.id != one.id]
        for name in ("order", "conversation"):
            if sum(getattr(told, name) == getattr(one, name) for told in others) >= LIMIT:
                return False
        self.counted[one.id] = one
        return True

    async def forgive(self, one: Try) -> None:
        self.counted.pop(one.id, None)


@dataclass
class FakeShop:
    """Answers from the lists it is given; `down` makes every method raise ShopUnavailable.

    What would change something answers the outcome it is given, and is noted in `wishes`.
    """

    orders: Sequence[Order] = ()
    products: Sequence[Product] = ()
    articles: Sequence[Article] = ()
    down: bool = False
    lost: bool = False
    """Whether what is to be changed is noted, and its answer lost on the way."""
    rules: Rules = LEGAL
    cancelled: Cancelled | Refused | NotFound = _UNKNOWN
    return_opened: ReturnOpened | Refused | NotFound = _UNKNOWN
    exchange_opened: ExchangeOpened | Refused | NotFound = _UNKNOWN
    address_changed: AddressChanged | Refused | NotFound = _UNKNOWN
    invoice: Invoice | Refused | NotFound = _UNKNOWN
    refunds: Sequence[Refund] = ()
    offers: Sequence[Campaign] = ()
    wishes: list[tuple[object, ...]] = field(default_factory=list)
    """What was to be changed: the method's name, its arguments, and the key last."""
    proofs: list[tuple[str, str]] = field(default_factory=list)
    """What was tried as a proof: order number and factor."""
    looked_up: list[str] = field(default_factory=list)
    """The orders that were asked for by their number alone."""
    searches: list[str] = field(default_factory=list)
    """What products were searched with."""
    questions: list[tuple[str | None, str]] = field(default_factory=list)
    """What articles were asked for: topic and text."""

    async def find_order(self, number: str) -> Order | None:
        self.looked_up.append(number)
        return await self._order(number)

    async def _order(self, number: str) -> Order | None:
        await self.check()
        return next((order for order in self.orders if order.number == number), None)

    async def prove_order(self, number: str, factor: str) -> Order | None:
        order = await self._order(number)
        self.proofs.append((number, factor))
        if order is None:
            return None
        proofs = {order.customer.email.lower(), order.customer.phone[-4:]}
        return order if factor.lower() in proofs else None

    async def own_order(self, number: str, customer_id: str) -> Order | None:
        order = await self._order(number)
        return order if order and order.customer.id == customer_id else None

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        await self.check()
        return [order for order in self.orders if order.customer.id == customer_id][:limit]

    async def cancel_order(self, number: str, *, key: str) -> Cancelled | Refused | NotFound:
        await self._note("cancel_order", number, key)
        return self.cancelled

    async def request_return(
        self,
        number: str,
        items: Sequence[ReturnItem],
        *,
        reason: Reason,
        handover: Handover,
        key: str,
    ) -> ReturnOpened | Refused | NotFound:
        await self._note("request_return", number, tuple(items), reason, handover, key)
        return self.return_opened

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
        await self._note("exchange", number, item, variant, reason, handover, key)
        return self.exchange_opened

    async def change_address(
        self, number: str, address: Address, *, key: str
    ) -> AddressChanged | Refused | NotFound:
        await self._note("change_address", number, address, key)
        return self.address_changed

    async def refund_status(self, number: str) -> list[Refund]:
        await self.check()
        return [refund for refund in self.refunds if refund.order_number == number]

    async def invoice_link(self, number: str) -> Invoice | Refused | NotFound:
        await self.check()
        return self.invoice

    async def stock(self, sku: str, variant: str | None = None) -> int | None:
        product = await self._product(sku)
        if product is None or variant is None:
            return product.stock if product else None
        return next((one.stock for one in product.variants if one.name == variant), None)

    async def price(self, sku: str) -> Price | None:
        product = await self._product(sku)
        return Price(product.price, product.currency) if product else None

    async def campaigns(self) -> list[Campaign]:
        await self.check()
        return list(self.offers)

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:
        await self.check()
        self.searches.append(text)
        words = set(text.lower().split())
        return [
            product
            for product in self.products
            if words & set(product.name.in_(language).lower().split())
        ][:limit]

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        await self.check()
        self.questions.append((topic, text))
        asked = set(text.lower().split())
        return [
            article
            for article in self.articles
            if article.language == language
            and (
                asked & set(article.title.lower().split())
                if topic is None
                else article.topic == topic
            )
        ][:limit]

    async def article(self, slug: str, language: str) -> list[Article]:
        await self.check()
        return [one for one in self.articles if (one.slug, one.language) == (slug, language)]

    async def check(self) -> None:
        if self.down:
            raise ShopUnavailable("The shop is down for a test.")

    async def _product(self, sku: str) -> Product | None:
        await self.check()
        return next((product for product in self.products if product.sku == sku), None)

    async def _note(self, *wish: object) -> None:
        await self.check()
        self.wishes.append(wish)
        if self.lost:
            raise ShopUnavailable("The answer was lost for a test.")
