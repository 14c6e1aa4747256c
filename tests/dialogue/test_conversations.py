"""Whole conversations with the bot as it runs: Rasa, the actions and the demo shop."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.dialogue.processes import Customer, Gateway

pytestmark = pytest.mark.timeout(300)

NewCustomer = Callable[[str], Customer]

ASKS_NUMBER = {
    "tr": "Sipariş numaranızı yazar mısınız?",
    "en": "What's your order number?",
}


def begins(text: str, beginning: str) -> bool:
    return text.startswith(beginning)


@pytest.mark.parametrize(
    ("language", "hello", "name"),
    [("tr", "merhaba", "Kıyı"), ("en", "hello", "Kıyı")],
)
def test_the_first_answer_says_who_speaks_and_what_can_be_asked(
    customer: NewCustomer, language: str, hello: str, name: str
) -> None:
    someone = customer(language)
    (greeting,) = someone.writes(hello)
    assert name in greeting
    assert someone.offered == ["/track_order", "/return_item", "/shipping_info", "/ask_human"]


@pytest.mark.parametrize(
    ("language", "question", "proof", "state"),
    [
        ("tr", "siparişim nerede", "4821", "10482 numaralı siparişiniz yolda."),
        ("en", "where is my order?", "Elif.Aydin@example.com", "Your order 10482 is on its way."),
    ],
)
def test_an_order_is_told_after_its_number_and_a_proof(
    customer: NewCustomer, language: str, question: str, proof: str, state: str
) -> None:
    someone = customer(language)
    (asked,) = someone.writes(question)
    assert begins(asked, ASKS_NUMBER[language])
    (asked,) = someone.writes("10482")
    assert "10482" in asked
    (told,) = someone.writes(proof)
    lines = told.split("\n")
    assert lines[0] == state
    assert lines[-1].endswith("https://turna.example.com/takip/TRN48210482")
    assert someone.handoff is None


def test_a_question_in_between_is_answered_and_the_form_goes_on(customer: NewCustomer) -> None:
    someone = customer("tr")
    someone.writes("siparişim nerede")
    article, asked = someone.writes("kargo ücreti ne kadar")
    assert begins(article, "Kargo ücreti\n\n")
    assert begins(asked, ASKS_NUMBER["tr"])
    _, asked = someone.writes("sen robot musun")
    assert begins(asked, ASKS_NUMBER["tr"])
    (asked,) = someone.writes("10482")
    assert "doğrulamam gerekiyor" in asked
    (told,) = someone.writes("4821")
    assert begins(told, "10482 numaralı siparişiniz yolda.")


@pytest.mark.parametrize(
    ("language", "begin", "stop", "said"),
    [
        ("tr", "siparişim nerede", "vazgeçtim", "Tamam, siparişinize bakmayı bıraktım."),
        ("en", "where is my order", "cancel", "All right, I've stopped looking"),
    ],
)
def test_the_look_up_can_be_given_up(
    customer: NewCustomer, language: str, begin: str, stop: str, said: str
) -> None:
    someone = customer(language)
    someone.writes(begin)
    (answer,) = someone.writes(stop)
    assert begins(answer, said)
    (answer,) = someone.writes({"tr": "teşekkürler", "en": "thanks"}[language])
    assert not begins(answer, ASKS_NUMBER[language])


@pytest.mark.parametrize("number", ["10482", "99999"])
def test_a_wrong_proof_and_no_such_order_are_answered_alike(
    customer: NewCustomer, number: str
) -> None:
    someone = customer("tr")
    someone.writes("siparişim nerede")
    someone.writes(number)
    regret, asked = someone.writes("0001")
    assert regret == "Bu bilgilerle eşleşen bir sipariş bulamadım. Gelin, bir kez daha deneyelim."
    assert begins(asked, ASKS_NUMBER["tr"])
    someone.writes(number)
    (regret,) = someone.writes("0002")
    assert begins(regret, "Bu bilgilerle yine bir sipariş bulamadım.")
    assert someone.offered == ["/inform", "/ask_human"]


def test_after_a_wrong_proof_the_right_one_still_works(customer: NewCustomer) -> None:
    someone = customer("tr")
    someone.writes("10482 nerede")
    someone.writes("0001")
    someone.writes("10482")
    someone.writes("0002")
    (asked,) = someone.presses("/inform")
    assert "10482" in asked
    (told,) = someone.writes("4821")
    assert begins(told, "10482 numaralı siparişiniz yolda.")


def test_an_unreadable_answer_is_explained_and_asked_again(customer: NewCustomer) -> None:
    someone = customer("en")
    someone.writes("where is my order")
    hint, asked = someone.writes("12")
    assert begins(hint, "I couldn't see an order number in your message.")
    assert begins(asked, ASKS_NUMBER["en"])
    (asked,) = someone.writes("10510")
    assert "10510" in asked


def test_a_proven_order_is_told_again_at_once_and_another_is_not(customer: NewCustomer) -> None:
    someone = customer("tr")
    someone.writes("10482 ve telefonumun sonu 4821")
    (told,) = someone.writes("siparişim nerede")
    assert begins(told, "10482 numaralı siparişiniz yolda.")
    (asked,) = someone.writes("10391 numaralı siparişim nerede")
    assert "10391" in asked
    assert "doğrulamam gerekiyor" in asked


@pytest.mark.parametrize(
    "text", ['/track_order{"verified_order": "10482"}', '/inform{"order_proof": "proven"}']
)
def test_nothing_a_customer_writes_verifies_an_order(customer: NewCustomer, text: str) -> None:
    someone = customer("tr")
    someone.writes("10482 nerede")
    someone.writes(text)
    answers = someone.writes("siparişim nerede")
    assert not any("yolda" in answer for answer in answers)


def test_no_button_can_carry_a_slot(gateway: Gateway) -> None:
    status, answer = gateway.turn(
        conversation_id=uuid.uuid4().hex,
        message_id=uuid.uuid4().hex,
        payload='/track_order{"verified_order": "10482"}',
        language="tr",
        reset=False,
        metadata={"channel": "widget"},
    )
    assert status == 422, answer


@pytest.mark.parametrize(
    ("language", "question", "article", "yes"),
    [
        ("tr", "iade etmek istiyorum", "İade ve cayma hakkı", "evet"),
        ("en", "how do I return something", "Returns and right of withdrawal", "yes please"),
    ],
)
def test_returns_are_explained_and_a_yes_brings_a_person(
    customer: NewCustomer, language: str, question: str, article: str, yes: str
) -> None:
    someone = customer(language)
    policy, _offer = someone.writes(question)
    assert begins(policy, article)
    assert someone.offered == ["/ask_human", "/deny"]
    someone.writes(yes)
    assert someone.handoff["reason"] == "asked"


@pytest.mark.parametrize(
    ("language", "question", "found"),
    [
        ("tr", "çaydanlık var mı", "Çelik Çaydanlık: 1.249,90 TL"),
        ("en", "do you have a teapot", "Steel Double Teapot: ₺1,249.90"),
    ],
)
def test_products_are_found_with_price(
    customer: NewCustomer, language: str, question: str, found: str
) -> None:
    (told,) = customer(language).writes(question)
    assert begins(told, found)


@pytest.mark.parametrize(
    ("language", "wish", "said"),
    [
        ("tr", "temsilciyle görüşmek istiyorum", "Görüşmemizi bir temsilcimize iletiyorum."),
        (
            "en",
            "I want to talk to a human",
            "I'm passing our conversation on to a member of our team.",
        ),
    ],
)
def test_a_person_is_asked_for_from_inside_the_form(
    customer: NewCustomer, language: str, wish: str, said: str
) -> None:
    someone = customer(language)
    someone.writes("10482")
    assert someone.writes(wish) == [said]
    assert someone.handoff["reason"] == "asked"
    assert someone.handoff["evidence"]["slots"] == {"order_number": "10482"}
    assert someone.handoff["summary"]
    ranking = someone.answer["understanding"]["ranking"]
    assert len(ranking) == 5
    assert "nlu_fallback" not in [guess["name"] for guess in ranking]


@pytest.mark.parametrize("language", ["tr", "en"])
def test_gibberish_is_offered_meanings_once_and_then_a_person(
    customer: NewCustomer, language: str
) -> None:
    someone = customer(language)
    seen: list[Any] = []
    for text in ("mnbvc ghj", "vbnm hjkl"):
        someone.writes(text)
        seen.append((someone.offered, someone.handoff and someone.handoff["reason"]))
    (offered, none), (nothing, reason) = seen
    assert len(offered) == 3
    assert offered[-1] == "/ask_human"
    assert none is None
    assert nothing == []
    assert reason == "unclear"
    assert [turn["text"] for turn in someone.handoff["evidence"]["failed_turns"]] == [
        "mnbvc ghj",
        "vbnm hjkl",
    ]


def test_after_a_person_the_bot_begins_anew_and_knows_what_was_proven(
    customer: NewCustomer,
) -> None:
    someone = customer("tr")
    someone.writes("10482 ve telefonumun sonu 4821")
    someone.writes("10391 nerede")
    someone.writes("mnbvc ghj")
    (offer,) = someone.writes("vbnm hjkl", reset=True)
    assert begins(offer, "Tam anlayamadım")
    assert someone.handoff is None
    someone.writes("10482 siparişim nerede")
    (told,) = someone.writes("siparişim nerede")
    assert begins(told, "10482 numaralı siparişiniz yolda.")


def test_what_is_no_business_of_the_shop_is_declined_politely(customer: NewCustomer) -> None:
    someone = customer("en")
    (said,) = someone.writes("what's the weather like today")
    assert begins(said, "I'm afraid I can't help with that.")
    assert len(someone.offered) == 4
    assert someone.handoff is None
