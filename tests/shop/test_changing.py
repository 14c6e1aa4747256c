"""Cancelling, returning, exchanging and redirecting orders, on every database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from shop import tables
from shop.connect import connection, open_engine
from shop.migrate import migrate
from shop.models import (
    Address,
    Handover,
    OrderStatus,
    Payer,
    Reason,
    RefundStatus,
    ReturnItem,
    ReturnStatus,
)
from shop.outcomes import (
    AddressChanged,
    Cancelled,
    ExchangeOpened,
    Invoice,
    NotFound,
    Outcome,
    Refused,
    ReturnOpened,
    Rule,
)
from shop.rulefile import DEMO_RULES, load_rules
from shop.seed import seed
from shop.sql import SqlShop
from tests.shop.conftest import TODAY, NewUrl

NOW = datetime.combine(TODAY, time(9), tzinfo=UTC)
RULES = load_rules(DEMO_RULES)
HOME = Address("Emma Hill", "Lale Sokak 5/3", "Kadıköy", "İstanbul", "34710")

PREPARING, SHIPPED, DELIVERED, CANCELLED, RETURNED = "10510", "10482", "10391", "10277", "20714"
NOBODYS = "99999"


class Bench:
    """The demo shop, open and writable, with a clock and codes of the test's own."""

    def __init__(self, shop: SqlShop, run: Callable[..., Awaitable[Any]]) -> None:
        self.shop = shop
        self.run = run
        self.now = NOW
        self.codes = 0

    def code(self) -> str:
        self.codes += 1
        return f"CODE-{self.codes:04}"

    async def rows(self) -> dict[str, list[Any]]:
        """Everything the shop keeps but the requests themselves."""
        kept = [table for table in tables.metadata.sorted_tables if table is not tables.request]
        return {table.name: sorted(map(repr, await self.run(select(table)))) for table in kept}

    async def quantity(self, sku: str, variant: str | None = None) -> int:
        found = await self.shop.stock(sku, variant)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def writable_url(kind: str, new_url: NewUrl) -> str:
    url = new_url(kind)
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def bench(writable_url: str) -> AsyncIterator[Bench]:
    async with open_engine(writable_url) as engine:
        async with connection(engine) as opened:
            for table in reversed(tables.metadata.sorted_tables):
                await opened.execute(delete(table))
        await seed(writable_url, TODAY)

        async def run(statement: Any) -> Any:
            async with connection(engine) as opened:
                result = await opened.execute(statement)
                return result.all() if result.returns_rows else None

        made = Bench(
            SqlShop(lambda: connection(engine), RULES, lambda: made.now, lambda: made.code()),
            run,
        )
        yield made


Wish = Callable[[Bench, str, str], Awaitable[Outcome]]


async def cancel(bench: Bench, number: str, key: str) -> Outcome:
    return await bench.shop.cancel_order(number, key=key)


async def send_back(bench: Bench, number: str, key: str) -> Outcome:
    return await bench.shop.request_return(
        number,
        [ReturnItem(0, 1)],
        reason=Reason.CHANGED_MIND,
        handover=Handover.DROP_OFF,
        key=key,
    )


async def exchange(bench: Bench, number: str, key: str) -> Outcome:
    return await bench.shop.exchange(
        number,
        ReturnItem(0, 1),
        "M",
        reason=Reason.DOES_NOT_FIT,
        handover=Handover.PICK_UP,
        key=key,
    )


async def redirect(bench: Bench, number: str, key: str) -> Outcome:
    return await bench.shop.change_address(number, HOME, key=key)


WISHES: Mapping[str, tuple[Wish, str]] = {
    "cancel": (cancel, PREPARING),
    "send back": (send_back, DELIVERED),
    "exchange": (exchange, DELIVERED),
    "redirect": (redirect, PREPARING),
}
each_wish = pytest.mark.parametrize(("wish", "number"), WISHES.values(), ids=WISHES)


async def test_a_cancelled_order_is_paid_back_and_its_goods_are_in_stock_again(
    bench: Bench,
) -> None:
    stock = await bench.quantity("BAG-501")
    outcome = await cancel(bench, PREPARING, "k")
    assert outcome == Cancelled(
        PREPARING, Rule.CANCEL_OPEN, Decimal("2119.90"), "TRY", date(2026, 12, 6)
    )
    order = await bench.shop.find_order(PREPARING)
    assert order is not None
    assert (order.status, order.cancelled_at) == (OrderStatus.CANCELLED, NOW)
    assert await bench.quantity("BAG-501") == stock + 1
    (refund,) = await bench.shop.refund_status(PREPARING)
    assert (refund.amount, refund.status, refund.since, refund.due) == (
        order.total,
        RefundStatus.PENDING,
        TODAY,
        date(2026, 12, 6),
    )


