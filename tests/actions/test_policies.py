from collections.abc import Callable

import pytest

from shop.models import Article
from tests.actions.conversation import Conversation
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]

ARTICLES = [
    Article("shipping-cost", "tr", "shipping", "Kargo ücreti", "Kargo {ücretsiz}."),
    Article("shipping-cost", "en", "shipping", "Shipping cost", "Shipping is free."),
    Article("returns", "tr", "returns", "İade", "14 gün içinde."),
    Article("returns", "en", "returns", "Returns", "Within 14 days."),
]


@pytest.mark.parametrize(
    ("language", "told"),
    [("tr", "Kargo ücreti\n\nKargo {ücretsiz}."), ("en", "Shipping cost\n\nShipping is free.")],
)
async def test_shipping_is_told_from_the_article_in_the_language(
    begin: Begin, shop: FakeShop, language: str, told: str
) -> None:
    shop.articles = ARTICLES
    customer = begin(language)
    customer.hears("kargo", "shipping_info")
    (heard,) = await customer.runs("action_article")
    assert heard.text == told
    assert heard.buttons == []


async def test_returns_are_told_and_a_person_offered_for_the_return_itself(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = ARTICLES
    customer = begin()
    customer.hears("iade etmek istiyorum", "return_item")
    article, offer = await customer.runs("action_return_policy")
    assert article.text == "İade\n\n14 gün içinde."
    assert offer.buttons == [
        ("Evet, bağlayın", "/ask_human"),
        ("Hayır, teşekkürler", "/deny"),
    ]


async def test_nothing_is_offered_while_the_order_form_waits_for_an_answer(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = ARTICLES
    customer = begin()
    customer.asks("order_number")
    customer.hears("iade nasıl oluyor", "return_item")
    (article,) = await customer.runs("action_return_policy")
    assert article.buttons == []


@pytest.mark.parametrize("action", ["action_article", "action_return_policy"])
async def test_nothing_written_is_said_and_a_person_offered_once(begin: Begin, action: str) -> None:
    customer = begin("en")
    customer.hears("what about drones", "shipping_info")
    (heard,) = await customer.runs(action)
    assert heard.text is not None
    assert heard.text.startswith("I have nothing written about that")
    assert heard.buttons == [("Talk to a person", "/ask_human")]


@pytest.mark.parametrize("action", ["action_article", "action_return_policy"])
async def test_a_person_takes_over_while_the_shop_is_down(
    begin: Begin, shop: FakeShop, action: str
) -> None:
    shop.down = True
    customer = begin()
    customer.hears("kargo ne kadar", "shipping_info")
    said, request = await customer.runs(action)
    assert said.text is not None
    assert said.text.startswith("Mağaza bilgilerine şu anda ulaşamıyorum.")
    assert request.custom["handoff"]["reason"] == "bot_failed"
