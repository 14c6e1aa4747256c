"""A delivery that went wrong: asked about in pieces, kept as a case, then a return or a person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from actions.cases import kind_named
from actions.references import reference
from shop.models import Order, OrderStatus
from tests.actions.conversation import DOMAIN, VERIFIED, Conversation, Heard
from tests.actions.test_changes import ARRIVED, CREAM, SWEATER
from tests.actions.test_orders import NOW, ORDER, SHIPMENT
from tests.actions.test_wishes import said_day
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]
FORM = "case_form"
SLOTS = ("case_kind", "case_line", "case_text")


def arrived(*lines: object, days_ago: int = 2) -> Order:
    shipment = replace(SHIPMENT, delivered_at=NOW - timedelta(days=days_ago))
    return replace(ARRIVED, lines=lines or (SWEATER, CREAM), shipment=shipment)


async def begun(
    begin: Begin, shop: FakeShop, told: str, order: Order | None = None
) -> tuple[Conversation, list[Heard]]:
    """A customer who told of trouble and has proven the order, and what they hear."""
    shop.orders = [order or arrived()]
    customer = begin()
    customer.hears(told, "delivery_problem")
    customer.remembers(
        **VERIFIED, verified_order="10482", wish="delivery_problem", order_proof="proven"
    )
    customer.hears("4821", "inform")
    heard = await customer.runs("action_order_answer")
    assert customer.followed_by == FORM
    return customer, heard + await asks(customer)


async def asks(customer: Conversation) -> list[Heard]:
    """Run the form on the newest message as Rasa does: fill it, and ask if it is not complete."""
    heard = await customer.fills(FORM)
    if customer.slots["requested_slot"] == "case_line":
        return heard + await customer.runs("action_ask_case_line")
    return heard


async def answers(
    customer: Conversation, text: str, intent: str = "inform", **entities: str
) -> list[Heard]:
    customer.hears(text, intent, 0.99, None, **entities)
    return await asks(customer)


def case_of(heard: list[Heard]) -> dict[str, object] | None:
    return next((one.custom["case"] for one in heard if "case" in one.custom), None)


def text(heard: list[Heard]) -> str:
    return "\n".join(one.text or "" for one in heard)


async def test_a_case_is_put_together_and_opened(begin: Begin, shop: FakeShop) -> None:
    customer, heard = await begun(begin, shop, "siparişimde sorun var")
    assert "teslim edildi" in text(heard)
    assert customer.slots["requested_slot"] == "case_kind"
    heard = await answers(customer, "/inform{...}", case_kind="damaged")
    choices = [payload for _, payload in heard[-1].buttons]
    assert choices == [f'/inform{{"case_line": "{at}"}}' for at in ("0", "1", "all")]
    await answers(customer, "/inform{...}", case_line="0")
    assert customer.slots["requested_slot"] == "case_text"
    heard = await answers(customer, "kolu dikişinden ayrılmış", "complaint")
    number = reference("m-5")
    assert case_of(heard) == {
        "reference": number,
        "kind": "damaged",
        "order": "10482",
        "lines": [{"line": 0, "quantity": 1}],
        "text": "kolu dikişinden ayrılmış",
    }
    assert f"{number} numarasıyla" in text(heard)
    assert "Yün Kazak (M)" in text(heard)
    assert [customer.slots[slot] for slot in SLOTS] == [None] * 3


async def test_what_was_told_before_is_not_asked_again(begin: Begin, shop: FakeShop) -> None:
    told = "yün kazak yırtık geldi, kolunda büyük bir delik var"
    _, heard = await begun(begin, shop, told)
    case = case_of(heard)
    assert case is not None
    assert (case["kind"], case["text"]) == ("damaged", told)
    assert case["lines"] == [{"line": 0, "quantity": 1}]


async def test_of_a_single_thing_no_line_is_asked(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, shop, "kırık geldi", arrived(CREAM))
    assert customer.slots["requested_slot"] == "case_text"
    heard = await answers(customer, "kapağı çatlamıştı, hepsi dökülmüş", "delivery_problem")
    case = case_of(heard)
    assert case is not None
    assert case["lines"] == [{"line": 0, "quantity": 2}]


async def test_what_came_damaged_can_be_sent_back_and_until_when(
    begin: Begin, shop: FakeShop
) -> None:
    customer, _ = await begun(begin, shop, "kazak kırık geldi")
    heard = await answers(customer, "dikişleri açılmıştı", "complaint")
    assert f"Teslim {said_day(-2)}; kusurlu ürün hakkınız" in text(heard)
    assert [payload for _, payload in heard[-1].buttons] == ["/inform", "/deny"]
    assert customer.slots["wish"] == "return_item"


@pytest.mark.parametrize("taken_up", [True, False])
async def test_what_was_told_is_kept_for_the_return_that_is_offered(
    begin: Begin, shop: FakeShop, taken_up: bool
) -> None:
    customer, _ = await begun(begin, shop, "kazak kırık geldi")
    await answers(customer, "dikişleri açılmıştı", "complaint")
    if not taken_up:
        customer.hears("hayır", "deny")
    customer.hears("evet", "affirm")
    customer.remembers(order_proof="proven", wish="return_item")
    await customer.runs("action_order_answer")
    draft = customer.slots["change"]
    assert (draft["line"], draft["reason"]) == ((0, "damaged") if taken_up else (None, None))


@pytest.mark.parametrize(
    ("told", "kind"), [("paketim gelmedi", "missing"), ("kremi eksik", "missing")]
)
async def test_what_did_not_come_is_for_a_person(
    begin: Begin, shop: FakeShop, told: str, kind: str
) -> None:
    customer, _ = await begun(begin, shop, told)
    heard = await answers(customer, "kapıda hiçbir şey yoktu, kurye de gelmedi", "complaint")
    case = case_of(heard)
    assert case is not None
    assert case["kind"] == kind
    request = heard[-1].custom["handoff"]
    assert request["reason"] == "rule"
    assert "teslimatta bir sorun, sipariş 10482 (doğrulandı)" in request["summary"]


async def test_a_fault_can_be_sent_back_after_the_days_of_withdrawal(
    begin: Begin, shop: FakeShop
) -> None:
    customer, _ = await begun(begin, shop, "kazak yırtık", arrived(days_ago=30))
    heard = await answers(customer, "dikişleri açılmıştı", "complaint")
    assert "kusurlu ürün hakkınız" in text(heard)
    assert [payload for _, payload in heard[-1].buttons] == ["/inform", "/deny"]


async def test_after_the_years_for_a_fault_a_person_takes_over(
    begin: Begin, shop: FakeShop
) -> None:
    customer, _ = await begun(begin, shop, "kazak yırtık", arrived(days_ago=800))
    heard = await answers(customer, "dikişleri açılmıştı", "complaint")
    assert "Hasarlı geldi" in heard[-1].custom["handoff"]["summary"]


@pytest.mark.parametrize(("photos", "asked"), [(True, 1), (False, 0), (None, 0), ("yes", 0)])
async def test_a_photo_is_asked_for_where_the_channel_takes_one(
    begin: Begin, shop: FakeShop, photos: object, asked: int
) -> None:
    customer, _ = await begun(begin, shop, "kazak kırık geldi")
    customer.metadata = {} if photos is None else {"photos": photos}
    heard = await answers(customer, "dikişleri açılmıştı", "complaint")
    assert text(heard).count("fotoğraf") == asked


@pytest.mark.parametrize("slot", SLOTS)
async def test_what_cannot_be_read_is_asked_again(begin: Begin, shop: FakeShop, slot: str) -> None:
    customer, _ = await begun(begin, shop, "siparişimde sorun var")
    if slot != "case_kind":
        await answers(customer, "/inform{...}", case_kind="wrong")
    if slot == "case_text":
        await answers(customer, "el kremi")
    assert customer.slots["requested_slot"] == slot
    heard = await answers(customer, "12345")
    assert heard[0].text == DOMAIN["responses"][f"utter_{slot}_unreadable"][0]["text"]
    assert customer.slots["requested_slot"] == slot


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("kargo ücreti ne kadar", "shipping_info"),
        ("hayır vazgeçtim", "deny"),
        ("beni yanlış anladın temsilci bağla", "ask_human"),
        ("50 TL altı kupa var mı?", "product_availability"),
        ("başka renk kazak var mı", "product_availability"),
    ],
)
async def test_another_wish_is_left_to_its_rule(
    begin: Begin, shop: FakeShop, said: str, intent: str
) -> None:
    customer, _ = await begun(begin, shop, "siparişimde sorun var")
    before = {slot: customer.slots[slot] for slot in SLOTS}
    customer.hears(said, intent)
    assert await customer.fills(FORM) == []
    assert {slot: customer.slots[slot] for slot in SLOTS} == before


async def test_a_proof_that_ran_out_opens_no_case(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, shop, "kazak kırık geldi")
    customer.remembers(verified_at=None)
    heard = await answers(customer, "dikişleri açılmıştı", "complaint")
    assert case_of(heard) is None
    assert customer.followed_by == "order_form"
    assert customer.slots["wish"] == "delivery_problem"


async def test_of_a_parcel_on_its_way_no_case_is_opened(begin: Begin, shop: FakeShop) -> None:
    shop.orders = [replace(ORDER, status=OrderStatus.SHIPPED)]
    customer = begin()
    customer.remembers(
        **VERIFIED, verified_order="10482", wish="delivery_problem", order_proof="proven"
    )
    customer.hears("4821", "inform")
    heard = await customer.runs("action_order_answer")
    assert customer.followed_by is None
    assert [payload for _, payload in heard[-1].buttons] == ["/ask_human", "/deny"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("kırık geldi", "damaged"),
        ("ÜRÜN HASARLI", "damaged"),
        ("içinden eksik çıktı", "missing"),
        ("yanlış renk gönderdiniz", "wrong"),
        ("paket hâlâ gelmedi", "not_arrived"),
        ("teslim edildi görünüyor ama bana ulaşmadı", "not_arrived"),
        ("it arrived broken", "damaged"),
        ("one item is missing", "missing"),
        ("the wrong size was sent", "wrong"),
        ("my parcel never arrived", "not_arrived"),
        ("it hasn't arrived", "not_arrived"),
        ("biri kırık, öteki yanlış", None),
        ("sorun var", None),
        ("", None),
    ],
)
def test_what_went_wrong_is_read_from_the_words(said: str, kind: str | None) -> None:
    assert kind_named(said) == kind