async def test_an_overdue_parcel_is_called_off_but_its_goods_are_not_in_stock(
    bench: Bench,
) -> None:
    stock = await bench.quantity("MUG-101")
    bench.now = NOW + timedelta(days=27)
    outcome = await cancel(bench, SHIPPED, "k")
    assert isinstance(outcome, Cancelled)
    assert outcome.rule is Rule.DELIVERY_OVERDUE
    assert await bench.quantity("MUG-101") == stock


async def test_a_return_has_a_code_a_day_a_payer_and_an_amount(bench: Bench) -> None:
    outcome = await send_back(bench, DELIVERED, "k")
    assert outcome == ReturnOpened(
        order_number=DELIVERED,
        rule=Rule.WITHDRAWAL,
        since=date(2026, 11, 14),
        until=date(2026, 11, 28),
        code="CODE-0001",
        handover=Handover.DROP_OFF,
        carrier="Turna Kargo",
        send_by=date(2026, 12, 2),
        cargo_paid_by=Payer.SHOP,
        amount=Decimal("1549.90"),
        currency="TRY",
        refund_days=14,
    )
    order = await bench.shop.find_order(DELIVERED)
    assert order is not None
    (opened,) = order.returns
    assert (opened.code, opened.status, opened.items, opened.opened_at) == (
        "CODE-0001",
        ReturnStatus.OPENED,
        (ReturnItem(0, 1),),
        NOW,
    )
    (refund,) = await bench.shop.refund_status(DELIVERED)
    assert (refund.return_code, refund.status, refund.due) == (
        "CODE-0001",
        RefundStatus.AWAITING_RETURN,
        None,
    )


async def test_the_refund_of_a_return_runs_from_its_arrival(bench: Bench) -> None:
    await send_back(bench, DELIVERED, "k")
    await bench.run(update(tables.return_).values(status="arrived", arrived_at=NOW))
    (refund,) = await bench.shop.refund_status(DELIVERED)
    assert (refund.status, refund.since, refund.due) == (
        RefundStatus.PENDING,
        TODAY,
        date(2026, 12, 6),
    )


async def test_the_last_piece_brings_back_the_rest_and_nothing_is_left(bench: Bench) -> None:
    await bench.run(
        update(tables.order).where(tables.order.c.number == DELIVERED).values(total=Decimal(2000))
    )
    amounts = []
    for line in (0, 1):
        bench.now += timedelta(minutes=1)
        outcome = await bench.shop.request_return(
            DELIVERED,
            [ReturnItem(line, 1)],
            reason=Reason.CHANGED_MIND,
            handover=Handover.PICK_UP,
            key=f"line {line}",
        )
        assert isinstance(outcome, ReturnOpened)
        amounts.append(outcome.amount)
    assert amounts == [Decimal("1549.90"), Decimal("450.10")]
    assert await send_back(bench, DELIVERED, "again") == Refused(Rule.TOO_MANY, line=0)
    codes = [refund.return_code for refund in await bench.shop.refund_status(DELIVERED)]
    assert codes == ["CODE-0002", "CODE-0001"]


async def test_an_exchange_keeps_the_new_one_for_the_customer(bench: Bench) -> None:
    stock = await bench.quantity("SWE-412", "M")
    outcome = await exchange(bench, DELIVERED, "k")
    assert isinstance(outcome, ExchangeOpened)
    assert (outcome.code, outcome.variant, outcome.until) == ("CODE-0001", "M", date(2026, 11, 28))
    assert await bench.quantity("SWE-412", "M") == stock - 1
    order = await bench.shop.find_order(DELIVERED)
    assert order is not None
    assert order.returns[0].exchange_for == "M"
    assert await bench.shop.refund_status(DELIVERED) == []


