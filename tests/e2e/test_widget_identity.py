"""A customer who is signed in at the shop, as their browser shows it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.conftest import Service
from tests.fakes.bot import ScriptedBot

NewPage = Callable[..., Page]

FETCHED = """async (customer) => {
  const answer = await fetch("/demo/identity", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ customer }),
  });
  return (await answer.json()).token;
}"""


def sign_in(page: Page, name: str) -> None:
    """Choose who is signed in, and wait until the chat has heard of it."""
    with page.expect_response(lambda answer: answer.url.endswith("/widget/identity") and answer.ok):
        page.get_by_label("Hesap").select_option(label=name)


def said_by(bot: ScriptedBot) -> Any:
    """Whom the bot was told the newest message is from."""
    customer = bot.asked[-1].sender.get("customer")
    return customer and customer["id"]


def test_bot_knows_who_is_signed_in(service: Service, bot: ScriptedBot, new_page: NewPage) -> None:
    page = new_page()
    chat = Chat(page, service)
    sign_in(page, "Elif Aydın")
    chat.open().say("hello")
    expect(chat.bot).to_have_count(1)
    assert said_by(bot) == "demo-elif"


def test_they_still_are_after_the_page_has_loaded_anew(
    service: Service, bot: ScriptedBot, new_page: NewPage
) -> None:
    page = new_page()
    chat = Chat(page, service)
    sign_in(page, "Elif Aydın")
    chat.open().say("hello")
    expect(chat.bot).to_have_count(1)
    with page.expect_response(lambda answer: answer.url.endswith("/widget/identity") and answer.ok):
        chat.reload()
    chat.open().say("hello again")
    expect(chat.bot).to_have_count(2)
    assert said_by(bot) == "demo-elif"


def test_somebody_else_begins_a_conversation_of_their_own(
    service: Service, bot: ScriptedBot, new_page: NewPage
) -> None:
    page = new_page()
    chat = Chat(page, service)
    sign_in(page, "Elif Aydın")
    chat.open().say("where is my present for Mert?")
    expect(chat.bot).to_have_count(1)
    sign_in(page, "Mert Kaplan")
    expect(chat.bubbles.get_by_text("present")).to_have_count(0)
    chat.say("hello")
    expect(chat.bot).to_have_count(1)
    assert said_by(bot) == "demo-mert"


def test_nothing_is_left_on_the_page_of_who_signs_out(
    service: Service, bot: ScriptedBot, new_page: NewPage
) -> None:
    page = new_page()
    chat = Chat(page, service)
    sign_in(page, "Elif Aydın")
    chat.open().say("where is my order?")
    expect(chat.bot).to_have_count(1)
    page.get_by_label("Hesap").select_option(label="Giriş yapılmadı")
    expect(chat.own).to_have_count(0)
    chat.say("hello")
    expect(chat.own).to_have_count(1)
    expect(chat.bot).to_have_count(1)
    assert said_by(bot) is None


def test_a_tag_may_carry_the_token(service: Service, bot: ScriptedBot, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{service.url}/demo")
    token = page.evaluate(FETCHED, "demo-emma")
    bare = f'<!doctype html><script src="/widget/loader.js" data-identity="{token}"></script>'
    page.route("**/demo?bare", lambda route: route.fulfill(body=bare, content_type="text/html"))
    with page.expect_response(lambda answer: answer.url.endswith("/widget/identity") and answer.ok):
        chat = Chat(page, service, shop=f"{service.url}/demo?bare")
    chat.open().say("hello")
    expect(chat.bot).to_have_count(1)
    assert said_by(bot) == "demo-emma"


def test_a_token_that_is_refused_leaves_the_chat_as_it_is(
    service: Service, bot: ScriptedBot, new_page: NewPage
) -> None:
    page = new_page()
    warnings: list[str] = []
    page.on("console", lambda entry: warnings.append(entry.text))
    chat = Chat(page, service)
    chat.open().say("hello")
    expect(chat.bot).to_have_count(1)
    page.evaluate("devir.identify('nonsense')")
    chat.say("hello again")
    expect(chat.bot).to_have_count(2)
    assert said_by(bot) is None
    assert any("DEVIR_IDENTITY_SECRET" in warning for warning in warnings)
