"""The demo shop's own server, as far as the chat needs one: who is signed in there."""

import secrets
from typing import Annotated

import jwt
from aiohttp import web
from pydantic import StringConstraints, TypeAdapter

from handoff.errors import NotFound
from handoff.web.keys import CLOCK, SETTINGS
from handoff.web.middleware import check_origin, json_response
from handoff.web.schemas import Strict, read_body

CUSTOMERS = {
    "demo-elif": "Elif Aydın",
    "demo-mert": "Mert Kaplan",
    "demo-emma": "Emma Hill",
}
"""Whom the demo page can be signed in as; all invented, see shop/demo/orders.yml."""

_SECONDS = 60


class _SignedIn(Strict):
    customer: Annotated[str, StringConstraints(max_length=120)]


_BODY = TypeAdapter(_SignedIn)


async def make_token(request: web.Request) -> web.Response:
    """POST /demo/identity"""
    settings = request.app[SETTINGS]
    check_origin(request, settings.own_origins, required=True)
    customer = (await read_body(request, _BODY)).customer
    if settings.identity_secret is None or customer not in CUSTOMERS:
        raise NotFound("there is no such demo customer, or DEVIR_IDENTITY_SECRET is not set")
    now = int(request.app[CLOCK]().timestamp())
    claims = {
        "sub": customer,
        "name": CUSTOMERS[customer],
        "aud": settings.public_url,
        "iat": now,
        "exp": now + _SECONDS,
        "jti": secrets.token_hex(16),
    }
    secret = settings.identity_secret.get_secret_value()
    return json_response({"token": jwt.encode(claims, secret, algorithm="HS256")})
