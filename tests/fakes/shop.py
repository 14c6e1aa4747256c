"""A shop in memory that can go down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shop.errors import ShopUnavailable
from shop.models import Article, Order, Product


@dataclass
class FakeShop:
    """Answers from the lists it is given; `down` makes every method raise ShopUnavailable."""

    orders: Sequence[Order] = ()
    products: Sequence[Product] = ()
    articles: Sequence[Article] = ()
    down: bool = False
    proofs: list[tuple[str, str]] = field(default_factory=list)
    """What was tried as a proof: order number and factor."""
    searches: list[str] = field(default_factory=list)
    """What products were searched with."""
    questions: list[tuple[str | None, str]] = field(default_factory=list)
    """What articles were asked for: topic and text."""

    async def find_order(self, number: str) -> Order | None:
        await self.check()
        return next((order for order in self.orders if order.number == number), None)

    async def prove_order(self, number: str, factor: str) -> Order | None:
        order = await self.find_order(number)
        self.proofs.append((number, factor))
        if order is None:
            return None
        proofs = {order.customer.email.lower(), order.customer.phone[-4:]}
        return order if factor.lower() in proofs else None

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        await self.check()
        return [order for order in self.orders if order.customer.id == customer_id][:limit]

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

    async def check(self) -> None:
        if self.down:
            raise ShopUnavailable("The shop is down for a test.")
