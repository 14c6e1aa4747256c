"""The interface every shop fulfils, whatever its data lies in."""

from typing import Protocol

from shop.models import Article, Order, Product


class Shop(Protocol):
    """Reads orders, products and articles. Every method raises `ShopUnavailable`."""

    async def find_order(self, number: str) -> Order | None:
        """The order with this number. For callers that have already proved who is asking."""

    async def prove_order(self, number: str, factor: str) -> Order | None:
        """The order, if `factor` belongs to it.

        `factor` is the order's e-mail address (in any case) or the last four digits of its phone,
        however spaced. "No such order" and "wrong factor" are both None and cost the same work.
        """

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        """This customer's orders, newest first."""

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:
        """Products a customer's sentence speaks of, best first; none when it names nothing sold.

        Of two that fit alike, one in stock comes first.
        """

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """Articles in `language` that answer `text`, best first.

        With a `topic`, its articles only, and its first one if `text` fits none of them.
        Without, only articles that `text` really speaks of.
        """

    async def check(self) -> None:
        """Return if the shop can be read now."""
