"""How often a proof may be tried, and what is told of it."""

from collections.abc import Callable

import pytest

from shop.tries import LIMIT
from tests.actions.conversation import Conversation, Heard
from tests.actions.test_orders import ORDER
from tests.fakes.shop import FakeShop, FakeTries

Begin = Callable[..., Conversation]


@pytest.fixture(autouse=True)
def one_order(shop: FakeShop) -> None:
    shop.orders = [ORDER]


async def proves(customer: Conversation, number: str, proof: str) -> list[Heard]:
    """Have a proof of an order heard, and return what is said to it."""
    customer.remembers(order_number=number)
    customer.asks("order_proof")
    customer.hears(proof, "inform")
    return await customer.fills()


def somebody(begin: Begin, number: int) -> Conversation:
    customer = begin()
    customer.id = f"c-{number}"
    return customer


@pytest.mark.parametrize("number", ["10482", "99999"])
async def test_after_five_wrong_proofs_of_an_order_nobody_may_try_it(
    begin: Begin, shop: FakeShop, number: str
) -> None:
    for one in range(LIMIT):
        await proves(somebody(begin, one), number, "1111")
    customer = somebody(begin, 99)
    (heard,) = await proves(customer, number, "4821")
    assert len(shop.proofs) == LIMIT
    assert heard.text is not None
    assert heard.text.startswith("Güvenliğiniz için şu an yeni bir deneme yapamıyorum.")
    assert heard.buttons == [("Temsilciye bağlan", "/ask_human")]
    assert customer.slots["verified_order"] is None
    assert customer.slots["order_proof"] is None


async def test_after_five_wrong_proofs_in_a_conversation_none_is_tried_in_it(
    begin: Begin, shop: FakeShop
) -> None:
    customer = begin()
    for one in range(LIMIT):
        await proves(customer, f"9000{one}", "1111")
    await proves(customer, "10482", "4821")
    assert len(shop.proofs) == LIMIT
    assert customer.slots["verified_order"] is None
    await proves(somebody(begin, 2), "10482", "4821")
    assert len(shop.proofs) == LIMIT + 1


async def test_a_try_says_where_it_comes_from(begin: Begin, tries: FakeTries) -> None:
    customer = begin()
    customer.metadata = {"address": "a1b2"}
    await proves(customer, "10482", "1111")
    (tried,) = tries.counted.values()
    assert (tried.order, tried.conversation, tried.address) == ("10482", "c-1", "a1b2")


async def test_right_proofs_and_those_nobody_could_check_are_not_counted(
    begin: Begin, shop: FakeShop, tries: FakeTries
) -> None:
    await proves(somebody(begin, 1), "10482", "4821")
    shop.down = True
    await proves(somebody(begin, 2), "10482", "1111")
    assert tries.counted == {}


async def test_from_the_second_on_a_wrong_proof_ends_the_form(begin: Begin) -> None:
    customer = begin()
    heard = [await proves(customer, "10482", "1111") for _ in range(LIMIT)]
    offers = [[payload for _, payload in one.buttons] for (one,) in heard]
    assert offers == [[], *[["/inform", "/ask_human"]] * 4]
