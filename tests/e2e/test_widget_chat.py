"""A customer's conversation in the widget, from the first word to the last."""

import asyncio
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.agent import Agent
from tests.e2e.chat import Chat
from tests.e2e.conftest import Service
from tests.fakes.bot import ScriptedBot, answer

NewPage = Callable[..., Page]


@pytest.mark.parametrize(
    ("language", "said", "heard", "speaker"),
    [
        ("tr", "merhaba", "Yazdığınız: merhaba", "Dijital asistan"),
        ("en", "hello", "You said: hello", "Digital assistant"),
    ],
)
def test_first_message_gets_its_first_answer(
    new_page: NewPage, service: Service, language: str, said: str, heard: str, speaker: str
) -> None:
    chat = Chat(new_page(), service, language).open()
    expect(chat.speaker).to_have_text(speaker)
    chat.say(said)
    expect(chat.bubbles).to_have_text([said, heard])
    expect(chat.box).to_have_value("")
    expect(chat.page.locator("html")).to_have_attribute("lang", language)


def test_customer_may_choose_the_language_and_keeps_it(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service, "tr").open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    chat.button("English (EN)").click()
    expect(chat.page.get_by_role("textbox", name="Write your message")).to_be_visible()
    expect(chat.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])
    chat.reload().launcher.click()
    expect(chat.button("English (EN)")).to_have_attribute("aria-pressed", "true")
    chat.page.get_by_role("textbox", name="Write your message").fill("a person please")
    chat.page.keyboard.press("Enter")
    expect(chat.notices.last).to_contain_text("agent")


