from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from shop.clock import shop_day
from shop.models import Customer, Order, OrderStatus, Shipment, ShipmentEvent, Text
from tests.actions.conversation import VERIFIED, Conversation, Heard
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]

ELIF = Customer("c-1", "Elif Aydın", "elif.aydin@example.com", "+905550104821")
NOW = datetime.now(UTC)
TODAY = shop_day(NOW)
SHIPMENT = Shipment(
    carrier="Turna Kargo",
    tracking_number="TRN48210482",
    tracking_url="https://turna.example.com/takip/TRN48210482",
    expected_at=TODAY + timedelta(days=1),
    delivered_at=None,
    events=(
        ShipmentEvent(NOW - timedelta(days=2), Text("Kargoya verildi", "Handed over"), None),
        ShipmentEvent(NOW, Text("Dağıtıma çıktı", "Out for delivery"), "Ankara"),
    ),
)
ORDER = Order(
    number="10482",
    customer=ELIF,
    placed_at=NOW - timedelta(days=4),
    status=OrderStatus.SHIPPED,
    total=Decimal("349.90"),
    currency="TRY",
    lines=(),
    shipment=SHIPMENT,
)
NOT_PROVEN = "Bu bilgilerle eşleşen bir sipariş bulamadım. Gelin, bir kez daha deneyelim."


@pytest.fixture(autouse=True)
def one_order(shop: FakeShop) -> None:
    shop.orders = [ORDER]


def asked_for_number(begin: Begin) -> Conversation:
    customer = begin()
    customer.asks("order_number")
    return customer


def asked_for_proof(begin: Begin, number: str = "10482") -> Conversation:
    customer = begin()
    customer.remembers(order_number=number)
    customer.asks("order_proof")
    return customer


# ── What the form reads ──────────────────────────────────────────────────────────────────────────


async def test_the_number_is_taken_and_the_proof_asked_next(begin: Begin) -> None:
    customer = asked_for_number(begin)
    customer.hears("10482", "inform")
    assert await customer.fills() == []
    assert customer.slots["order_number"] == "10482"
    assert customer.slots["requested_slot"] == "order_proof"


async def test_a_number_in_the_first_message_is_not_asked_again(begin: Begin) -> None:
    customer = begin()
    customer.hears("10482 numaralı siparişim nerede", "track_order")
    await customer.fills()
    assert customer.slots["requested_slot"] == "order_proof"


async def test_number_and_proof_in_one_message_complete_the_form(begin: Begin) -> None:
    customer = asked_for_number(begin)
    customer.hears("10482, telefonumun son dört hanesi 4821", "inform")
    await customer.fills()
    assert customer.slots["verified_order"] == "10482"
    assert customer.slots["requested_slot"] is None


async def test_a_number_given_instead_of_the_proof_corrects_the_first(begin: Begin) -> None:
    customer = asked_for_proof(begin, number="10483")
    customer.hears("pardon 10482 olacak", "inform")
    assert await customer.fills() == []
    assert customer.slots["order_number"] == "10482"
    assert customer.slots["requested_slot"] == "order_proof"


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("order_number", "Mesajınızda bir sipariş numarası göremedim."),
        ("order_proof", "Mesajınızda bir e-posta adresi ya da dört hane göremedim."),
    ],
)
async def test_an_unreadable_answer_is_told_and_the_question_stays(
    begin: Begin, slot: str, said: str
) -> None:
    customer = asked_for_number(begin) if slot == "order_number" else asked_for_proof(begin)
    customer.hears("12", "inform")
    (heard,) = await customer.fills()
    assert heard.text is not None
    assert heard.text.startswith(said)
    assert ("Temsilciye bağlan", "/ask_human") in heard.buttons
    assert customer.slots["requested_slot"] == slot


async def test_another_wish_changes_nothing_so_that_its_rule_answers(begin: Begin) -> None:
    customer = asked_for_proof(begin)
    before = dict(customer.slots)
    customer.hears("2000 TL üzeri kargo ücretsiz mi", "shipping_info")
    assert await customer.fills() == []
    assert customer.slots == before


async def test_a_wish_for_a_person_is_never_read_as_an_answer(begin: Begin, shop: FakeShop) -> None:
    customer = asked_for_proof(begin)
    customer.hears("4821 yeter artık, 10391 için temsilci bağlayın", "ask_human")
    assert await customer.fills() == []
    assert customer.slots["order_number"] == "10482"
    assert shop.proofs == []


# ── What proves an order ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "proof", ["4821", "48 21", "0555 010 48 21", "elif.aydin@example.com", "Elif.Aydin@Example.com"]
)
async def test_email_or_phone_ending_proves_the_order(begin: Begin, proof: str) -> None:
    customer = asked_for_proof(begin)
    customer.hears(proof, "inform")
    await customer.fills()
    assert customer.slots["verified_order"] == "10482"


