"""What each wish comes to, by the state the order is in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from actions.wishes import WISHES
from shop.clock import shop_day
from shop.models import Order, OrderStatus, Refund, RefundStatus
from shop.outcomes import Invoice
from shop.wording import day, day_to
from tests.actions.conversation import VERIFIED, Conversation, Heard
from tests.actions.test_orders import NOW, ORDER, SHIPMENT, TODAY
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]

PERSON, OFFER, INSTEAD, NOTHING = "person", "offer", "instead", "nothing"


def in_state(status: OrderStatus, *, days_ago: int | None = None) -> Order:
    """The order in a state; what ended it, a delivery or a return, happened so many days ago."""
    if days_ago is None:
        return replace(ORDER, status=status)
    at = NOW - timedelta(days=days_ago)
    if status is OrderStatus.SHIPPED:
        return replace(ORDER, status=status, shipment=replace(SHIPMENT, expected_at=shop_day(at)))
    events = (*SHIPMENT.events[:1], replace(SHIPMENT.events[1], at=at))
    return replace(ORDER, status=status, shipment=replace(SHIPMENT, delivered_at=at, events=events))


OPEN = in_state(OrderStatus.PREPARING)
PACKED = in_state(OrderStatus.PACKED)
ON_ITS_WAY = in_state(OrderStatus.SHIPPED)
LATE = in_state(OrderStatus.SHIPPED, days_ago=1)
RETURNABLE = in_state(OrderStatus.DELIVERED, days_ago=14)
KEPT = in_state(OrderStatus.DELIVERED, days_ago=15)
ON_AN_UNKNOWN_DAY = in_state(OrderStatus.DELIVERED)
CANCELLED = in_state(OrderStatus.CANCELLED)
RETURNED = in_state(OrderStatus.RETURNED, days_ago=3)
REFUND_OVERDUE = in_state(OrderStatus.RETURNED, days_ago=15)


def said_day(days: int) -> str:
    return day(TODAY + timedelta(days=days), "tr", TODAY)


def said_day_to(days: int) -> str:
    return day_to(TODAY + timedelta(days=days), "tr", TODAY)


async def answered(
    begin: Begin, shop: FakeShop, wish: str, order: Order, language: str = "tr"
) -> list[Heard]:
    shop.orders = [order]
    customer = begin(language)
    customer.remembers(
        **VERIFIED, verified_order=order.number, order_number=order.number, wish=wish
    )
    customer.remembers(order_proof="proven")
    customer.hears("4821", "inform")
    return await customer.runs("action_order_answer")


def what_follows(heard: list[Heard]) -> str:
    if any("handoff" in one.custom for one in heard):
        return PERSON
    payloads = [payload for one in heard for _, payload in one.buttons]
    return {"/ask_human,/deny": OFFER, "/inform,/deny": INSTEAD}.get(",".join(payloads), NOTHING)


@pytest.mark.parametrize(
    ("wish", "order", "said", "follows"),
    [
        ("cancel_order", PACKED, "Paketlenen siparişi iptal edemiyoruz", OFFER),
        ("cancel_order", ON_ITS_WAY, "Paketlenen siparişi iptal edemiyoruz", OFFER),
        ("cancel_order", RETURNABLE, f"{said_day_to(0)} kadar", INSTEAD),
        ("cancel_order", KEPT, f"süresi {said_day(-1)} tarihinde doldu", OFFER),
        ("cancel_order", CANCELLED, "iptalden sonra en geç 14 gün içinde", NOTHING),
        ("change_order", OPEN, "değiştirilebilir", NOTHING),
        ("change_order", PACKED, "Paketlenen siparişte değişiklik yapamıyoruz", INSTEAD),
        ("change_order", LATE, "Paketlenen siparişte değişiklik yapamıyoruz", OFFER),
        ("cancel_order", LATE, "tarihinde kargoya verildi", OFFER),
        ("change_order", RETURNABLE, "ücretsiz değişim hakkınız", INSTEAD),
        ("change_address", LATE, "yönlendirmeyi deneyecek", PERSON),
        ("change_address", KEPT, "teslim edildi", OFFER),
        ("delivery_problem", OPEN, "Henüz kargoya verilmedi", OFFER),
        ("delivery_problem", ON_ITS_WAY, "takip numarası", OFFER),
        ("delivery_problem", LATE, "geciktiği için üzgünüz", PERSON),
        ("refund_status", ON_ITS_WAY, "kayıtlı bir iptal ya da iade görünmüyor", OFFER),
        ("refund_status", CANCELLED, "en geç 14 gün içinde", OFFER),
        ("refund_status", RETURNED, f"en geç {said_day_to(11)} kadar", OFFER),
        ("refund_status", REFUND_OVERDUE, "bir temsilcimiz hemen bakacak", PERSON),
        ("return_item", OPEN, "iadeyi beklemeden iptal edilebilir", INSTEAD),
        ("return_item", ON_ITS_WAY, "Teslim aldıktan sonra 14 gün içinde", OFFER),
        ("return_item", RETURNABLE, f"{said_day_to(0)} kadar", PERSON),
        ("return_item", KEPT, "teslimden itibaren 2 yıl geçerlidir", OFFER),
        ("return_item", ON_AN_UNKNOWN_DAY, "teslim edildi", PERSON),
        ("exchange_item", OPEN, "değiştirilebilir", NOTHING),
        ("exchange_item", RETURNABLE, "ücretsiz değişim hakkınız", PERSON),
        ("exchange_item", KEPT, "iade ve değişim süresi", OFFER),
        ("invoice", PACKED, "e-posta adresinize gönderilecek", OFFER),
        ("invoice", ON_ITS_WAY, "yeniden gönderecek", PERSON),
        ("payment_problem", OPEN, "349,90 TL tutarıyla kayıtlı", PERSON),
        ("track_order", OPEN, "hazırlanıyor", NOTHING),
    ],
)
async def test_the_state_decides_what_is_said_and_what_follows(
    begin: Begin, shop: FakeShop, wish: str, order: Order, said: str, follows: str
) -> None:
    heard = await answered(begin, shop, wish, order)
    assert heard[0].text is not None
    assert said in heard[0].text
    assert what_follows(heard) == follows


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize("days_ago", [None, 3, 100])
@pytest.mark.parametrize("wish", sorted(WISHES))
async def test_every_wish_has_an_answer_in_every_state_and_it_begins_with_the_state(
    begin: Begin,
    shop: FakeShop,
    wish: str,
    status: OrderStatus,
    days_ago: int | None,
    language: str,
) -> None:
    order = in_state(status, days_ago=days_ago)
    heard = await answered(begin, shop, wish, order, language)
    assert heard[0].text is not None
    assert order.number in heard[0].text.split("\n")[0]
    assert "{" not in heard[0].text


async def test_the_person_learns_wish_order_and_why_it_needs_one(
    begin: Begin, shop: FakeShop
) -> None:
    *_, request = await answered(begin, shop, "change_address", LATE)
    handoff = request.custom["handoff"]
    assert handoff["reason"] == "rule"
    assert handoff["summary"] == (
        "Bu konuya bir temsilcinin bakması gerekiyor. "
        "Konu: teslimat adresi değişikliği, sipariş 10482 (doğrulandı), yolda, gecikmiş."
    )
    assert handoff["evidence"]["slots"] == {"order_number": "10482", "verified_order": "10482"}


async def test_money_goes_to_the_payments_department(begin: Begin, shop: FakeShop) -> None:
    for wish, department in (("payment_problem", "payments"), ("return_item", None)):
        *_, request = await answered(begin, shop, wish, RETURNABLE)
        assert request.custom["handoff"]["department"] == department


async def test_a_wish_that_is_answered_is_done(begin: Begin, shop: FakeShop) -> None:
    shop.orders = [OPEN]
    customer = begin()
    customer.remembers(
        **VERIFIED, verified_order="10482", wish="cancel_order", order_proof="proven"
    )
    customer.hears("4821", "inform")
    await customer.runs("action_order_answer")
    assert customer.slots["wish"] is None


async def test_the_days_are_those_of_the_shop_not_of_utc(begin: Begin, shop: FakeShop) -> None:
    late_evening = datetime(2024, 5, 1, 22, 30, tzinfo=UTC)  # already the 2nd in Turkey
    shipment = replace(SHIPMENT, delivered_at=late_evening)
    order = replace(ORDER, status=OrderStatus.DELIVERED, shipment=shipment)
    heard = await answered(begin, shop, "return_item", order)
    assert heard[0].text is not None
    assert "16 Mayıs 2024 tarihinde doldu" in heard[0].text


async def test_a_late_parcel_offers_an_inquiry(begin: Begin, shop: FakeShop) -> None:
    _, offer = await answered(begin, shop, "track_order", LATE)
    assert offer.text is not None
    assert "araştırma" in offer.text
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]


@pytest.mark.parametrize(
    ("status", "said", "follows"),
    [
        (
            RefundStatus.AWAITING_RETURN,
            "349,90 TL, iadeniz bize ulaştıktan sonra en geç 14 gün",
            OFFER,
        ),
        (RefundStatus.PENDING, f"en geç {said_day_to(9)} kadar", OFFER),
        (RefundStatus.OVERDUE, f"en geç {said_day(9)} tarihinde iade edilmiş olmalıydı", PERSON),
        (RefundStatus.PAID, f"349,90 TL, {said_day(-1)} tarihinde", OFFER),
    ],
)
async def test_a_refund_is_told_with_its_sum_and_its_days(
    begin: Begin, shop: FakeShop, status: RefundStatus, said: str, follows: str
) -> None:
    since, due = TODAY - timedelta(days=5), TODAY + timedelta(days=9)
    paid = NOW - timedelta(days=1)
    amount = Decimal("349.90")
    shop.refunds = [Refund("10482", None, amount, "TRY", status, since, due, paid)]
    heard = await answered(begin, shop, "refund_status", CANCELLED)
    assert heard[0].text is not None
    assert said in heard[0].text
    assert what_follows(heard) == follows


async def test_an_invoice_is_a_link(begin: Begin, shop: FakeShop) -> None:
    shop.invoice = Invoice("KIY-1", "https://shop.example.com/f/1", TODAY)
    (said,) = await answered(begin, shop, "invoice", RETURNABLE)
    assert said.text is not None
    assert "https://shop.example.com/f/1" in said.text
