"""Inventing customers and orders for the demo: the same ones each time, in the form of orders.yml.

Every date is a number of days before the day of seeding and lies at least one day back. Names,
addresses, numbers and carriers belong to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from shop.text import fold

Record = dict[str, Any]

CUSTOMERS = 90
_SEED = 6502
_FIRST_NUMBER = 50_000

_FATES = {
    "received": 30,
    "preparing": 34,
    "packed": 24,
    "shipped": 36,
    "late": 10,
    "overdue": 4,
    "waiting": 8,
    "delivered": 50,
    "kept": 34,
    "old": 4,
    "opened": 6,
    "sent": 5,
    "arrived": 5,
    "refunded": 5,
    "exchange": 5,
    "cancelled": 18,
    "cancelled_paid": 8,
    "returned": 12,
    "returned_paid": 10,
}
"""How many orders have which fate: a state, and how far along its return or refund is."""

_REASONS = (
    "changed_mind",
    "does_not_fit",
    "damaged",
    "defective",
    "wrong_item",
    "not_as_described",
)


@dataclass(frozen=True, slots=True)
class Invented:
    """Customers and orders as orders.yml has them."""

    customers: list[Record]
    orders: list[Record]


def invent(people: Record, products: Sequence[Record], taken_phones: Sequence[str]) -> Invented:
    """Return customers made of `people` (people.yml) and their orders of `products`.

    No phone ends in the digits of one that is taken.
    """
    random = Random(_SEED)
    customers = _customers(random, people, {phone[-4:] for phone in taken_phones})
    fates = [fate for fate, count in _FATES.items() for _ in range(count)]
    random.shuffle(fates)
    orders = []
    number = _FIRST_NUMBER
    for at, fate in enumerate(fates):
        number += random.randint(7, 90)
        customer = customers[at % len(customers)]
        orders.append(_Order(random, str(number), customer, products).with_fate(fate))
    return Invented(customers, orders)


def address(people: Record, name: str, city: str, number: str) -> Record:
    """Return an address in `city`, in the first town if that is unknown; one for each number."""
    random = Random(number)
    towns = people["towns"]
    district, city, postcode = next((town for town in towns if town[1] == city), towns[0])
    return {
        "recipient": name,
        "street": f"{random.choice(people['streets'])} {random.randint(1, 90)}",
        "district": district,
        "city": city,
        "postcode": postcode,
    }


def _customers(random: Random, people: Record, taken: set[str]) -> list[Record]:
    named = [
        (name, people[tongue])
        for tongue in ("turkish", "english")
        for name in people[tongue]["names"]
    ]
    free = [f"{four:04}" for four in range(10_000) if f"{four:04}" not in taken]
    customers = []
    for at, four in enumerate(random.sample(free, CUSTOMERS)):
        first, those = named[at % len(named)]
        name = f"{first} {random.choice(those['surnames'])}"
        customers.append(
            {
                "id": f"demo-{at + 1:03}",
                "name": name,
                "email": f"{fold(name).replace(' ', '.')}{at + 1}@example.com",
                "phone": f"+90555010{four}",
                "city": random.choice(people["towns"])[1],
            }
        )
    return customers


class _Order:
    """One order on its way to its fate."""

    def __init__(
        self, random: Random, number: str, customer: Record, products: Sequence[Record]
    ) -> None:
        self._random = random
        self._city = customer["city"]
        self._products = products
        self._order: Record = {
            "number": number,
            "customer": customer["id"],
            "city": customer["city"],
        }

    def with_fate(self, fate: str) -> Record:
        """Return the order as it is when `fate` (see _FATES) has come."""
        random, order = self._random, self._order
        match fate:
            case "received" | "preparing" | "packed":
                least = {"received": 1, "preparing": 1, "packed": 2}[fate]
                self._place(random.randint(least, least + 2), fate)
            case "shipped":
                self._place(random.randint(2, 5), fate)
                self._ship(on_the_way=True)
            case "late" | "waiting":
                self._place(random.randint(7, 9), "shipped")
                self._ship(on_the_way=True, waiting=fate == "waiting")
            case "overdue":
                self._place(random.randint(32, 40), "shipped")
                self._ship(on_the_way=True)
            case "cancelled" | "cancelled_paid":
                placed = random.randint(3, 12) if fate == "cancelled" else random.randint(20, 60)
                self._place(placed, "cancelled")
                order["cancelled"] = [placed - 1, self._clock()]
                if fate == "cancelled_paid":
                    order["refunded"] = [placed - 8, self._clock()]
            case "returned" | "returned_paid":
                self._return_all(paid=fate == "returned_paid")
            case _:
                self._deliver(fate)
        return order

    def _place(self, days: int, status: str) -> None:
        self._order |= {
            "placed": [days, self._clock(8, 14)],
            "status": status,
            "lines": [self._line(product) for product in self._choose()],
        }

    def _choose(self) -> list[Record]:
        return self._random.sample(list(self._products), self._random.choice((1, 1, 1, 2, 2, 3)))

    def _line(self, product: Record) -> list[Any]:
        quantity = self._random.choice((1, 1, 1, 1, 2, 3))
        variants: int | Mapping[str, int] = product["stock"]
        if isinstance(variants, int):
            return [quantity, product["sku"]]
        return [quantity, product["sku"], self._random.choice(list(variants))]

    def _ship(self, *, on_the_way: bool = False, waiting: bool = False) -> None:
        """Send the order the day after it was placed, a step a day."""
        random, order = self._random, self._order
        placed = order["placed"][0]
        carrier = random.choice(("turna", "marti"))
        steps = [
            ("accepted", "İstanbul", (15, 18)),
            ("departed", "İstanbul", (1, 4)),
            ("arrived", self._city, (7, 10)),
        ]
        if waiting:
            steps += [("out_for_delivery", self._city, (8, 9)), ("not_home", self._city, (13, 17))]
            steps += [("waiting", self._city, (14, 18))]
        elif not on_the_way:
            steps += [("out_for_delivery", self._city, (8, 9)), ("delivered", self._city, (11, 18))]
        events = []
        day = placed
        for status, place, (earliest, latest) in steps:
            day -= status not in ("not_home", "delivered")  # the same day as out_for_delivery
            if day < 1:
                break
            events.append([day, self._clock(earliest, latest), status, place])
        order["shipment"] = {
            "carrier": carrier,
            "tracking": f"{carrier[:3].upper()}{random.randint(10_000_000, 99_999_999)}",
            "expected": placed - 4,
            "events": events,
        }

    def _deliver(self, fate: str) -> None:
        """Deliver it on the fourth day, and begin a return where that is its fate."""
        random, order = self._random, self._order
        delivered = {
            "delivered": (1, 14),
            "kept": (15, 200),
            "old": (735, 760),  # its warranty is over
            "opened": (3, 10),
            "sent": (5, 12),
            "arrived": (10, 20),
            "refunded": (25, 60),
            "exchange": (6, 12),
        }[fate]
        day = random.randint(*delivered)
        self._place(day + 4, "delivered")
        self._ship()
        if fate in ("opened", "sent", "arrived", "refunded", "exchange"):
            order["returns"] = [self._return(fate, day)]

    def _return(self, fate: str, delivered: int) -> Record:
        """Return one piece of the first line, so far as `fate` says."""
        random, order = self._random, self._order
        opened = delivered - random.randint(1, 2)
        back: Record = {
            "reason": random.choice(_REASONS),
            "handover": random.choice(("pick_up", "drop_off")),
            "items": [[0, 1]],
            "opened": [opened, self._clock()],
        }
        if fate == "exchange":
            (_, sku, *variant), *_ = order["lines"]
            stock = next(one["stock"] for one in self._products if one["sku"] == sku)
            others = [other for other in stock if other not in variant] if variant else []
            if not others:  # nothing to choose between: the shop sends a faultless one
                back["reason"] = "defective"
            back["exchange_for"] = random.choice(others) if others else (variant or ["-"])[0]
        if fate in ("sent", "arrived", "refunded"):
            back["sent"] = [opened - 1, self._clock()]
        if fate in ("arrived", "refunded"):
            back["arrived"] = [opened - 3, self._clock()]
        if fate == "refunded":
            back["refunded"] = [opened - 8, self._clock()]
        return back

    def _return_all(self, *, paid: bool) -> None:
        random, order = self._random, self._order
        day = random.randint(26, 60) if paid else random.randint(10, 20)
        self._place(day + 4, "returned")
        self._ship()
        sent, arrived = day - 3, day - 6
        order["shipment"]["events"] += [
            [sent, self._clock(11, 14), "sent_back", self._city],
            [arrived, self._clock(10, 16), "returned", "İstanbul"],
        ]
        if paid:
            order["refunded"] = [arrived - 5, self._clock()]

    def _clock(self, earliest: int = 9, latest: int = 17) -> str:
        return f"{self._random.randint(earliest, latest):02}:{self._random.randint(0, 59):02}"
