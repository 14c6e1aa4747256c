"""The reference server for docs/openapi-shop.yml: any `Shop`, offered over HTTP."""

import hmac
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from shop.base import Shop
from shop.errors import ShopUnavailable
from shop.models import Address, Handover, Reason, ReturnItem
from shop.outcomes import NotFound, Refused
from tests.fakes.trouble import Troubles

TOKEN = "a-token-for-tests-alone"

_NUMBER = re.compile(r"[0-9A-Za-z-]{1,32}")
_KEY = re.compile(r"[0-9a-f]{64}")
_LIMIT = re.compile(r"[1-9][0-9]?|100")
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_LONGEST = 200

Shape = TypeVar("Shape")


# In JSON Schema, 2.0 is an integer.
Whole = Annotated[
    int, BeforeValidator(lambda told: int(told) if _is_whole(told) else told), Field(ge=0)
]


def _is_whole(told: object) -> bool:
    return isinstance(told, float) and told.is_integer()


@dataclass(frozen=True)
class Item:
    line: Whole
    quantity: Whole
    opened: bool | None = None

    def read(self) -> ReturnItem:
        return ReturnItem(self.line, self.quantity, self.opened)


@dataclass(frozen=True)
class ReturnWish:
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    reason: Reason
    handover: Handover


@dataclass(frozen=True)
class ExchangeWish:
    item: Item
    variant: str
    reason: Reason
    handover: Handover


_RETURN = TypeAdapter(ReturnWish)
_EXCHANGE = TypeAdapter(ExchangeWish)
_ADDRESS = TypeAdapter(Address)


class Malformed(Exception):
    """The request is none of the contract."""


@dataclass
class ShopServer:
    """Offers `shop`; `troubles` go wrong and note what was asked."""

    shop: Shop
    token: str = TOKEN
    troubles: Troubles = field(default_factory=Troubles)

    def app(self) -> web.Application:
        """Return it as an application."""
        app = web.Application(middlewares=[self.troubles.middleware(), self._guard])
        order = "/orders/{number}"
        app.add_routes(
            [
                web.get("/health", self.health),
                web.get("/orders", self.orders_of_customer),
                web.get(order, self.find_order),
                web.post(f"{order}/cancellation", self.cancel_order),
                web.post(f"{order}/returns", self.request_return),
                web.post(f"{order}/exchanges", self.exchange),
                web.put(f"{order}/address", self.change_address),
                web.get(f"{order}/refunds", self.refund_status),
                web.get(f"{order}/invoice", self.invoice_link),
                web.get("/products", self.search_products),
                web.get("/stock", self.stock),
                web.get("/price", self.price),
                web.get("/campaigns", self.campaigns),
            ]
        )
        return app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve on a free port of this machine; gives the address."""
        server = TestServer(self.app())
        await server.start_server()
        try:
            yield str(server.make_url("/")).rstrip("/")
        finally:
            await server.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            return _problem(401, "wrong token")
        try:
            return await handler(request)
        except (Malformed, ValidationError) as error:
            return _problem(400, str(error).splitlines()[0])
        except ShopUnavailable as error:
            return _problem(503, str(error), {"Retry-After": "1"})

    async def health(self, _request: web.Request) -> web.Response:
        await self.shop.check()
        return _answer({"status": "ok"})

    async def find_order(self, request: web.Request) -> web.Response:
        return _answer(await self.shop.find_order(_number(request)) or NotFound("order"))

    async def orders_of_customer(self, request: web.Request) -> web.Response:
        customer = _text(request, "customer_id")
        return _answer({"orders": await self.shop.orders_of_customer(customer, _limit(request))})

    async def cancel_order(self, request: web.Request) -> web.Response:
        return _answer(await self.shop.cancel_order(_number(request), key=_key(request)))

    async def request_return(self, request: web.Request) -> web.Response:
        number, key, wish = _number(request), _key(request), await _body(request, _RETURN)
        return _answer(
            await self.shop.request_return(
                number,
                [item.read() for item in wish.items],
                reason=wish.reason,
                handover=wish.handover,
                key=key,
            )
        )

    async def exchange(self, request: web.Request) -> web.Response:
        number, key, wish = _number(request), _key(request), await _body(request, _EXCHANGE)
        return _answer(
            await self.shop.exchange(
                number,
                wish.item.read(),
                wish.variant,
                reason=wish.reason,
                handover=wish.handover,
                key=key,
            )
        )

    async def change_address(self, request: web.Request) -> web.Response:
        number, key, address = _number(request), _key(request), await _body(request, _ADDRESS)
        return _answer(await self.shop.change_address(number, address, key=key))

    async def refund_status(self, request: web.Request) -> web.Response:
        number = _number(request)
        if await self.shop.find_order(number) is None:
            return _answer(NotFound("order"))
        return _answer({"refunds": await self.shop.refund_status(number)})

    async def invoice_link(self, request: web.Request) -> web.Response:
        return _answer(await self.shop.invoice_link(_number(request)))

    async def search_products(self, request: web.Request) -> web.Response:
        text, language, limit = _text(request, "text"), _text(request, "language"), _limit(request)
        if language not in ("tr", "en"):
            raise Malformed("language must be tr or en")
        found = await self.shop.search_products(text, language, limit)
        return _answer({"products": found})

    async def stock(self, request: web.Request) -> web.Response:
        variant = _text(request, "variant") if "variant" in request.query else None
        return _answer({"pieces": await self.shop.stock(_text(request, "sku"), variant)})

    async def price(self, request: web.Request) -> web.Response:
        return _answer({"price": await self.shop.price(_text(request, "sku"))})

    async def campaigns(self, _request: web.Request) -> web.Response:
        return _answer({"campaigns": await self.shop.campaigns()})


def _number(request: web.Request) -> str:
    number = request.match_info["number"]
    if not _NUMBER.fullmatch(number):
        raise Malformed("an order number has 1 to 32 letters, digits and hyphens")
    return number


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Malformed("Idempotency-Key must have 64 hexadecimal digits")
    return key


def _text(request: web.Request, name: str) -> str:
    values = request.query.getall(name, [])
    if len(values) != 1 or not 1 <= len(values[0]) <= _LONGEST:
        raise Malformed(f"{name} must stand once, with 1 to {_LONGEST} letters")
    return values[0]


def _limit(request: web.Request) -> int:
    limit = _text(request, "limit")
    if not _LIMIT.fullmatch(limit):
        raise Malformed("limit must be a number from 1 to 100")
    return int(limit)


async def _body(request: web.Request, shape: TypeAdapter[Shape]) -> Shape:
    return shape.validate_json(await request.read(), strict=True)


def _answer(outcome: object) -> web.Response:
    match outcome:
        case NotFound():
            status = 404
        case Refused():
            status = 409
        case _:
            status = 200
    return web.Response(
        body=_ANYTHING.dump_json(outcome), status=status, content_type="application/json"
    )


def _problem(status: int, told: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"problem": told}, status=status, headers=headers)
