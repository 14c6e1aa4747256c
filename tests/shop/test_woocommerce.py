"""A shop in WooCommerce, read and changed over its REST API."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from shop import tables
from shop.base import Shop
from shop.breaker import Breaker
from shop.connect import connection, open_engine, open_shop
from shop.errors import ShopUnavailable
from shop.migrate import migrate
from shop.models import (
    Address,
    Article,
    Campaign,
    Customer,
    Handover,
    Order,
    OrderStatus,
    Price,
    Product,
    Reason,
    RefundStatus,
    ReturnItem,
    ReturnStatus,
    Text,
    Variant,
)
from shop.outcomes import AddressChanged, Cancelled, NotFound, Refused, ReturnOpened, Rule
from shop.pace import Pace
from shop.remote import Limits, Remote
from shop.rulebook import Excepted, Exceptions, Rules, Withdrawal
from shop.seed import seed
from shop.woocommerce import WooCommerceShop
from shop.woosettings import Numbers, WooSettings, read_settings
from shop.wooshapes import UNCOUNTED
from tests.fakes.shop import FakeShop
from tests.fakes.trouble import Trouble, after, flood, half, hang_up, late, status, text, trickle
from tests.fakes.woocommerce import (
    AUTHORIZATION,
    DELIVERED,
    TOKEN,
    WooCommerce,
    from_order,
    gmt,
    line,
    local,
    order,
    parcel,
    product,
    variation,
)
from tests.shop.conftest import TODAY

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PLACED = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
ARRIVED = datetime(2026, 11, 10, 11, 15, tzinfo=UTC)
HOME = Address("Elif Nur Aydın", "Papatya Cd. 4 D. 2", "Karşıyaka", "İzmir", "35500")
RULES = Rules(
    withdrawal=Withdrawal(
        exceptions=Exceptions(hygiene=Excepted(when="opened", categories=("kisisel-bakim",)))
    )
)

PREPARING, SHIPPED, ARRIVED_ORDER, CALLED_OFF, GUESTS = 10510, 10482, 10391, 10277, 10600

MUGS = line("Lale Seramik Kupa", "349.90", 2, product=101, sku="MUG-101")
SHIRT = line(
    "Pamuklu Tişört &#8211; M",
    "499.90",
    product=401,
    variation=403,
    choices={"pa_renk": "Kırmızı", "beden": "M", "_reduced_stock": "1"},
    sku="TSH-401-M",
)
RAZOR = line("Tıraş Makinesi", "899.00", product=501)


def site() -> WooCommerce:
    """A small shop with an order in each state."""
    shop = WooCommerce(clock=lambda: NOW)
    shop.add(
        order(PREPARING, "processing", [MUGS], placed=NOW - timedelta(days=2), total="699.80"),
        order(
            SHIPPED,
            "shipped",
            [MUGS, SHIRT],
            placed=NOW - timedelta(days=4),
            total="1199.70",
            fields=parcel("TRN482", NOW - timedelta(days=3)),
        ),
        order(
            ARRIVED_ORDER,
            "completed",
            [MUGS, SHIRT, RAZOR],
            placed=PLACED,
            total="2098.70",
            completed=PLACED + timedelta(days=1),
            fields={**parcel("TRN391", PLACED), DELIVERED: local(ARRIVED)},
        ),
        order(
            CALLED_OFF,
            "cancelled",
            [MUGS],
            placed=PLACED,
            total="699.80",
            modified=PLACED + timedelta(days=1),
        ),
        order(
            GUESTS,
            "on-hold",
            [MUGS],
            placed=PLACED,
            total="699.80",
            customer=0,
            email="mert@example.com",
            phone="",
            paid=False,
        ),
        order(99, "trash", [MUGS], placed=PLACED, total="1.00"),
    )
    shop.sell(product(101, "Lale Seramik Kupa", "349.90", sku="MUG-101", stock=42))
    shop.sell(product(102, "Seramik Çaydanlık", "799.00", stock=None))
    shop.sell(product(103, "Mavi Kupa", "89.00", regular="120.00", stock=0, in_stock=False))
    shop.sell(
        product(
            401,
            "Kırmızı Pamuklu Tişört",
            "499.90",
            sku="TSH-401",
            category="giyim",
            stock=None,
            type_="variable",
            variations=[402, 403],
        ),
        [variation(402, "499.90", ["L"], 0), variation(403, "499.90", ["M"], 3)],
    )
    shop.sell(product(402, "Beyaz Tişört", "299.90", category="giyim"))
    shop.sell(product(501, "Tıraş Makinesi", "899.00", category="kisisel-bakim"))
    shop.sell(product(601, "Henüz Fiyatsız Kupa", ""))
    return shop


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


SETTINGS = WooSettings(delivered=DELIVERED)
QUICK = Limits(connect=0.5, whole=1.0, pauses=(0.0, 0.0))
CAMPAIGN = Campaign("kis", Text("Kış", "Winter"), Text("…", "…"), None, date(2026, 11, 1), None)


@dataclass
class Ours(FakeShop):
    """What Devir keeps itself."""

    articles: Any = (Article("taksit", "tr", "payment", "Taksit", "Var."),)

    async def campaigns(self) -> list[Campaign]:
        return [CAMPAIGN]


@asynccontextmanager
async def connected(
    woo: WooCommerce,
    clock: Clock | None = None,
    rules: Rules = RULES,
    settings: WooSettings = SETTINGS,
    limits: Limits = QUICK,
) -> AsyncIterator[WooCommerceShop]:
    headers = {"Authorization": AUTHORIZATION}
    async with woo.running() as address, aiohttp.ClientSession() as session:
        remote = Remote(
            session,
            f"{address}/wp-json/wc/v3",
            headers,
            Breaker(lambda: 0.0, failures=1000),
            contract="the WooCommerce REST API v3",
            limits=limits,
        )
        yield WooCommerceShop(
            remote, Ours(), TOKEN, clock or Clock(), rules, settings, Pace(beat=0.001)
        )


@pytest.fixture
def woo() -> WooCommerce:
    return site()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def shop(woo: WooCommerce, clock: Clock) -> AsyncIterator[WooCommerceShop]:
    async with connected(woo, clock) as opened:
        yield opened


def changes(woo: WooCommerce) -> list[str]:
    """What was asked to be changed."""
    return [asked.method for asked in woo.troubles.asked if asked.method != "GET"]


async def found(shop: Shop, number: int) -> Order:
    order = await shop.find_order(str(number))
    assert order is not None
    return order


async def test_an_order_comes_with_everything_in_it(shop: WooCommerceShop) -> None:
    told = await found(shop, SHIPPED)
    assert told.customer == Customer("7", "Elif Aydın", "elif.aydin@example.com", "+905550104821")
    assert told.placed_at == NOW - timedelta(days=4)
    assert (told.status, told.total, told.currency) == (
        OrderStatus.SHIPPED,
        Decimal("1199.70"),
        "TRY",
    )
    assert [(one.sku, one.variant, one.quantity, one.price) for one in told.lines] == [
        ("MUG-101", None, 2, Decimal("349.90")),
        ("TSH-401-M", "Kırmızı / M", 1, Decimal("499.90")),
    ]
    assert [one.category for one in told.lines] == ["mutfak", "giyim"]
    assert told.lines[1].name == Text("Pamuklu Tişört – M", "Pamuklu Tişört – M")
    assert told.address == Address("Elif Aydın", "Ihlamur Sk. 12/3", "Çankaya", "Ankara", "06690")
    shipment = told.shipment
    assert shipment is not None
    assert (shipment.carrier, shipment.tracking_number) == ("Turna Kargo", "TRN482")
    assert [(one.at, one.status.en) for one in shipment.events] == [
        (NOW - timedelta(days=3), "Handed to the carrier")
    ]
    assert (await found(shop, ARRIVED_ORDER)).shipment.delivered_at == ARRIVED  # type: ignore[union-attr]
    assert (await found(shop, PREPARING)).shipment is None


@pytest.mark.parametrize(
    ("slug", "meant"),
    [
        ("pending", OrderStatus.RECEIVED),
        ("on-hold", OrderStatus.RECEIVED),
        ("processing", OrderStatus.PREPARING),
        ("packed", OrderStatus.PACKED),
        ("shipped", OrderStatus.SHIPPED),
        ("completed", OrderStatus.DELIVERED),
        ("cancelled", OrderStatus.CANCELLED),
        ("failed", OrderStatus.CANCELLED),
        ("refunded", OrderStatus.RETURNED),
        ("kargoda", OrderStatus.SHIPPED),
    ],
)
async def test_statuses_mean_what_the_settings_say(
    woo: WooCommerce, slug: str, meant: OrderStatus
) -> None:
    woo.orders[PREPARING]["status"] = slug
    settings = read_settings({"DEVIR_WOOCOMMERCE_STATUSES": "kargoda=shipped, wc-x = packed"})
    async with connected(woo, settings=settings) as shop:
        assert (await found(shop, PREPARING)).status is meant


async def test_a_status_nobody_explained_is_no_answer_but_to_its_owner_alone(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    woo.orders[PREPARING]["status"] = "wartet"
    with pytest.raises(ShopUnavailable, match="DEVIR_WOOCOMMERCE_STATUSES"):
        await shop.prove_order(str(PREPARING), "4821")
    assert await shop.prove_order(str(PREPARING), "1907") is None


@pytest.mark.parametrize("number", [" 10510 ", "#10510"])
async def test_an_order_is_found_as_customers_write_it(shop: WooCommerceShop, number: str) -> None:
    told = await shop.find_order(number)
    assert told is not None
    assert told.number == "10510"


@pytest.mark.parametrize(
    "number", ["", "99", "99999", "0", "1" * 40, "10510'--", "10510,10482", "{{7*7}}", "x", "²"]
)
async def test_what_is_no_order_finds_nothing(shop: WooCommerceShop, number: str) -> None:
    assert await shop.find_order(number) is None
    assert await shop.prove_order(number, "4821") is None
    assert await shop.refund_status(number) == []
    assert await shop.cancel_order(number, key="k") == NotFound("order")


async def test_numbers_of_a_plugin_are_searched(woo: WooCommerce) -> None:
    woo.add(order(7001, "processing", [MUGS], placed=PLACED, total="1.00", number="TR-2026-11"))
    woo.add(order(7002, "processing", [MUGS], placed=PLACED, total="2.00", number="TR-2026-112"))
    settings = replace(SETTINGS, numbers=Numbers.SEARCH)
    async with connected(woo, settings=settings) as shop:
        told = await shop.find_order("TR-2026-11")
        assert told is not None
        assert told.total == Decimal("1.00")
        assert await shop.find_order("TR-2026") is None
        outcome = await shop.cancel_order("TR-2026-11", key="k")
        assert isinstance(outcome, Cancelled)
        assert woo.orders[7001]["status"] == "cancelled"


@pytest.mark.parametrize("factor", ["elif.aydin@example.com", "ELİF.AYDIN@EXAMPLE.COM", "48 21"])
async def test_the_right_factor_opens_the_order(shop: WooCommerceShop, factor: str) -> None:
    assert await shop.prove_order(str(SHIPPED), factor) == await found(shop, SHIPPED)


@pytest.mark.parametrize("factor", ["1907", "mert@example.com", "", "nobody@invalid", "----", "%"])
async def test_a_wrong_factor_and_a_missing_order_are_alike_in_answer_and_work(
    woo: WooCommerce, shop: WooCommerceShop, factor: str
) -> None:
    work = []
    for number in (SHIPPED, 99999):
        woo.troubles.asked.clear()
        assert await shop.prove_order(str(number), factor) is None
        work.append([(one.method, one.path, sorted(one.query)) for one in woo.troubles.asked])
    assert len(work[0]) == 1
    assert work[0] == work[1]


async def test_an_order_is_told_to_its_customer_alone(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    order = await found(shop, SHIPPED)
    assert await shop.own_order(str(SHIPPED), order.customer.id) == order
    work = []
    for number in (SHIPPED, 99999):
        woo.troubles.asked.clear()
        assert await shop.own_order(str(number), "987654") is None
        work.append([(one.method, one.path, sorted(one.query)) for one in woo.troubles.asked])
    assert work[0] == work[1]


async def test_an_order_without_a_phone_is_not_proved_by_nothing(shop: WooCommerceShop) -> None:
    for factor in ("", " ", "0000"):
        assert await shop.prove_order(str(GUESTS), factor) is None
    assert await shop.prove_order(str(GUESTS), "mert@example.com") is not None


async def test_a_customers_orders_are_newest_first_and_only_theirs(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    told = await shop.orders_of_customer("7")
    assert [one.number for one in told[:2]] == [str(PREPARING), str(SHIPPED)]
    assert len(told) == 4
    assert len(await shop.orders_of_customer("7", limit=1)) == 1
    assert await shop.orders_of_customer("8") == []


@pytest.mark.parametrize("customer", ["", "0", "00", "-1", "7 or 1=1", "demo", "order-", "order-x"])
async def test_who_is_no_customer_has_no_orders(
    woo: WooCommerce, shop: WooCommerceShop, customer: str
) -> None:
    assert await shop.orders_of_customer(customer) == []


async def test_guests_share_nothing(woo: WooCommerce, shop: WooCommerceShop) -> None:
    woo.add(order(10601, "on-hold", [MUGS], placed=PLACED, total="1.00", customer=0))
    guest = (await found(shop, GUESTS)).customer.id
    assert [one.number for one in await shop.orders_of_customer(guest)] == [str(GUESTS)]
    assert await shop.orders_of_customer(f"order-{SHIPPED}") == []


async def test_an_order_is_cancelled_with_a_note_for_the_staff(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    outcome = await shop.cancel_order(str(PREPARING), key="k")
    assert outcome == Cancelled(
        str(PREPARING), Rule.CANCEL_OPEN, Decimal("699.80"), "TRY", date(2026, 12, 6)
    )
    assert woo.orders[PREPARING]["status"] == "cancelled"
    (note,) = woo.notes[PREPARING]
    assert "699.80 TRY" in note["note"]
    assert note["customer_note"] is False
    (refund,) = await shop.refund_status(str(PREPARING))
    assert (refund.amount, refund.status, refund.due) == (
        Decimal("699.80"),
        RefundStatus.PENDING,
        date(2026, 12, 6),
    )


async def test_who_has_not_paid_gets_nothing_back(shop: WooCommerceShop) -> None:
    outcome = await shop.cancel_order(str(GUESTS), key="k")
    assert isinstance(outcome, Cancelled)
    assert outcome.amount == 0
    assert await shop.refund_status(str(GUESTS)) == []


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        (SHIPPED, Rule.ALREADY_SHIPPED),
        (ARRIVED_ORDER, Rule.ALREADY_DELIVERED),
        (CALLED_OFF, Rule.ALREADY_CANCELLED),
    ],
)
async def test_our_rules_decide_about_cancelling(
    woo: WooCommerce, shop: WooCommerceShop, number: int, rule: Rule
) -> None:
    before = woo.orders[number]["status"]
    outcome = await shop.cancel_order(str(number), key="k")
    assert isinstance(outcome, Refused)
    assert outcome.rule is rule
    assert woo.orders[number]["status"] == before
    assert woo.notes == {}


async def send_back(
    shop: Shop,
    *items: ReturnItem,
    key: str = "k",
    reason: Reason = Reason.CHANGED_MIND,
    number: int = ARRIVED_ORDER,
) -> ReturnOpened | Refused | NotFound:
    return await shop.request_return(
        str(number),
        items or [ReturnItem(0, 1)],
        reason=reason,
        handover=Handover.DROP_OFF,
        key=key,
    )


async def test_a_return_is_kept_by_the_order_and_told_to_the_staff(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    outcome = await send_back(shop, ReturnItem(0, 1), ReturnItem(1, 1))
    assert isinstance(outcome, ReturnOpened)
    assert (outcome.rule, outcome.since, outcome.until) == (
        Rule.WITHDRAWAL,
        date(2026, 11, 10),
        date(2026, 11, 24),
    )
    assert outcome.amount == Decimal("849.80")
    (note,) = woo.notes[ARRIVED_ORDER]
    assert outcome.code in note["note"]
    assert "1 × Lale Seramik Kupa, 1 × Pamuklu Tişört – M (Kırmızı / M)" in note["note"]
    (kept,) = (await found(shop, ARRIVED_ORDER)).returns
    assert (kept.code, kept.status, kept.opened_at) == (outcome.code, ReturnStatus.OPENED, NOW)
    assert kept.items == (ReturnItem(0, 1), ReturnItem(1, 1))
    (refund,) = await shop.refund_status(str(ARRIVED_ORDER))
    assert (refund.return_code, refund.amount, refund.status) == (
        outcome.code,
        Decimal("849.80"),
        RefundStatus.AWAITING_RETURN,
    )


async def test_what_is_on_its_way_back_cannot_come_back_again(shop: WooCommerceShop) -> None:
    assert isinstance(await send_back(shop, ReturnItem(0, 2), key="1"), ReturnOpened)
    assert await send_back(shop, ReturnItem(0, 1), key="2") == Refused(Rule.TOO_MANY, line=0)
    last = await send_back(shop, ReturnItem(1, 1), ReturnItem(2, 1, opened=False), key="3")
    assert isinstance(last, ReturnOpened)
    assert last.amount == Decimal("2098.70") - Decimal("699.80")


@pytest.mark.parametrize(
    ("opened", "rule"),
    [(None, Rule.OPENED_UNKNOWN), (True, Rule.EXCEPTED_HYGIENE), (False, Rule.WITHDRAWAL)],
)
async def test_the_products_categories_decide_what_the_law_excepts(
    woo: WooCommerce, shop: WooCommerceShop, opened: bool | None, rule: Rule
) -> None:
    woo.products[501]["categories"].insert(0, {"id": 1, "name": "Tümü", "slug": "tumu"})
    outcome = await send_back(shop, ReturnItem(2, 1, opened))
    assert not isinstance(outcome, NotFound)
    assert outcome.rule is rule


async def test_nobody_guesses_the_day_of_delivery(woo: WooCommerce) -> None:
    async with connected(woo, settings=WooSettings()) as shop:
        assert await send_back(shop) == Refused(Rule.DELIVERY_DAY_UNKNOWN, line=0)
    async with connected(woo, settings=WooSettings(delivered="date_completed")) as shop:
        outcome = await send_back(shop, key="other")
        assert isinstance(outcome, Refused)
        assert (outcome.rule, outcome.since) == (Rule.WITHDRAWAL_OVER, date(2026, 11, 4))
    woo.orders[ARRIVED_ORDER]["meta_data"].append({"id": 1, "key": "_day", "value": "dün"})
    async with connected(woo, settings=WooSettings(delivered="_day")) as shop:
        assert await send_back(shop, key="third") == Refused(Rule.DELIVERY_DAY_UNKNOWN, line=0)


@pytest.mark.parametrize(
    "noted",
    [local(ARRIVED), f"{gmt(ARRIVED)}Z", str(int(ARRIVED.timestamp())), "2026-11-10 14:15:00"],
)
async def test_the_day_of_delivery_is_read_however_it_was_noted(
    woo: WooCommerce, shop: WooCommerceShop, noted: str
) -> None:
    for one in woo.orders[ARRIVED_ORDER]["meta_data"]:
        if one["key"] == DELIVERED:
            one["value"] = noted
    assert (await found(shop, ARRIVED_ORDER)).shipment.delivered_at == ARRIVED  # type: ignore[union-attr]


async def test_refunds_the_staff_made_are_paid(
    woo: WooCommerce, shop: WooCommerceShop, clock: Clock
) -> None:
    first = await send_back(shop, ReturnItem(0, 1), key="1")
    second = await send_back(shop, ReturnItem(1, 1), key="2")
    assert isinstance(first, ReturnOpened)
    assert isinstance(second, ReturnOpened)
    woo.refund(ARRIVED_ORDER, "20.00", "gecikme")
    woo.refund(ARRIVED_ORDER, str(first.amount), f"iade {first.code}")
    woo.refund(ARRIVED_ORDER, str(second.amount))
    told = {one.return_code: one for one in await shop.refund_status(str(ARRIVED_ORDER))}
    assert {one.status for one in told.values()} == {RefundStatus.PAID}
    assert {code: one.amount for code, one in told.items()} == {
        None: Decimal("20.00"),
        first.code: first.amount,
        second.code: second.amount,
    }
    assert {one.paid_at for one in told.values()} == {NOW}
    returns = (await found(shop, ARRIVED_ORDER)).returns
    assert {one.status for one in returns} == {ReturnStatus.CLOSED}
    rest = await send_back(shop, ReturnItem(0, 1), ReturnItem(2, 1, opened=False), key="3")
    assert isinstance(rest, ReturnOpened)
    assert rest.amount == Decimal("2098.70") - Decimal("869.80")


async def test_a_cancelled_order_is_paid_back_in_parts(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    (owed,) = await shop.refund_status(str(CALLED_OFF))
    assert (owed.amount, owed.status, owed.since) == (
        Decimal("699.80"),
        RefundStatus.OVERDUE,
        date(2026, 11, 4),
    )
    woo.refund(CALLED_OFF, "100.00")
    paid, rest = await shop.refund_status(str(CALLED_OFF))
    assert (paid.amount, paid.status) == (Decimal("100.00"), RefundStatus.PAID)
    assert (rest.amount, rest.status) == (Decimal("599.80"), RefundStatus.OVERDUE)
    woo.refund(CALLED_OFF, "599.80")
    assert {one.status for one in await shop.refund_status(str(CALLED_OFF))} == {RefundStatus.PAID}


async def test_an_address_is_written_as_woocommerce_has_it(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    outcome = await shop.change_address(str(PREPARING), HOME, key="k")
    assert outcome == AddressChanged(str(PREPARING), Rule.ADDRESS_OPEN, HOME)
    written = woo.orders[PREPARING]["shipping"]
    assert (written["first_name"], written["last_name"]) == ("Elif Nur", "Aydın")
    assert (written["city"], written["state"], written["country"]) == ("Karşıyaka", "TR35", "TR")
    assert woo.orders[PREPARING]["billing"]["city"] == "Çankaya"
    assert (await found(shop, PREPARING)).address == HOME


@pytest.mark.parametrize(
    ("number", "address", "rule"),
    [
        (SHIPPED, HOME, Rule.ALREADY_SHIPPED),
        (PREPARING, replace(HOME, street=" "), Rule.ADDRESS_INCOMPLETE),
        (PREPARING, replace(HOME, city="Atlantis"), Rule.ADDRESS_INCOMPLETE),
        (PREPARING, replace(HOME, city="\ud800"), Rule.ADDRESS_INCOMPLETE),
    ],
)
async def test_an_address_that_cannot_be_is_refused(
    woo: WooCommerce, shop: WooCommerceShop, number: int, address: Address, rule: Rule
) -> None:
    before = json.dumps(woo.orders[number]["shipping"])
    outcome = await shop.change_address(str(number), address, key="k")
    assert isinstance(outcome, Refused)
    assert outcome.rule is rule
    assert json.dumps(woo.orders[number]["shipping"]) == before


async def test_what_woocommerce_cannot_do_is_refused_without_asking(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    item = ReturnItem(1, 1)
    told = [
        await shop.invoice_link(str(ARRIVED_ORDER)),
        await shop.exchange(
            str(ARRIVED_ORDER),
            item,
            "L",
            reason=Reason.DOES_NOT_FIT,
            handover=Handover.PICK_UP,
            key="k",
        ),
    ]
    assert told == [Refused(Rule.NOT_SUPPORTED)] * 2
    assert woo.troubles.asked == []


Change = Callable[[Shop, str], Awaitable[object]]
CHANGES: list[Change] = [
    lambda shop, key: shop.cancel_order(str(PREPARING), key=key),
    lambda shop, key: send_back(shop, key=key),
    lambda shop, key: shop.change_address(str(PREPARING), HOME, key=key),
]


@pytest.mark.parametrize("change", CHANGES)
async def test_the_same_key_again_tells_the_same_and_changes_nothing(
    woo: WooCommerce, shop: WooCommerceShop, clock: Clock, change: Change
) -> None:
    first = await change(shop, "k")
    clock.now += timedelta(days=900)
    asked = len(changes(woo))
    assert await change(shop, "k") == first
    assert len(changes(woo)) == asked
    assert sum(map(len, woo.notes.values())) == 1


async def test_the_same_key_at_the_same_moment_does_it_once(
    woo: WooCommerce, shop: WooCommerceShop
) -> None:
    told = await asyncio.gather(*(send_back(shop, key="k") for _ in range(5)))
    assert len(set(told)) == 1
    assert len((await found(shop, ARRIVED_ORDER)).returns) == 1
    assert len(woo.notes[ARRIVED_ORDER]) == 1


async def test_two_processes_with_the_same_key_open_one_return(woo: WooCommerce) -> None:
    async with connected(woo) as one, connected(woo) as other:
        first, second = await asyncio.gather(send_back(one), send_back(other))
        assert first == second
        assert len((await found(one, ARRIVED_ORDER)).returns) == 1


async def test_a_key_given_with_another_request_is_refused(shop: WooCommerceShop) -> None:
    assert isinstance(await send_back(shop, ReturnItem(0, 1)), ReturnOpened)
    assert await send_back(shop, ReturnItem(1, 1)) == Refused(Rule.KEY_REUSED)
    assert await shop.cancel_order(str(ARRIVED_ORDER), key="k") == Refused(Rule.KEY_REUSED)


async def test_a_refusal_is_remembered_too(woo: WooCommerce, shop: WooCommerceShop) -> None:
    refused = await shop.cancel_order(str(SHIPPED), key="k")
    assert isinstance(refused, Refused)
    woo.orders[SHIPPED]["status"] = "processing"
    assert await shop.cancel_order(str(SHIPPED), key="k") == refused
    assert isinstance(await shop.cancel_order(str(SHIPPED), key="new"), Cancelled)


async def test_codes_of_returns_are_told_apart_and_not_computed_without_the_secret(
    shop: WooCommerceShop,
) -> None:
    one = await send_back(shop, ReturnItem(0, 1), key="1")
    other = await send_back(shop, ReturnItem(0, 1), key="2")
    assert isinstance(one, ReturnOpened)
    assert isinstance(other, ReturnOpened)
    assert one.code != other.code
    assert len(one.code) == len("ABCD-2345")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("trouble", [status(500), hang_up, after(hang_up), after(late(5))])
async def test_a_change_whose_answer_is_lost_is_found_again_and_nothing_is_done_twice(
    woo: WooCommerce, change: Change, method: str, trouble: Trouble
) -> None:
    struck = list[str]()

    async def once(request: Any, handler: Any) -> Any:
        if struck or request.method != method:
            return await handler(request)
        struck.append(method)
        return await trouble(request, handler)

    woo.troubles.always = once
    async with connected(woo, limits=replace(QUICK, whole=0.3)) as shop:
        # A PUT says what shall be, so that a client may send it again by itself; a POST never.
        lost = await asyncio.gather(change(shop, "k"), return_exceptions=True)
        assert method == "PUT" or [type(one) for one in lost] == [ShopUnavailable]
        assert struck
        assert changes(woo).count("POST") <= 1
        told = await change(shop, "k")
        assert isinstance(told, Cancelled | ReturnOpened | AddressChanged)
        assert await change(shop, "k") == told
        assert sum(map(len, woo.notes.values())) == 1
        assert len((await found(shop, ARRIVED_ORDER)).returns) <= 1


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("kupalarınız var mı", ["Lale Seramik Kupa", "Mavi Kupa"]),
        ("KUPA", ["Lale Seramik Kupa", "Mavi Kupa"]),
        ("kırmızı tişört kaç para", ["Kırmızı Pamuklu Tişört"]),
        ("kirmizi tisort", ["Kırmızı Pamuklu Tişört"]),
        ("100 TL altı kupa", ["Mavi Kupa"]),
        ("en ucuz kupa", ["Lale Seramik Kupa", "Mavi Kupa"]),
        ("en pahalı kupa hangisi", ["Lale Seramik Kupa", "Mavi Kupa"]),
        (
            "the cheapest you sell",
            ["Beyaz Tişört", "Lale Seramik Kupa", "Kırmızı Pamuklu Tişört"],
        ),
        ("100 TL altı ne var", ["Mavi Kupa"]),
        ("çaydanlık", ["Seramik Çaydanlık"]),
        ("laptop var mı", []),
        ("ne kadar", []),
        ("", []),
        ("' OR 1=1 --", []),
        ("%", []),
    ],
)
async def test_products_are_found_by_what_customers_write(
    shop: WooCommerceShop, sentence: str, names: list[str]
) -> None:
    assert [one.name.tr for one in await shop.search_products(sentence, "tr")] == names


async def test_a_product_tells_price_variants_and_stock(shop: WooCommerceShop) -> None:
    (shirt,) = await shop.search_products("kırmızı tişört M beden", "tr")
    assert isinstance(shirt, Product)
    assert (shirt.sku, shirt.price, shirt.currency) == ("TSH-401", Decimal("499.90"), "TRY")
    assert shirt.variants == (Variant("L", 0), Variant("M", 3))
    assert shirt.stock == 3
    assert shirt.image == "https://shop.example.com/401.jpg"
    assert await shop.stock("TSH-401") == 3
    assert await shop.stock("TSH-401", "L") == 0
    assert await shop.stock("TSH-401", "XXL") is None
    assert await shop.stock("MUG-101") == 42
    assert await shop.stock("id-102") == UNCOUNTED
    assert await shop.stock("id-103") == 0
    assert await shop.price("id-103") == Price(Decimal("89.00"), "TRY", Decimal("120.00"))
    assert await shop.price("MUG-101") == Price(Decimal("349.90"), "TRY")


@pytest.mark.parametrize("sku", ["", "no such", "id-", "id-x", "id-99999", "\x00", "101"])
async def test_what_is_not_sold_has_neither_price_nor_stock(
    shop: WooCommerceShop, sku: str
) -> None:
    assert await shop.price(sku) is None
    assert await shop.stock(sku) is None


async def test_big_shops_are_not_downloaded(woo: WooCommerce, shop: WooCommerceShop) -> None:
    for number in range(300):
        id_ = 20_000 + number
        woo.add(order(id_, "processing", [MUGS], placed=PLACED, total="1.00", customer=70))
        woo.sell(product(30_000 + number, f"Kupa {number}", "10.00"))
    await shop.find_order("20007")
    await shop.prove_order("20008", "4821")
    await shop.orders_of_customer("70", limit=5)
    await shop.search_products("kupa " * 400, "tr")
    await shop.stock("MUG-101")
    await shop.refund_status("20007")
    asked = [one for one in woo.troubles.asked if one.path.endswith(("/orders", "/products"))]
    assert all(int(one.query["per_page"]) <= 100 for one in asked)
    assert all("_fields" in one.query for one in asked)
    assert all({"include", "customer", "search", "sku"} & set(one.query) for one in asked)
    assert all(len(one.query.get("search", "")) < 50 for one in asked)
    assert len(woo.troubles.asked) < 25


async def test_articles_and_campaigns_are_devirs_own(shop: WooCommerceShop) -> None:
    assert await shop.campaigns() == [CAMPAIGN]
    assert [one.slug for one in await shop.find_articles(None, "taksit", "tr")] == ["taksit"]
    await shop.check()


LASTING: list[Trouble] = [
    status(500),
    status(401),
    status(403),
    status(429, [("Retry-After", "20")]),
    status(301, [("Location", "https://elsewhere.example.com/")]),
    status(400),
    text('{"code":"rest_no_route","message":"x","data":{"status":404}}', 404),
    text("<html>bakım</html>", 200, "text/html"),
    text("{}"),
    text('[{"id": "one"}]'),
    text("[" * 100_000),
    text(b"\xff"),
    hang_up,
    half,
    flood,
    trickle,
    late(5),
]


@pytest.mark.parametrize("trouble", LASTING)
@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: shop.prove_order("10482", "elif.aydin@example.com"),
        lambda shop: shop.search_products("kupa", "tr"),
        lambda shop: shop.change_address("10510", HOME, key="k"),
        lambda shop: shop.check(),
    ],
)
async def test_whatever_goes_wrong_the_shop_is_unavailable_and_nothing_private_is_told(
    woo: WooCommerce,
    trouble: Trouble,
    ask: Callable[[Shop], Awaitable[object]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    woo.troubles.always = trouble
    async with connected(woo, limits=replace(QUICK, whole=0.2)) as shop:
        with pytest.raises(ShopUnavailable) as caught:
            await ask(shop)
    mine = [one.getMessage() for one in caplog.records if one.name.startswith("shop")]
    assert mine
    for private in ("aydin", "10482", "10510", "cs_for", "Papatya", "elsewhere.ex"):
        assert all(private not in one for one in [*mine, str(caught.value)])
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("value", ["not json", "{}", {"a": 1}, None, 7])
async def test_a_field_of_ours_that_somebody_changed_is_no_guess(
    woo: WooCommerce, shop: WooCommerceShop, value: object
) -> None:
    await send_back(shop)
    woo.orders[ARRIVED_ORDER]["meta_data"][-1]["value"] = value
    with pytest.raises(ShopUnavailable, match="compare it"):
        await send_back(shop, key="k")
    with pytest.raises(ShopUnavailable, match="compare it"):
        await shop.find_order(str(ARRIVED_ORDER))


async def test_somebody_elses_orders_are_not_taken(woo: WooCommerce, shop: WooCommerceShop) -> None:
    mine = json.dumps([woo.orders[SHIPPED]])
    woo.troubles.come(text(mine))
    with pytest.raises(ShopUnavailable):
        await shop.orders_of_customer("8")
    woo.troubles.come(text(mine))
    assert await shop.find_order(str(PREPARING)) is None


async def test_plugins_may_add_and_leave_out(woo: WooCommerce, shop: WooCommerceShop) -> None:
    odd = woo.orders[SHIPPED]
    odd["meta_data"] += [
        {"id": 1, "key": "_x", "value": {"deep": [1, None]}},
        {"id": 2, "key": "_y", "value": None},
    ]
    odd["meta_data"] = [
        {**one, "value": "none"} if one["key"].startswith("_wc_ship") else one
        for one in odd["meta_data"]
    ]
    odd["shipping"] = dict.fromkeys(odd["shipping"])
    odd["line_items"][0]["sku"] = None
    odd["line_items"].append(line("Geri alınan", "10.00", 1, product=0))
    odd["billing"]["phone"] = "call me"
    told = await found(shop, SHIPPED)
    assert told.shipment is None
    assert told.address is not None
    assert told.address.district == "Çankaya"
    assert told.lines[0].sku == "id-101"
    assert told.customer.phone == ""


async def test_the_demos_orders_mean_the_same_in_woocommerce(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/demo.db"
    await migrate(url)
    await seed(url, TODAY)
    async with open_shop(url) as demo, open_engine(url) as engine:
        async with connection(engine) as opened:
            numbers = (await opened.execute(select(tables.order.c.number))).scalars().all()
        orders = [one for one in [await demo.find_order(number) for number in numbers] if one]
    assert {one.status for one in orders} == set(OrderStatus)
    woo = WooCommerce(clock=lambda: NOW)
    woo.add(*map(from_order, orders))
    async with connected(woo) as shop:
        for one in orders[:: len(orders) // 40]:
            told = await found(shop, int(one.number))
            assert _common(told) == _common(one)


def _common(one: Order) -> tuple[object, ...]:
    """What WooCommerce has a place for."""
    customer, shipment = one.customer, one.shipment
    return (
        (one.number, one.placed_at, one.status, one.total, one.currency, one.address),
        (customer.name, customer.email, customer.phone),
        [(line.sku, line.variant, line.quantity, line.price) for line in one.lines],
        (shipment.carrier, shipment.tracking_number, shipment.delivered_at) if shipment else None,
    )


async def test_it_is_opened_by_its_address_with_its_key(
    woo: WooCommerce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = f"sqlite+aiosqlite:///{tmp_path}/ours.db"
    await migrate(ours)
    await seed(ours, TODAY)
    monkeypatch.setenv("DEVIR_SHOP_TOKEN", TOKEN)
    monkeypatch.setenv("DEVIR_ARTICLES_URL", ours)
    async with woo.running() as address, open_shop(f"woocommerce+{address}/") as shop:
        await shop.check()
        assert await shop.prove_order(str(SHIPPED), "4821") is not None
        assert await shop.find_articles(None, "taksit var mı", "tr")


@pytest.mark.parametrize(
    ("settings", "fix"),
    [
        ({"DEVIR_SHOP_TOKEN": "ck_alone"}, "consumer key and secret"),
        ({"DEVIR_SHOP_TOKEN": ":cs"}, "consumer key and secret"),
        ({"DEVIR_WOOCOMMERCE_STATUSES": "kargoda"}, "DEVIR_WOOCOMMERCE_STATUSES must be pairs"),
        ({"DEVIR_WOOCOMMERCE_STATUSES": "a=b"}, "one of received, preparing"),
        ({"DEVIR_WOOCOMMERCE_NUMBERS": "guess"}, "one of id, search"),
    ],
)
async def test_a_setting_that_is_none_is_refused_at_the_start(
    settings: dict[str, str], fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DEVIR_SHOP_TOKEN": TOKEN, **settings}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=fix):
        async with open_shop("woocommerce+https://shop.example.com"):
            pass
