"""The console on other screens, in the other language, and for eyes that need contrast."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Service
from tests.e2e.console import Console, signed_in
from tests.e2e.customer import Customer

NewPage = Callable[..., Page]

# Every visible text whose contrast with the ground behind it is below 4.5:1.
FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const linear = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map((v) => linear(v / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const shown = node.data.trim() && element.checkVisibility();
    if (!shown || element.closest(":disabled, .visually-hidden")) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${node.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_long_transcript_scrolls_by_itself_and_the_page_does_not(
    new_page: NewPage, service: Service, width: int
) -> None:
    customer = Customer(service.url).ask_for_person()
    for number in range(20):
        customer.say(f"{number + 1}. satır")
    console = signed_in(new_page, service, viewport={"width": width, "height": 700}).open_first()
    expect(console.log).to_contain_text("20. satır")
    assert console.page.evaluate("document.scrollingElement.scrollHeight") == 700


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(new_page: NewPage, service: Service, scheme: str) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service, color_scheme=scheme)
    assert console.page.evaluate(FAINT) == []
    console.claim_first()
    console.page.keyboard.type("Merhaba https://example.com/yol")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_contain_text("Gönderildi")
    console.page.keyboard.press("Alt+n")
    console.page.keyboard.type("dikkat")
    console.page.keyboard.press("Enter")
    expect(console.page.locator(".from-note")).to_be_visible()
    console.page.keyboard.press("Alt+n")
    console.tab("Tümü").click()
    expect(console.rows).to_have_count(1)
    assert console.page.evaluate(FAINT) == []


def test_phone_shows_one_column_at_a_time(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service, viewport={"width": 390, "height": 844}, has_touch=True)
    listed = console.page.get_by_role("navigation", name="Görüşmeler")
    console.rows.first.tap()
    expect(console.log).to_be_visible()
    expect(listed).to_be_hidden()
    assert console.page.evaluate("document.documentElement.scrollWidth") == 390
    console.button("Devir kartını göster").tap()
    card = console.page.get_by_role("complementary", name="Devir kartı")
    expect(card).to_be_visible()
    console.button("Devir kartını kapat").tap()
    expect(card).to_be_hidden()
    console.button("Görüşmelere dön").tap()
    expect(listed).to_be_visible()
    expect(console.rows.first).to_be_focused()
    console.rows.first.tap()
    expect(console.log).to_be_visible()
    console.page.go_back()
    expect(listed).to_be_visible()


def test_card_is_a_drawer_where_there_is_little_room(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service, viewport={"width": 1024, "height": 768}).open_first()
    card = console.page.get_by_role("complementary", name="Devir kartı")
    expect(card).to_be_hidden()
    console.page.keyboard.press("Alt+k")
    expect(card).to_be_visible()
    expect(card.get_by_role("heading", name="Devir kartı")).to_be_focused()
    console.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(console.button("Devir kartını göster")).to_be_focused()


def test_language_follows_the_browser_and_the_agents_choice(
    new_page: NewPage, service: Service
) -> None:
    page = new_page(locale="en-US")
    page.goto(f"{service.url}/console")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Türkçe").click()
    expect(page.get_by_role("heading", name="Hoş geldiniz")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Hoş geldiniz")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "tr"


def test_language_changes_in_the_middle_of_a_conversation(
    new_page: NewPage, service: Service
) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.type("taslak")
    console.button("English").click()
    expect(console.page.get_by_label("Reply to the customer")).to_have_value("taslak")
    expect(console.page.get_by_role("button", name="Hand back to bot")).to_be_visible()
    expect(console.page.get_by_text("Connected", exact=True)).to_be_visible()


def test_log_is_quiet_about_history_and_speaks_of_what_is_new(
    new_page: NewPage, service: Service
) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service)
    console.rows.first.click()
    expect(console.log).to_have_attribute("aria-live", "polite")
    expect(console.log).to_have_accessible_name(re.compile("^Ziyaretçi .* ile görüşme$"))
    console.button("Görüşmeyi al").click()
    expect(console.reply_box).to_be_focused()
    customer.say("orada mısınız?")
    expect(console.log).to_contain_text("orada mısınız?")
    expect(console.reply_box).to_be_focused()


def test_sound_choice_is_remembered(new_page: NewPage, service: Service) -> None:
    console = signed_in(new_page, service)
    console.button("Sesi kapat").click()
    expect(console.button("Sesi aç")).to_be_visible()
    console.page.reload()
    expect(console.button("Sesi aç")).to_be_visible()


def test_notification_permission_is_asked_only_by_its_button(
    new_page: NewPage, service: Service
) -> None:
    page = new_page()
    page.add_init_script(
        """window.asked = 0;
        Notification.requestPermission = async () => { window.asked += 1; return "denied"; };
        Object.defineProperty(
          Notification, "permission", {get: () => window.asked ? "denied" : "default"}
        );"""
    )
    console = Console(page, service).open().sign_in().ready()
    assert page.evaluate("window.asked") == 0
    console.button("Bildirimleri aç").click()
    expect(console.alert).to_contain_text("Tarayıcı bildirimlere izin vermiyor.")
    expect(console.button("Bildirimleri aç")).to_be_hidden()