def test_suggestion_is_sent_and_makes_room(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    suggestion = chat.button("Kargo ücreti")
    suggestion.click()
    expect(chat.own).to_have_text(["Kargo ücreti"])
    expect(suggestion).to_be_hidden()
    assert chat.focused() == "textarea"


def test_buttons_go_once_one_is_pressed(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    chat = Chat(new_page(), service, "en").open()
    chat.say("menu")
    expect(chat.button("Return")).to_be_visible()
    chat.button("Track my order").click()
    expect(chat.own).to_have_text(["menu", "Track my order"])
    expect(chat.bot).to_have_count(2)
    expect(chat.button("Return")).to_have_count(0)
    assert bot.asked[-1].input == {"payload": "/track"}


def test_buttons_survive_a_reload_while_nobody_answered(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service, "en").open()
    chat.say("menu")
    expect(chat.button("Return")).to_be_visible()
    chat.reload().open()
    expect(chat.button("Return")).to_be_visible()
    chat.say("something else")
    expect(chat.button("Return")).to_have_count(0)


def test_reload_keeps_the_history(new_page: NewPage, service: Service) -> None:
    """The same conversation, every message once."""
    chat = Chat(new_page(), service).open()
    chat.say("merhaba")
    chat.say("kargo ne zaman gelir")
    expect(chat.bot).to_have_count(2)
    before = chat.texts()
    chat.reload().open()
    expect(chat.bubbles).to_have_text(before)
    chat.say("teşekkürler")
    expect(chat.own).to_have_count(3)


def test_ten_messages_at_once_stay_in_order(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    """As the customer sees it."""
    chat = Chat(new_page(), service, "en").open()
    said = [f"number {number}" for number in range(10)]
    for text in said:
        chat.say(text)
    expect(chat.own).to_have_text(said)
    expect(chat.bot).to_have_text([f"You said: {text}" for text in said])
    assert [turn.input["text"] for turn in bot.asked] == said
    chat.reload().open()
    expect(chat.own).to_have_text(said)


def test_typing_is_shown_while_the_bot_thinks(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    thinking = asyncio.Event()

    async def think(said: str, turn: object) -> object:
        await thinking.wait()
        return answer("Done.")

    bot.script = think  # type: ignore[assignment]
    chat = Chat(new_page(), service, "en").open()
    chat.say("hello")
    expect(chat.typing).to_have_text("Digital assistant is typing…")
    service.run(_set(thinking))
    expect(chat.bot).to_have_text(["Done."])
    expect(chat.typing).to_be_hidden()


async def _set(event: asyncio.Event) -> None:
    event.set()


@pytest.mark.parametrize("language", ["tr", "en"])
def test_person_takes_over_and_hands_back(
    new_page: NewPage, service: Service, language: str
) -> None:
    """Who speaks is always plain to see, and no typing is left behind."""
    turkish = language == "tr"
    chat = Chat(new_page(), service, language).open()
    chat.say("temsilci lütfen" if turkish else "a person please")
    place = "1. sıradasınız" if turkish else "You are number 1 in the queue"
    expect(chat.speaker).to_have_text(place)
    expect(chat.typing).to_be_hidden()
    agent = Agent(service)
    agent.claim()
    role = "Temsilci" if turkish else "Agent"
    expect(chat.speaker).to_have_text(f"{service.agent_name} · {role}")
    agent.note("looks like a good customer")
    agent.reply("Merhaba, ben Deniz.")
    expect(chat.agent).to_have_text(["Merhaba, ben Deniz."])
    expect(chat.page.locator("devir-chat .agent .who")).to_contain_text(service.agent_name)
    chat.say("hello again")
    agent.hand_back()
    expect(chat.speaker).to_have_text("Dijital asistan" if turkish else "Digital assistant")
    chat.say("number 10482")
    expect(chat.bot.last).to_have_text("You said: number 10482")
    assert "good customer" not in chat.log.inner_text()


def test_closed_conversation_opens_again_when_written_to(
    new_page: NewPage, service: Service
) -> None:
    """The customer is told, and nobody writes into a void."""
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    agent = Agent(service)
    agent.claim()
    expect(chat.speaker).to_contain_text(service.agent_name)
    agent.resolve()
    expect(chat.strips).to_have_text(["Bu görüşme kapandı; yazarsanız yeniden açılır."])
    expect(chat.box).to_be_enabled()
    chat.reload().open()
    expect(chat.strips).to_have_text(["Bu görüşme kapandı; yazarsanız yeniden açılır."])
    chat.say("bir sorum daha var")
    expect(chat.strips).to_have_count(0)
    expect(chat.own.last).to_have_text("bir sorum daha var")


NASTY = [
    '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>',
    "<b>bold</b> & [link](javascript:alert(1)) javascript:alert(1) data:text/html,hi",
    "&lt;i&gt; ${1+1} {{7*7}} \u0645\u0631\u062d\u0628\u0627",
]


@pytest.mark.parametrize("text", NASTY)
def test_markup_is_shown_as_text(
    new_page: NewPage, service: Service, bot: ScriptedBot, text: str
) -> None:
    """In the customer's own bubble and in an answer."""

    async def repeat(said: str, turn: object) -> object:
        return answer(text)

    bot.script = repeat  # type: ignore[assignment]
    chat = Chat(new_page(), service, "en").open()
    chat.say(text)
    expect(chat.bot).to_have_count(1)
    chat.reload().open()
    expect(chat.own).to_have_count(1)
    assert chat.texts() == [text, text]
    assert chat.log.locator("img, script, b, i, a").count() == 0
    assert chat.page.evaluate("window.hacked") is None


def test_only_addresses_of_known_kinds_become_links(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    text = (
        "See https://kiyi.example/takip?no=10482&d=1. Or (www.kiyi.example), yardim@kiyi.example, "
        "tel:+902120000000; not javascript:alert(1), ftp://kiyi.example or file:///etc/passwd!"
    )

    async def say_it(said: str, turn: object) -> object:
        return answer(text)

    bot.script = say_it  # type: ignore[assignment]
    chat = Chat(new_page(), service, "en").open()
    chat.say("links?")
    links = chat.bot.locator("a")
    expect(links).to_have_count(4)
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://kiyi.example/takip?no=10482&d=1",
        "https://www.kiyi.example/",
        "mailto:yardim@kiyi.example",
        "tel:+902120000000",
    ]
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer"
    assert chat.bot.all_text_contents() == [text]


def test_everything_works_with_the_keyboard_alone(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service, "en")
    keyboard = chat.page.keyboard
    expect(chat.launcher).to_be_visible()
    chat.launcher.focus()
    keyboard.press("Enter")
    expect(chat.log).to_be_visible()
    assert chat.focused() == "textarea"
    keyboard.type("first line")
    keyboard.press("Shift+Enter")
    keyboard.type("second line")
    keyboard.press("Enter")
    expect(chat.own).to_have_text(["first line\nsecond line"], use_inner_text=True)
    keyboard.type("menu")
    keyboard.press("Tab")
    assert chat.focused() == "sender"
    keyboard.press("Enter")
    expect(chat.button("Return")).to_be_visible()
    assert chat.focused() == "textarea"
    keyboard.press("Shift+Tab")
    assert chat.focused() == "attacher"
    keyboard.press("Shift+Tab")
    assert chat.focused("textContent") == "Return"
    keyboard.press("Enter")
    expect(chat.own.last).to_have_text("Return")
    assert chat.focused() == "textarea"
    keyboard.press("Escape")
    expect(chat.dialog).to_be_hidden()
    assert chat.focused() == "launcher"


def test_typing_does_not_work_the_shops_shortcuts(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.page.evaluate(
        "window.heard = []; addEventListener('keydown', ({ key }) => window.heard.push(key))"
    )
    chat.box.focus()
    chat.page.keyboard.type("a/b")
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("window.heard") == []
    chat.page.keyboard.press("k")
    assert chat.page.evaluate("window.heard") == ["k"]


def test_focus_stays_where_it_is_when_a_message_arrives(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    agent = Agent(service)
    agent.claim()
    chat.button("English (EN)").focus()
    agent.reply("Merhaba")
    expect(chat.agent).to_have_count(1)
    assert chat.focused("ariaLabel") == "English (EN)"


def test_closed_chat_counts_what_was_not_read(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    chat.box.press("Escape")
    agent = Agent(service)
    agent.claim()
    agent.reply("Merhaba")
    agent.reply("Orada mısınız?")
    expect(chat.launcher).to_have_accessible_name("Sohbeti aç, 3 okunmamış mesaj")
    chat.reload()
    expect(chat.launcher).to_have_accessible_name("Sohbeti aç, 3 okunmamış mesaj")
    chat.open()
    expect(chat.launcher).to_have_accessible_name("Sohbeti kapat")
    chat.box.press("Escape")
    expect(chat.launcher).to_have_accessible_name("Sohbeti aç")


def test_screen_reader_hears_what_is_new_and_not_the_history(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    chat.page.add_init_script(
        """
        window.spoken = [];
        const insert = Node.prototype.insertBefore;
        Node.prototype.insertBefore = function (node, before) {
          const added = insert.call(this, node, before);
          if (this.role === "log") window.spoken.push(node.querySelector(".bubble").textContent);
          return added;
        };
        """
    )
    chat.reload().open()
    expect(chat.bot).to_have_count(1)
    expect(chat.page.get_by_role("log", name="Görüşme")).to_have_count(1)
    rows = chat.page.locator("devir-chat [role=log] > .row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Siz:merhaba")
    expect(rows.last).to_contain_text("Dijital asistan:")
    assert chat.page.evaluate("window.spoken") == []
    chat.say("kargo nerede")
    expect(chat.bot).to_have_count(2)
    assert chat.page.evaluate("window.spoken") == ["kargo nerede", "Yazdığınız: kargo nerede"]


def test_long_message_is_counted_and_not_sent(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.box.fill("ş" * 3990)
    expect(chat.page.locator("devir-chat .form")).to_have_attribute("data-count", "3990 / 4000")
    chat.box.fill("ş" * 4001)
    expect(chat.page.get_by_role("alert").filter(has_text="4000")).to_have_text(
        "Mesajınız 4000 karakterden uzun; lütfen biraz kısaltın."
    )
    expect(chat.button("Gönder")).to_be_disabled()
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_count(0)
    chat.box.fill("🙂" * 4000)
    expect(chat.button("Gönder")).to_be_enabled()
    chat.button("Gönder").click()
    expect(chat.own).to_have_text(["🙂" * 4000])
    expect(chat.bot).to_have_count(1)


def test_message_of_nothing_visible_is_not_sent_or_refused_plainly(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("  \n ")
    expect(chat.bubbles).to_have_count(0)
    chat.say("\u200b\u200b")
    expect(chat.page.get_by_role("alert").filter(has_text="Bu mesaj")).to_have_text(
        "Bu mesaj gönderilemiyor."
    )
    chat.reload().open()
    expect(chat.bubbles).to_have_count(0)


def test_phone_shows_the_chat_on_the_whole_screen(new_page: NewPage, service: Service) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chat = Chat(page, service)
    chat.launcher.tap()
    expect(chat.dialog).to_be_visible()
    expect(chat.launcher).to_be_hidden()
    chat.dialog.evaluate("panel => Promise.all(panel.getAnimations().map((each) => each.finished))")
    assert chat.dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert chat.focused() == "panel"
    assert chat.box.evaluate("box => getComputedStyle(box).fontSize") == "16px"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    chat.button("Sohbeti kapat").tap()
    expect(chat.dialog).to_be_hidden()


def test_loader_twice_puts_one_chat(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service)
    expect(chat.launcher).to_be_visible()
    chat.page.add_script_tag(url=f"{service.url}/widget/loader.js")
    chat.page.evaluate("window.devir.open()")
    expect(chat.dialog).to_be_visible()
    assert chat.page.locator("devir-chat").count() == 1
    chat.page.evaluate("window.devir.close()")
    expect(chat.dialog).to_be_hidden()


def test_visitor_who_never_opens_the_chat_costs_nothing(
    new_page: NewPage, service: Service
) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    chat = Chat(page, service)
    expect(chat.launcher).to_be_visible()
    assert not [url for url in asked if re.search("sessions|messages|socket", url)]
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('token'))") == []


CONTRASTS = """
(selectors) => {
  const root = document.querySelector("devir-chat").shadowRoot;
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  };
  const level = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * level(r) + 0.7152 * level(g) + 0.0722 * level(b);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] === 1) return color;
    }
  };
  return selectors.map((selector) => {
    const node = root.querySelector(selector);
    const text = light(parse(getComputedStyle(node).color));
    const [high, low] = [text, light(behind(node))].sort((a, b) => b - a);
    return [selector, (high + 0.05) / (low + 0.05)];
  });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", [None, "#ffd23f", "#b00020", "rgb(90 90 255)"])
def test_text_stands_out(
    new_page: NewPage, service: Service, scheme: str, accent: str | None
) -> None:
    """WCAG 1.4.3: at least 4.5 to 1, whatever colour the shop chose."""
    chat = Chat(new_page(color_scheme=scheme), service).open()
    if accent:
        chat.page.locator("devir-chat").evaluate(
            "(chat, accent) => chat.style.setProperty('--accent', accent)", accent
        )
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    agent = Agent(service)
    agent.claim()
    agent.reply("Merhaba")
    expect(chat.agent).to_have_count(1)
    seen = [
        ".customer .bubble", ".bot .bubble", ".bot .who", ".agent .bubble", ".system .bubble",
        ".note", ".greeting", ".intro p + p", "h2", "header [role=status]", "textarea",
        "[aria-pressed=true]",
    ]  # fmt: skip
    for selector, ratio in chat.page.evaluate(CONTRASTS, seen):
        assert ratio >= 4.5, (selector, ratio)