async def test_the_proof_itself_is_never_kept(begin: Begin) -> None:
    customer = asked_for_proof(begin)
    for proof in ("1111", "wrong@example.com", "4821"):
        customer.remembers(order_number="10482")
        customer.hears(proof, "inform")
        await customer.fills()
        assert proof not in customer.slots.values()
    assert customer.slots["order_proof"] is None


async def test_no_such_order_and_a_wrong_proof_are_answered_alike(begin: Begin) -> None:
    missing, wrong = asked_for_proof(begin, number="99999"), asked_for_proof(begin)
    for customer, proof in ((missing, "4821"), (wrong, "1111")):
        customer.hears(proof, "inform")
    heard = await missing.fills()
    assert [message.text for message in heard] == [NOT_PROVEN]
    assert heard == await wrong.fills()
    assert missing.slots == wrong.slots
    assert wrong.slots["verified_order"] is None
    assert wrong.slots["requested_slot"] == "order_number"


async def test_the_second_wrong_proof_ends_the_form_and_offers_a_person(begin: Begin) -> None:
    missing, wrong = asked_for_proof(begin, number="99999"), asked_for_proof(begin)
    told = []
    for customer in (missing, wrong):
        customer.remembers(failed_proofs=1)
        customer.hears("1111", "inform")
        told.append(await customer.fills())
        assert customer.slots["requested_slot"] is None
    assert told[0] == told[1]
    (heard,) = told[0]
    assert [payload for _, payload in heard.buttons] == ["/inform", "/ask_human"]
    assert wrong.slots["order_proof"] is None


async def test_a_proven_order_is_told_again_without_a_proof(begin: Begin) -> None:
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_number="10482")
    customer.hears("siparişim nerede", "track_order")
    (heard,) = await customer.fills()
    assert customer.slots["requested_slot"] is None
    assert heard.text is not None
    assert heard.text.startswith("10482 numaralı siparişiniz yolda.")


async def test_the_shop_is_asked_once_for_an_order_that_is_proven_and_told(
    begin: Begin, shop: FakeShop
) -> None:
    customer = asked_for_proof(begin)
    customer.hears("4821", "inform")
    (heard,) = await customer.fills()
    assert heard.text is not None
    assert heard.text.startswith("10482 numaralı siparişiniz yolda.")
    assert (shop.proofs, shop.looked_up) == ([("10482", "4821")], [])
    customer.hears("10482 nerede", "track_order")
    await customer.fills()
    assert shop.looked_up == ["10482"], "by now it may have moved on"


async def test_another_order_has_to_be_proven_anew(begin: Begin) -> None:
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_number="10482")
    customer.hears("10391 nerede", "track_order")
    await customer.fills()
    assert customer.slots["requested_slot"] == "order_proof"


# ── What is told ─────────────────────────────────────────────────────────────────────────────────


async def told(begin: Begin, shop: FakeShop, order: Order, language: str = "tr") -> list[str]:
    shop.orders = [order]
    customer = begin(language)
    customer.remembers(**VERIFIED, verified_order=order.number, order_proof="proven")
    customer.hears("4821", "inform")
    (heard,) = await customer.runs("action_order_answer")
    assert heard.text is not None
    return heard.text.split("\n")


async def test_a_shipped_order_is_told_with_its_last_event_and_a_link(
    begin: Begin, shop: FakeShop
) -> None:
    first, expected, event, carrier, link = await told(begin, shop, ORDER)
    assert first == "10482 numaralı siparişiniz yolda."
    assert expected.startswith("Tahmini teslim: ")
    assert event.startswith("Son hareket: ")
    assert event.endswith("Dağıtıma çıktı (Ankara)")
    assert carrier == "Kargo: Turna Kargo, takip numarası TRN48210482"
    assert link.endswith(": https://turna.example.com/takip/TRN48210482")


async def test_the_same_is_told_in_english(begin: Begin, shop: FakeShop) -> None:
    first, expected, event, carrier, link = await told(begin, shop, ORDER, "en")
    assert first == "Your order 10482 is on its way."
    assert expected.startswith("Expected on: ")
    assert event.endswith("Out for delivery (Ankara)")
    assert carrier == "Carrier: Turna Kargo, tracking number TRN48210482"
    assert link.endswith(": https://turna.example.com/takip/TRN48210482")


async def test_what_is_not_known_of_a_shipment_is_left_out(begin: Begin, shop: FakeShop) -> None:
    bare = replace(SHIPMENT, tracking_url=None, expected_at=None, events=())
    assert await told(begin, shop, replace(ORDER, shipment=bare)) == [
        "10482 numaralı siparişiniz yolda.",
        "Kargo: Turna Kargo, takip numarası TRN48210482",
    ]
    assert await told(begin, shop, replace(ORDER, shipment=None)) == [
        "10482 numaralı siparişiniz yolda."
    ]


