"""What is asked of the tables is answered from their indexes, however many orders there are."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from shop.connect import connection, open_engine
from shop.migrate import migrate
from shop.models import Address, Handover, Reason, ReturnItem
from shop.seed import seed
from shop.sql import SqlShop
from tests.shop.conftest import TODAY

Question = Callable[[SqlShop], Awaitable[object]]
HOME = Address("Emma Hill", "Lale Sokak 5", "Kadıköy", "İstanbul")
BACK: dict[str, Any] = {"reason": Reason.DAMAGED, "handover": Handover.PICK_UP}

QUESTIONS: dict[str, Question] = {
    "find": lambda shop: shop.find_order("10482"),
    "prove": lambda shop: shop.prove_order("10482", "4821"),
    "own": lambda shop: shop.own_order("10482", "demo-elif"),
    "orders": lambda shop: shop.orders_of_customer("demo-elif"),
    "refunds": lambda shop: shop.refund_status("20714"),
    "invoice": lambda shop: shop.invoice_link("10482"),
    "stock": lambda shop: shop.stock("TSH-401", "M"),
    "price": lambda shop: shop.price("TSH-401"),
    "cancel": lambda shop: shop.cancel_order("10510", key="a"),
    "return": lambda shop: shop.request_return("10391", [ReturnItem(1, 1)], **BACK, key="b"),
    "exchange": lambda shop: shop.exchange("10391", ReturnItem(0, 1), "M", **BACK, key="c"),
    "address": lambda shop: shop.change_address("40755", HOME, key="d"),
    "search": lambda shop: shop.search_products("kırmızı kupa", "tr"),
    "search by price": lambda shop: shop.search_products("500 TL altı kupa", "tr"),
    "search by size": lambda shop: shop.search_products("42 numara ayakkabı", "tr"),
    "search in vain": lambda shop: shop.search_products("denizaltı", "tr"),
}


@pytest.fixture(scope="module")
def kind() -> str:
    return "sqlite"  # which tells its plan whatever the tables hold; PostgreSQL's depends on that


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
async def test_no_table_that_grows_is_read_whole(empty_url: str, ask: Question) -> None:
    await migrate(empty_url)
    await seed(empty_url, TODAY)
    asked: list[tuple[str, Any]] = []
    async with open_engine(empty_url) as engine:
        shop = SqlShop(lambda: connection(engine))
        await shop.check()  # connecting asks questions of its own
        event.listen(
            engine.sync_engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, values, *_: asked.append((statement, values)),
        )
        await ask(shop)
        statements = [one for one in asked if "shop_" in one[0]]
        assert statements
        async with engine.connect() as opened:
            for statement, values in statements:
                assert not isinstance(values, list), "several rows at once are an insert"
                plan = await opened.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                for row in plan:
                    counting = "COVERING INDEX" in row.detail and "count(*)" in statement
                    assert counting or not row.detail.startswith("SCAN shop_"), statement


async def test_a_size_or_a_price_alone_is_answered_from_an_index_in_its_order(
    empty_url: str,
) -> None:
    await migrate(empty_url)
    async with open_engine(empty_url) as engine, engine.connect() as opened:
        plan = await opened.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT sku FROM shop_product WHERE price <= 5000"
                " ORDER BY price LIMIT 60"
            )
        )
        assert "ix_shop_product_price" in plan.one().detail
