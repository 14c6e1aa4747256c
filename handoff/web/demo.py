"""The demo shop's own server, as far as the chat needs one: who is signed in, and its pictures."""

import secrets
from functools import cache
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

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
_SVG = "{http://www.w3.org/2000/svg}"
_PICTURES = Path(__file__).parent / "static" / "demo" / "pictures.svg"


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


async def picture(request: web.Request) -> web.Response:
    """GET /demo/pictures/{kind}-{colour}.svg"""
    style, things = _drawn()
    thing = things.get(request.match_info["kind"])
    if thing is None:
        raise NotFound("there is no such picture")
    drawn = _ON_PAPER.format(colour=request.match_info["colour"], style=style, thing=thing)
    return web.Response(text=drawn, content_type="image/svg+xml", headers=_OF_PICTURES)


_ON_PAPER = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240" viewBox="0 0 320 240"'
    ' fill="#{colour}" color="#{colour}">{style}<path fill="#f3eee6" d="M0 0h320v240H0z"/>'
    '<circle cx="160" cy="120" r="104" opacity=".16"/>'
    '<ellipse class="d" cx="160" cy="190" rx="92" ry="9"/>{thing}</svg>'
)
_OF_PICTURES = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the chat may stand on any page
}


@cache
def _drawn() -> tuple[str, dict[str, str]]:
    """Return the style of all pictures and what is drawn, by kind."""
    ElementTree.register_namespace("", _SVG.strip("{}"))
    root = ElementTree.parse(_PICTURES).getroot()
    style = root.find(f"{_SVG}style")
    assert style is not None
    things = {thing.attrib["id"]: _written(thing) for thing in root.iterfind(f"{_SVG}g")}
    return _written(style), things


def _written(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, encoding="unicode").strip()