async def test_a_late_order_is_regretted_and_a_person_offered(begin: Begin, shop: FakeShop) -> None:
    late = replace(SHIPMENT, expected_at=date(2024, 5, 1))
    shop.orders = [replace(ORDER, shipment=late)]
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_proof="proven")
    customer.hears("4821", "inform")
    heard, offer = await customer.runs("action_order_answer")
    assert heard.text is not None
    assert "1 Mayıs 2024 olarak görünüyordu; geciktiği için üzgünüz." in heard.text
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OrderStatus.RECEIVED, "tarihinde aldık"),
        (OrderStatus.PREPARING, "hazırlanıyor"),
        (OrderStatus.PACKED, "paketlendi"),
        (OrderStatus.SHIPPED, "yolda"),
        (OrderStatus.DELIVERED, "teslim edildi"),
        (OrderStatus.CANCELLED, "iptal edildi"),
        (OrderStatus.RETURNED, "iade edildi"),
    ],
)
async def test_every_state_has_its_words(
    begin: Begin, shop: FakeShop, status: OrderStatus, words: str
) -> None:
    lines = await told(begin, shop, replace(ORDER, status=status, shipment=None))
    assert len(lines) == 1
    assert "10482" in lines[0]
    assert words in lines[0]


async def test_a_delivered_order_is_told_with_its_day_alone(begin: Begin, shop: FakeShop) -> None:
    delivered = replace(SHIPMENT, delivered_at=datetime(2024, 5, 1, 22, 30, tzinfo=UTC))
    order = replace(ORDER, status=OrderStatus.DELIVERED, shipment=delivered)
    assert await told(begin, shop, order, "en") == [
        "Your order 10482 has been delivered.",
        "Delivered on: 2 May 2024",
    ]


async def test_an_order_that_is_gone_is_not_told(begin: Begin, shop: FakeShop) -> None:
    shop.orders = []
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_proof="proven")
    customer.hears("4821", "inform")
    (heard,) = await customer.runs("action_order_answer")
    assert heard.text is not None
    assert heard.text.startswith("Bu bilgilerle yine bir sipariş bulamadım.")
    assert customer.slots["verified_order"] is None


# ── When the shop is down ────────────────────────────────────────────────────────────────────────


def offers_a_person(heard: list[Heard]) -> bool:
    """Whether the shop is said to be out of reach, and what is left is offered to a person."""
    said, offer = heard
    assert said.text is not None
    assert said.text.startswith("Mağaza bilgilerine şu anda ulaşamıyorum")
    return [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]


async def test_a_person_is_offered_when_a_proof_cannot_be_tried(
    begin: Begin, shop: FakeShop
) -> None:
    shop.down = True
    customer = asked_for_proof(begin)
    customer.hears("4821", "inform")
    assert offers_a_person(await customer.fills())
    assert customer.slots["verified_order"] is None
    assert customer.slots["failed_proofs"] == 0


async def test_a_person_is_offered_when_the_order_cannot_be_read(
    begin: Begin, shop: FakeShop
) -> None:
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_proof="proven")
    customer.hears("4821", "inform")
    shop.down = True
    assert offers_a_person(await customer.runs("action_order_answer"))
    assert customer.slots["order_proof"] is None


async def test_the_card_tells_that_the_shop_could_not_be_reached(
    begin: Begin, shop: FakeShop
) -> None:
    shop.down = True
    customer = asked_for_proof(begin)
    customer.hears("siparişimi iptal edin", "cancel_order")
    customer.remembers(wish="cancel_order")
    customer.hears("4821", "inform")
    await customer.fills()
    customer.hears("evet", "affirm")
    *_, request = await customer.runs("action_affirm")
    assert request.custom["handoff"]["reason"] == "asked"
    assert request.custom["handoff"]["summary"].endswith(
        "Konu: sipariş iptali, sipariş 10482 (doğrulanmadı), mağaza sistemine ulaşılamadı."
    )
    assert customer.slots["shop_unavailable"] is None


async def test_when_the_shop_is_back_it_answers_what_was_asked(
    begin: Begin, shop: FakeShop
) -> None:
    shop.down = True
    customer = asked_for_proof(begin)
    customer.hears("4821", "inform")
    await customer.fills()
    shop.down = False
    customer.hears("siparişim nerede", "track_order")
    await customer.fills()
    customer.hears("4821", "inform")
    (said,) = await customer.fills()
    assert said.text is not None
    assert said.text.startswith("10482 numaralı siparişiniz yolda.")
    assert customer.slots["shop_unavailable"] is None
