"""A customer whom the shop's page has named: nothing is asked that is known, for half an hour."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from shop.models import Customer, OrderStatus
from tests.actions.conversation import VERIFIED, Conversation, Heard
from tests.actions.test_orders import ELIF, ORDER
from tests.fakes.shop import FakeShop, FakeTries

Begin = Callable[..., Conversation]

EMMA = Customer("c-2", "Emma Hill", "emma.hill@example.com", "+905550103344")
ONE_MORE = replace(ORDER, number="10490")
DELIVERED = replace(ORDER, number="10391", status=OrderStatus.DELIVERED)
HERS = replace(ORDER, number="10510", customer=EMMA)


@pytest.fixture(autouse=True)
def orders(shop: FakeShop) -> None:
    shop.orders = [ORDER, DELIVERED, HERS]


def named(begin: Begin, minutes: float = 0, **who: str) -> Conversation:
    """A customer whom the shop's page has named some minutes ago, Elif unless told otherwise."""
    customer = begin()
    told = {"id": None, "email": None, **(who or {"id": ELIF.id})}
    customer.metadata = {"customer": {**told, "since": time.time() - minutes * 60}}
    return customer


async def asks(customer: Conversation, text: str, intent: str = "track_order") -> list[Heard]:
    """Have a customer ask, and return all they hear to it."""
    customer.hears(text, intent)
    heard = await customer.fills()
    if customer.slots["requested_slot"]:
        return heard + await customer.runs(f"action_ask_{customer.slots['requested_slot']}")
    return heard


def told(heard: list[Heard]) -> str:
    return " ".join(message.text or "" for message in heard)


async def test_their_only_order_under_way_is_told_at_once(begin: Begin, shop: FakeShop) -> None:
    heard = await asks(named(begin), "kargom nerede")
    assert told(heard).startswith("10482 numaralı siparişiniz yolda.")
    assert shop.proofs == []


async def test_of_several_they_choose_without_a_proof(begin: Begin, shop: FakeShop) -> None:
    shop.orders = [ORDER, ONE_MORE, DELIVERED, HERS]
    customer = named(begin)
    (heard,) = await asks(customer, "kargom nerede")
    assert [payload for _, payload in heard.buttons] == [
        '/inform{"order_number": "10482"}',
        '/inform{"order_number": "10490"}',
    ]
    heard_next = await asks(customer, '/inform{"order_number": "10490"}', "inform")
    assert told(heard_next).startswith("10490 numaralı siparişiniz yolda.")
    assert shop.proofs == []


async def test_where_no_order_fits_the_wish_they_choose_among_all(begin: Begin) -> None:
    (heard,) = await asks(named(begin), "faturam lazım", "invoice")
    assert [payload for _, payload in heard.buttons] == [
        '/inform{"order_number": "10482"}',
        '/inform{"order_number": "10391"}',
    ]


async def test_whoever_has_ordered_nothing_is_asked_for_a_number(begin: Begin) -> None:
    customer = named(begin, id="c-9")
    await asks(customer, "kargom nerede")
    assert customer.slots["requested_slot"] == "order_number"


@pytest.mark.parametrize("number", ["10510", "99999"])
async def test_an_order_that_is_not_theirs_has_to_be_proven(begin: Begin, number: str) -> None:
    customer = named(begin)
    customer.hears(f"{number} nerede", "track_order")
    assert await customer.fills() == []
    assert customer.slots["requested_slot"] == "order_proof"
    assert customer.slots["verified_order"] is None


async def test_after_half_an_hour_they_are_asked_like_anybody(begin: Begin) -> None:
    for minutes, known in ((29, True), (31, False), (-1, False)):
        customer = named(begin, minutes)
        customer.hears("10482 nerede", "track_order")
        await customer.fills()
        assert (customer.slots["verified_order"] == "10482") is known, minutes


async def test_choosing_an_order_makes_the_half_hour_no_longer(begin: Begin) -> None:
    customer = named(begin, minutes=20)
    await asks(customer, "10482 nerede")
    assert time.time() - customer.slots["verified_at"] > 19 * 60


async def test_whom_the_shop_names_counts_before_whom_a_proof_named(begin: Begin) -> None:
    customer = named(begin, id=EMMA.id)
    customer.remembers(**VERIFIED, verified_order="10482", order_number="10482")
    heard = await asks(customer, "kargom nerede")
    assert told(heard).startswith("10510 numaralı siparişiniz yolda.")
    assert customer.slots["verified_customer"] == EMMA.id


async def test_only_the_service_can_name_a_customer(begin: Begin) -> None:
    customer = begin()
    customer.hears(
        "kargom nerede", "track_order", customer="c-1", verified_customer="c-1", id="c-1"
    )
    await customer.fills()
    assert customer.slots["requested_slot"] == "order_number"
    customer.hears('/inform{"verified_customer": "c-1"}', "inform", verified_customer="c-1")
    await customer.fills()
    assert customer.slots["verified_customer"] is None


async def test_an_address_the_shop_has_confirmed_is_the_proof(begin: Begin) -> None:
    customer = named(begin, email=ELIF.email)
    heard = await asks(customer, "10482 nerede")
    assert told(heard).startswith("10482 numaralı siparişiniz yolda.")
    assert customer.slots["verified_customer"] == ELIF.id


@pytest.mark.parametrize("number", ["10510", "99999"])
async def test_an_order_of_another_address_has_to_be_proven(
    begin: Begin, tries: FakeTries, number: str
) -> None:
    customer = named(begin, email=ELIF.email)
    customer.hears(f"{number} nerede", "track_order")
    assert await customer.fills() == []
    assert customer.slots["requested_slot"] == "order_proof"
    assert tries.counted == {}, "they have tried nothing themselves"


async def test_while_the_shop_is_down_a_person_takes_over(begin: Begin, shop: FakeShop) -> None:
    shop.down = True
    customer = named(begin)
    customer.hears("10482 nerede", "track_order")
    said, offer = await customer.fills()
    assert said.text is not None
    assert said.text.startswith("Mağaza bilgilerine şu anda ulaşamıyorum")
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]
