"""The interface every shop fulfils, whatever its data lies in.

**Failures.** Every method raises `ShopUnavailable` when the shop's system cannot be asked or its
answer cannot be understood, and nothing else: what the shop's rules forbid is an answer.

**Who is asking.** No method but `prove_order` and `own_order` knows; callers have proved it before.

**Repeating.** The four that change something take a `key` of 1 to 200 characters that the caller
makes up once for one wish of one customer. The same key again gives the same outcome and changes
nothing, even at the same moment, in another process or years later; so after `ShopUnavailable`,
which leaves open whether the change was made, asking again with the same key is safe. A key given
before with another request is refused (`Rule.KEY_REUSED`).
"""

from collections.abc import Sequence
from typing import Protocol

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
from shop.rulebook import Rules


class Shop(Protocol):
    """A shop's orders, products and articles."""

    @property
    def rules(self) -> Rules:
        """The shop's rules, as they were when it was opened."""

    async def find_order(self, number: str) -> Order | None:
        """The order with this number. For callers that have already proved who is asking."""

    async def prove_order(self, number: str, factor: str) -> Order | None:
        """The order, if `factor` belongs to it.

        `factor` is the order's e-mail address (in any case) or the last four digits of its phone,
        however spaced. "No such order" and "wrong factor" are both None and cost the same work.
        """

    async def own_order(self, number: str, customer_id: str) -> Order | None:
        """The order, if it is this customer's.

        "No such order" and "somebody else's" are both None and cost the same work.
        """

    async def orders_of_customer(self, customer_id: str, limit: int = 20) -> list[Order]:
        """This customer's orders, newest first."""

    async def cancel_order(self, number: str, *, key: str) -> Cancelled | Refused | NotFound:
        """Cancel the whole order, give its goods back to stock and begin the refund."""

    async def request_return(
        self,
        number: str,
        items: Sequence[ReturnItem],
        *,
        reason: Reason,
        handover: Handover,
        key: str,
    ) -> ReturnOpened | Refused | NotFound:
        """Open a return of `items`: all of them, or none if one is refused."""

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
        """Open an exchange of `item` for `variant` of the same product, and keep that in stock."""

    async def change_address(
        self, number: str, address: Address, *, key: str
    ) -> AddressChanged | Refused | NotFound:
        """Send the order to `address`."""

    async def refund_status(self, number: str) -> list[Refund]:
        """The order's refunds, newest first; none when no money goes back or there is no order."""

    async def invoice_link(self, number: str) -> Invoice | Refused | NotFound:
        """Where the customer opens the order's invoice."""

    async def search_products(self, text: str, language: str, limit: int = 3) -> list[Product]:
        """Products a customer's sentence speaks of, best first; none when it names nothing sold.

        Bounds on the price ("50 TL altı", "between 100 and 200") always hold. A size ("42 numara",
        "L beden") holds as long as one of the products named is made in it. Of two that fit alike,
        one in stock comes first; of those in stock the cheapest or the dearest, where that is
        asked for ("en ucuz kupa").
        """

    async def stock(self, sku: str, variant: str | None = None) -> int | None:
        """Pieces in stock, of all variants together without `variant`; None: not sold."""

    async def price(self, sku: str) -> Price | None:
        """What the product costs now; None: not sold."""

    async def campaigns(self) -> list[Campaign]:
        """The offers that run today, those that end first first."""

    async def find_articles(
        self, topic: str | None, text: str, language: str, limit: int = 1
    ) -> list[Article]:
        """The best passage of each article that answers `text`, best first.

        With a `topic`, its articles only, and its first one if `text` fits none of them.
        Without, only articles that `text` really speaks of. An article that is missing in
        `language` is answered in the other; its own says so.
        """

    async def article(self, slug: str, language: str) -> list[Article]:
        """All passages of a published article in order, none where there is no such article."""

    async def check(self) -> None:
        """Return if the shop can be read now."""
