"""A site with WooCommerce: answers in the shapes of its REST API v3, about invented people."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from shop.clock import SHOP_TIME
from shop.models import Order, OrderStatus, Product
from shop.provinces import province_code
from shop.text import fold
from tests.fakes.trouble import Troubles

TOKEN = "ck_for_tests:cs_for_tests_alone"
AUTHORIZATION = f"Basic {b64encode(TOKEN.encode()).decode()}"
API = "/wp-json/wc/v3"
DELIVERED = "_teslim_tarihi"
"""The custom field in which this site's staff note the delivery."""

Json = dict[str, Any]

_STATUSES = {
    OrderStatus.RECEIVED: "on-hold",
    OrderStatus.PREPARING: "processing",
    OrderStatus.PACKED: "packed",
    OrderStatus.SHIPPED: "shipped",
    OrderStatus.DELIVERED: "completed",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.RETURNED: "refunded",
}


def gmt(at: datetime | None) -> str | None:
    """A time as WooCommerce writes it in a `…_gmt` field."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if at else None


def local(at: datetime | None) -> str | None:
    """The same in the site's own time."""
    return at.astimezone(SHOP_TIME).strftime("%Y-%m-%dT%H:%M:%S") if at else None


def dated(name: str, at: datetime | None) -> Json:
    """Both fields of a time."""
    return {name: local(at), f"{name}_gmt": gmt(at)}


