"""The demo shop, read through its interface on every database."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.base import Shop
from shop.connect import connection, open_engine
from shop.models import Customer, OrderStatus, Price, Text
from shop.pace import Pace
from shop.sql import SqlShop


async def test_an_order_comes_with_everything_in_it(shop: Shop) -> None:
    order = await shop.find_order("10482")
    assert order is not None
    assert order.customer == Customer(
        "demo-elif", "Elif Aydın", "elif.aydin@example.com", "+905550104821"
    )
    assert order.status is OrderStatus.SHIPPED
    assert order.placed_at == datetime(2026, 11, 18, 11, 32, tzinfo=UTC)
    assert order.placed_at.utcoffset() == UTC.utcoffset(None)
    assert (order.total, order.currency) == (Decimal("1199.70"), "TRY")
    assert [(line.sku, line.variant, line.quantity, line.price) for line in order.lines] == [
        ("MUG-101", None, 2, Decimal("349.90")),
        ("TSH-401", "M", 1, Decimal("499.90")),
    ]
    assert order.lines[0].name == Text("Lale Seramik Kupa", "Tulip Ceramic Mug")
    shipment = order.shipment
    assert shipment is not None
    assert (shipment.carrier, shipment.tracking_number) == ("Turna Kargo", "TRN48210482")
    assert shipment.tracking_url == "https://turna.example.com/takip/TRN48210482"
    assert (shipment.expected_at, shipment.delivered_at) == (date(2026, 11, 23), None)
    assert [(e.at.isoformat(), e.status.in_("en"), e.place) for e in shipment.events] == [
        ("2026-11-19T14:40:00+00:00", "Handed to the carrier", "İstanbul"),
        ("2026-11-20T00:15:00+00:00", "On its way", "İstanbul"),
        ("2026-11-21T04:50:00+00:00", "Arrived at the destination branch", "Ankara"),
    ]


@pytest.mark.parametrize(
    ("number", "status", "shipped", "delivered"),
    [
        ("10391", OrderStatus.DELIVERED, True, True),
        ("10510", OrderStatus.PREPARING, False, False),
        ("10277", OrderStatus.CANCELLED, False, False),
        ("20714", OrderStatus.RETURNED, True, True),
    ],
)
async def test_the_documented_orders(
    shop: Shop, number: str, status: OrderStatus, shipped: bool, delivered: bool
) -> None:
    order = await shop.find_order(number)
    assert order is not None
    assert order.status is status
    assert (order.shipment is not None) == shipped
    if order.shipment is not None:
        assert (order.shipment.delivered_at is not None) == delivered


@pytest.mark.parametrize("number", ["10482", " 10482 ", "#10482"])
async def test_a_number_is_found_as_customers_write_it(shop: Shop, number: str) -> None:
    order = await shop.find_order(number)
    assert order is not None
    assert order.number == "10482"


@pytest.mark.parametrize(
    "number", ["", "#", "99999", "10482\x00", "10482'--", "١٠٤٨٢", "%", "1" * 10_000, "\ud800"]
)
async def test_what_is_no_order_number_finds_nothing(shop: Shop, number: str) -> None:
    assert await shop.find_order(number) is None
    assert await shop.prove_order(number, "4821") is None


@pytest.mark.parametrize("factor", ["elif.aydin@example.com", "ELİF.AYDIN@EXAMPLE.COM", "48 21"])
async def test_the_right_factor_opens_the_order(shop: Shop, factor: str) -> None:
    proved = await shop.prove_order("10482", factor)
    assert proved is not None
    assert proved == await shop.find_order("10482")


@pytest.mark.parametrize(
    "factor",
    ["1907", "mert.kaplan@example.com", "0482", "10482", "", "nobody@invalid", "----", "%", "\x00"],
)
async def test_a_wrong_factor_and_a_missing_order_answer_alike(shop: Shop, factor: str) -> None:
    assert await shop.prove_order("10482", factor) is None
    assert await shop.prove_order("99999", factor) is None


async def test_a_wrong_factor_and_a_missing_order_ask_the_database_alike(demo_url: str) -> None:
    asked: list[str] = []
    async with open_engine(demo_url) as engine:
        event.listen(
            engine.sync_engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: asked.append(statement),
        )
        shop = SqlShop(lambda: connection(engine))
        await shop.check()  # connecting asks questions of its own
        work = []
        for number, factor in (("10482", "0000"), ("99999", "0000"), ("10482", "x@example.com")):
            asked.clear()
            assert await shop.prove_order(number, factor) is None
            work.append(list(asked))
    assert work[0]
    assert work[0] == work[1] == work[2]


async def test_no_is_said_on_a_beat_and_yes_at_once(demo_url: str) -> None:
    now, slept = [0.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))

    async with open_engine(demo_url) as engine:

        @asynccontextmanager
        async def slow() -> AsyncIterator[AsyncConnection]:
            now[0] += 0.06
            async with connection(engine) as opened:
                yield opened

        shop = SqlShop(slow, pace=Pace(0.05, lambda: now[0], sleep))
        for number, factor in (("10482", "0000"), ("99999", "0000"), ("10482", "4821")):
            await shop.prove_order(number, factor)
        assert slept == [0.04, 0.04]
        for number, customer in (("10482", "x"), ("99999", "x"), ("10482", "demo-elif")):
            await shop.own_order(number, customer)
        assert slept == [0.04] * 4


async def test_an_order_is_told_to_its_customer_alone(shop: Shop) -> None:
    assert await shop.own_order("#10482", "demo-elif") == await shop.find_order("10482")
    for number, customer in (("10482", "demo-emma"), ("99999", "demo-elif"), ("10482", "")):
        assert await shop.own_order(number, customer) is None


async def test_somebody_elses_order_and_a_missing_one_ask_the_database_alike(
    demo_url: str,
) -> None:
    asked: list[str] = []
    async with open_engine(demo_url) as engine:
        event.listen(
            engine.sync_engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: asked.append(statement),
        )
        shop = SqlShop(lambda: connection(engine))
        await shop.check()
        work = []
        for number in ("10482", "99999"):
            asked.clear()
            assert await shop.own_order(number, "demo-emma") is None
            work.append(list(asked))
    assert work[0]
    assert work[0] == work[1]


async def test_a_customers_orders_are_newest_first_and_only_theirs(shop: Shop) -> None:
    orders = await shop.orders_of_customer("demo-elif")
    assert len(orders) > 1
    assert {order.customer.id for order in orders} == {"demo-elif"}
    placed = [order.placed_at for order in orders]
    assert placed == sorted(placed, reverse=True)
    assert await shop.orders_of_customer("demo-elif", limit=1) == orders[:1]
    assert await shop.orders_of_customer("nobody") == []
    assert await shop.orders_of_customer("demo-%") == []


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("kupalarınız var mı", "tr", "Lale Seramik Kupa"),
        ("kırmızı tişört kaç para", "tr", "Kırmızı Pamuklu Tişört"),
        ("do you have mugs", "en", "Tulip Ceramic Mug"),
        ("is the backpack waterproof", "en", "Waterproof Backpack"),
        ("KULAKLIK", "tr", "Kablosuz Kulaklık"),
        ("semsiye varmi", "tr", "Otomatik Şemsiye"),
        ("çoraplarınız ne kadar", "tr", "Bambu Çorap (3 Çift)"),
        ("glasses", "en", "Turkish Tea Glass Set"),
        ("siyah sweatshirt L beden var mı", "tr", "Siyah Kapüşonlu Sweatshirt"),
        ("does the lamp come with a bulb", "en", "Adjustable Desk Lamp"),
    ],
)
async def test_products_are_found_by_what_customers_write(
    shop: Shop, text: str, language: str, first: str
) -> None:
    found = await shop.search_products(text, language)
    assert found
    assert found[0].name.in_(language) == first
    assert len(found) <= 3


@pytest.mark.parametrize(
    ("text", "language", "skus"),
    [
        ("50 TL altı kupa", "tr", ["MUG-104"]),
        ("mugs under 50 lira", "en", ["MUG-104"]),
        ("49,90 TL altı kupa var mı", "tr", ["MUG-104"]),
        ("49,89 TL altı kupa var mı", "tr", []),
        ("300 TL üstü kupa", "tr", ["MUG-101", "PER-800", "MUG-103"]),
        ("kırmızı 42 numara var mı", "tr", ["SHO-432"]),
        ("red shoes size 42", "en", ["SHO-432"]),
        ("xxl tişört", "tr", ["TSH-404"]),
        ("pembe valiz", "tr", ["BAG-504"]),
        ("kulaklkların fiyatı", "tr", ["ELE-620"]),
        ("yagmrluk", "tr", ["JAC-460"]),
        ("en ucuz kupa", "tr", ["MUG-104", "MUG-102", "MUG-105"]),
        ("what is your most expensive mug", "en", ["PER-800", "MUG-101", "MUG-105"]),
        ("en pahalı ürününüz ne", "tr", ["ELE-625", "SPO-614", "BAG-504"]),
        ("the cheapest thing you have", "en", ["MUG-104", "DIG-821", "STA-606"]),
        ("300 tl üstü en ucuz kupa", "tr", ["MUG-101", "PER-800", "MUG-103"]),
        ("80 TL altı ne var", "tr", ["MUG-104", "DIG-821"]),
        ("45 numara kırmızı ayakkabı", "tr", ["SHO-432"]),  # not made in 45: told with its sizes
    ],
)
async def test_products_are_found_by_price_size_colour_and_in_spite_of_slips(
    shop: Shop, text: str, language: str, skus: list[str]
) -> None:
    found = await shop.search_products(text, language)
    assert [product.sku for product in found] == skus


async def test_of_a_size_what_is_there_comes_before_what_is_sold_out(shop: Shop) -> None:
    found = await shop.search_products("elbise 42 beden", "tr")
    assert [product.sku for product in found] == ["DRE-450", "DRE-451"]


@pytest.mark.parametrize("text", ["kupa " * 400, "kupa" + " 😀" * 1_000, "50 TL altı kupa " * 125])
async def test_a_search_of_two_thousand_characters_does_no_harm(shop: Shop, text: str) -> None:
    assert len(text) >= 2_000
    assert await shop.search_products(text, "tr")


@pytest.mark.parametrize("text", ["{{7*7}}", "kupa'); DROP TABLE shop_product; --", "%_%", "\\x00"])
async def test_commands_are_only_words(shop: Shop, text: str) -> None:
    await shop.search_products(text, "tr")
    await shop.check()
    assert await shop.stock(text) is None
    assert await shop.stock("MUG-101", text) is None
    assert await shop.price(text) is None


async def test_stock_and_price_are_told_by_product_and_variant(shop: Shop) -> None:
    assert await shop.stock("TSH-401") == 26
    assert await shop.stock(" TSH-401 ", "L") == 3
    assert await shop.stock("TSH-401", "XL") == 0
    assert await shop.stock("TSH-401", "XS") is None
    assert await shop.stock("NONE-1") is None
    assert await shop.price("MUG-101") == Price(Decimal("349.90"), "TRY")
    assert await shop.price("BED-304") == Price(Decimal(1590), "TRY", before=Decimal(1890))
    assert await shop.price("NONE-1") is None


@pytest.mark.parametrize("text", ["", "ne kadar", "laptop var mı", "a" * 10_000, "😀", "\x00%_'"])
async def test_what_is_not_sold_is_not_found(shop: Shop, text: str) -> None:
    assert await shop.search_products(text, "tr") == []


async def test_a_product_tells_price_and_stock_of_each_variant(shop: Shop) -> None:
    (shirt,) = await shop.search_products("kırmızı tişört", "tr", limit=1)
    assert (shirt.price, shirt.currency) == (Decimal("499.90"), "TRY")
    assert Counter({variant.name: variant.stock for variant in shirt.variants}) == Counter(
        {"S": 9, "M": 14, "L": 3, "XL": 0}
    )
    assert shirt.stock == 26
    (mug,) = await shop.search_products("lale kupa", "tr", limit=1)
    assert (mug.variants, mug.stock) == ((), 42)


async def test_of_two_that_fit_alike_the_one_in_stock_comes_first(shop: Shop) -> None:
    found = await shop.search_products("hoodie", "en")
    assert all(product.stock for product in found)
    mugs = await shop.search_products("mug", "en", limit=20)
    there = [mug.stock > 0 for mug in mugs if "Mug" in mug.name.en]
    assert there == sorted(there, reverse=True)
    assert not there[-1]


@pytest.mark.parametrize(
    ("topic", "text", "language", "slug"),
    [
        ("shipping", "kargo ücreti ne kadar", "tr", "shipping-cost"),
        ("shipping", "kaç günde gelir", "tr", "delivery-time"),
        ("shipping", "almanyaya gönderiyor musunuz", "tr", "abroad"),
        ("shipping", "which courier do you use", "en", "carriers"),
        ("shipping", "", "en", "shipping-cost"),
        ("returns", "iade etmek istiyorum", "tr", "returns"),
        ("returns", "kupa kırık geldi", "tr", "damaged"),
        ("returns", "when do i get my money back", "en", "refunds"),
        ("returns", "bedeni küçük geldi", "tr", "exchange"),
        (None, "taksit var mı", "tr", "instalments"),
        ("shipping", "ne zaman elimde olur Teslimat süresi", "tr", "delivery-time"),
        ("returns", "maviyle değiştirmek istiyorum Ürün değişimi", "tr", "exchange"),
        ("payment", "hangi ödeme seçenekleri var", "tr", "payment"),
        ("payment", "kapıda ödeme var mı", "tr", "cash-on-delivery"),
        ("payment", "do you take amex", "en", "gift-cards"),
        ("payment", "is it safe to pay here", "en", "payment-safety"),
        ("payment_problem", "kartımı kabul etmedi, reddedildi", "tr", "payment-declined"),
        ("payment_problem", "iki kere çekim yapıldı", "tr", "charged-twice"),
        ("payment_problem", "I paid but there is no order", "en", "paid-no-order"),
        ("payment_problem", "3d secure kodu gelmiyor", "tr", "bank-code"),
        ("invoice", "faturam gelmedi", "tr", "invoice"),
        ("invoice", "şirketim adına fatura istiyorum", "tr", "company-invoice"),
        ("invoice", "my invoice has the wrong name", "en", "invoice-correction"),
        ("warranty", "garantisi kaç yıl", "tr", "warranty"),
        ("warranty", "it stopped working after two months", "en", "repair"),
        ("contact", "telefon numaranız nedir", "tr", "phone"),
        ("contact", "kaçta açılıyorsunuz", "tr", "contact"),
        ("account", "şifremi unuttum", "tr", "account"),
        ("account", "delete my account", "en", "account-closing"),
        ("account", "I want to change my email", "en", "account-details"),
        ("ordering", "nasıl sipariş verebilirim", "tr", "how-to-order"),
        ("ordering", "sepete ekleyemiyorum", "tr", "basket"),
        ("ordering", "can I order without an account", "en", "guest-order"),
        ("ordering", "hediye paketi yapıyor musunuz", "tr", "gift-wrap"),
        (None, "my promo code doesn't work", "en", "code-fails"),
        (None, "puanım var mı", "tr", "points"),
        (None, "garanti süresi ne kadar", "tr", "warranty"),
        (None, "delete my data", "en", "privacy"),
    ],
)
async def test_articles_answer_the_question(
    shop: Shop, topic: str | None, text: str, language: str, slug: str
) -> None:
    (article,) = await shop.find_articles(topic, text, language)
    assert (article.slug, article.language) == (slug, language)
    assert topic in (None, article.topic)
    assert article.title
    assert article.body


async def test_no_topic_and_no_word_of_it_give_no_article(shop: Shop) -> None:
    assert await shop.find_articles(None, "hava nasıl", "tr") == []
    assert await shop.find_articles("no-such-topic", "kargo", "tr") == []


async def test_a_readable_shop_passes_its_check(shop: Shop) -> None:
    await shop.check()
