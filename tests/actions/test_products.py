from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from shop.clock import today
from shop.models import Article, Campaign, Product, Text, Variant
from shop.wording import day
from tests.actions.conversation import Conversation
from tests.fakes.shop import FakeShop

Begin = Callable[..., Conversation]


def product(tr: str, en: str, stock: int, *variants: Variant, image: str | None = None) -> Product:
    return Product(
        sku=en,
        name=Text(tr, en),
        description=Text(f"{tr} hakkında.", f"About {en}."),
        category="kitchen",
        price=Decimal("1249.90"),
        currency="TRY",
        stock=stock,
        url=None,
        image=image,
        variants=variants,
    )


TEAPOT = product("Çelik Çaydanlık", "Steel Teapot", 12, image="https://shop.example.com/t.webp")
RED = product("Kırmızı Kupa", "Red Mug", 0)
BLUE = product("Mavi Kupa", "Blue Mug", 3, image="https://shop.example.com/blue.webp")
SHIRT = product("Tişört", "T-Shirt", 7, Variant("S", 4), Variant("M", 0), Variant("L", 3))


async def asked(begin: Begin, text: str, language: str = "tr") -> Conversation:
    customer = begin(language)
    customer.hears(text, "product_info")
    return customer


async def test_one_product_is_told_with_description_and_picture(
    begin: Begin, shop: FakeShop
) -> None:
    shop.products = [TEAPOT, RED]
    (heard,) = await (await asked(begin, "çaydanlık var mı")).runs("action_products")
    assert heard.text == "Çelik Çaydanlık: 1.249,90 TL, stokta var.\nÇelik Çaydanlık hakkında."
    assert heard.image == "https://shop.example.com/t.webp"


async def test_several_products_are_told_with_price_stock_and_picture(
    begin: Begin, shop: FakeShop
) -> None:
    shop.products = [RED, BLUE, TEAPOT]
    found, *cards = await (await asked(begin, "any mug", "en")).runs("action_products")
    assert found.text == "Here is what I found:"
    assert [(card.text, card.image) for card in cards] == [
        ("Red Mug: ₺1,249.90, currently out of stock.", None),
        ("Blue Mug: ₺1,249.90, only 3 left in stock.", "https://shop.example.com/blue.webp"),
    ]


async def test_only_the_options_in_stock_are_named(begin: Begin, shop: FakeShop) -> None:
    shop.products = [SHIRT]
    (heard,) = await (await asked(begin, "tişört m beden")).runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Tişört: 1.249,90 TL, stoktaki seçenekler: S, L.")


async def test_nothing_found_is_said_and_a_person_offered(begin: Begin, shop: FakeShop) -> None:
    shop.products = [TEAPOT]
    (heard,) = await (await asked(begin, "uzay gemisi")).runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Bununla eşleşen bir ürün bulamadım.")
    assert heard.buttons == [("Temsilciye bağlan", "/ask_human")]


async def test_a_pressed_button_asks_which_product(begin: Begin, shop: FakeShop) -> None:
    (heard,) = await (await asked(begin, "/product_info")).runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Hangi ürüne bakmamı istersiniz?")
    assert shop.searches == []


async def test_a_button_pressed_after_a_miss_searches_with_what_was_missed(
    begin: Begin, shop: FakeShop
) -> None:
    shop.products = [TEAPOT]
    customer = begin()
    customer.hears("çaydanlık falan?", "nlu_fallback", 0.3)
    await customer.runs("action_fallback")
    customer.hears("/product_info", "product_info", 1.0)
    (heard,) = await customer.runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Çelik Çaydanlık")


@pytest.mark.parametrize("language", ["tr", "en"])
async def test_a_person_is_offered_while_the_shop_is_down(
    begin: Begin, shop: FakeShop, language: str
) -> None:
    shop.down = True
    said, offer = await (await asked(begin, "kupa", language)).runs("action_products")
    assert said.text
    assert [payload for _, payload in offer.buttons] == ["/ask_human", "/deny"]


async def test_stock_comes_first_where_stock_was_the_question(begin: Begin, shop: FakeShop) -> None:
    shop.products = [TEAPOT]
    customer = begin()
    customer.hears("çaydanlık stokta mı", "product_availability")
    (heard,) = await customer.runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Çelik Çaydanlık stokta var, fiyatı 1.249,90 TL.")


async def test_a_question_without_a_product_is_about_the_one_told_last(
    begin: Begin, shop: FakeShop
) -> None:
    shop.products = [TEAPOT, RED]
    customer = await asked(begin, "çaydanlık var mı")
    await customer.runs("action_products")
    customer.hears("ne kadar peki", "price_campaign")
    (heard,) = await customer.runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Çelik Çaydanlık: 1.249,90 TL")


async def test_a_question_without_any_product_asks_which(begin: Begin, shop: FakeShop) -> None:
    customer = begin()
    customer.hears("bu ne kadar", "price_campaign")
    (heard,) = await customer.runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Hangi ürüne bakmamı istersiniz?")
    assert shop.searches == []


async def test_discounts_are_told_from_the_article_beside_the_product(
    begin: Begin, shop: FakeShop
) -> None:
    shop.products = [TEAPOT]
    title = "Güncel indirim kodları"
    shop.articles = [Article("codes", "tr", "campaigns", title, "Sepete yazın.", general=True)]
    customer = begin()
    customer.hears("çaydanlık indirim", "price_campaign")
    product, article = await customer.runs("action_products")
    assert product.text is not None
    assert product.text.startswith("Çelik Çaydanlık: 1.249,90 TL")
    assert article.text == "Güncel indirim kodları\n\nSepete yazın."
    customer.hears("indirim var mı", "price_campaign")
    customer.remembers(product=None)
    (article,) = await customer.runs("action_products")
    assert article.text == "Güncel indirim kodları\n\nSepete yazın."


async def test_an_article_on_something_else_is_no_answer_to_a_price(
    begin: Begin, shop: FakeShop
) -> None:
    shop.articles = [Article("cost", "tr", "shipping", "Kargo ücreti", "69,90 TL.")]
    customer = begin()
    customer.hears("kargo uzay gemisi", "price_campaign")
    (heard,) = await customer.runs("action_products")
    assert heard.text is not None
    assert heard.text.startswith("Bununla eşleşen bir ürün bulamadım.")


async def test_offers_in_general_are_those_that_run_today(begin: Begin, shop: FakeShop) -> None:
    shop.articles = [
        Article("ours", "tr", "campaigns", "Güncel indirim", "Ana sayfada.", general=True)
    ]
    title, body = Text("Mutfak haftası", "Kitchen week"), Text("%15 indirim.", "15 % off.")
    ends = today() + timedelta(days=3)
    shop.offers = [Campaign("kitchen", title, body, "MUTFAK15", today(), ends)]
    customer = begin()
    customer.hears("indirim var mı", "price_campaign")
    (told,) = await customer.runs("action_products")
    assert told.text == (
        "Şu anki kampanyalarımız:\n"
        f"• Mutfak haftası: %15 indirim. Kod: MUTFAK15. Son gün: {day(ends, 'tr', today())}."
    )


async def test_a_question_about_a_coupon_names_no_product(begin: Begin, shop: FakeShop) -> None:
    shop.products = [TEAPOT]
    shop.articles = [Article("code-fails", "tr", "campaigns", "Kodum çalışmıyor", "Yazın.")]
    customer = begin()
    customer.hears("çaydanlık kodum çalışmıyor", "price_campaign")
    (told,) = await customer.runs("action_products")
    assert told.text == "Kodum çalışmıyor\n\nYazın."
