"""The shop that is measured has the orders it is said to have, and they can be proven."""

from datetime import date
from pathlib import Path

from bench.manyorders import FIRST, fill
from shop.connect import open_shop
from shop.migrate import migrate
from shop.seed import seed


async def test_a_shop_is_filled_with_orders_of_customers_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    url = f"sqlite+aiosqlite:///{file}"
    await migrate(url)
    await seed(url, date(2026, 11, 22))
    fill(file, 1_000)
    fill(file, 1_000)
    async with open_shop(url) as shop:
        order = await shop.prove_order(str(FIRST), "4821")
        like = await shop.find_order("10482")
        assert order is not None
        assert like is not None
        assert (order.lines, order.shipment) == (like.lines, like.shipment)
        assert [one.number for one in await shop.orders_of_customer(order.customer.id)] == [
            order.number
        ]
        assert await shop.find_order(str(FIRST + 999)) is None
