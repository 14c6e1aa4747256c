from collections.abc import Callable
from typing import Any

import pytest

from tests.actions.conversation import Conversation, Heard

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
