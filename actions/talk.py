"""One message of a customer as an action sees it, and what it can say to it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import Event, Turn, turns
from actions.wording import Domain, sentence
from shop.base import Shop
from shop.models import Order
from shop.wording import Language

Button = dict[str, str]
"""`title` and `payload`."""
VERIFIED_FOR = 30 * 60
"""Seconds for which a customer counts as verified."""


@dataclass(frozen=True, slots=True)
class Named:
    """A customer by their id in the shop or their e-mail address; since when, in seconds."""

    customer: str | None
    email: str | None
    since: float


class Talk:
    """The conversation up to the message being answered."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> None:
        self._dispatcher = dispatcher
        self._tracker = tracker
        self.domain = domain
        self._proven: Order | None = None

    @property
    def language(self) -> Language:
        """The language to answer in; Turkish unless the channel has set another."""
        return "en" if self.slot("language") == "en" else "tr"

    @property
    def intent(self) -> str | None:
        """What the message means."""
        intent: str | None = (self._tracker.latest_message.get("intent") or {}).get("name")
        return intent

    @property
    def confidence(self) -> float:
        """How sure that meaning is, from 0 to 1."""
        return (self._tracker.latest_message.get("intent") or {}).get("confidence") or 0.0

    @property
    def text(self) -> str:
        """The message as written; a button's payload begins with "/"."""
        return self._tracker.latest_message.get("text") or ""

    @property
    def is_command(self) -> bool:
        """Whether a button was pressed."""
        return self.history[-1].is_command

    @property
    def conversation_id(self) -> str:
        """The conversation's id."""
        return str(self._tracker.sender_id)

    @property
    def client_address(self) -> str:
        """Where the customer writes from, as a digest; "" where the service does not say."""
        return str(self.history[-1].metadata.get("address") or "")

    @cached_property
    def named_by_shop(self) -> Named | None:
        """Whom the shop's page has named as the customer, while that holds."""
        told = self.history[-1].metadata.get("customer")
        if not told or not _holds(told["since"]):
            return None
        return Named(told["id"], told["email"], told["since"])

    @property
    def takes_photos(self) -> bool:
        """Whether the customer's channel can take pictures from them."""
        return self.history[-1].metadata.get("photos") is True

    @property
    def verified_customer(self) -> str | None:
        """The id of the customer, on the shop's word or by an order they proved, while it holds."""
        if self.named_by_shop and self.named_by_shop.customer:
            return self.named_by_shop.customer
        return self.slot("verified_customer") if _holds(self.slot("verified_at")) else None

    @property
    def verified_since(self) -> float | None:
        """Since when `verified_customer` is known, in seconds since 1970."""
        if self.named_by_shop and self.named_by_shop.customer:
            return self.named_by_shop.since
        since: float | None = self.slot("verified_at")
        return since if _holds(since) else None

    @property
    def verified_order(self) -> str | None:
        """The order the verified customer has spoken of last."""
        customer = self.verified_customer
        theirs = customer is not None and customer == self.slot("verified_customer")
        return self.slot("verified_order") if theirs else None

    @property
    def message_id(self) -> str:
        """The message's id, the same when it is answered again."""
        return self.history[-1].message_id

    @property
    def events(self) -> Sequence[Event]:
        """All that has happened, oldest first."""
        events: list[dict[str, Any]] = self._tracker.events
        return events

    @cached_property
    def history(self) -> Sequence[Turn]:
        """The turns, oldest first; the last is the one being answered."""
        return turns(self.events)

    @property
    def angry(self) -> bool:
        """Whether the message shows anger; an acknowledgement then stands before the answer."""
        return self.history[-1].sets("frustrations")

    @property
    def asked_slot(self) -> str | None:
        """The slot the active form has asked for."""
        return self.slot("requested_slot") if self._tracker.active_loop_name else None

    @property
    def active_form(self) -> str | None:
        """The form that is being filled."""
        name: str | None = self._tracker.active_loop_name
        return name

    def entity(self, name: str) -> Any:
        """Return the value a pressed button carries, None when it carries none of that name."""
        entities = self._tracker.latest_message.get("entities") or ()
        values = (entity["value"] for entity in entities if entity["entity"] == name)
        return next(values, None) if self.is_command else None

    def slot(self, name: str) -> Any:
        """Return a slot's value, None when it is not set."""
        return self._tracker.get_slot(name)

    def proves(self, order: Order, since: float | None = None) -> dict[str, Any]:
        """Return the slots that say `order` is the customer's, who was verified at `since` or now.

        What else answers this message needs not ask the shop for it again.
        """
        self._proven = order
        return {
            "order_proof": "proven",
            "order_number": order.number,
            "verified_order": order.number,
            "verified_customer": order.customer.id,
            "verified_at": since or time.time(),
        }

    async def read_verified_order(self, shop: Shop) -> Order | None:
        """Return `verified_order` as `shop` knows it. May raise ShopUnavailable."""
        number = self.verified_order
        if self._proven and self._proven.number == number:
            return self._proven
        return await shop.find_order(number) if number else None

    def leaves_form(self, filled: Mapping[str, Any]) -> None:
        """Go on as if the active form had been filled with these slots, and had ended."""
        self._tracker.slots |= {**filled, "requested_slot": None}
        self._tracker.active_loop = {}

    def sentence(self, name: str, **values: object) -> str:
        """Return the text of response `name` with `values` put in its places."""
        return sentence(self.domain, name, self.language, **values)

    def button(self, intent: str) -> Button:
        """Return the button that stands for `intent`, with its title from the domain."""
        return {"title": self.sentence(f"utter_title_{intent}"), "payload": f"/{intent}"}

    def say(self, response: str, buttons: Sequence[Button] = (), **values: object) -> None:
        """Say response `response`, with `buttons` after its own."""
        self._dispatcher.utter_message(response=response, buttons=list(buttons), **values)

    def say_lines(
        self, lines: Sequence[str], buttons: Sequence[Button] = (), image: str | None = None
    ) -> None:
        """Say sentences of the domain as one message, a line each."""
        self._dispatcher.utter_message(text="\n".join(lines), buttons=list(buttons), image=image)

    def ask_service(self, request: dict[str, Any]) -> None:
        """Send the service a request beside what is said."""
        self._dispatcher.utter_message(json_message=request)


def _holds(since: float | None) -> bool:
    return since is not None and 0 <= time.time() - since <= VERIFIED_FOR
