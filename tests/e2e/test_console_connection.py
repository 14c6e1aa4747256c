"""The console when the line or the session breaks."""

from collections.abc import Callable

from playwright.sync_api import APIResponse, Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import Service
from tests.e2e.console import Console, signed_in
from tests.e2e.customer import Customer

NewPage = Callable[..., Page]


class Line:
    """The line between a page and the service, which the test can cut."""

    def __init__(self, page: Page) -> None:
        self._up = True
        page.route_web_socket("**/console/socket", self._socket)
        page.route("**/console/api/**", self._request)

    def cut(self, service: Service) -> None:
        self._up = False
        service.drop_sockets()

    def mend(self) -> None:
        self._up = True

    def _socket(self, socket: WebSocketRoute) -> None:
        if self._up:
            socket.connect_to_server()
        else:
            socket.close()

    def _request(self, route: Route) -> None:
        if self._up:
            route.continue_()
        else:
            route.abort()


def test_nothing_is_missed_over_a_broken_line(new_page: NewPage, service: Service) -> None:
    """What was written while the line was cut is there afterwards, once and in order."""
    customer = Customer(service.url).ask_for_person()
    page = new_page()
    line = Line(page)
    console = Console(page, service).open().sign_in().ready().claim_first()
    line.cut(service)
    expect(console.banner).to_have_text("Bağlantı koptu, yeniden bağlanılıyor…")
    said = [f"mesaj {number}" for number in range(5)]
    for text in said:
        customer.say(text)
    Customer(service.url).ask_for_person()
    bubbles = page.locator(".from-customer .text")
    expect(bubbles).to_have_text(["temsilci lütfen"])

    line.mend()
    expect(page.locator("#status")).to_contain_text("Yeni bekleyen görüşme")
    console.ready()
    expect(bubbles).to_have_text(["temsilci lütfen", *said])
    expect(console.tab("Bekleyen")).to_contain_text("1")
    expect(page).to_have_title("(1) Devir · Temsilci masası")


def test_news_is_announced_whichever_list_brings_it_first(
    new_page: NewPage, service: Service
) -> None:
    page = new_page()
    line = Line(page)
    console = Console(page, service).open().sign_in().ready()
    console.tab("Tümü").click()
    expect(page.get_by_text("Henüz görüşme yok.")).to_be_visible()
    line.cut(service)
    expect(console.banner).to_have_text("Bağlantı koptu, yeniden bağlanılıyor…")
    Customer(service.url).ask_for_person()
    page.route("**/conversations?view=waiting*", lambda route: route.abort())
    line.mend()
    expect(page.locator("#status")).to_contain_text("Yeni bekleyen görüşme")


def test_network_without_sockets_is_served_by_asking(new_page: NewPage, service: Service) -> None:
    page = new_page()
    page.route_web_socket("**/console/socket", lambda socket: socket.close())
    console = Console(page, service).open().sign_in()
    customer = Customer(service.url).ask_for_person()
    console.claim_first()
    customer.say("buradayım")
    expect(page.locator(".from-customer").last).to_contain_text("buradayım")


def test_service_that_restarts_is_found_again(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    service.stop()
    expect(console.banner).to_have_text("Bağlantı koptu, yeniden bağlanılıyor…")
    console.page.keyboard.type("Bir saniye")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_contain_text("Sunucuya ulaşılamadı")
    service.start()
    console.ready()
    console.button("Yeniden dene").click()
    expect(console.own_messages).to_contain_text("Gönderildi")
    assert customer.texts().count("Bir saniye") == 1


def test_answer_lost_on_the_way_back_is_not_sent_twice(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    lost: list[APIResponse] = []

    def lose_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    console.page.route("**/reply", lose_first_answer)
    console.page.keyboard.type("Buradayım")
    console.page.keyboard.press("Enter")
    # the socket brings what the answer did not
    expect(console.own_messages).to_contain_text("Gönderildi")
    expect(console.own_messages).to_have_count(1)
    assert customer.texts().count("Buradayım") == 1


def test_refused_reply_can_be_edited_again(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.route("**/reply", lambda route: route.abort())
    console.page.keyboard.type("Yanlış yazdım")
    console.page.keyboard.press("Enter")
    console.button("Düzenle").click()
    expect(console.reply_box).to_have_value("Yanlış yazdım")
    expect(console.own_messages).to_have_count(0)


def test_draft_survives_a_reload_and_another_conversation(
    new_page: NewPage, service: Service
) -> None:
    for _ in range(2):
        Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.type("yarım kalan")
    console.tab("Bekleyen").click()
    console.open_first()
    expect(console.page.get_by_text("Yanıt yazmak için önce görüşmeyi alın.")).to_be_visible()
    console.tab("Bende").click()
    expect(console.rows.first).to_contain_text("Taslak var")
    console.open_first()
    expect(console.reply_box).to_have_value("yarım kalan")
    console.page.reload()
    expect(console.reply_box).to_have_value("yarım kalan")


def test_ended_session_leads_to_the_login_and_back_to_the_draft(
    new_page: NewPage, service: Service
) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.type("henüz bitmedi")
    console.page.context.clear_cookies()
    service.drop_sockets()
    expect(console.page.get_by_text("Oturumunuzun süresi doldu.")).to_be_visible()
    console.sign_in().ready()
    expect(console.reply_box).to_have_value("henüz bitmedi")


def test_stale_picture_is_refreshed_and_the_claim_goes_through(
    new_page: NewPage, service: Service
) -> None:
    """The conversation went to another agent and back to the queue without this page noticing."""
    service.add_agent("mert", "Mert Kaya")
    customer = Customer(service.url).ask_for_person()
    other = signed_in(new_page, service, "mert")
    console = signed_in(new_page, service).open_first()
    claims: list[str] = []

    def meanwhile(route: Route) -> None:
        claims.append(route.request.url)
        if len(claims) == 1:
            other.claim_first()
            other.button("Sıraya bırak").click()
            customer.wait_until("queued")
        route.continue_()

    console.page.route("**/claim", meanwhile)
    console.button("Görüşmeyi al").click()
    expect(console.reply_box).to_be_focused()
    expect(console.page.locator(".state-human")).to_have_text("Sizde")
    assert len(claims) == 2
