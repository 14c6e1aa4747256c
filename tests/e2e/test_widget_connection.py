"""The widget when the line, the browser or the session breaks."""

import json
from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.agent import Agent
from tests.e2e.chat import Chat
from tests.e2e.conftest import Service
from tests.fakes.bot import ScriptedBot

NewPage = Callable[..., Page]
SOCKET = "**/widget/socket"
LOST = "Bağlantı koptu, yeniden bağlanılıyor…"


def _pass_on(route: WebSocketRoute, *, drop_answers: Callable[[dict[str, object]], bool]) -> None:
    """Let everything through but the answers named."""
    server = route.connect_to_server()

    def answered(raw: str | bytes) -> None:
        if not drop_answers(json.loads(raw)):
            route.send(raw)

    server.on_message(answered)


def test_nothing_is_missed_over_a_dropped_connection(new_page: NewPage, service: Service) -> None:
    """What was written meanwhile is there afterwards, once, in order, with the state."""
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    chat.page.route("**/widget/messages**", lambda route: route.abort())
    chat.page.route_web_socket(SOCKET, lambda socket: socket.close())
    service.drop_sockets()
    expect(chat.strips).to_have_text([LOST])

    agent = Agent(service)
    agent.claim()
    written = [f"mesaj {number}" for number in range(5)]
    for text in written:
        agent.reply(text)
    chat.say("ben de yazdım")

    chat.page.unroute_all()
    chat.page.route_web_socket(SOCKET, lambda socket: socket.connect_to_server())
    expect(chat.agent).to_have_text(written)
    expect(chat.speaker).to_contain_text(service.agent_name)
    expect(chat.own).to_have_text(["temsilci lütfen", "ben de yazdım"])
    expect(chat.strips).to_have_count(0)
    before = chat.texts()
    chat.reload().open()
    expect(chat.bubbles).to_have_text(before)


def test_message_lost_on_the_way_is_noticed_by_the_next(
    new_page: NewPage, service: Service
) -> None:
    """A gap in `prev` is filled by asking."""
    lost: list[object] = []

    def lose_first_reply(frame: dict[str, object]) -> bool:
        message = frame.get("message")
        if isinstance(message, dict) and message["author"] == "agent" and not lost:
            lost.append(message)
            return True
        return False

    page = new_page()
    page.route_web_socket(SOCKET, lambda route: _pass_on(route, drop_answers=lose_first_reply))
    chat = Chat(page, service).open()
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    agent = Agent(service)
    agent.claim()
    for text in ("bir", "iki", "üç"):
        agent.reply(text)
    expect(chat.agent).to_have_text(["bir", "iki", "üç"])
    assert lost


