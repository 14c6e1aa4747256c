from collections.abc import Callable
from dataclasses import replace
from unittest.mock import AsyncMock

import pytest

from actions.policies import TOPICS
from shop.models import Article
from tests.actions.conversation import Conversation
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]

ARTICLES = [
    Article("shipping-cost", "tr", "shipping", "Kargo ücreti", "Kargo {ücretsiz}."),
    Article("shipping-cost", "en", "shipping", "Shipping cost", "Shipping is free."),
    Article("charged", "tr", "payment_problem", "Çift çekim", "Biri provizyondur."),
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


@pytest.mark.parametrize(
    ("intent", "offer", "buttons"),
    [
        (
            "return_item",
            "İade için siparişinize birlikte bakalım mı?",
            [("Evet, bakalım", "/inform"), ("Hayır, teşekkürler", "/deny")],
        ),
        (
            "payment_problem",
            "Sizi bir temsilcimize bağlamamı ister misiniz?",
            [("Evet, bağlayın", "/ask_human"), ("Hayır, teşekkürler", "/deny")],
        ),
    ],
)
async def test_what_can_be_done_is_offered_after_the_article(
    begin: Begin, shop: FakeShop, intent: str, offer: str, buttons: list[tuple[str, str]]
) -> None:
    shop.articles = ARTICLES
    customer = begin()
    customer.hears("soracaktım", intent)
    _article, offered = await customer.runs("action_article")
    assert offered.text == offer
    assert offered.buttons == buttons


async def test_an_order_named_in_the_question_is_looked_at_right_away(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = ARTICLES
    customer = begin()
    customer.hears("10482'yi iade edeceğim", "return_item")
    assert await customer.runs("action_article") == []
    assert customer.followed_by == "order_form"
    assert customer.slots["wish"] == "return_item"


@pytest.mark.parametrize(
    ("text", "intent", "asked"),
    [
        ("ne zaman gelir", "delivery_time", ("shipping", "ne zaman gelir Teslimat süresi")),
        ("/exchange_item", "exchange_item", ("returns", "Ürün değişimi")),
        ("/shipping_info", "shipping_info", ("shipping", "")),
    ],
)
async def test_where_articles_serve_several_intents_the_title_tells_which_is_meant(
    begin: Begin, shop: FakeShop, text: str, intent: str, asked: tuple[str, str]
) -> None:
    customer = begin()
    customer.hears(text, intent, 1.0)
    await customer.runs("action_article")
    assert shop.questions == [asked]


async def test_while_a_form_waits_nothing_is_offered_but_the_wish_is_kept_for_later(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = ARTICLES
    customer = begin()
    customer.asks("order_number")
    customer.hears("iade nasıl oluyor", "return_item")
    (article,) = await customer.runs("action_article")
    assert article.buttons == []
    assert customer.slots["wish"] is None
    assert customer.slots["next_wish"] == "return_item"


@pytest.mark.parametrize("intent", sorted(TOPICS))
async def test_what_nothing_is_written_about_is_handed_over(begin: Begin, intent: str) -> None:
    customer = begin("en")
    customer.hears("what about drones", intent)
    said, handed, request = await customer.runs("action_article")
    assert said.text == "I have nothing written about that."
    assert handed.text is not None
    assert request.custom["handoff"]["reason"] == "rule"


async def test_an_article_missing_in_the_language_is_told_in_the_other_and_it_is_said(
    begin: Begin, shop: FakeShop
) -> None:
    shop.find_articles = AsyncMock(  # type: ignore[method-assign]
        return_value=[Article("repair", "tr", "warranty", "Onarım", "20 iş günü.")]
    )
    customer = begin("en")
    customer.hears("it broke", "warranty")
    notice, article, _offer = await customer.runs("action_article")
    assert notice.text == "This isn't available in English yet; here it is in Turkish."
    assert article.text == "Onarım\n\n20 iş günü."


LONG = [
    Article("shipping-cost", "tr", "shipping", "Kargo", "Ücretsiz.", sections=3),
    Article("shipping-cost", "tr", "shipping", "Kargo", "Almanya.", "Yurt dışı", 3, position=1),
    Article("shipping-cost", "tr", "shipping", "Kargo", "Şube.", "Teslim", 3, position=2),
]


async def test_the_passage_is_told_with_its_heading_and_the_rest_on_request(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = LONG[1:]
    customer = begin()
    customer.hears("almanyaya kargo", "shipping_info")
    (heard,) = await customer.runs("action_article")
    assert heard.text == "Kargo\nYurt dışı\n\nAlmanya."
    ((title, payload),) = heard.buttons
    assert title == "Devamını oku"
    assert payload == '/shipping_info{"article": "shipping-cost:1"}'

    shop.articles = LONG
    customer.hears(payload, "shipping_info", 1.0, article="shipping-cost:1")
    rest = await customer.runs("action_article")
    assert [one.text for one in rest] == ["Kargo\n\nÜcretsiz.", "Teslim\n\nŞube."]
    assert all(not one.buttons for one in rest)


async def yes_to_read_on(customer: Conversation, shop: FakeShop) -> None:
    """A passage was told with the offer to read on, and the customer has written a yes."""
    shop.articles = LONG[1:]
    customer.hears("almanyaya kargo", "shipping_info")
    await customer.runs("action_article")
    customer.hears("evet", "affirm")


async def test_a_written_yes_reads_on_as_the_button_does(begin: Begin, shop: FakeShop) -> None:
    customer = begin()
    await yes_to_read_on(customer, shop)
    assert await customer.runs("action_affirm") == []
    assert customer.followed_by == "action_article"
    rest = await customer.runs("action_article")
    assert [one.text for one in rest] == ["Teslim\n\nŞube."]


@pytest.mark.parametrize(("said", "hears"), [("devamını oku", 2), ("Evet", 0)])
async def test_the_buttons_words_read_on_and_a_yes_answers_what_was_asked_after_it(
    begin: Begin, shop: FakeShop, said: str, hears: int
) -> None:
    shop.articles = [replace(one, topic="warranty") for one in LONG]
    customer = begin()
    customer.hears("garanti", "warranty")
    _, offer = await customer.runs("action_article")
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]
    customer.hears(said, "affirm")
    heard = await customer.runs("action_affirm")
    if hears:
        assert customer.followed_by == "action_article"
        assert len(await customer.runs("action_article")) == hears
    else:
        assert heard[-1].custom["handoff"]["reason"] == "asked"


async def test_a_yes_to_what_was_taken_off_since_is_for_a_person(
    begin: Begin, shop: FakeShop
) -> None:
    customer = begin()
    await yes_to_read_on(customer, shop)
    await customer.runs("action_affirm")
    shop.articles = []
    said, *_, request = await customer.runs("action_article")
    assert said.text == "Bu konuda elimde yazılı bir bilgi yok."
    assert request.custom["handoff"]["reason"] == "rule"


async def test_a_yes_to_a_form_does_not_read_on(begin: Begin, shop: FakeShop) -> None:
    customer = begin()
    await yes_to_read_on(customer, shop)
    customer.asks("order_number")
    (heard,) = await customer.runs("action_affirm")
    assert customer.followed_by is None
    assert heard.text is not None
    assert heard.text.startswith("Mesajınızda bir sipariş numarası göremedim")


async def test_the_rest_of_an_article_that_was_taken_off_is_answered_anew(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = [Article("abroad", "tr", "shipping", "Yurt dışı", "Yok.")]
    customer = begin()
    payload = '/shipping_info{"article": "shipping-cost:1"}'
    customer.hears(payload, "shipping_info", 1.0, article="shipping-cost:1")
    (heard,) = await customer.runs("action_article")
    assert heard.text == "Yurt dışı\n\nYok."


@pytest.mark.parametrize("intent", ["shipping_info", "return_item"])
async def test_a_person_is_offered_while_the_shop_is_down(
    begin: Begin, shop: FakeShop, intent: str
) -> None:
    shop.down = True
    customer = begin()
    customer.hears("kargo ne kadar", intent)
    said, offer = await customer.runs("action_article")
    assert said.text is not None
    assert said.text.startswith("Mağaza bilgilerine şu anda ulaşamıyorum")
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]


async def test_a_complaint_goes_on_while_the_shop_is_down(begin: Begin, shop: FakeShop) -> None:
    shop.down = True
    customer = begin()
    customer.asks("complaint_text")
    customer.hears("kargo ne kadar", "shipping_info")
    (said,) = await customer.runs("action_article")
    assert said.buttons == []
    assert customer.form == "complaint_form"