@pytest.mark.parametrize(
    ("variant", "reason", "outcome"),
    [
        ("L", Reason.CHANGED_MIND, Refused(Rule.SAME_VARIANT, line=0)),
        ("XS", Reason.DOES_NOT_FIT, NotFound("variant")),
        ("", Reason.DOES_NOT_FIT, NotFound("variant")),
        ("\x00", Reason.DOES_NOT_FIT, NotFound("variant")),
        ("' OR 1=1 --", Reason.DOES_NOT_FIT, NotFound("variant")),
    ],
)
async def test_what_it_cannot_be_exchanged_for(
    bench: Bench, variant: str, reason: Reason, outcome: Outcome
) -> None:
    before = await bench.rows()
    told = await bench.shop.exchange(
        DELIVERED, ReturnItem(0, 1), variant, reason=reason, handover=Handover.PICK_UP, key="k"
    )
    assert told == outcome
    assert await bench.rows() == before


async def test_a_faulty_one_is_exchanged_for_the_same(bench: Bench) -> None:
    told = await bench.shop.exchange(
        DELIVERED,
        ReturnItem(0, 1),
        "L",
        reason=Reason.DEFECTIVE,
        handover=Handover.PICK_UP,
        key="k",
    )
    assert isinstance(told, ExchangeOpened)
    assert told.rule is Rule.FAULT


async def test_what_is_sold_out_is_not_promised(bench: Bench) -> None:
    await bench.run(update(tables.stock).where(tables.stock.c.variant == "M").values(quantity=0))
    before = await bench.rows()
    assert await exchange(bench, DELIVERED, "k") == Refused(Rule.OUT_OF_STOCK, line=0)
    assert await bench.rows() == before


async def test_an_order_goes_to_its_new_address(bench: Bench) -> None:
    spaced = Address(" Emma Hill ", "Lale Sokak 5/3\n", " Kadıköy", "İstanbul ", " 34710")
    outcome = await bench.shop.change_address(PREPARING, spaced, key="k")
    assert outcome == AddressChanged(PREPARING, Rule.ADDRESS_OPEN, HOME)
    order = await bench.shop.find_order(PREPARING)
    assert order is not None
    assert order.address == HOME


@pytest.mark.parametrize("street", ["", "x" * 5_000, "Lale\x00", "\ud800\ud800"])
async def test_half_an_address_is_refused(bench: Bench, street: str) -> None:
    before = await bench.rows()
    half = Address("Emma Hill", street, "Kadıköy", "İstanbul")
    told = await bench.shop.change_address(PREPARING, half, key="k")
    assert told == Refused(Rule.ADDRESS_INCOMPLETE)
    assert await bench.rows() == before


@pytest.mark.parametrize(
    ("wish", "number", "rule"),
    [
        (cancel, SHIPPED, Rule.ALREADY_SHIPPED),
        (cancel, DELIVERED, Rule.ALREADY_DELIVERED),
        (cancel, CANCELLED, Rule.ALREADY_CANCELLED),
        (cancel, RETURNED, Rule.ALREADY_RETURNED),
        (send_back, PREPARING, Rule.NOT_DELIVERED),
        (send_back, SHIPPED, Rule.NOT_DELIVERED),
        (send_back, CANCELLED, Rule.ALREADY_CANCELLED),
        (send_back, RETURNED, Rule.ALREADY_RETURNED),
        (exchange, SHIPPED, Rule.NOT_DELIVERED),
        (redirect, SHIPPED, Rule.ALREADY_SHIPPED),
        (redirect, DELIVERED, Rule.ALREADY_DELIVERED),
    ],
)
async def test_what_the_rules_forbid_is_refused_and_changes_nothing(
    bench: Bench, wish: Wish, number: str, rule: Rule
) -> None:
    before = await bench.rows()
    outcome = await wish(bench, number, "k")
    assert isinstance(outcome, Refused)
    assert outcome.rule is rule
    assert await bench.rows() == before


@each_wish
@pytest.mark.parametrize("nobodys", [NOBODYS, "", "1" * 40, "10510'; DROP TABLE shop_order --"])
async def test_an_order_that_is_not_there_is_not_found(
    bench: Bench, wish: Wish, number: str, nobodys: str
) -> None:
    assert await wish(bench, nobodys, "k") == NotFound("order")


@each_wish
async def test_the_same_key_again_tells_the_same_and_changes_nothing(
    bench: Bench, wish: Wish, number: str
) -> None:
    first = await wish(bench, number, "k")
    assert not isinstance(first, Refused | NotFound)
    after = await bench.rows()
    bench.now += timedelta(days=400)
    assert await wish(bench, number, "k") == first
    assert await bench.rows() == after


