from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shop.models import Article
from tests.actions.conversation import Conversation, Heard
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]

RANKING = [("nlu_fallback", 0.3), ("greet", 0.3), ("product_info", 0.2), ("return_item", 0.1)]


async def missed(customer: Conversation, text: str = "qwr tyu") -> list[Heard]:
    customer.hears(text, "nlu_fallback", 0.3, RANKING)
    return await customer.runs("action_fallback")


def handoff_in(heard: list[Heard]) -> dict[str, Any] | None:
    return next((h.custom["handoff"] for h in heard if h.custom), None)


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("tr", ["Ürünlere bakmak istiyorum", "İade etmek istiyorum", "Temsilciye bağlan"]),
        ("en", ["Look for a product", "Return an item", "Talk to a person"]),
    ],
)
async def test_the_first_miss_offers_the_two_nearest_meanings_and_a_person(
    begin: Begin, language: str, titles: list[str]
) -> None:
    (heard,) = await missed(begin(language))
    assert [title for title, _ in heard.buttons] == titles
    assert [payload for _, payload in heard.buttons] == [
        "/product_info",
        "/return_item",
        "/ask_human",
    ]


async def test_two_meanings_are_offered_even_when_none_was_near(begin: Begin) -> None:
    customer = begin()
    customer.hears("hm", "nlu_fallback", 0.3, [("greet", 0.3), ("thank", 0.3)])
    (heard,) = await customer.runs("action_fallback")
    assert [payload for _, payload in heard.buttons] == [
        "/track_order",
        "/return_item",
        "/ask_human",
    ]


async def test_the_second_miss_in_a_row_hands_over_with_both(begin: Begin) -> None:
    customer = begin()
    assert handoff_in(await missed(customer, "qwr")) is None
    said, request = await missed(customer, "tyu")
    assert said.text is not None
    assert said.text.startswith("Yine anlayamadım")
    handoff = request.custom["handoff"]
    assert handoff["reason"] == "unclear"
    assert [turn["text"] for turn in handoff["evidence"]["failed_turns"]] == ["qwr", "tyu"]
    assert handoff["evidence"]["failed_turns"][0]["intent"] == "greet"


async def test_a_turn_understood_in_between_begins_anew(begin: Begin) -> None:
    customer = begin()
    await missed(customer)
    customer.hears("teşekkürler", "thank")
    assert handoff_in(await missed(customer)) is None
    assert handoff_in(await missed(customer)) is not None


async def test_a_reset_by_the_channel_begins_anew(begin: Begin) -> None:
    customer = begin()
    await missed(customer)
    customer.remembers(misses=0)
    assert handoff_in(await missed(customer)) is None


async def test_after_a_handoff_misses_count_anew(begin: Begin) -> None:
    customer = begin()
    outcomes = [handoff_in(await missed(customer)) is not None for _ in range(4)]
    assert outcomes == [False, True, False, True]


@pytest.mark.parametrize("slot", ["order_number", "order_proof"])
async def test_in_the_order_form_the_first_miss_explains_what_is_asked(
    begin: Begin, slot: str
) -> None:
    customer = begin()
    customer.asks(slot)
    (heard,) = await missed(customer)
    assert heard.buttons == [("Temsilciye bağlan", "/ask_human")]
    assert customer.form == "order_form"
    assert handoff_in(await missed(customer)) is not None
    assert customer.form is None


async def test_what_is_surely_not_the_shops_business_is_declined_every_time(begin: Begin) -> None:
    customer = begin("en")
    for _ in range(3):
        customer.hears("what's the weather", "out_of_scope", 0.97)
        (heard,) = await customer.runs("action_out_of_scope")
        assert heard.text is not None
        assert heard.text.startswith("I'm afraid I can't help with that.")
        assert len(heard.buttons) == 4


async def test_an_unsure_guess_of_that_kind_is_a_miss(begin: Begin) -> None:
    customer = begin()
    customer.hears("zxc vbn", "out_of_scope", 0.55)
    (heard,) = await customer.runs("action_out_of_scope")
    assert heard.buttons[-1] == ("Temsilciye bağlan", "/ask_human")
    assert handoff_in(await missed(customer)) is not None


WIFI = Article("wifi", "tr", "stores", "Mağazada Wi-Fi", "Şifre kasada.", share=1.0)


async def test_what_the_shop_has_written_answers_what_was_not_understood(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = [WIFI]
    customer = begin()
    (heard,) = await missed(customer, "mağazada internet")
    assert heard.text == "Mağazada Wi-Fi\n\nŞifre kasada."
    assert customer.slots["misses"] in (None, 0)


async def test_an_article_that_speaks_of_half_the_message_is_no_answer(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = [replace(WIFI, share=0.5)]
    (heard,) = await missed(begin(), "mağazada internet")
    assert heard.buttons


async def test_the_rest_of_such_an_article_is_told_on_request(begin: Begin, shop: FakeShop) -> None:
    shop.articles = [replace(WIFI, sections=2)]
    customer = begin()
    (heard,) = await missed(customer, "mağazada internet")
    ((_, payload),) = heard.buttons
    assert payload == '/nlu_fallback{"article": "wifi:0"}'
    shop.articles = [replace(WIFI, heading="Süre", body="Bir saat.", position=1, sections=2)]
    customer.hears(payload, "nlu_fallback", 1.0, article="wifi:0")
    (rest,) = await customer.runs("action_fallback")
    assert rest.text == "Süre\n\nBir saat."


async def test_while_the_shop_is_down_a_miss_is_a_miss(begin: Begin, shop: FakeShop) -> None:
    shop.down = True
    (heard,) = await missed(begin())
    assert heard.buttons
