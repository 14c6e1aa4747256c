"""`.venv/bin/python -m tools.simulator`: play Telegram and WhatsApp, and serve the page.

What the service is told of them stands in the same environment; `make simulate` makes it.
"""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web

from tools.simulator.page import create_page
from tools.simulator.telegram import TelegramSide
from tools.simulator.whatsapp import WhatsAppSide


async def serve(environ: Mapping[str, str]) -> None:
    """Play both platforms until SIGINT or SIGTERM."""
    service = environ["DEVIR_PUBLIC_URL"]
    # What came before must not come again under the same number: the service has kept it.
    first = int(time.time())
    telegram = TelegramSide(environ["DEVIR_TELEGRAM_TOKEN"], first)
    whatsapp = WhatsAppSide(
        first,
        webhook=f"{service}/channels/whatsapp/{environ['DEVIR_WHATSAPP_PHONE_ID']}",
        account=environ["DEVIR_WHATSAPP_PHONE_ID"],
    )
    whatsapp.fake.token = environ["DEVIR_WHATSAPP_TOKEN"]
    whatsapp.fake.app_secret = environ["DEVIR_WHATSAPP_APP_SECRET"]
    whatsapp.fake.verify_token = environ["DEVIR_WHATSAPP_VERIFY_TOKEN"]
    telegram.fake.set_webhook(
        f"{service}/channels/telegram/{telegram.fake.account}", environ["DEVIR_TELEGRAM_SECRET"]
    )
    for side in (telegram, whatsapp):
        side.join("")
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    runner = web.AppRunner(
        create_page((telegram, whatsapp), f"{service}/console"), access_log=None, shutdown_timeout=1
    )
    await runner.setup()
    await telegram.fake.start(_port(environ["DEVIR_TELEGRAM_API"]))
    await whatsapp.fake.start(_port(environ["DEVIR_WHATSAPP_API"]))
    try:
        port = int(environ["DEVIR_SIMULATOR_PORT"])
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await stopped.wait()
    finally:
        await runner.cleanup()
        await telegram.fake.stop()
        await whatsapp.fake.stop()


def _port(address: str) -> int:
    return urlsplit(address).port or 80


if __name__ == "__main__":
    asyncio.run(serve(os.environ))