def test_restarted_service_is_found_again(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    service.stop()
    expect(chat.strips).to_have_text([LOST])
    chat.say("kargo nerede")
    expect(chat.own.last).to_have_text("kargo nerede")
    service.start()
    expect(chat.bubbles).to_have_text(
        ["merhaba", "Yazdığınız: merhaba", "kargo nerede", "Yazdığınız: kargo nerede"]
    )
    expect(chat.strips).to_have_count(0)
    assert len(bot.asked) == 2


def test_offline_browser_sends_when_it_is_back(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    expect(chat.speaker).to_be_visible()
    chat.page.context.set_offline(True)
    chat.say("merhaba")
    chat.page.context.set_offline(False)
    expect(chat.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])


def test_refused_message_is_sent_once_by_trying_again(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    """The second try reaches the service, and only once."""
    refused: list[str] = []

    def refuse_first(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def said(raw: str | bytes) -> None:
            frame = json.loads(raw)
            if frame["type"] != "send" or refused:
                return server.send(raw)
            refused.append(frame["client_id"])
            error = {"type": "error", "code": "internal_error", "message": "again, please"}
            return route.send(json.dumps({**error, "client_id": frame["client_id"]}))

        route.on_message(said)

    page = new_page()
    page.route_web_socket(SOCKET, refuse_first)
    chat = Chat(page, service).open()
    chat.say("merhaba")
    expect(page.get_by_role("alert").filter(has_text="Gönderilemedi")).to_be_visible()
    chat.button("Yeniden dene").click()
    expect(chat.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])
    expect(chat.button("Yeniden dene")).to_have_count(0)
    assert chat.focused() == "textarea"
    chat.reload().open()
    expect(chat.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])
    assert len(bot.asked) == 1


def test_lost_acknowledgement_makes_no_second_message(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    """The message was stored, the page never heard of it, and a reload sends it again."""
    page = new_page()
    page.route_web_socket(
        SOCKET,
        lambda route: _pass_on(route, drop_answers=lambda frame: frame["type"] != "welcome"),
    )
    chat = Chat(page, service).open()
    chat.say("merhaba")
    while not bot.asked:
        page.wait_for_timeout(50)
    expect(page.locator("devir-chat .sending")).to_have_count(1)
    page.route_web_socket(SOCKET, lambda route: route.connect_to_server())
    chat.reload().open()
    expect(chat.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])
    expect(page.locator("devir-chat .sending")).to_have_count(0)
    assert len(bot.asked) == 1


def test_unsent_message_survives_a_reload(new_page: NewPage, service: Service) -> None:
    page = new_page()
    chat = Chat(page, service).open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    page.route("**/widget/messages**", lambda route: route.abort())
    page.route_web_socket(SOCKET, lambda socket: socket.close())
    service.drop_sockets()
    chat.say("kargo nerede")
    chat.reload().launcher.click()
    expect(chat.own).to_have_text(["kargo nerede"])
    page.unroute_all()
    page.route_web_socket(SOCKET, lambda route: route.connect_to_server())
    expect(chat.own).to_have_text(["merhaba", "kargo nerede"])
    expect(chat.bot).to_have_count(2)


def test_network_without_sockets_is_served_by_http(new_page: NewPage, service: Service) -> None:
    page = new_page()
    page.route_web_socket(SOCKET, lambda socket: socket.close())
    chat = Chat(page, service).open()
    for text in ("merhaba", "kargo nerede"):
        chat.say(text)
    expect(chat.own).to_have_text(["merhaba", "kargo nerede"])
    expect(chat.bot).to_have_text(["Yazdığınız: merhaba", "Yazdığınız: kargo nerede"])
    expect(chat.strips).to_have_count(0)
    chat.say("temsilci lütfen")
    expect(chat.notices).to_have_count(1)
    agent = Agent(service)
    agent.claim()
    agent.reply("Merhaba, ben Deniz.")
    expect(chat.agent).to_have_text(["Merhaba, ben Deniz."])


def test_rejected_token_begins_anew(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    chat.page.evaluate(
        "for (const key of Object.keys(localStorage))"
        " if (key.endsWith(' token')) localStorage[key] = 'no longer good'"
    )
    chat.reload().launcher.click()
    chat.say("kargo nerede")
    expect(chat.bubbles).to_have_text(["kargo nerede", "Yazdığınız: kargo nerede"])


def test_browser_that_keeps_nothing_can_still_chat(new_page: NewPage, service: Service) -> None:
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    )
    chat = Chat(page, service).open()
    chat.say("merhaba")
    expect(chat.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])


def test_tabs_of_one_browser_share_the_conversation(new_page: NewPage, service: Service) -> None:
    first = Chat(new_page(), service).open()
    second = Chat(first.page.context.new_page(), service)
    expect(second.launcher).to_be_visible()
    first.say("merhaba")
    expect(first.bot).to_have_count(1)
    second.open()
    expect(second.bubbles).to_have_text(["merhaba", "Yazdığınız: merhaba"])
    second.say("kargo nerede")
    expect(first.own).to_have_text(["merhaba", "kargo nerede"])
    expect(first.bot).to_have_count(2)
    assert first.page.locator("devir-chat .row").count() == 4