@each_wish
async def test_a_refusal_and_a_missing_order_are_remembered_too(
    bench: Bench, wish: Wish, number: str
) -> None:
    refused = await wish(bench, CANCELLED, "k")
    assert isinstance(refused, Refused)
    await bench.run(
        update(tables.order)
        .where(tables.order.c.number == CANCELLED)
        .values(status="preparing", cancelled_at=None)
    )
    assert await wish(bench, CANCELLED, "k") == refused
    assert await wish(bench, NOBODYS, "j") == await wish(bench, NOBODYS, "j")


@each_wish
async def test_one_key_for_two_wishes_is_refused(bench: Bench, wish: Wish, number: str) -> None:
    await wish(bench, number, "k")
    after = await bench.rows()
    for other, _ in WISHES.values():
        if other is not wish:
            assert await other(bench, number, "k") == Refused(Rule.KEY_REUSED)
    assert await wish(bench, SHIPPED, "k") == Refused(Rule.KEY_REUSED)
    assert await bench.rows() == after


@each_wish
async def test_pressing_many_times_at_once_does_it_once(
    bench: Bench, wish: Wish, number: str
) -> None:
    outcomes = await asyncio.gather(*(wish(bench, number, "k") for _ in range(8)))
    assert outcomes == [outcomes[0]] * 8
    after = await bench.rows()
    assert await wish(bench, number, "k") == outcomes[0]
    assert await bench.rows() == after


async def test_two_people_who_cancel_at_once_cancel_once(bench: Bench) -> None:
    stock = await bench.quantity("BAG-501")
    outcomes = await asyncio.gather(*(cancel(bench, PREPARING, f"k{n}") for n in range(8)))
    assert sum(isinstance(one, Cancelled) for one in outcomes) == 1
    assert {one.rule for one in outcomes if isinstance(one, Refused)} == {Rule.ALREADY_CANCELLED}
    assert await bench.quantity("BAG-501") == stock + 1


async def test_the_last_one_in_stock_is_promised_once(bench: Bench) -> None:
    await bench.run(
        update(tables.order_line)
        .where(tables.order_line.c.order_number == DELIVERED)
        .values(quantity=9)
    )
    await bench.run(update(tables.stock).where(tables.stock.c.variant == "M").values(quantity=1))
    outcomes = await asyncio.gather(*(exchange(bench, DELIVERED, f"k{n}") for n in range(6)))
    assert sum(isinstance(one, ExchangeOpened) for one in outcomes) == 1
    assert await bench.quantity("SWE-412", "M") == 0


@pytest.mark.parametrize("key", ["", "k" * 201, "a\x00", "a\nb"])
async def test_what_is_no_key_is_the_callers_mistake(bench: Bench, key: str) -> None:
    with pytest.raises(ValueError, match="a key has 1 to 200"):
        await cancel(bench, PREPARING, key)


async def test_a_failure_half_way_leaves_nothing_and_the_key_free(bench: Bench) -> None:
    before = await bench.rows()
    bench.codes = -1

    def broken() -> str:
        raise RuntimeError("out of codes")

    bench.code = broken  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await send_back(bench, DELIVERED, "k")
    assert await bench.rows() == before
    assert await bench.run(select(func.count()).select_from(tables.request)) == [(0,)]


async def test_the_invoice_of_a_shipped_order_has_a_link(bench: Bench) -> None:
    for number in (SHIPPED, PREPARING):
        await bench.run(delete(tables.invoice).where(tables.invoice.c.order_number == number))
    assert await bench.shop.invoice_link(SHIPPED) == Refused(Rule.INVOICE_NOT_ISSUED)
    url = "https://shop.example.com/fatura/1"
    for number in (SHIPPED, PREPARING):
        await bench.run(
            tables.invoice.insert().values(
                order_number=number, number=f"DVR{number}", url=url, issued_on=TODAY
            )
        )
    assert await bench.shop.invoice_link(SHIPPED) == Invoice("DVR10482", url, TODAY)
    assert await bench.shop.invoice_link(PREPARING) == Refused(Rule.INVOICE_NOT_ISSUED)
    assert await bench.shop.invoice_link(NOBODYS) == NotFound("order")
    assert await bench.shop.refund_status(NOBODYS) == []
