"""The demo shop behind a server of the shop's own or in WooCommerce, in a thread beside the bot."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from shop import tables
from shop.connect import connection, open_engine, open_shop
from shop.models import Order, Product
from tests.dialogue.processes import demo_shop
from tests.fakes.shop_server import TOKEN, ShopServer
from tests.fakes.trouble import Troubles
from tests.fakes.woocommerce import DELIVERED, WooCommerce, from_order, from_product
from tests.fakes.woocommerce import TOKEN as WOO_TOKEN

KINDS = ("http", "woocommerce")
_CHANGES = ("/cancellation", "/returns", "/exchanges", "/address")


@dataclass(frozen=True)
class Server:
    """A shop's server: its address, what is set for it, and what goes wrong with it."""

    url: str
    settings: dict[str, str]
    troubles: Troubles
    woo: WooCommerce | None

    def changes(self) -> Counter[str]:
        """How many different changes were asked of each order."""
        if self.woo is not None:
            return Counter({str(id_): len(notes) for id_, notes in self.woo.notes.items()})
        told = {
            (one.path.split("/")[2], one.headers["Idempotency-Key"])
            for one in self.troubles.asked
            if one.path.endswith(_CHANGES)
        }
        return Counter(number for number, _ in told)


@contextmanager
def running_server(kind: str, folder: Path) -> Iterator[Server]:
    """Run one of KINDS with the demo's orders and products; its files lie in `folder`."""
    demo = demo_shop(folder)
    troubles = Troubles()
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    address: list[str] = []
    woo = WooCommerce(troubles=troubles) if kind == "woocommerce" else None

    async def serve() -> None:
        async with open_shop(demo) as shop:
            if woo is not None:
                orders, products = await _everything(demo)
                woo.add(*map(from_order, orders))
                for product in products:
                    woo.sell(*from_product(product))
                server = woo.running()
            else:
                server = ShopServer(shop, troubles=troubles).running()
            async with server as url:
                address.append(url)
                ready.set()
                await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(60), "the shop's server did not start"
    settings = {"DEVIR_ARTICLES_URL": demo, "DEVIR_SHOP_TOKEN": WOO_TOKEN if woo else TOKEN}
    if woo:
        settings |= {"DEVIR_WOOCOMMERCE_DELIVERED": DELIVERED}
    try:
        yield Server(f"{'woocommerce+' if woo else ''}{address[0]}", settings, troubles, woo)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


async def _everything(demo: str) -> tuple[list[Order], list[Product]]:
    """Return all orders and products of the shop at `demo`."""
    async with open_shop(demo) as shop, open_engine(demo) as engine:
        async with connection(engine) as opened:
            numbers = (await opened.execute(select(tables.order.c.number))).scalars().all()
            names = (await opened.execute(select(tables.product.c.name_tr))).scalars().all()
        orders = [one for one in [await shop.find_order(number) for number in numbers] if one]
        found = [one for name in names for one in await shop.search_products(name, "tr", 20)]
    return orders, list({one.sku: one for one in found}.values())
