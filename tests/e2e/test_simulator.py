"""The simulator: its page, the platforms behind it, and the service that is connected to them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Service
from tests.e2e.console import signed_in
from tests.fakes.bot import ScriptedBot
from tests.fakes.telegram import SECRET, TOKEN
from tests.fakes.whatsapp import VERSION
from tools.ports import any_free
from tools.simulator.page import create_page
from tools.simulator.telegram import TelegramSide
from tools.simulator.whatsapp import WhatsAppSide

PHONE = "106540352242922"
LONG = 30_000
"""Milliseconds: what was refused is tried again in a second or two, on a busy machine later."""


class Simulator:
    """The page at `url`, with the platforms in the service's own thread."""

    def __init__(self) -> None:
        port, telegram, whatsapp = any_free(3)
        self.url = f"http://127.0.0.1:{port}"
        self.settings: dict[str, Any] = {
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api": f"http://127.0.0.1:{telegram}",
            "whatsapp_phone_id": PHONE,
            "whatsapp_token": "a token",
            "whatsapp_app_secret": "the secret of an app",
            "whatsapp_verify_token": "a token to verify it",
            "whatsapp_template": "reply_waiting",
            "whatsapp_api": f"http://127.0.0.1:{whatsapp}/{VERSION}",
        }
        self._ports = port, telegram, whatsapp
        self._runner: web.AppRunner | None = None
        self.service: Service

    async def start(self, service: str) -> None:
        """Serve, and call the service from then on."""
        page, *platforms = self._ports
        first = int(time.time())
        self.telegram = TelegramSide(TOKEN, first)
        self.telegram.fake.set_webhook(
            f"{service}/channels/telegram/{self.telegram.fake.account}", SECRET
        )
        self.whatsapp = WhatsAppSide(
            first, webhook=f"{service}/channels/whatsapp/{PHONE}", account=PHONE
        )
        self.whatsapp.fake.token = self.settings["whatsapp_token"]
        self.whatsapp.fake.app_secret = self.settings["whatsapp_app_secret"]
        sides = self.telegram, self.whatsapp
        for side, port in zip(sides, platforms, strict=True):
            side.join("")
            await side.fake.start(port)
        self._runner = web.AppRunner(create_page(sides, f"{service}/console"), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", page).start()

    async def stop(self) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()
            await self.telegram.fake.stop()
            await self.whatsapp.fake.stop()


@pytest.fixture
def simulator(tmp_path: Path, bot: ScriptedBot) -> Iterator[Simulator]:
    made = Simulator()
    service = made.service = Service(tmp_path, bot, **made.settings)
    try:
        service.start()
        service.run(made.start(service.url))
        yield made
        service.run(made.stop())
    finally:
        service.close()


@pytest.fixture
def page(simulator: Simulator, new_page: Callable[..., Page]) -> Page:
    opened = new_page()
    opened.goto(simulator.url)
    return opened


def open_chat(page: Page, platform: str) -> None:
    page.locator(f".person.{platform}").first.click()


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def bubbles(page: Page, who: str) -> Locator:
    return page.locator(f".row.{who}")


def test_customer_on_telegram_chats_and_presses_a_button(page: Page) -> None:
    open_chat(page, "telegram")
    say(page, "menu")
    expect(bubbles(page, "mine").first).to_contain_text("Devir has it", timeout=LONG)
    page.get_by_role("button", name="Track my order").click(timeout=LONG)
    expect(bubbles(page, "shop").last).to_contain_text("You said: /track", timeout=LONG)


def test_customer_on_whatsapp_chats_and_what_they_have_seen_is_read(page: Page) -> None:
    open_chat(page, "whatsapp")
    say(page, "menu")
    expect(bubbles(page, "mine").first).to_contain_text("read", timeout=LONG)
    expect(bubbles(page, "shop").last).to_contain_text("read", timeout=LONG)
    page.get_by_role("button", name="Return", exact=True).click()
    expect(bubbles(page, "shop").last).to_contain_text("You said: /return", timeout=LONG)


@pytest.mark.parametrize("platform", ["telegram", "whatsapp"])
def test_customer_changes_what_they_wrote(page: Page, platform: str) -> None:
    open_chat(page, platform)
    say(page, "hello")
    expect(bubbles(page, "shop").last).to_contain_text("You said: hello", timeout=LONG)
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("hello")
    say(page, "hello again")
    expect(bubbles(page, "mine")).to_have_count(1)
    expect(bubbles(page, "mine").first).to_contain_text("hello again")
    expect(bubbles(page, "mine").first).to_contain_text("edited")


def test_shop_answers_from_its_phone_and_the_bot_is_silent(page: Page) -> None:
    open_chat(page, "whatsapp")
    say(page, "hello")
    expect(bubbles(page, "shop").last).to_contain_text("You said: hello", timeout=LONG)
    page.get_by_role("textbox", name="Answer from the shop's phone").fill("I am on it")
    page.keyboard.press("Enter")
    expect(bubbles(page, "shop").last).to_contain_text("I am on it")
    expect(bubbles(page, "shop").last).to_contain_text("from the shop's phone")
    expect(bubbles(page, "shop").last).to_contain_text("Devir has it", timeout=LONG)
    say(page, "thank you")
    expect(bubbles(page, "mine").last).to_contain_text("Devir has it", timeout=LONG)
    expect(bubbles(page, "shop")).to_have_count(2)
    open_chat(page, "telegram")
    expect(page.get_by_role("textbox", name="Answer from the shop's phone")).to_be_hidden()


def test_agent_sees_what_the_shop_answered_from_its_phone_and_that_it_waits(
    page: Page, simulator: Simulator, new_page: Callable[..., Page]
) -> None:
    open_chat(page, "whatsapp")
    say(page, "merhaba")
    expect(bubbles(page, "shop").last).to_contain_text("Yazdığınız: merhaba", timeout=LONG)
    console = signed_in(new_page, simulator.service)
    expect(console.rows).to_have_count(0)
    page.get_by_role("textbox", name="Answer from the shop's phone").fill("Hemen bakıyorum")
    page.keyboard.press("Enter")
    expect(console.rows).to_contain_text("Telefondan yanıtlandı", timeout=LONG)
    expect(console.rows).to_contain_text("Mağaza: Hemen bakıyorum")
    console.open_first()
    line = console.page.locator(".from-shop")
    expect(line).to_contain_text("Mağaza")
    expect(line).to_contain_text("telefondan")
    expect(line).to_contain_text("Hemen bakıyorum")
    expect(console.page.locator(".why")).to_contain_text("telefondaki uygulamadan yanıt verdi")


def test_customers_are_apart(page: Page) -> None:
    page.get_by_role("button", name="New customer on WhatsApp").click()
    say(page, "I am the second")
    expect(bubbles(page, "shop").last).to_contain_text("You said: I am the second", timeout=LONG)
    open_chat(page, "whatsapp")
    expect(page.locator(".screen .row")).to_have_count(0)


def test_reply_that_is_refused_comes_when_the_trouble_is_over(page: Page) -> None:
    open_chat(page, "telegram")
    page.get_by_label("is refused: too many (429)").fill("100")
    expect(page.locator(".trouble.stormy")).to_be_visible()
    say(page, "hello")
    expect(bubbles(page, "mine").first).to_contain_text("Devir has it", timeout=LONG)
    expect(page.locator("[data-count=calls]")).not_to_have_text("0", timeout=LONG)
    expect(bubbles(page, "shop")).to_have_count(0)
    page.get_by_role("button", name="No trouble at all").click()
    expect(bubbles(page, "shop").last).to_contain_text("You said: hello", timeout=LONG)


def test_page_of_somebody_else_cannot_speak_for_customers(page: Page, simulator: Simulator) -> None:
    call = page.request.post(
        f"{simulator.url}/do/telegram/join",
        data={"name": "Nobody"},
        headers={"Origin": "https://evil.example"},
    )
    assert call.status == 403
