"""Is the service alive, is every part ready, and what has it counted?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from handoff.errors import NotFound
from handoff.web.keys import READINESS
from handoff.web.middleware import json_response

Check = Callable[[], Awaitable[None]]
Warn = Callable[[], Awaitable[str | None]]
CHECK_SECONDS = 4.0
_LOOPBACK = ("127.0.0.1", "::1")


class Readiness:
    """The parts the service needs; each check raises with a sentence that says what is wrong.

    `warnings` return a sentence on what does not stop it and should still be looked at, or None.
    """

    def __init__(self, checks: Mapping[str, Check], warnings: Mapping[str, Warn]) -> None:
        self._checks = checks
        self._warnings = warnings

    async def parts(self) -> dict[str, str]:
        """Return `ok` or what is wrong, by part."""
        results = await asyncio.gather(*(_run(check) for check in self._checks.values()))
        return dict(zip(self._checks, results, strict=True))

    async def warnings(self) -> dict[str, str]:
        """Return what should be looked at."""
        told = await asyncio.gather(*(warn() for warn in self._warnings.values()))
        return {name: said for name, said in zip(self._warnings, told, strict=True) if said}


async def _run(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return f"did not answer within {CHECK_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a part is shown on this page
        return str(error) or type(error).__name__
    return "ok"


async def healthz(request: web.Request) -> web.Response:
    """GET /healthz"""
    return json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """GET /readyz"""
    parts = await request.app[READINESS].parts()
    ready = all(state == "ok" for state in parts.values())
    body = {
        "status": "ready" if ready else "not_ready",
        "parts": parts,
        "warnings": await request.app[READINESS].warnings(),
    }
    return json_response(body, 200 if ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics"""
    # What came through a proxy on this machine is not from this machine.
    if request.remote not in _LOOPBACK or "X-Forwarded-For" in request.headers:
        raise NotFound("there is no such page")
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
