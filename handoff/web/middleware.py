"""What happens around every request: its id, its errors, its headers."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from aiohttp import web

from handoff.clock import new_id
from handoff.errors import (
    BodyTooLarge,
    DevirError,
    FileTooLarge,
    InternalError,
    MethodNotAllowed,
    NotFound,
    OriginRefused,
)
from handoff.web.keys import SETTINGS

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_CONSOLE_POLICY = (
    "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_DEMO_POLICY = (
    "default-src 'self'; img-src 'self' https: data: blob:; media-src blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return an answer that no cache keeps."""
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def error_body(error: DevirError) -> dict[str, Any]:
    """Return what a client is told of an error."""
    return {"code": error.code, "message": error.message, **error.fields}


def _error_response(error: DevirError) -> web.Response:
    response = json_response({"error": error_body(error)}, error.status)
    if "retry_after" in error.fields:
        response.headers["Retry-After"] = str(error.fields["retry_after"])
    if isinstance(error, BodyTooLarge | FileTooLarge):
        # The rest of the body is not worth reading.
        response.force_close()
    return response


@web.middleware
async def requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, turn what it raises into the one error shape, and log it without
    content.
    """
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _REQUEST_ID.match(given) else new_id()
    started = time.monotonic()
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            response = await handler(request)
        except DevirError as error:
            response = _error_response(error)
        except web.HTTPNotFound:
            response = _error_response(NotFound("there is no such page"))
        except web.HTTPMethodNotAllowed as error:
            allowed = ", ".join(sorted(error.allowed_methods))
            response = _error_response(MethodNotAllowed(f"use {allowed}"))
            response.headers["Allow"] = allowed
        except web.HTTPException as error:
            response = error
        except Exception as error:
            if isinstance(error, ConnectionError) and _has_left(request):
                raise
            log.exception("request_failed")
            response = _error_response(
                InternalError("this is our fault; tell us the request_id", request_id=request_id)
            )
        if not response.prepared:
            response.headers["X-Request-ID"] = request_id
        route = request.match_info.route.resource
        log.info(
            "request",
            method=request.method,
            route=route.canonical if route else None,
            status=response.status,
            ms=round((time.monotonic() - started) * 1000),
        )
        return response


def _has_left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


@web.middleware
async def cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the shop's pages, and no others, use the widget's routes."""
    if not request.path.startswith("/widget/"):
        return await handler(request)
    origin = request.headers.get("Origin")
    allowed = origin in request.app[SETTINGS].allowed_origins
    if request.method == "OPTIONS":
        if not allowed:
            raise OriginRefused("add this page's origin to DEVIR_WIDGET_ORIGINS")
        response: web.StreamResponse = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
        _allow(response, origin)
        return response
    try:
        response = await handler(request)
    except DevirError as error:
        response = _error_response(error)
    if allowed and not response.prepared:
        _allow(response, origin)
    elif not response.prepared:
        response.headers["Vary"] = "Origin"
    return response


def _allow(response: web.StreamResponse, origin: str | None) -> None:
    response.headers["Access-Control-Allow-Origin"] = origin or ""
    response.headers["Vary"] = "Origin"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what keeps browsers from doing harm; connected to `on_response_prepare`."""
    headers = response.headers
    headers["Server"] = "devir"  # without the versions of what it is made of
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if request.app[SETTINGS].secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.path.startswith("/widget/"):
        # The scripts run on the shop's pages, whatever these are.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    demo = request.path.startswith("/demo")
    headers.setdefault("Content-Security-Policy", _DEMO_POLICY if demo else _CONSOLE_POLICY)


def check_origin(request: web.Request, allowed: frozenset[str], *, required: bool) -> None:
    """Raise OriginRefused when the request comes from a page that is not allowed.

    Without an Origin header it comes from no page; `required` refuses that too.
    """
    origin = request.headers.get("Origin")
    if origin is None and not required:
        return
    if origin not in allowed:
        raise OriginRefused(
            "this page may not do that; add its origin to DEVIR_WIDGET_ORIGINS if it is the shop's"
        )


def client_address(request: web.Request) -> str:
    """Return where the request comes from, behind as many proxies as are trusted."""
    proxies = request.app[SETTINGS].trusted_proxies
    # A proxy may add a header of its own below the one that the client has made up.
    given = ",".join(request.headers.getall("X-Forwarded-For", []))
    forwarded = [part.strip() for part in given.split(",")]
    if proxies and len(forwarded) >= proxies and forwarded[-proxies]:
        return forwarded[-proxies]
    return request.remote or "unknown"