def line(
    name: str,
    price: str,
    quantity: int = 1,
    *,
    product: int,
    variation: int = 0,
    choices: Mapping[str, str] | None = None,
    sku: str = "",
) -> Json:
    """A line of an order. `price` is for a piece, tax of 20 % included, as customers see it."""
    paid = Decimal(price) * quantity
    tax = (paid / 6).quantize(Decimal("0.01"))
    return {
        "id": 300 + product,
        "name": name,
        "product_id": product,
        "variation_id": variation,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": str(paid - tax),
        "subtotal_tax": str(tax),
        "total": str(paid - tax),
        "total_tax": str(tax),
        "taxes": [{"id": 75, "total": str(tax), "subtotal": str(tax)}],
        "meta_data": [
            {
                "id": 2000 + at,
                "key": key,
                "value": value,
                "display_key": key,
                "display_value": value,
            }
            for at, (key, value) in enumerate((choices or {}).items())
        ],
        "sku": sku,
        "price": float(paid - tax) / quantity,
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def order(
    id_: int,
    status: str,
    lines: Iterable[Json],
    *,
    placed: datetime,
    total: str,
    number: str | None = None,
    customer: int = 7,
    email: str = "elif.aydin@example.com",
    phone: str = "0555 010 48 21",
    name: tuple[str, str] = ("Elif", "Aydın"),
    address: Mapping[str, str] | None = None,
    paid: bool = True,
    completed: datetime | None = None,
    modified: datetime | None = None,
    fields: Mapping[str, object] | None = None,
) -> Json:
    """An order, as the site's database has it."""
    first, last = name
    place = {
        "first_name": first,
        "last_name": last,
        "company": "",
        "address_1": "Ihlamur Sk. 12/3",
        "address_2": "",
        "city": "Çankaya",
        "state": "TR06",
        "postcode": "06690",
        "country": "TR",
        **(address or {}),
    }
    return {
        "id": id_,
        "parent_id": 0,
        "status": status,
        "currency": "TRY",
        "version": "9.3.3",
        "prices_include_tax": True,
        **dated("date_created", placed),
        **dated("date_modified", modified or placed),
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "customer_id": customer,
        "order_key": f"wc_order_{id_:08x}",
        "billing": {**place, "email": email, "phone": phone},
        "shipping": {**place, "phone": ""},
        "payment_method": "iyzico",
        "payment_method_title": "Kredi kartı",
        "transaction_id": "",
        "customer_ip_address": "192.0.2.7",
        "customer_user_agent": "Mozilla/5.0",
        "created_via": "checkout",
        "customer_note": "",
        **dated("date_completed", completed),
        **dated("date_paid", placed + timedelta(minutes=2) if paid else None),
        "cart_hash": "5040ce7273261e31",
        "number": number or str(id_),
        "meta_data": [
            {"id": 13000 + at, "key": key, "value": value}
            for at, (key, value) in enumerate({"is_vat_exempt": "no", **(fields or {})}.items())
        ],
        "line_items": list(lines),
        "tax_lines": [],
        "shipping_lines": [
            {"id": 317, "method_title": "Sabit ücret", "method_id": "flat_rate", "total": "0.00"}
        ],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": "",
        "is_editable": False,
        "needs_payment": False,
        "needs_processing": True,
        "currency_symbol": "₺",
    }


def parcel(number: str, shipped: datetime, carrier: str = "turna-kargo", link: str = "") -> Json:
    """The custom field of the usual plugin for tracking numbers."""
    return {
        "_wc_shipment_tracking_items": [
            {
                "tracking_provider": "" if link else carrier,
                "custom_tracking_provider": carrier if link else "",
                "custom_tracking_link": link,
                "tracking_number": number,
                "date_shipped": str(int(shipped.timestamp())),
                "tracking_id": "7f4978c390ee633c",
            }
        ]
    }


def product(
    id_: int,
    name: str,
    price: str,
    *,
    sku: str = "",
    category: str = "mutfak",
    regular: str | None = None,
    stock: int | None = 10,
    in_stock: bool = True,
    description: str = "",
    type_: str = "simple",
    variations: Iterable[int] = (),
) -> Json:
    """A product. With `stock` None its pieces are not counted."""
    return {
        "id": id_,
        "name": name,
        "slug": fold(name).replace(" ", "-"),
        "permalink": f"https://shop.example.com/urun/{id_}/",
        "type": type_,
        "status": "publish",
        "catalog_visibility": "visible",
        "description": f"<p>{description}</p>\n",
        "short_description": "",
        "sku": sku,
        "price": price,
        "regular_price": regular or price,
        "sale_price": price if regular else "",
        "on_sale": regular is not None,
        "purchasable": bool(price),
        "total_sales": 0,
        "virtual": False,
        "tax_status": "taxable",
        "manage_stock": stock is not None,
        "stock_quantity": stock,
        "backorders": "no",
        "stock_status": "instock" if in_stock else "outofstock",
        "categories": [{"id": 11, "name": category.title(), "slug": category}],
        "tags": [],
        "images": [{"id": 5, "src": f"https://shop.example.com/{id_}.jpg", "name": "", "alt": ""}],
        "attributes": [],
        "variations": list(variations),
        "meta_data": [],
    }


def variation(
    id_: int, price: str, choices: Iterable[str], stock: int | None, sku: str = ""
) -> Json:
    """A variation of a product."""
    return {
        "id": id_,
        "description": "",
        "sku": "",
        "price": price,
        "regular_price": price,
        "sale_price": "",
        "on_sale": False,
        "status": "publish",
        "manage_stock": stock is not None,
        "stock_quantity": stock,
        "stock_status": "outofstock" if stock == 0 else "instock",
        "attributes": [
            {"id": 0, "name": f"secim-{at}", "option": option} for at, option in enumerate(choices)
        ],
    }


def from_order(found: Order) -> Json:
    """One of our orders, as this site would have it; its number must be an id."""
    address = found.address
    place = {}
    if address:
        first, _, last = address.recipient.rpartition(" ")
        place = {
            "first_name": first,
            "last_name": last,
            "address_1": address.street,
            "city": address.district,
            "state": province_code(address.city) or address.city,
            "postcode": address.postcode or "",
        }
    shipment = found.shipment
    fields: Json = {}
    if shipment:
        shipped = shipment.events[0].at if shipment.events else found.placed_at
        fields |= parcel(
            shipment.tracking_number, shipped, shipment.carrier, shipment.tracking_url or ""
        )
        if shipment.delivered_at:
            fields[DELIVERED] = local(shipment.delivered_at)
    first, _, last = found.customer.name.rpartition(" ")
    return order(
        int(found.number),
        _STATUSES[found.status],
        [
            line(
                one.name.tr,
                str(one.price),
                one.quantity,
                product=id_of(one.sku),
                variation=id_of(f"{one.sku} {one.variant}") if one.variant else 0,
                choices={"beden": one.variant} if one.variant else None,
                sku=one.sku,
            )
            for one in found.lines
        ],
        placed=found.placed_at,
        total=str(found.total),
        customer=sum(found.customer.id.encode()),
        email=found.customer.email,
        phone=found.customer.phone,
        name=(first, last),
        address=place,
        modified=found.cancelled_at,
        completed=shipment.delivered_at if shipment else None,
        fields=fields,
    )


def id_of(sku: str) -> int:
    """The id this site gives to what has this SKU."""
    return crc32(sku.encode()) % 1_000_000


def from_product(found: Product, language: str = "tr") -> tuple[Json, list[Json]]:
    """One of our products, as this site would have it, and its variations."""
    variations = [
        variation(id_of(f"{found.sku} {one.name}"), str(found.price), [one.name], one.stock)
        for one in found.variants
    ]
    made = product(
        id_of(found.sku),
        found.name.in_(language),
        str(found.price),
        sku=found.sku,
        category=found.category,
        stock=None if variations else found.stock,
        in_stock=found.stock > 0,
        description=found.description.in_(language),
        type_="variable" if variations else "simple",
        variations=[one["id"] for one in variations],
    )
    return made, variations


@dataclass
class WooCommerce:
    """The site. What it holds are its answers; `troubles` go wrong and note what was asked."""

    orders: dict[int, Json] = field(default_factory=dict)
    products: dict[int, Json] = field(default_factory=dict)
    variations: dict[int, list[Json]] = field(default_factory=dict)
    refunds: dict[int, list[Json]] = field(default_factory=dict)
    notes: dict[int, list[Json]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    troubles: Troubles = field(default_factory=Troubles)

    def add(self, *orders: Json) -> None:
        """Take these orders."""
        self.orders |= {one["id"]: one for one in orders}

    def sell(self, made: Json, variations: Iterable[Json] = ()) -> None:
        """Take this product."""
        self.products[made["id"]] = made
        self.variations[made["id"]] = list(variations)

    def refund(self, order_id: int, amount: str, reason: str = "") -> None:
        """Send money back, as the staff would."""
        at, number = self.clock(), 9000 + sum(map(len, self.refunds.values()))
        self.refunds.setdefault(order_id, []).insert(
            0,
            {
                "id": number,
                **dated("date_created", at),
                "amount": amount,
                "reason": reason,
                "refunded_by": 1,
                "refunded_payment": False,
                "meta_data": [],
                "line_items": [],
            },
        )
        self.orders[order_id]["refunds"].insert(
            0, {"id": number, "reason": reason, "total": f"-{amount}"}
        )

    def app(self) -> web.Application:
        """Return it as an application."""
        app = web.Application(middlewares=[self.troubles.middleware(), self._guard])
        app.add_routes(
            [
                web.get(f"{API}/orders", self.list_orders),
                web.put(f"{API}/orders/{{id}}", self.update_order),
                web.get(f"{API}/orders/{{id}}/refunds", self.list_refunds),
                web.get(f"{API}/orders/{{id}}/notes", self.list_notes),
                web.post(f"{API}/orders/{{id}}/notes", self.add_note),
                web.get(f"{API}/products", self.list_products),
                web.get(f"{API}/products/{{id}}/variations", self.list_variations),
                web.get(f"{API}/data/currencies/current", self.currency),
            ]
        )
        return app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve on a free port of this machine; gives the site's address."""
        server = TestServer(self.app())
        await server.start_server()
        try:
            yield str(server.make_url("/")).rstrip("/")
        finally:
            await server.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Authorization") != AUTHORIZATION:
            return problem(401, "woocommerce_rest_cannot_view", "Listelemek için izniniz yok.")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return problem(404, "rest_no_route", "URL ve istek yöntemine uygun yol bulunamadı.")

    async def list_orders(self, request: web.Request) -> web.Response:
        query = request.query
        found = [one for one in self.orders.values() if one["status"] != "trash"]
        if "include" in query:
            found = [one for one in found if str(one["id"]) in query["include"].split(",")]
        if "customer" in query:
            found = [one for one in found if one["customer_id"] == int(query["customer"])]
        if "search" in query:
            found = [
                one
                for one in found
                if query["search"] in f"{one['id']} {one['number']} {json.dumps(one['billing'])}"
            ]
        found.sort(key=lambda one: one["date_created_gmt"], reverse=query.get("order") != "asc")
        return page(request, found)

    async def update_order(self, request: web.Request) -> web.Response:
        found = self.orders.get(int(request.match_info["id"]))
        if found is None:
            return problem(400, "woocommerce_rest_shop_order_invalid_id", "Geçersiz kimlik.")
        change = await request.json()
        found["shipping"] |= change.get("shipping", {})
        if change.get("status", found["status"]) != found["status"]:
            found["status"] = change["status"]
        for one in change.get("meta_data", []):
            same = [kept for kept in found["meta_data"] if kept["key"] == one["key"]]
            if same:
                same[0]["value"] = one["value"]
            else:
                found["meta_data"].append({"id": 14000 + len(found["meta_data"]), **one})
        found |= dated("date_modified", self.clock())
        return web.json_response(found)

    async def list_refunds(self, request: web.Request) -> web.Response:
        return page(request, self.refunds.get(int(request.match_info["id"]), []))

    async def list_notes(self, request: web.Request) -> web.Response:
        return web.json_response(self.notes.get(int(request.match_info["id"]), []))

    async def add_note(self, request: web.Request) -> web.Response:
        told = await request.json()
        written = {
            "id": 280 + sum(map(len, self.notes.values())),
            "author": "system",
            **dated("date_created", self.clock()),
            "note": told["note"],
            "customer_note": told.get("customer_note", False),
        }
        self.notes.setdefault(int(request.match_info["id"]), []).insert(0, written)
        return web.json_response(written, status=201)

    async def list_products(self, request: web.Request) -> web.Response:
        query, found = request.query, list(self.products.values())
        if "include" in query:
            found = [one for one in found if str(one["id"]) in query["include"].split(",")]
        if "sku" in query:
            found = [one for one in found if one["sku"] == query["sku"]]
        if "search" in query:
            # MySQL compares without accents, but keeps ı and i apart.
            wanted = [_collated(word) for word in query["search"].split()]
            found = [
                one
                for one in found
                if all(word in _collated(one["name"] + one["description"]) for word in wanted)
            ]
        for bound, fits in (("min_price", Decimal.__ge__), ("max_price", Decimal.__le__)):
            if bound in query:
                limit = Decimal(query[bound])
                found = [
                    one for one in found if one["price"] and fits(Decimal(one["price"]), limit)
                ]
        if query.get("orderby") == "price":
            dearest = query["order"] == "desc"
            found.sort(key=lambda one: Decimal(one["price"] or 0), reverse=dearest)
        return page(request, found)

    async def list_variations(self, request: web.Request) -> web.Response:
        return page(request, self.variations.get(int(request.match_info["id"]), []))

    async def currency(self, _request: web.Request) -> web.Response:
        return web.json_response({"code": "TRY", "name": "Türk lirası", "symbol": "&#8378;"})


def page(request: web.Request, found: list[Json]) -> web.Response:
    """The page of `found` that is asked for, with the fields that are."""
    size = int(request.query.get("per_page", "10"))
    if not 1 <= size <= 100:
        return problem(400, "rest_invalid_param", "Geçersiz parametre(ler): per_page")
    fields = request.query["_fields"].split(",") if "_fields" in request.query else None
    shown = [
        {key: value for key, value in one.items() if fields is None or key in fields}
        for one in found[:size]
    ]
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
    return web.json_response(shown, headers=headers)


def problem(status: int, code: str, message: str) -> web.Response:
    """An error, as WordPress tells it."""
    return web.json_response(
        {"code": code, "message": message, "data": {"status": status}}, status=status
    )


def _collated(text: str) -> str:
    return fold(text.replace("ı", "\x00").replace("I", "i")).replace("\x00", "ı")
