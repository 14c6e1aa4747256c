"""An agent at work in the console: signing in, taking a conversation, answering, letting it go."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from handoff.bot import Answer
from handoff.store.rows import Turn
from tests.e2e.conftest import Service
from tests.e2e.console import Console, signed_in
from tests.e2e.customer import Customer
from tests.fakes.bot import COMPLAINT, HANDOFF, ScriptedBot, answer

NewPage = Callable[..., Page]


def test_wrong_password_is_told_and_the_right_one_lets_in(
    new_page: NewPage, service: Service
) -> None:
    console = Console(new_page(), service).open().sign_in(password="guess")
    expect(console.page.get_by_role("alert")).to_have_text("Kullanıcı adı veya parola hatalı.")
    expect(console.page.get_by_label("Parola")).to_be_focused()
    console.sign_in().ready()
    expect(console.page.get_by_text(service.agent_name)).to_be_visible()


def test_too_many_wrong_tries_are_told_with_the_time_to_wait(
    new_page: NewPage, service: Service
) -> None:
    console = Console(new_page(), service).open()
    alert = console.page.get_by_role("alert")
    for _ in range(10):
        with console.page.expect_response("**/login"):
            console.sign_in(password="guess")
        expect(alert).to_contain_text("hatalı")
    console.sign_in(password="guess")
    expect(alert).to_have_text(re.compile(r"Çok fazla hatalı deneme yapıldı\. 1\d dk \d+ sn sonra"))
    expect(console.button("Giriş yap")).to_be_disabled()


def test_signing_out_ends_the_session(new_page: NewPage, service: Service) -> None:
    console = signed_in(new_page, service)
    console.button("Çıkış yap").click()
    expect(console.page.get_by_text("Çıkış yaptınız.")).to_be_visible()
    console.page.reload()
    expect(console.page.get_by_role("heading", name="Hoş geldiniz")).to_be_visible()


def test_handed_over_conversation_appears_and_is_announced(
    new_page: NewPage, service: Service
) -> None:
    console = signed_in(new_page, service)
    expect(console.page.get_by_text("Bekleyen kimse yok.")).to_be_visible()
    assert console.page.title() == "Devir · Temsilci masası"
    expect(console.tab("Bekleyen")).to_be_focused()

    Customer(service.url).ask_for_person("insanla görüşeyim")

    row = console.rows.first
    expect(row).to_contain_text("Ziyaretçi")
    expect(row).to_contain_text("Temsilci istedi")
    expect(row).to_contain_text("bekliyor")
    expect(row).to_contain_text("Web sitesi · TR")
    expect(row.get_by_label("1 okunmamış mesaj")).to_be_visible()
    expect(console.page).to_have_title("(1) Devir · Temsilci masası")
    expect(console.page.locator("#status")).to_contain_text("Yeni bekleyen görüşme: Ziyaretçi")
    expect(console.tab("Bekleyen")).to_be_focused()


def test_card_tells_why_it_came(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).open_first()
    card = console.page.get_by_role("complementary", name="Devir kartı")
    expect(card).to_contain_text("Müşteri bir temsilciyle görüşmek istedi.")
    expect(card).to_contain_text("The customer asks for a person about order 10482.")
    expect(card.locator(".ranking li").first).to_contain_text("Temsilci isteği")
    expect(card.locator(".ranking li").first).to_contain_text("%93")
    expect(card.locator(".failed-turns")).to_contain_text("asdf")
    expect(card.locator(".pairs").filter(has_text="Doğrulanan sipariş")).to_contain_text("10482")
    expect(card).to_contain_text("Temsilciye aktardı")
    understood = console.page.locator(".from-customer .understood")
    expect(understood).to_contain_text("Temsilci isteği · %93")


def test_card_shows_what_the_customer_complained_about(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    async def script(said: str, turn: Turn) -> Answer:
        return answer("I have taken that down.", handoff=HANDOFF, complaint=COMPLAINT)

    bot.script = script
    Customer(service.url).say("the courier threw my parcel over the fence")
    console = signed_in(new_page, service).open_first()
    complaint = console.page.locator(".case")
    expect(complaint).to_contain_text("S7K3F9QX · Şikâyet: Teslimat")
    expect(complaint).to_contain_text("the courier threw my parcel over the fence")


def test_reply_reaches_the_customer_and_a_note_never_does(
    new_page: NewPage, service: Service
) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    expect(console.tab("Bende")).to_contain_text("1")

    console.page.keyboard.type("Merhaba, ben Deniz.")
    console.page.keyboard.press("Shift+Enter")
    console.page.keyboard.type("Size nasıl yardımcı olabilirim?")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_have_count(1)
    expect(console.own_messages).to_contain_text("Gönderildi")
    assert customer.texts()[-1] == "Merhaba, ben Deniz.\nSize nasıl yardımcı olabilirim?"

    console.button("İç not").click()
    console.note_box.fill("hediye çeki verilebilir")
    console.button("Notu kaydet").click()
    note = console.page.locator(".from-note")
    expect(note).to_contain_text("hediye çeki verilebilir")
    expect(note).to_contain_text("müşteri görmez")
    assert not any("hediye çeki" in text for text in customer.texts())
    expect(console.reply_box).to_be_visible()

    customer.say("Teşekkür ederim")
    expect(console.page.locator(".from-customer").last).to_contain_text("Teşekkür ederim")


def test_opening_a_conversation_reads_its_messages(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.tab("Tümü").click()
    other = Customer(service.url)
    other.say("merhaba")
    console.rows.filter(has_text="Bot yanıtlıyor").click()
    expect(console.page.locator(".state-bot")).to_be_visible()
    customer.say("bir şey daha")
    customer.say("ve bir şey daha")
    mine = console.rows.filter(has_text="Sizde")
    expect(mine.get_by_label("2 okunmamış mesaj")).to_be_visible()
    expect(console.page).to_have_title(re.compile(r"^\(1\) "))
    mine.click()
    expect(mine.get_by_label("okunmamış mesaj")).to_have_count(0)
    expect(console.page).to_have_title("Devir · Temsilci masası")


def test_late_answer_of_the_bot_is_folded_as_not_sent(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    held = True

    async def hold(said: str, turn: Turn) -> Answer:
        while held:
            await asyncio.sleep(0.02)
        return answer("Bu geç kaldı.", language="tr")

    bot.script = hold
    customer = Customer(service.url)
    customer.say("kargom nerede?")
    console = signed_in(new_page, service)
    console.tab("Tümü").click()
    console.open_first()
    console.button("Bottan devral").click()
    expect(console.reply_box).to_be_focused()
    held = False
    folded = console.page.locator(".suppressed")
    expect(folded).to_contain_text("Gönderilmedi")
    expect(folded.get_by_text("Bu geç kaldı.")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.get_by_text("Bu geç kaldı.")).to_be_visible()
    assert "Bu geç kaldı." not in customer.texts()


@pytest.mark.parametrize(
    ("reach", "shown"),
    [
        ({"window_until": "2999-01-01T00:00:00.000Z"}, "Yanıt süresi: "),
        ({"window_until": "2020-01-01T00:00:00.000Z"}, "Yanıt süresi doldu"),
        ({"unreachable_since": "2020-01-01T00:00:00.000Z"}, "Müşteriye ulaşılamıyor"),
    ],
)
def test_conversation_on_a_platform_says_whether_a_reply_reaches_the_customer(
    new_page: NewPage, service: Service, reach: dict[str, str], shown: str
) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()

    def on_a_platform(route: Route) -> None:
        reply = route.fetch()
        body = reply.json()
        body["conversation"] |= {"channel": "whatsapp", **reach}
        route.fulfill(response=reply, json=body)

    # no platform calls in this test, so its answer is put into what the page hears
    console.page.route_web_socket("**/console/socket", lambda socket: socket.close())
    console.page.route(re.compile(r"/conversations/[0-9a-f]{32}$"), on_a_platform)
    console.page.reload()
    meta = console.page.locator(".conversation-meta")
    expect(meta).to_contain_text(shown)
    expect(meta).not_to_contain_text("Sayfada")
    console.page.unroute_all(behavior="wait")  # without its socket the page asks again and again


def test_list_is_sorted_by_the_time_left_to_reply(new_page: NewPage, service: Service) -> None:
    for name in ("Elif", "Mert", "Can"):
        Customer(service.url).ask_for_person()
        service.name_customers(name)
    console = signed_in(new_page, service)
    names = console.rows.locator(".row-name")
    expect(names).to_have_text(["Elif", "Mert", "Can"])
    by_window = console.button("Yanıt süresi az kalan önce")
    expect(by_window).to_be_hidden()  # nobody here has written from a platform that counts

    service.leave_to_reply(Elif=20, Mert=1.5, Can=-1)
    console.page.reload()
    expect(names).to_have_text(["Elif", "Mert", "Can"])
    expect(console.rows.nth(1)).to_contain_text("1 sa 29 dk kaldı")
    expect(console.rows.nth(2)).to_contain_text("Süre doldu")
    by_window.click()
    expect(names).to_have_text(["Mert", "Elif", "Can"])
    expect(by_window).to_have_attribute("aria-pressed", "true")
    console.tab("Tümü").click()
    expect(names).to_have_text(["Mert", "Elif", "Can"])
    by_window.click()
    console.tab("Bekleyen").click()
    expect(names).to_have_text(["Elif", "Mert", "Can"])


def test_failed_delivery_says_why_and_can_be_tried_again(
    new_page: NewPage, service: Service
) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    delivery: dict[str, Any] = {"state": "failed", "attempts": 5, "error": "internal_error"}
    sent: list[dict[str, Any]] = []

    def put_in(route: Route) -> None:
        reply = route.fetch()
        body = reply.json()
        for message in [body, *body.get("messages", [])]:
            if message.get("author") == "agent":
                message["delivery"] = delivery
                sent.append(message)
        route.fulfill(response=reply, json=body)

    def deliver(route: Route) -> None:
        assert sent[0]["id"] in route.request.url
        delivery.update({"state": "delivered", "attempts": 6, "error": None})
        route.fulfill(json={**sent[0], "delivery": delivery})

    # the website's channel cannot fail to deliver, so the failure is put into what the page hears,
    # which without a socket asks for everything from time to time
    console.page.route_web_socket("**/console/socket", lambda socket: socket.close())
    console.page.reload()
    console.page.route(re.compile(r"/api/conversations/\w+(/reply|/messages)?(\?.*)?$"), put_in)
    console.page.route("**/retry", deliver)
    console.reply_box.fill("Kargonuz yolda")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_contain_text("Gönderilemedi: sistem hatası")
    console.button("Yeniden dene").click()
    expect(console.own_messages).to_contain_text("İletildi")


def test_earlier_messages_come_above_and_what_is_read_stays_in_place(
    new_page: NewPage, service: Service
) -> None:
    customer = Customer(service.url).ask_for_person()
    for number in range(210):
        customer.say(f"mesaj {number}")
    console = signed_in(new_page, service).open_first()
    bubbles = console.page.locator(".from-customer .text")
    expect(bubbles.last).to_have_text("mesaj 209")
    expect(bubbles.last).to_be_in_viewport()
    earlier = console.button("Önceki mesajları göster")
    earlier.scroll_into_view_if_needed()
    top = bubbles.first.inner_text()
    earlier.click()
    expect(bubbles.first).to_have_text("temsilci lütfen")
    expect(bubbles).to_have_text(["temsilci lütfen", *(f"mesaj {n}" for n in range(210))])
    expect(console.page.get_by_text(top, exact=True)).to_be_in_viewport()
    expect(earlier).to_be_hidden()


def test_a_note_half_written_is_never_sent_as_a_reply(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.button("İç not").click()
    console.note_box.fill("aramızda kalsın")
    console.page.locator(".mode-reply").click()
    expect(console.reply_box).to_have_value("")
    console.button("İç not").click()
    expect(console.note_box).to_have_value("aramızda kalsın")


def test_hand_back_gives_the_customer_to_the_bot(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.button("Bota geri ver").click()
    expect(console.page.locator(".state-bot")).to_have_text("Bot yanıtlıyor")
    expect(console.button("Bottan devral")).to_be_visible()
    expect(console.reply_box).to_be_hidden()
    customer.wait_until("bot")
    customer.say("kargo ne kadar?")
    expect(console.page.locator(".from-bot").last).to_contain_text("Yazdığınız: kargo ne kadar?")


def test_transfer_passes_it_on_with_a_note(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.press("Alt+t")
    dialog = console.page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Görüşmeyi aktar")).to_be_focused()
    dialog.get_by_label("Kime").select_option("Ödeme ekibi")
    dialog.get_by_label("Bilmesi gerekenler").fill("iki kez ödeme alınmış")
    dialog.get_by_role("button", name="Aktar", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(console.page.get_by_text("Görüşme aktarıldı.")).to_be_visible()
    expect(console.button("Görüşmeyi al")).to_be_visible()
    card = console.page.get_by_role("complementary", name="Devir kartı")
    expect(card).to_contain_text("Bir temsilci görüşmeyi aktardı.")
    expect(card).to_contain_text("iki kez ödeme alınmış")
    expect(card).to_contain_text("Ödeme ekibi")


def test_release_puts_it_back_in_the_queue(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.button("Sıraya bırak").click()
    customer.wait_until("queued")
    expect(console.tab("Bekleyen")).to_contain_text("1")
    console.tab("Bekleyen").click()
    expect(console.page.locator(".row")).to_contain_text("Sıraya geri bırakıldı")


def test_only_the_last_thing_done_is_told(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    done = console.page.locator(".toast-done")
    expect(done).to_have_text(["Görüşme artık sizde."])
    console.button("Sıraya bırak").click()
    expect(console.tab("Bekleyen")).to_contain_text("1")
    expect(done).to_have_count(1)
    expect(done).not_to_have_text("Görüşme artık sizde.")


def test_claimed_conversation_stands_in_the_agents_own_list(
    new_page: NewPage, service: Service
) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    expect(console.tab("Bende")).to_have_attribute("aria-selected", "true")
    expect(console.rows).to_have_count(1)


def test_resolve_closes_and_take_over_opens_from_the_bot(
    new_page: NewPage, service: Service
) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.button("Çözüldü").click()
    customer.wait_until("closed")
    expect(console.page.locator(".state-closed")).to_have_text("Kapandı")
    expect(console.page.get_by_text("Görüşme kapandı.")).to_be_visible()

    other = Customer(service.url)
    other.say("merhaba")
    console.tab("Tümü").click()
    console.rows.filter(has_text="Bot yanıtlıyor").click()
    console.button("Bottan devral").click()
    expect(console.reply_box).to_be_focused()
    other.wait_until("human")


def test_the_slower_of_two_agents_is_told_who_has_it(new_page: NewPage, service: Service) -> None:
    service.add_agent("mert", "Mert Kaya")
    Customer(service.url).ask_for_person()
    fast = signed_in(new_page, service, "mert")
    slow = signed_in(new_page, service).open_first()

    def while_the_claim_is_on_its_way(route: Route) -> None:
        fast.claim_first()
        route.continue_()

    slow.page.route("**/claim", while_the_claim_is_on_its_way)
    slow.button("Görüşmeyi al").click()
    expect(slow.alert).to_contain_text("Bu görüşmeyi Mert Kaya aldı.")
    expect(slow.page.locator(".state-human")).to_have_text("Mert Kaya görüşüyor")
    expect(slow.reply_box).to_be_hidden()
    expect(slow.page.get_by_text("Mert Kaya bu müşteriyle görüşüyor.")).to_be_visible()


def test_keyboard_alone_is_enough(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service)
    keyboard = console.page.keyboard
    expect(console.rows).to_have_count(1)
    keyboard.press("Alt+l")
    expect(console.rows.first).to_be_focused()
    keyboard.press("Enter")
    expect(console.page.get_by_text("Yanıt yazmak için önce görüşmeyi alın.")).to_be_visible()
    keyboard.press("Alt+c")
    expect(console.reply_box).to_be_focused()
    keyboard.type("Buyurun")
    keyboard.press("Enter")
    expect(console.own_messages).to_contain_text("Buyurun")
    keyboard.press("Alt+n")
    keyboard.type("not")
    keyboard.press("Enter")
    expect(console.page.locator(".from-note")).to_contain_text("not")
    keyboard.press("Alt+b")
    expect(console.button("Bottan devral")).to_be_enabled()
    keyboard.press("Alt+c")
    expect(console.reply_box).to_be_focused()
    keyboard.press("Alt+e")
    customer.wait_until("closed")
    assert customer.texts().count("Buyurun") == 1


def test_arrows_and_letters_move_in_the_list(new_page: NewPage, service: Service) -> None:
    for _ in range(3):
        Customer(service.url).ask_for_person()
    console = signed_in(new_page, service)
    expect(console.rows).to_have_count(3)
    keyboard = console.page.keyboard
    keyboard.press("Alt+l")
    for key, place in (("ArrowDown", 1), ("j", 2), ("j", 2), ("k", 1), ("ArrowUp", 0), ("End", 2)):
        keyboard.press(key)
        expect(console.rows.nth(place)).to_be_focused()


def test_help_opens_with_a_question_mark_and_gives_the_focus_back(
    new_page: NewPage, service: Service
) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service)
    console.rows.first.focus()
    console.page.keyboard.press("?")
    expect(console.page.get_by_role("dialog", name="Klavye kısayolları")).to_be_visible()
    console.page.keyboard.press("Escape")
    expect(console.page.get_by_role("dialog")).to_be_hidden()
    expect(console.rows.first).to_be_focused()


def test_what_a_customer_writes_is_shown_as_text(new_page: NewPage, service: Service) -> None:
    """In the message, the list, the card and the name."""
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> temsilci'
    customer = Customer(service.url).ask_for_person(evil)
    service.name_customers(evil)
    page = new_page()
    console = Console(page, service).open().sign_in().ready().open_first()
    expect(console.log).to_contain_text(evil)
    expect(console.rows.first).to_contain_text(evil)
    expect(page.locator("#conversation-title")).to_have_text(evil)
    customer.say("javascript:alert(1) https://example.com/<b>x</b>")
    expect(console.log.get_by_role("link")).to_have_attribute("href", "https://example.com/")
    assert page.locator("#app script, #app b, #app img[src='x']").count() == 0
    assert page.evaluate("window.hacked") is None
