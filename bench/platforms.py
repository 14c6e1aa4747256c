"""How fast platforms are answered and replies leave, at bad times: `python -m bench.platforms`.

Webhooks while Rasa is stopped: a platform brings messages at a fixed rate, whether or not the
service keeps up, and the time until each is acknowledged counts. Replies while a platform refuses
everything: agents answer customers of two platforms, of which one says "later" to every call, and
the time from an agent's press until the other platform has the message counts. The service runs on
SQLite, as it really does; the platforms are fakes on loopback. Fails above the bars.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from bench.stormfronts import Front, TelegramFront, WhatsAppFront
from tests.fakes.trouble import Trouble
from tests.system.installation import HANDOFF, PASSWORD, Installation
from tools.clone import this_clone

ACKNOWLEDGED_MS = 50.0
DELIVERED_MS = 200.0
"""The bars: milliseconds at the 99th percentile."""

_PEOPLE = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both; 0 when the bars are kept, 1 when not."""
    given = _parser().parse_args(arguments)
    clone = this_clone()
    bench = clone.var / "bench"
    bench.mkdir(parents=True, exist_ok=True)
    good = True
    for title, bar, work in (
        (
            f"Webhook to 200, {given.webhooks:.0f} a second, Rasa stopped",
            ACKNOWLEDGED_MS,
            _webhooks,
        ),
        (
            f"Agent's press to platform, {given.replies:.0f} a second, other platform refuses",
            DELIVERED_MS,
            _replies,
        ),
    ):
        with tempfile.TemporaryDirectory(prefix="platforms-", dir=bench) as folder:
            rate = given.webhooks if work is _webhooks else given.replies
            seconds, used = asyncio.run(work(Path(folder), clone.model, rate, given.seconds))
        cuts = [cut * 1000 for cut in statistics.quantiles(seconds, n=100, method="inclusive")]
        print(
            f"{title}: {len(seconds)} in all, p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms,"
            f" p99 {cuts[98]:.1f} ms (bar {bar:.0f}), longest {max(seconds) * 1000:.0f} ms;"
            f" the service used {used * 1000:.2f} ms of processor time for each",
            flush=True,
        )
        good = good and cuts[98] <= bar
    return 0 if good else 1


async def _installed(folder: Path, model: Path, fronts: list[Front]) -> Installation:
    """Start the service alone, with these platforms."""
    settings: dict[str, str] = {}
    for front in fronts:
        settings |= await front.start()
    made = await asyncio.to_thread(Installation, folder, model, settings)
    made.start(HANDOFF)
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"{made.url}/healthz") as response:
                    if response.status == 200:
                        break
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    for front in fronts:
        front.call([made.url])
    return made


async def _webhooks(
    folder: Path, model: Path, rate: float, seconds: float
) -> tuple[list[float], float]:
    """Return the seconds of each, and what the service used for one."""
    telegram = TelegramFront()
    installation = await _installed(folder, model, [telegram])
    taken: list[float] = []

    async def bring(number: int) -> None:
        letter = telegram.write(number % _PEOPLE, f"message {number}")
        began = time.perf_counter()
        status = await letter.deliver()
        if status != 200:
            raise RuntimeError(f"a webhook was answered {status}")
        taken.append(time.perf_counter() - began)

    try:
        for number in range(_PEOPLE):  # everybody is known
            await bring(number)
        taken.clear()
        before = installation.processor_seconds(HANDOFF)
        await _at(rate, int(rate * seconds), bring)
        used = installation.processor_seconds(HANDOFF) - before
    finally:
        await telegram.stop()
        installation.close()
    return taken, used / len(taken)


async def _replies(
    folder: Path, model: Path, rate: float, seconds: float
) -> tuple[list[float], float]:
    """Return the seconds of each that arrived, and what the service used for one of all."""
    telegram, whatsapp = TelegramFront(), WhatsAppFront()
    installation = await _installed(folder, model, [telegram, whatsapp])
    jar = aiohttp.CookieJar(unsafe=True)
    pressed: dict[str, float] = {}
    arrived: dict[str, float] = {}
    telegram.troubles.always = _later
    whatsapp.troubles.always = _noting(arrived)
    try:
        async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=True) as http:
            desk = f"{installation.url}/console/api"
            headers = {"Origin": installation.url}
            body = {"login": Installation.login, "password": PASSWORD}
            async with http.post(f"{desk}/login", json=body, headers=headers) as response:
                headers["X-CSRF-Token"] = (await response.json())["csrf"]
            names = await _taken_over(http, desk, headers, telegram, whatsapp)

            async def reply(number: int) -> None:
                name = names[number % len(names)]
                text = f"reply {number}"
                pressed[text] = time.perf_counter()
                body = {"client_id": f"reply-{number:08}", "text": text}
                path = f"{desk}/conversations/{name}/reply"
                async with http.post(path, json=body, headers=headers):
                    pass

            before = installation.processor_seconds(HANDOFF)
            await _at(rate, int(rate * seconds), reply)
            await asyncio.sleep(3)
            used = installation.processor_seconds(HANDOFF) - before
    finally:
        await telegram.stop()
        await whatsapp.stop()
        installation.close()
    # Every other conversation is on the platform that takes nothing.
    wanted = [text for text in pressed if int(text.split()[1]) % 2]
    missing = [text for text in wanted if text not in arrived]
    if missing:
        raise RuntimeError(f"{len(missing)} replies have not arrived")
    return [arrived[text] - pressed[text] for text in wanted], used / len(pressed)


async def _taken_over(
    http: aiohttp.ClientSession,
    desk: str,
    headers: dict[str, str],
    telegram: Front,
    whatsapp: Front,
) -> list[str]:
    """Let people write on both platforms and an agent take them; of each in turn."""
    for front in (telegram, whatsapp):
        for who in range(_PEOPLE // 2):
            await front.write(who, "hello").deliver()
    found: dict[str, list[str]] = {"telegram": [], "whatsapp": []}
    async with http.get(f"{desk}/conversations?view=all&limit=200") as response:
        for one in (await response.json())["conversations"]:
            found[one["channel"]].append(one["id"])
            path = f"{desk}/conversations/{one['id']}/take-over"
            epoch: dict[str, Any] = {"epoch": one["epoch"]}
            async with http.post(path, json=epoch, headers=headers):
                pass
    await asyncio.sleep(3)  # what was said to them has gone out
    return [name for pair in zip(*found.values(), strict=True) for name in pair]


async def _later(_request: web.Request, _handler: Handler) -> web.StreamResponse:
    told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
    return web.json_response({**told, "parameters": {"retry_after": 1}}, status=429)


def _noting(arrived: dict[str, float]) -> Trouble:
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        now = time.perf_counter()
        body: dict[str, Any] = orjson.loads(await request.read())
        for line in str(body.get("text", {}).get("body", "")).splitlines():
            arrived.setdefault(line, now)
        return await handler(request)

    return answer


async def _at(rate: float, count: int, work: Any) -> None:
    """Do something so many times, begun at a fixed rate whether or not the last is done."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            group.create_task(work(number))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.platforms", description=__doc__)
    parser.add_argument("--webhooks", type=float, default=200.0, help="a second")
    parser.add_argument("--replies", type=float, default=50.0, help="a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
