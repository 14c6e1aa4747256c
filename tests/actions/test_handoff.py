from collections.abc import Callable

import pytest

from shop.models import Article
from tests.actions.conversation import VERIFIED, Conversation
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]


async def test_a_person_is_asked_for_with_one_short_sentence(begin: Begin) -> None:
    customer = begin()
    customer.hears("temsilci istiyorum", "ask_human")
    said, request = await customer.runs("action_handoff")
    assert said.text == "Görüşmemizi bir temsilcimize iletiyorum."
    assert request.custom == {
        "handoff": {
            "reason": "asked",
            "department": None,
            "summary": "Müşteri bir temsilciyle görüşmek istiyor.",
            "evidence": {"slots": {}, "failed_turns": [], "last_action": None},
        }
    }


async def test_the_summary_names_wish_order_and_what_was_tried(begin: Begin) -> None:
    customer = begin("en")
    customer.hears("where is my order", "track_order")
    customer.remembers(order_number="10482", failed_proofs=2)
    await customer.runs("action_order_answer")
    customer.hears("give me a human", "ask_human")
    _, request = await customer.runs("action_handoff")
    handoff = request.custom["handoff"]
    assert handoff["summary"] == (
        "The customer wants to talk to a person. About: the state of an order, "
        "order 10482 (not verified), the details given did not match 2 times."
    )
    assert handoff["evidence"]["slots"] == {"order_number": "10482"}
    assert handoff["evidence"]["last_action"] == "action_order_answer"


async def test_a_verified_order_is_told_as_such(begin: Begin) -> None:
    customer = begin()
    customer.remembers(**VERIFIED, order_number="10482", verified_order="10482")
    customer.hears("temsilci", "ask_human")
    _, request = await customer.runs("action_handoff")
    handoff = request.custom["handoff"]
    assert handoff["summary"].endswith("Konu: sipariş 10482 (doğrulandı).")
    assert handoff["evidence"]["slots"] == {"order_number": "10482", "verified_order": "10482"}


async def test_a_missed_message_goes_along_with_its_best_guess(begin: Begin) -> None:
    customer = begin()
    ranking = [("nlu_fallback", 0.4), ("product_info", 0.31239), ("greet", 0.3)]
    customer.hears("ne bileyim", "nlu_fallback", 0.4, ranking)
    await customer.runs("action_fallback")
    customer.hears("/ask_human", "ask_human", 1.0)
    _, request = await customer.runs("action_handoff")
    assert request.custom["handoff"]["evidence"]["failed_turns"] == [
        {"text": "ne bileyim", "intent": "product_info", "confidence": 0.3124}
    ]


async def test_what_an_earlier_handoff_was_about_is_not_told_again(begin: Begin) -> None:
    customer = begin()
    customer.hears("ne bileyim", "nlu_fallback", 0.3)
    await customer.runs("action_fallback")
    customer.hears("siparişim nerede", "track_order")
    customer.hears("temsilci", "ask_human")
    await customer.runs("action_handoff")
    customer.hears("tekrar temsilci", "ask_human")
    _, request = await customer.runs("action_handoff")
    handoff = request.custom["handoff"]
    assert handoff["summary"] == "Müşteri bir temsilciyle görüşmek istiyor."
    assert handoff["evidence"]["failed_turns"] == []


async def test_a_handoff_ends_the_form_and_the_misses(begin: Begin) -> None:
    customer = begin()
    customer.hears("olmadı bu", "nlu_fallback", 0.3)
    await customer.runs("action_fallback")
    customer.asks("order_number")
    customer.hears("temsilci", "ask_human")
    await customer.runs("action_handoff")
    assert customer.form is None
    assert customer.slots["requested_slot"] is None
    assert customer.slots["misses"] == 0


async def test_yes_to_the_offered_person_is_taken_at_its_word(begin: Begin, shop: FakeShop) -> None:
    shop.articles = [Article("repair", "tr", "warranty", "Onarım", "20 iş günü.")]
    customer = begin()
    customer.hears("kulaklık bozuldu", "warranty")
    await customer.runs("action_article")
    customer.hears("evet", "affirm")
    _, request = await customer.runs("action_affirm")
    assert request.custom["handoff"]["reason"] == "asked"
    assert request.custom["handoff"]["summary"].endswith("Konu: garanti ve onarım.")


@pytest.mark.parametrize(
    ("language", "said"), [("tr", "Buyurun, sizi dinliyorum."), ("en", "Go ahead, I'm listening.")]
)
async def test_yes_to_nothing_invites_a_question(begin: Begin, language: str, said: str) -> None:
    customer = begin(language)
    customer.hears("evet", "affirm")
    (heard,) = await customer.runs("action_affirm")
    assert heard.text is not None
    assert heard.text.startswith(said)
    assert heard.custom == {}


async def test_an_offer_stands_for_the_next_message_only(begin: Begin) -> None:
    customer = begin()
    customer.hears("kargo", "shipping_info")
    await customer.runs("action_article")
    customer.hears("sağ olun", "thank")
    customer.hears("tamam", "affirm")
    (heard,) = await customer.runs("action_affirm")
    assert heard.custom == {}


async def test_yes_to_the_forms_question_is_no_answer(begin: Begin) -> None:
    customer = begin()
    customer.asks("order_number")
    customer.hears("evet", "affirm")
    (heard,) = await customer.runs("action_affirm")
    assert heard.text is not None
    assert heard.text.startswith("Mesajınızda bir sipariş numarası göremedim.")


async def test_yes_to_looking_at_an_order_begins_the_order_form(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = [Article("returns", "tr", "returns", "İade", "14 gün.")]
    customer = begin()
    customer.hears("iade", "return_item")
    await customer.runs("action_article")
    customer.hears("evet", "affirm")
    assert await customer.runs("action_affirm") == []
    assert customer.followed_by == "order_form"
    await customer.fills()
    assert customer.slots["wish"] == "return_item"
    assert customer.slots["requested_slot"] == "order_number"


async def test_an_angry_customer_is_handed_over_by_a_rule_in_words_of_its_own(
    begin: Begin,
) -> None:
    customer = begin()
    customer.hears("kargom nerede", "track_order")
    customer.remembers(frustrations=2)
    customer.hears("rezalet", "complaint")
    said, request = await customer.runs("action_handoff")
    assert said.text is not None
    assert said.text.startswith("Haklısınız, sizi daha fazla uğraştırmayayım.")
    handoff = request.custom["handoff"]
    assert handoff["reason"] == "rule"
    assert handoff["summary"].endswith("Konu: şikâyet, müşteri kızgın.")
    assert customer.slots["frustrations"] == 0


async def test_what_is_wanted_besides_goes_along(begin: Begin) -> None:
    customer = begin("en")
    customer.remembers(next_wish="invoice")
    customer.hears("I was charged twice, get me someone", "payment_problem")
    customer.hears("human", "ask_human")
    _, request = await customer.runs("action_handoff")
    handoff = request.custom["handoff"]
    assert handoff["summary"].endswith("About: a problem with a payment, also an invoice.")
    assert handoff["department"] == "payments"
