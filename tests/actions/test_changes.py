"""Changing an order: proven, asked for in pieces, confirmed, made once."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from actions.talk import VERIFIED_FOR
from shop.models import (
    Address,
    Handover,
    OrderLine,
    OrderStatus,
    Payer,
    Product,
    Reason,
    ReturnItem,
    Text,
    Variant,
)
from shop.outcomes import AddressChanged, Cancelled, ExchangeOpened, Refused, ReturnOpened, Rule
from shop.rulebook import Rules
from tests.actions.conversation import VERIFIED, Conversation, Heard
from tests.actions.test_orders import ORDER, SHIPMENT, TODAY
from tests.actions.test_wishes import said_day, said_day_to
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]

SWEATER = OrderLine("SWE-1", Text("Yün Kazak", "Wool Sweater"), "M", 1, Decimal(200), "clothing")
CREAM = OrderLine("CRE-1", Text("El Kremi", "Hand Cream"), None, 2, Decimal(50), "personal_care")
OPEN = replace(ORDER, status=OrderStatus.PREPARING, lines=(SWEATER, CREAM))
ARRIVED = replace(
    OPEN,
    status=OrderStatus.DELIVERED,
    shipment=replace(SHIPMENT, delivered_at=SHIPMENT.events[0].at),
)
FORM = "change_form"


@pytest.fixture(autouse=True)
def a_shop(shop: FakeShop) -> None:
    shop.orders = [OPEN]
    shop.cancelled = Cancelled(
        "10482", Rule.CANCEL_OPEN, Decimal("349.90"), "TRY", TODAY + timedelta(days=14)
    )
    stocked = (Variant("S", 3), Variant("M", 5), Variant("L", 0))
    name = Text("Yün Kazak", "Wool Sweater")
    product = Product(
        "SWE-1", name, Text("", ""), "clothing", Decimal(200), "TRY", 8, None, None, stocked
    )
    shop.products = [product]


async def begun(begin: Begin, wish: str, language: str = "tr") -> tuple[Conversation, list[Heard]]:
    """A customer who has proven the order and whose wish has begun, and what they hear."""
    customer = begin(language)
    customer.remembers(**VERIFIED, verified_order="10482", wish=wish, order_proof="proven")
    customer.hears("4821", "inform")
    heard = await customer.runs("action_order_answer")
    assert customer.followed_by == FORM
    return customer, heard + await asks(customer)


async def asks(customer: Conversation) -> list[Heard]:
    """Run the form on the newest message as Rasa does: fill it, and ask if it is not complete."""
    heard = await customer.fills(FORM)
    if customer.slots["requested_slot"]:
        return heard + await customer.runs("action_ask_change_answer")
    return heard


async def answers(
    customer: Conversation, text: str, intent: str = "inform", **entities: str
) -> list[Heard]:
    customer.hears(text, intent, 0.99, None, **entities)
    return await asks(customer)


async def presses(customer: Conversation, heard: list[Heard], value: str) -> list[Heard]:
    payload = next(given for one in heard for _, given in one.buttons if value in given)
    return await answers(customer, payload, payload[1:].split("{")[0], change_answer=_of(payload))


def _of(payload: str) -> str:
    return payload.split('"change_answer": "')[1].removesuffix('"}')


def text(heard: list[Heard]) -> str:
    return "\n".join(one.text or "" for one in heard)


# ── Cancelling ───────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_cancelled_before_a_yes(begin: Begin, shop: FakeShop) -> None:
    _, heard = await begun(begin, "cancel_order")
    assert "1 × Yün Kazak (M), 2 × El Kremi" in text(heard)
    assert "349,90 TL" in text(heard)
    assert shop.wishes == []


@pytest.mark.parametrize("pressed", [True, False])
async def test_a_yes_cancels_and_tells_the_refund(
    begin: Begin, shop: FakeShop, pressed: bool
) -> None:
    customer, heard = await begun(begin, "cancel_order")
    if pressed:
        heard = await presses(customer, heard, "confirm:")
    else:
        heard = await answers(customer, "evet", "affirm")
    assert f"349,90 TL en geç {said_day_to(14)} kadar" in text(heard)
    assert shop.wishes == [("cancel_order", "10482", "c-1:10482:m-1")]
    (told,) = customer.operations
    assert told == {
        "name": "cancel_order",
        "order": "10482",
        "outcome": "done",
        "rule": "cancel_open",
        "since": None,
        "until": None,
        "details": {
            "amount": "349.90",
            "currency": "TRY",
            "refund_by": (TODAY + timedelta(days=14)).isoformat(),
        },
    }


async def test_a_turn_answered_again_uses_the_same_key(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, "cancel_order")
    shown = {name: customer.slots[name] for name in ("change", "change_answer", "requested_slot")}
    customer.hears("evet", "affirm")
    await customer.fills(FORM)
    customer.remembers(**shown)
    await customer.fills(FORM)
    first, second = shop.wishes
    assert first == second


async def test_pressed_twice_it_is_made_once(begin: Begin, shop: FakeShop) -> None:
    customer, heard = await begun(begin, "cancel_order")
    await presses(customer, heard, "confirm:")
    await customer.runs("action_change")
    assert len(shop.wishes) == 1


@pytest.mark.parametrize(
    ("said", "intent", "entities"),
    [
        ("/affirm", "affirm", {}),
        ("/affirm{...}", "affirm", {"change_answer": "confirm:00000000"}),
        ("/affirm{...}", "affirm", {"change_answer": "confirmed"}),
        ("/inform{...}", "inform", {"change_answer": "confirmed"}),
        ("/inform{...}", "inform", {"change_answer": "confirm:00000000"}),
        ("/inform{...}", "inform", {"verified_order": "10482"}),
        ("evet ama önce şunu bir konuşalım, emin değilim", "affirm", {}),
        ("confirmed", "inform", {"change_answer": "confirmed"}),
    ],
)
async def test_nothing_but_a_yes_to_what_was_shown_confirms(
    begin: Begin, shop: FakeShop, said: str, intent: str, entities: dict[str, str]
) -> None:
    customer, _ = await begun(begin, "cancel_order")
    customer.hears(said, intent, 0.99, None, **entities)
    await customer.fills(FORM)
    assert customer.slots["change_answer"] is None
    assert shop.wishes == []


@pytest.mark.parametrize(
    "slots",
    [
        {"verified_at": time.time() - VERIFIED_FOR - 1},
        {"verified_at": None},
        {"verified_customer": "c-2"},
        {"verified_customer": None},
    ],
)
async def test_without_a_fresh_proof_of_this_customer_nothing_is_changed(
    begin: Begin, shop: FakeShop, slots: dict[str, Any]
) -> None:
    customer, _ = await begun(begin, "cancel_order")
    customer.remembers(**slots)
    await answers(customer, "evet", "affirm")
    assert shop.wishes == []
    assert customer.followed_by == "order_form"
    assert customer.slots["wish"] == "cancel_order"


async def test_a_refusal_names_the_day(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, "cancel_order")
    shop.cancelled = Refused(Rule.ALREADY_SHIPPED, since=TODAY - timedelta(days=1))
    heard = await answers(customer, "evet", "affirm")
    assert f"{said_day(-1)} tarihinde kargoya verildiği için" in text(heard)
    assert heard[-1].buttons[0][1] == "/ask_human"


async def test_a_refusal_without_a_sentence_is_for_a_person(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, "cancel_order")
    shop.cancelled = Refused(Rule.KEY_REUSED)
    heard = await answers(customer, "evet", "affirm")
    assert heard[-1].custom["handoff"]["reason"] == "rule"


async def test_while_the_shop_is_down_a_person_is_offered(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, "cancel_order")
    shop.down = True
    heard = await answers(customer, "evet", "affirm")
    assert "ulaşamıyorum" in text(heard)
    assert customer.form is None
    customer.hears("evet", "affirm")
    *_, request = await customer.runs("action_affirm")
    assert request.custom["handoff"]["reason"] == "asked"
    assert "sipariş 10482 (doğrulandı)" in request.custom["handoff"]["summary"]
    assert "mağaza sistemine ulaşılamadı" in request.custom["handoff"]["summary"]


async def test_a_change_that_may_have_been_made_is_tried_again_with_its_key(
    begin: Begin, shop: FakeShop
) -> None:
    customer, _ = await begun(begin, "cancel_order")
    shop.lost = True
    heard = await answers(customer, "evet", "affirm")
    assert "alınıp alınmadığını göremiyorum" in text(heard)
    assert [payload for _, payload in heard[-1].buttons] == ["/ask_human", "/deny"]
    assert customer.operations == [{"name": "cancel_order", "order": "10482", "outcome": "open"}]
    shop.lost = False
    customer.remembers(order_proof="proven")
    customer.hears("siparişimi iptal edin", "cancel_order")
    await customer.runs("action_order_answer")
    await asks(customer)
    heard = await answers(customer, "evet", "affirm")
    assert "iptal edildi" in text(heard)
    assert [told["outcome"] for told in customer.operations] == ["open", "done"]
    assert len({key for *_, key in shop.wishes}) == 1
    assert len(shop.wishes) == 3


async def test_a_change_given_up_begins_anew(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, "cancel_order")
    first = customer.slots["change"]["key"]
    customer.remembers(wish="cancel_order", order_proof="proven")
    customer.hears("siparişimi iptal edin", "cancel_order")
    await customer.runs("action_order_answer")
    assert customer.slots["change"]["key"] != first


async def test_what_the_shop_cannot_do_is_said_and_done_by_a_person(
    begin: Begin, shop: FakeShop
) -> None:
    customer, _ = await begun(begin, "cancel_order")
    shop.cancelled = Refused(Rule.NOT_SUPPORTED)
    heard = await answers(customer, "evet", "affirm")
    assert "bir temsilcimiz sizin için yapabilir" in text(heard)
    assert heard[-1].custom["handoff"]["reason"] == "rule"


async def test_no_refund_is_promised_where_nothing_was_paid(begin: Begin, shop: FakeShop) -> None:
    shop.cancelled = Cancelled("10482", Rule.CANCEL_OPEN, Decimal(0), "TRY", TODAY)
    customer, _ = await begun(begin, "cancel_order")
    heard = await answers(customer, "evet", "affirm")
    assert "İade edilecek bir ödeme yok." in text(heard)
    assert "0,00" not in text(heard)


async def test_another_wish_leaves_the_form(begin: Begin, shop: FakeShop) -> None:
    customer, _ = await begun(begin, "cancel_order")
    await answers(customer, "yok adresi değiştirelim", "change_address")
    assert customer.followed_by == "order_form"
    assert customer.slots["wish"] == "change_address"
    assert shop.wishes == []


@pytest.mark.parametrize(
    ("said", "intent"),
    [("hayır", "deny"), ("kargo ne kadar", "shipping_info"), ("temsilci", "ask_human")],
)
async def test_what_a_rule_answers_is_left_to_it(begin: Begin, said: str, intent: str) -> None:
    customer, _ = await begun(begin, "cancel_order")
    before = dict(customer.slots)
    customer.hears(said, intent)
    assert await customer.fills(FORM) == []
    assert customer.slots == before


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    ("asked", "said", "intent", "known"),
    [
        (["line:0"], "too big", "goodbye", {"reason": "does_not_fit"}),
        (["line:0", "reason:damaged"], "şubeye bırakacağım", "deny", {"handover": "drop_off"}),
        ([], "ikisini de", "affirm", {"line": "all"}),
    ],
)
async def test_an_answer_counts_whatever_it_is_taken_for(
    begin: Begin, asked: list[str], said: str, intent: str, known: dict[str, str]
) -> None:
    customer, heard = await begun(begin, "return_item")
    for value in asked:
        heard = await presses(customer, heard, value)
    await answers(customer, said, intent)
    assert known.items() <= customer.slots["change"].items()


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("asked", [[], ["line:0"], ["line:0", "reason:damaged"]])
@pytest.mark.parametrize("said", ["vazgeçtim", "hayır istemiyorum", "gerek yok", "never mind"])
async def test_a_no_is_a_no_at_every_question(begin: Begin, asked: list[str], said: str) -> None:
    customer, heard = await begun(begin, "return_item")
    for value in asked:
        heard = await presses(customer, heard, value)
    customer.hears(said, "deny")
    before = dict(customer.slots)
    assert await customer.fills(FORM) == []
    assert customer.slots == before


# ── The address ──────────────────────────────────────────────────────────────────────────────────

OFFICE = Address("Elif Aydın", "Lale Sok. No: 5", "Kadıköy", "İstanbul", "34710")


async def test_an_address_is_read_shown_and_changed(begin: Begin, shop: FakeShop) -> None:
    shop.address_changed = AddressChanged("10482", Rule.ADDRESS_OPEN, OFFICE)
    customer, _ = await begun(begin, "change_address")
    heard = await answers(customer, "Lale Sok. No: 5, 34710 Kadıköy / İstanbul", "nlu_fallback")
    assert "Elif Aydın, Lale Sok. No: 5, 34710 Kadıköy / İstanbul" in text(heard)
    heard = await answers(customer, "evet", "affirm")
    assert "teslimat adresi değişti" in text(heard)
    assert shop.wishes == [("change_address", "10482", OFFICE, "c-1:10482:m-1")]


async def test_a_corrected_address_takes_the_place_of_the_first_and_its_button_is_void(
    begin: Begin, shop: FakeShop
) -> None:
    customer, _ = await begun(begin, "change_address")
    old = await answers(customer, "Lale Sok. No: 6, Kadıköy, İstanbul")
    heard = await answers(customer, "Lale Sok. No: 5, 34710 Kadıköy / İstanbul")
    assert "No: 5" in text(heard)
    await presses(customer, old, "confirm:")
    assert shop.wishes == []
    await presses(customer, heard, "confirm:")
    assert shop.wishes[0][2] == OFFICE


async def test_half_an_address_is_asked_for_again(begin: Begin) -> None:
    customer, _ = await begun(begin, "change_address")
    heard = await answers(customer, "ofise gelsin")
    assert heard[0].text is not None
    assert heard[0].text.startswith("Adresi tam okuyamadım")


# ── Returns and exchanges ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def arrived(shop: FakeShop) -> None:
    shop.orders = [ARRIVED]
    since, until, send_by = (TODAY + timedelta(days=days) for days in (-2, 12, 10))
    way = ("CODE-1", Handover.PICK_UP, "Turna Kargo", send_by, Payer.SHOP)
    shop.return_opened = ReturnOpened(
        "10482", Rule.WITHDRAWAL, since, until, *way, Decimal(200), "TRY", 14
    )
    shop.exchange_opened = ExchangeOpened("10482", Rule.WITHDRAWAL, since, until, *way, "S")


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize("written", [True, False])
async def test_a_return_is_put_together_and_opened(
    begin: Begin, shop: FakeShop, written: bool
) -> None:
    customer, heard = await begun(begin, "return_item")
    assert f"{said_day_to(12)} kadar" in text(heard)
    if written:
        for said, intent in (("kazağı", "out_of_scope"), ("küçük geldi", "exchange_item")):
            await answers(customer, said, intent)
        heard = await answers(customer, "kurye gelsin alsın", "shipping_info")
        heard = await answers(customer, "tamam", "affirm")
    else:
        for value in ("line:0", "reason:does_not_fit", "handover:pick_up", "confirm:"):
            heard = await presses(customer, heard, value)
    assert "CODE-1" in text(heard)
    assert f"en geç {said_day(10)}" in text(heard)
    items = (ReturnItem(0, 1, None),)
    wish = ("request_return", "10482", items, Reason.DOES_NOT_FIT, Handover.PICK_UP)
    assert shop.wishes == [(*wish, "c-1:10482:m-1")]


@pytest.mark.usefixtures("arrived")
async def test_how_many_and_whether_opened_are_asked_where_they_matter(
    begin: Begin, shop: FakeShop
) -> None:
    hygiene = {"exceptions": {"hygiene": {"when": "opened", "categories": ["personal_care"]}}}
    shop.rules = Rules.model_validate({"withdrawal": hygiene})
    customer, heard = await begun(begin, "return_item")
    for value in ("line:1", "quantity:1", "reason:changed_mind"):
        heard = await presses(customer, heard, value)
    assert "ambalajını" in text(heard)
    heard = await presses(customer, heard, "opened:yes")
    assert "hijyen" in text(heard)
    assert f"Teslim {said_day(-2)}" in text(heard)
    assert shop.wishes == []


@pytest.mark.usefixtures("arrived")
async def test_a_button_of_an_earlier_question_corrects_its_answer(
    begin: Begin, shop: FakeShop
) -> None:
    customer, lines = await begun(begin, "return_item")
    reasons = await presses(customer, lines, "line:0")
    ways = await presses(customer, reasons, "reason:does_not_fit")
    await presses(customer, ways, "handover:pick_up")
    heard = await presses(customer, reasons, "reason:damaged")
    assert "Hasarlı geldi" in text(heard)
    await presses(customer, heard, "confirm:")
    assert shop.wishes[0][3] == Reason.DAMAGED


@pytest.mark.usefixtures("arrived")
@pytest.mark.parametrize(
    "value", ["line:7", "line:-1", "line:x", "reason:none", "handover:", "x:1"]
)
async def test_an_answer_there_is_not_is_asked_again(
    begin: Begin, shop: FakeShop, value: str
) -> None:
    customer, _ = await begun(begin, "return_item")
    before = customer.slots["change"]
    await answers(customer, "/inform{...}", change_answer=value)
    assert customer.slots["change"] == before
    assert customer.slots["requested_slot"] == "change_answer"


@pytest.mark.usefixtures("arrived")
async def test_an_exchange_offers_what_is_in_stock(begin: Begin, shop: FakeShop) -> None:
    customer, heard = await begun(begin, "exchange_item")
    heard = await presses(customer, heard, "line:0")
    assert [title for title, _ in heard[-1].buttons] == ["S"]
    for value in ("variant:S", "reason:does_not_fit", "handover:pick_up", "confirm:"):
        heard = await presses(customer, heard, value)
    assert "CODE-1" in text(heard)
    wish = ("exchange", "10482", ReturnItem(0, 1, None), "S", Reason.DOES_NOT_FIT)
    assert shop.wishes == [(*wish, Handover.PICK_UP, "c-1:10482:m-1")]


@pytest.mark.usefixtures("arrived")
async def test_an_exchange_without_another_variant_is_for_a_person(begin: Begin) -> None:
    customer, heard = await begun(begin, "exchange_item")
    heard = await presses(customer, heard, "line:1")
    heard = await presses(customer, heard, "quantity:2")
    assert heard[-1].custom["handoff"]["reason"] == "rule"


@pytest.mark.usefixtures("arrived")
async def test_the_person_reads_what_was_told(begin: Begin) -> None:
    customer, heard = await begun(begin, "return_item")
    for value in ("line:0", "reason:damaged"):
        heard = await presses(customer, heard, value)
    customer.hears("temsilci", "ask_human")
    *_, request = await customer.runs("action_handoff")
    assert "1 × Yün Kazak (M), Hasarlı geldi" in request.custom["handoff"]["summary"]


@pytest.mark.usefixtures("arrived")
async def test_a_person_comes_though_the_shop_cannot_name_the_goods(
    begin: Begin, shop: FakeShop
) -> None:
    customer, heard = await begun(begin, "return_item")
    for value in ("line:0", "reason:damaged"):
        heard = await presses(customer, heard, value)
    shop.down = True
    customer.hears("temsilci", "ask_human")
    *_, request = await customer.runs("action_handoff")
    assert "Hasarlı geldi" in request.custom["handoff"]["summary"]
    assert "Kazak" not in request.custom["handoff"]["summary"]


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("rule", list(Rule)[5:])
async def test_every_refusal_is_told_or_goes_to_a_person(
    begin: Begin, shop: FakeShop, rule: Rule, language: str
) -> None:
    customer, _ = await begun(begin, "cancel_order", language)
    shop.cancelled = Refused(rule, TODAY, TODAY)
    heard = await answers(customer, "evet", "affirm")
    assert "{" not in text(heard)
    assert heard[-1].buttons or heard[-1].custom


# ── What is in an order ──────────────────────────────────────────────────────────────────────────


async def changing(begin: Begin, told: str, language: str = "tr") -> tuple[Conversation, Any]:
    """A customer whose wish for something else in the order has begun with these words."""
    customer = begin(language)
    customer.remembers(**VERIFIED, verified_order="10482")
    customer.hears(told, "change_order")
    customer.remembers(wish="change_order", order_proof="proven")
    heard = await customer.runs("action_order_answer")
    assert customer.followed_by == FORM
    return customer, heard + await asks(customer)


def passed_on(heard: list[Heard]) -> str:
    """What the person reads to whom the change was passed on."""
    handoff = heard[-1].custom["handoff"]
    assert handoff["reason"] == "rule"
    summary: str = handoff["summary"]
    return summary


async def test_what_is_to_be_changed_is_asked_and_passed_on(begin: Begin, shop: FakeShop) -> None:
    customer, heard = await changing(begin, "siparişimi değiştirmek istiyorum")
    assert "henüz paketlenmediği için değiştirilebilir" in text(heard)
    for value in ("what:variant", "line:0", "variant:S"):
        heard = await presses(customer, heard, value)
    assert "Yün Kazak (M) yerine S" in text(heard)
    assert passed_on(heard) == (
        "Bu konuya bir temsilcinin bakması gerekiyor. Konu: siparişte değişiklik, sipariş 10482 "
        "(doğrulandı), henüz paketlenmedi, Yün Kazak (M) yerine S."
    )
    assert shop.wishes == []
    assert customer.slots["change"] is None


@pytest.mark.parametrize(
    ("language", "said", "answered", "wanted"),
    [
        ("tr", "kazağın bedeni yanlış", ["S beden olsun"], "Yün Kazak (M) yerine S"),
        ("en", "I want another size of the sweater", ["S"], "S instead of Wool Sweater (M)"),
        ("tr", "kremin adedini değiştirelim", ["3 tane"], "El Kremi, 3 adet olsun"),
        ("en", "a different quantity", ["the cream", "5"], "Hand Cream, 5 of them"),
        ("tr", "el kremini çıkarın", [], "El Kremi siparişten çıkarılsın"),
        ("en", "please remove something", ["sweater"], "take out Wool Sweater (M)"),
        ("tr", "bir şey eklemek istiyorum", ["bir lale kupa daha"], "bir lale kupa daha"),
        ("en", "please add something", ["one tulip mug"], "one tulip mug"),
        ("tr", "10482 numaralı siparişim değişsin", ["adet", "krem", "1"], "El Kremi, 1 adet"),
    ],
)
async def test_what_was_told_already_is_not_asked_again(
    begin: Begin, language: str, said: str, answered: list[str], wanted: str
) -> None:
    customer, heard = await changing(begin, said, language)
    for one in answered:
        heard = await answers(customer, one, "nlu_fallback")
    assert wanted in passed_on(heard)


async def test_an_exchange_before_packing_is_a_change_of_the_order(begin: Begin) -> None:
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482")
    customer.hears("kazağın bedenini değiştirin", "exchange_item")
    customer.remembers(wish="exchange_item", order_proof="proven")
    await customer.runs("action_order_answer")
    heard = await asks(customer)
    assert "Yün Kazak (M) yerine hangisini" in text(heard)
    assert [title for title, _ in heard[-1].buttons] == ["S"]


async def test_the_address_is_changed_by_the_assistant_itself(begin: Begin, shop: FakeShop) -> None:
    shop.address_changed = AddressChanged("10482", Rule.ADDRESS_OPEN, OFFICE)
    customer, heard = await changing(begin, "siparişimi değiştirmek istiyorum")
    await presses(customer, heard, "what:address")
    await answers(customer, "Lale Sok. No: 5, 34710 Kadıköy / İstanbul", "nlu_fallback")
    heard = await answers(customer, "evet", "affirm")
    assert "teslimat adresi değişti" in text(heard)
    assert [wish[0] for wish in shop.wishes] == ["change_address"]


async def test_to_take_out_all_there_is_is_to_cancel(begin: Begin, shop: FakeShop) -> None:
    shop.orders = [replace(OPEN, lines=(SWEATER,))]
    customer, heard = await changing(begin, "kazağı çıkarın")
    assert "iptal edilecek: 1 × Yün Kazak (M)" in text(heard)
    await answers(customer, "evet", "affirm")
    assert [wish[0] for wish in shop.wishes] == ["cancel_order"]


async def test_a_rule_that_forbids_what_was_chosen_is_told(begin: Begin, shop: FakeShop) -> None:
    customer, heard = await changing(begin, "siparişimi değiştirmek istiyorum")
    shop.orders = [replace(OPEN, status=OrderStatus.SHIPPED)]
    heard = await presses(customer, heard, "what:address")
    assert "kargoya verildiği için" in text(heard)
    assert heard[-1].buttons[0][1] == "/ask_human"


async def test_what_there_is_in_no_other_size_is_for_a_person_who_knows_which(begin: Begin) -> None:
    customer, heard = await changing(begin, "beden değişsin")
    heard = await presses(customer, heard, "line:1")
    assert "Beden ya da renk" in passed_on(heard)
    assert "El Kremi" in passed_on(heard)


@pytest.mark.parametrize("value", ["quantity:0", "quantity:2", "quantity:100", "what:all"])
async def test_a_number_of_pieces_that_changes_nothing_is_asked_again(
    begin: Begin, value: str
) -> None:
    customer, heard = await changing(begin, "kremin adedi yanlış")
    assert [title for title, _ in heard[-1].buttons] == ["1", "3", "4", "5"]
    before = customer.slots["change"]
    await answers(customer, "/inform{...}", change_answer=value)
    assert customer.slots["change"] == before
    assert customer.slots["requested_slot"] == "change_answer"


@pytest.mark.parametrize(
    ("said", "intent"), [("vazgeçtim", "deny"), ("temsilci", "ask_human"), ("teşekkürler", "thank")]
)
async def test_the_customers_own_words_are_no_answer_where_a_rule_knows_them(
    begin: Begin, said: str, intent: str
) -> None:
    customer, heard = await changing(begin, "siparişimi değiştirmek istiyorum")
    await presses(customer, heard, "what:other")
    customer.hears(said, intent)
    before = dict(customer.slots)
    assert await customer.fills(FORM) == []
    assert customer.slots == before


async def test_a_packed_order_still_gets_another_address(begin: Begin, shop: FakeShop) -> None:
    shop.orders = [replace(OPEN, status=OrderStatus.PACKED)]
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_proof="proven")
    customer.remembers(wish="change_order")
    customer.hears("4821", "inform")
    heard = await customer.runs("action_order_answer")
    assert "Teslimat adresini ise değiştirebiliriz" in text(heard)
    assert customer.slots["wish"] == "change_address"


# ── Which order ──────────────────────────────────────────────────────────────────────────────────


async def test_of_several_open_orders_a_verified_customer_chooses(
    begin: Begin, shop: FakeShop
) -> None:
    shop.orders = [OPEN, replace(OPEN, number="10999")]
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_number="10482")
    customer.hears("siparişim nerede", "track_order")
    await customer.fills()
    (asked,) = await customer.runs("action_ask_order_number")
    assert asked.buttons[1] == ("10999 · hazırlanıyor", '/inform{"order_number": "10999"}')
    customer.hears(asked.buttons[1][1], "inform", order_number="10999")
    await customer.fills()
    assert customer.slots["verified_order"] == "10999"
    assert shop.proofs == []


async def test_another_customers_order_is_proven_first(begin: Begin, shop: FakeShop) -> None:
    other = replace(OPEN.customer, id="c-2")
    shop.orders = [OPEN, replace(OPEN, number="10999", customer=other)]
    customer = begin()
    customer.remembers(**VERIFIED, verified_order="10482", order_number="10482")
    customer.hears("10999 nerede", "track_order")
    await customer.fills()
    assert customer.slots["requested_slot"] == "order_proof"
    assert customer.slots["verified_order"] == "10482"


# ── After the days of withdrawal ─────────────────────────────────────────────────────────────────

LONG_AGO = replace(
    ARRIVED, shipment=replace(SHIPMENT, delivered_at=ORDER.placed_at - timedelta(days=40))
)


async def test_after_the_days_only_a_fault_is_offered_as_a_reason(
    begin: Begin, shop: FakeShop
) -> None:
    shop.orders = [LONG_AGO]
    customer, heard = await begun(begin, "return_item")
    assert "14 günlük iade ve değişim süresi" in text(heard)
    heard = await answers(customer, "yün kazak")
    reasons = [payload.partition("reason:")[2].rstrip('"}') for _, payload in heard[-1].buttons]
    assert reasons == ["damaged", "defective", "wrong_item"]
    heard = await answers(customer, "hasarlı")
    assert "nasıl ulaştırmak" in text(heard)


async def test_after_the_days_another_reason_is_refused_with_the_day(
    begin: Begin, shop: FakeShop
) -> None:
    shop.orders = [LONG_AGO]
    customer, _ = await begun(begin, "return_item")
    await answers(customer, "yün kazak")
    heard = await answers(customer, "beğenmedim")
    assert "cayma hakkınız" in text(heard)
    assert "tarihinde doldu" in text(heard)
    assert heard[-1].buttons[0][1] == "/ask_human"
    assert shop.wishes == []
