"""How the order form follows a customer: their wish, their slips and their changes of mind."""

from collections.abc import Callable

import pytest

from tests.actions.conversation import VERIFIED, Conversation
from tests.actions.test_orders import ORDER
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]


@pytest.fixture(autouse=True)
def one_order(shop: FakeShop) -> None:
    shop.orders = [ORDER]


async def begun(begin: Begin, text: str = "iptal", intent: str = "cancel_order") -> Conversation:
    customer = begin()
    customer.hears(text, intent)
    await customer.fills()
    return customer


async def test_the_wish_is_remembered_and_introduced_once(begin: Begin) -> None:
    customer = begin()
    customer.hears("iptal etmek istiyorum", "cancel_order")
    (said,) = await customer.fills()
    assert said.text == "Siparişinizi paketlenene kadar iptal edebiliriz, hemen bakalım."
    assert customer.slots["wish"] == "cancel_order"
    customer.hears("iptal edin dedim", "cancel_order")
    assert await customer.fills() == []
    assert customer.slots["requested_slot"] == "order_number"


async def test_another_wish_takes_the_place_of_the_first(begin: Begin) -> None:
    customer = await begun(begin)
    customer.hears("yok ya adresi değiştirelim", "change_address")
    (said,) = await customer.fills()
    assert said.text is not None
    assert said.text.startswith("Teslimat adresini")
    assert customer.slots["wish"] == "change_address"


async def test_another_wish_with_a_number_counts_as_both(begin: Begin) -> None:
    customer = await begun(begin)
    customer.hears("10482'yi iade edeyim", "return_item")
    await customer.fills()
    assert customer.slots["wish"] == "return_item"
    assert customer.slots["requested_slot"] == "order_proof"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("iade nasıl oluyor", "return_item"),
        ("vazgeçtim", "deny"),
        ("kargo ne kadar", "shipping_info"),
        ("teşekkürler", "thank"),
        ("şikayetim var", "complaint"),
    ],
)
async def test_what_a_rule_answers_is_left_to_it(begin: Begin, text: str, intent: str) -> None:
    customer = await begun(begin)
    before = dict(customer.slots)
    customer.hears(text, intent)
    assert await customer.fills() == []
    assert customer.slots == before


async def test_a_no_that_names_another_order_corrects_it(begin: Begin) -> None:
    customer = await begun(begin, "10483 iptal")
    customer.hears("hayır 10483 değil 10482", "deny")
    await customer.fills()
    assert customer.slots["order_number"] == "10482"


async def test_a_no_that_names_the_same_order_is_a_no(begin: Begin) -> None:
    customer = await begun(begin, "10482 iptal")
    before = dict(customer.slots)
    customer.hears("hayır 10482 iptal olmasın", "deny")
    await customer.fills()
    assert customer.slots == before


@pytest.mark.parametrize("early", ["elif.aydin@example.com", "telefonumun sonu 4821"])
async def test_a_proof_told_before_the_number_is_not_asked_again(begin: Begin, early: str) -> None:
    customer = await begun(begin)
    customer.hears(early, "inform")
    assert await customer.fills() == []
    assert customer.slots["requested_slot"] == "order_number"
    customer.hears("10482", "inform")
    await customer.fills()
    assert customer.slots["verified_order"] == "10482"


async def test_a_proof_that_was_wrong_is_not_tried_again(begin: Begin, shop: FakeShop) -> None:
    customer = await begun(begin)
    for text in ("wrong@example.com", "10482", "10482"):
        customer.hears(text, "inform")
        await customer.fills()
    assert shop.proofs == [("10482", "wrong@example.com")]
    assert customer.slots["requested_slot"] == "order_proof"


async def test_after_a_wrong_proof_an_order_proven_before_is_not_told_in_its_place(
    begin: Begin,
) -> None:
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_number="10482")
    for text, intent in (("10391 nerede", "track_order"), ("0000", "inform"), ("hm", "thank")):
        customer.hears(text, intent)
        await customer.fills()
    assert customer.slots["order_proof"] is None
    assert customer.slots["requested_slot"] == "order_number"


@pytest.mark.parametrize("text", ["15000 TL verdim", "₺25,000 ödedim", "12500 dolar tuttu"])
async def test_a_sum_is_no_order_number(begin: Begin, text: str) -> None:
    customer = await begun(begin, text, "delivery_problem")
    assert customer.slots["order_number"] is None


async def test_a_bare_value_serves_the_wish_that_was_offered(begin: Begin) -> None:
    customer = begin()
    customer.hears("iade", "return_item")
    customer.remembers(wish="return_item")
    customer.hears("10482", "inform")
    await customer.fills()
    assert customer.slots["wish"] == "return_item"


@pytest.mark.parametrize("declined", [True, False])
async def test_a_bare_value_is_looked_up_when_nothing_is_wanted(
    begin: Begin, declined: bool
) -> None:
    customer = begin()
    if declined:
        customer.hears("iade", "return_item")
        customer.remembers(wish="return_item")
        customer.hears("hayır", "deny")
    customer.hears("10482", "inform")
    await customer.fills()
    assert customer.slots["wish"] == "track_order"


async def test_an_outcry_is_no_other_wish(begin: Begin) -> None:
    customer = await begun(begin)
    customer.hears("yeter artık", "complaint")
    customer.remembers(frustrations=1)
    assert await customer.fills() == []
    assert customer.slots["wish"] == "cancel_order"
    assert customer.slots["requested_slot"] == "order_number"


async def test_nothing_is_said_twice_to_an_angry_customer(begin: Begin) -> None:
    customer = begin()
    customer.hears("REZALET kargom gelmedi", "delivery_problem")
    customer.remembers(frustrations=1)
    assert await customer.fills() == []
    assert customer.slots["wish"] == "delivery_problem"


async def test_what_completes_the_form_is_answered_at_once(begin: Begin) -> None:
    customer = begin()
    customer.remembers(order_number="10482")
    customer.asks("order_proof")
    customer.hears("4821", "inform")
    (said,) = await customer.fills()
    assert said.text is not None
    assert said.text.startswith("10482 numaralı siparişiniz")
    assert customer.slots["requested_slot"] is None
    assert customer.slots["order_proof"] is None
    assert customer.followed_by == "action_listen"
