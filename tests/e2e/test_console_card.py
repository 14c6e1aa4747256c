"""What stands on the card beside the chat, and what an agent does from there."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from handoff.bot import Answer
from handoff.store.rows import Turn
from tests.e2e.conftest import Service
from tests.e2e.console import Console, signed_in
from tests.e2e.customer import Customer
from tests.e2e.test_console_looks import FAINT
from tests.fakes import files
from tests.fakes.bot import HANDOFF, ScriptedBot, answer

NewPage = Callable[..., Page]

REFUSED = {
    "name": "return_item",
    "order": "10391",
    "outcome": "refused",
    "rule": "withdrawal_over",
    "since": "2026-11-03",
    "until": "2026-11-17",
    "details": {"line": None},
}
CANCELLED = {
    "name": "cancel_order",
    "order": "10510",
    "outcome": "done",
    "rule": "cancel_open",
    "details": {"amount": "349.90", "currency": "TRY", "refund_by": "2026-12-06"},
}


def card_of(console: Console) -> Locator:
    return console.page.get_by_role("complementary", name="Devir kartı")


def test_card_tells_what_the_bot_did_and_by_which_rule_as_it_happens(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    done = [REFUSED]

    async def script(said: str, turn: Turn) -> Answer:
        return answer("Bakıyorum.", language="tr", operations=done)

    bot.script = script
    customer = Customer(service.url)
    customer.say("10391 iade")
    console = signed_in(new_page, service)
    console.tab("Tümü").click()
    console.open_first()
    entries = card_of(console).locator(".operation")
    expect(entries).to_have_count(1)
    expect(entries.first).to_contain_text("İade: yapılmadı · Sipariş 10391")
    expect(entries.first).to_contain_text("Cayma süresi dolmuş (teslim 3 Kas, son gün 17 Kas)")
    expect(entries.first).to_contain_text("Bot")
    done[:] = [CANCELLED]
    customer.say("10510 iptal")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("İptal: yapıldı · Sipariş 10510")
    expect(entries.first).to_contain_text("₺349,90 en geç 6 Ara tarihine kadar geri ödenecek.")


def with_case(new_page: NewPage, service: Service, bot: ScriptedBot) -> Console:
    """An agent who looks at the list of open cases, in which there is one."""

    async def script(said: str, turn: Turn) -> Answer:
        return answer(
            "Kaydettim.",
            language="tr",
            case={
                "reference": "S7K3F9QY",
                "kind": "missing",
                "order": "10391",
                "lines": [{"line": 1, "quantity": 2}],
                "text": "kupaların ikisi kutuda yoktu",
            },
        )

    bot.script = script
    Customer(service.url).say("kupalar eksik")
    console = signed_in(new_page, service)
    console.tab("Kayıt").click()
    expect(console.rows).to_have_count(1)
    return console


def test_card_shows_a_case_about_a_delivery(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    case = card_of(with_case(new_page, service, bot).open_first()).locator(".case")
    expect(case).to_contain_text("S7K3F9QY · Eksik ürün · Sipariş 10391")
    expect(case).to_contain_text("2 × 2. satır")
    expect(case).to_contain_text("kupaların ikisi kutuda yoktu")


def test_case_is_closed_with_a_note_and_leaves_the_list(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console = with_case(new_page, service, bot)
    expect(console.rows.first).to_contain_text("1 açık kayıt")
    case = card_of(console.open_first()).locator(".case")
    case.get_by_role("button", name="Kaydı kapat").click()
    console.page.keyboard.type("yeniden gönderildi")
    case.get_by_role("button", name="Kaydı kapat").click()
    expect(case).to_contain_text("Kapatıldı")
    expect(case).to_contain_text("yeniden gönderildi")
    expect(console.log).to_contain_text("S7K3F9QY ✓ yeniden gönderildi")
    expect(console.page.get_by_text("Açık kayıt yok.")).to_be_visible()


def test_case_closed_too_early_is_opened_again_and_a_colleague_sees_it(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console = with_case(new_page, service, bot)
    case = card_of(console.open_first()).locator(".case")
    case.get_by_role("button", name="Kaydı kapat").click()
    case.get_by_role("button", name="Kaydı kapat").click()
    colleague = signed_in(new_page, service)
    colleague.tab("Tümü").click()
    theirs = card_of(colleague.open_first()).locator(".case")
    expect(theirs).to_contain_text("Kapatıldı")
    case.get_by_role("button", name="Yeniden aç").click()
    expect(case.get_by_role("button", name="Kaydı kapat")).to_be_visible()
    expect(card_of(console).get_by_role("heading").first).to_be_focused()
    expect(console.rows.first).to_contain_text("1 açık kayıt")
    expect(console.log).to_contain_text("S7K3F9QY ↺")
    expect(theirs.get_by_role("button", name="Kaydı kapat")).to_be_visible()


def test_note_half_written_for_a_case_outlasts_what_comes_meanwhile(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console = with_case(new_page, service, bot)
    case = card_of(console.open_first()).locator(".case")
    case.get_by_role("button", name="Kaydı kapat").click()
    console.page.keyboard.type("yarım")
    console.button("Bottan devral").click()  # the card is built anew
    expect(console.reply_box).to_be_visible()
    expect(case.get_by_label("İç not")).to_have_value("yarım")
    case.get_by_role("button", name="Vazgeç").click()
    expect(case.get_by_role("button", name="Kaydı kapat")).to_be_focused()


# Working on orders


PREPARING, DELIVERED = "10510", "10391"


def proving(number: str) -> Answer:
    proof = {"name": "prove_order", "order": number, "outcome": "done"}
    return answer("Buyurun.", language="tr", handoff=HANDOFF, operations=[proof])


def with_order(
    new_page: NewPage, service: Service, bot: ScriptedBot, number: str, **options: Any
) -> tuple[Console, Customer]:
    """An agent who has the conversation of a customer who has proven an order."""

    async def script(said: str, turn: Turn) -> Answer:
        return proving(number)

    bot.script = script
    service.seed_shop()
    customer = Customer(service.url).ask_for_person()
    return signed_in(new_page, service, **options).claim_first(), customer


def dialog_of(console: Console) -> Locator:
    return console.page.get_by_role("dialog")


def order_of(console: Console, number: str) -> Locator:
    return card_of(console).locator(f'[data-order="{number}"]')


def test_order_is_cancelled_with_a_note_and_the_customer_is_told(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console, customer = with_order(new_page, service, bot, PREPARING)
    order = order_of(console, PREPARING)
    expect(order).to_contain_text("Emma Hill")
    expect(order).to_contain_text("Sipariş verildi")
    order.get_by_role("button", name="İptal").click()
    dialog = dialog_of(console)
    expect(dialog.get_by_role("heading", name="Siparişi iptal et · 10510")).to_be_focused()
    expect(dialog).to_contain_text("Paketlenmediği için iptal edilebilir")
    dialog.get_by_label("İç not (isteğe bağlı)").fill("telefonda da istedi")
    dialog.get_by_role("button", name="Siparişi iptal et").click()
    expect(dialog).to_contain_text("İptal: yapıldı")
    dialog.get_by_label("Müşteriye bildir (Türkçe)").check()
    message = dialog.get_by_label("Müşteriye gidecek mesaj")
    assert message.input_value().startswith("10510 numaralı siparişinizi iptal ettik.")
    message.fill(message.input_value() + " İyi günler!")
    dialog.get_by_role("button", name="Gönder").click()
    expect(dialog).to_be_hidden()
    expect(console.own_messages).to_contain_text("İyi günler!")
    expect(console.own_messages).to_contain_text("Gönderildi")  # before, it is only on its way
    assert customer.texts()[-1].endswith("İyi günler!")
    note = console.page.locator(".from-note")
    expect(note).to_contain_text("Sipariş 10510: iptal, yapıldı.")
    expect(note).to_contain_text("Not: telefonda da istedi")
    assert not any("telefonda da" in text for text in customer.texts())
    expect(order.locator(".chip")).to_have_text("İptal edildi")
    expect(card_of(console).locator(".operation").first).to_contain_text(service.agent_name)


def test_what_the_rules_refuse_says_why_and_offers_no_way_around(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console, _ = with_order(new_page, service, bot, DELIVERED)
    order = order_of(console, DELIVERED)
    order.get_by_role("button", name="İptal (kurallar izin vermiyor)").click()
    dialog = dialog_of(console)
    expect(dialog).to_contain_text("Mağazanın kuralları buna izin vermiyor.")
    expect(dialog).to_contain_text("Sipariş teslim edilmiş (teslim ")
    expect(dialog.get_by_role("button")).to_have_count(2)
    console.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(order.locator(".chip")).to_have_text("Teslim edildi")


def test_chosen_line_goes_back_by_keyboard_alone_and_the_card_says_which(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console, _ = with_order(new_page, service, bot, DELIVERED)
    order = order_of(console, DELIVERED)
    button = order.get_by_role("button", name="İade", exact=True)
    button.focus()
    console.page.keyboard.press("Enter")
    dialog = dialog_of(console)
    dialog.get_by_role("button", name="İadeyi aç").press("Enter")
    expect(dialog).to_be_visible()  # nothing is chosen yet
    dialog.locator(".choose-lines input[type=checkbox]").nth(1).press("Space")
    dialog.get_by_label("Neden").select_option("Bedeni ya da ölçüsü uymadı")
    dialog.get_by_label("Nasıl gönderilecek").select_option("Müşteri şubeye bıraksın")
    dialog.get_by_role("button", name="İadeyi aç").press("Enter")
    expect(dialog).to_contain_text("İade: yapıldı")
    expect(dialog).to_contain_text("Cayma süresi içinde (teslim ")
    expect(dialog.get_by_label("Müşteriye bildir (Türkçe)")).to_be_focused()
    console.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    back = order.locator(".going-back")
    expect(back).to_contain_text("gönderilmesi bekleniyor · Bedeni ya da ölçüsü uymadı")
    expect(back.get_by_role("listitem")).to_have_count(1)
    expect(order).to_contain_text("1 adedi geri")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_card_and_dialogs_has_contrast(
    new_page: NewPage, service: Service, bot: ScriptedBot, scheme: str
) -> None:
    console, _ = with_order(new_page, service, bot, DELIVERED, color_scheme=scheme)
    order = order_of(console, DELIVERED)
    expect(order).to_be_visible()
    assert console.page.evaluate(FAINT) == []
    for name in ("İptal (kurallar izin vermiyor)", "İade", "Değişim", "Fatura"):
        order.get_by_role("button", name=name, exact=True).click()
        expect(dialog_of(console)).to_be_visible()
        assert console.page.evaluate(FAINT) == [], name
        console.page.keyboard.press("Escape")
    console.button("Aktar").click()
    expect(dialog_of(console)).to_be_visible()
    assert console.page.evaluate(FAINT) == []


def test_item_is_exchanged_and_address_changed(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console, _ = with_order(new_page, service, bot, DELIVERED)
    order = order_of(console, DELIVERED)
    order.get_by_role("button", name="Değişim").click()
    dialog = dialog_of(console)
    variants = dialog.get_by_label("Yerine")
    expect(variants.locator("option").nth(1)).to_contain_text("stokta")
    variants.select_option(index=1)
    dialog.get_by_label("Neden").select_option("Hasarlı geldi")
    dialog.get_by_label("Nasıl gönderilecek").select_option("Kurye adresten alsın")
    dialog.get_by_role("button", name="Değişimi aç").click()
    expect(dialog).to_contain_text("Değişim: yapıldı")
    dialog.get_by_role("button", name="Kapat").last.click()
    expect(order.locator(".going-back")).to_contain_text("Değişim")


def test_order_of_somebody_unproven_is_looked_up_and_marked(
    new_page: NewPage, service: Service
) -> None:
    service.seed_shop()
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).open_first()
    expect(card_of(console).get_by_label("Sipariş numarasıyla bak")).to_have_count(0)
    console.button("Görüşmeyi al").click()
    number = card_of(console).get_by_label("Sipariş numarasıyla bak")
    number.fill("99999")
    console.page.keyboard.press("Enter")
    expect(console.alert).to_contain_text("99999 numaralı bir sipariş yok.")
    expect(number).to_be_focused()
    number.fill("40349")
    console.page.keyboard.press("Enter")
    order = order_of(console, "40349")
    expect(order).to_contain_text("Burak")
    expect(card_of(console)).to_contain_text("Siparişe numarasıyla bakıldı · Sipariş 40349")
    order.get_by_role("button", name="Adres değişikliği").click()
    dialog = dialog_of(console)
    expect(dialog).to_contain_text("Önce kim olduğundan emin olun.")
    dialog.get_by_label("Sokak, numara, daire").fill("Çınar Sokak 4")
    dialog.get_by_role("button", name="Adresi değiştir").click()
    expect(dialog).to_contain_text("Adres değişikliği: yapıldı")


def test_number_being_typed_stays_while_the_card_changes(
    new_page: NewPage, service: Service
) -> None:
    customer = Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    number = card_of(console).get_by_label("Sipariş numarasıyla bak")
    number.fill("4039")
    number.press("ArrowLeft")
    customer.send_photo(files.png())
    expect(card_of(console).get_by_role("heading", name="Müşterinin gönderdikleri")).to_be_visible()
    expect(number).to_be_focused()
    console.page.keyboard.type("4")
    expect(number).to_have_value("40349")


def test_answer_that_is_lost_is_asked_again_and_done_once(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console, _ = with_order(new_page, service, bot, PREPARING)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.post_data or "")
        route.fetch()
        return route.abort()

    console.page.route("**/operations", lose)
    order_of(console, PREPARING).get_by_role("button", name="İptal").click()
    dialog = dialog_of(console)
    dialog.get_by_role("button", name="Siparişi iptal et").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Yeniden deneyin: iki kez yapılmaz.")
    expect(dialog.get_by_label("İç not (isteğe bağlı)")).to_be_disabled()
    dialog.get_by_role("button", name="Yeniden dene").click()
    expect(dialog).to_contain_text("İptal: yapıldı")
    dialog.get_by_role("button", name="Kapat").last.click()
    expect(console.page.locator(".from-note")).to_have_count(1)


def test_shop_that_goes_down_leaves_what_is_known_on_the_card(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
    console, _ = with_order(new_page, service, bot, DELIVERED)
    order = order_of(console, DELIVERED)
    expect(order).to_be_visible()
    down = True

    def away(route: Route) -> None:
        if not down:
            return route.continue_()
        found = {"verified": True, "verified_by": "order", "verified_order": DELIVERED}
        more: dict[str, Any] = {
            "verified_at": None,
            "mentioned": None,
            "orders": [],
            "unavailable": True,
        }
        return route.fulfill(json={**found, **more})

    console.page.route("**/orders", away)
    order.get_by_role("button", name="Para iadesi durumu").click()
    dialog = dialog_of(console)
    dialog.get_by_role("button", name="Duruma bak").click()
    expect(dialog).to_contain_text("Kayıtlı bir para iadesi yok.")
    dialog.get_by_role("button", name="Kapat").last.click()
    expect(card_of(console).locator(".warning")).to_contain_text("itibarıyla bilinenler")
    expect(order).to_be_visible()
    down = False
    card_of(console).get_by_role("button", name="Yeniden dene").click()
    expect(card_of(console).locator(".warning")).to_have_count(0)


def test_earlier_talk_is_read_and_cannot_be_changed(new_page: NewPage, service: Service) -> None:
    customer = Customer(service.url).ask_for_person("kupa için temsilci")
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.type("Kupanız yolda.")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_contain_text("Gönderildi")
    console.button("Çözüldü").click()
    customer.wait_until("closed")
    customer.ask_for_person("yine temsilci")
    console.page.reload()
    console.ready()
    entry = card_of(console).locator(".talk")
    expect(entry).to_contain_text("Web sitesi · Temsilci istedi · Deniz Yalın")
    entry.click()
    dialog = dialog_of(console)
    expect(dialog.get_by_role("heading", name="Önceki görüşme")).to_be_focused()
    expect(dialog).to_contain_text("kupa için temsilci")
    expect(dialog).to_contain_text("Kupanız yolda.")
    expect(dialog).not_to_contain_text("yine temsilci")
    expect(dialog.get_by_role("button")).to_have_count(1)
    console.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_agent_joins_customers_who_are_one_person(new_page: NewPage, service: Service) -> None:
    for name in ("Elif Aydın", "Elif"):
        Customer(service.url).ask_for_person()
        service.name_customers(name)
    console = signed_in(new_page, service)
    console.rows.filter(has_text="Elif Aydın").click()
    card = console.page.get_by_role("complementary", name="Devir kartı")
    console.button("Aynı kişiyi başka kanalda bul").click()
    dialog = console.page.get_by_role("dialog", name="Aynı kişi")
    dialog.get_by_label("Ad veya telefon").fill("nobody")
    expect(dialog).to_contain_text("Böyle bir müşteri bulunamadı.")
    dialog.get_by_label("Ad veya telefon").fill("eli")
    dialog.get_by_role("button", name="Birleştir: Elif").click()
    expect(dialog).to_contain_text("Bu müşteriyle aynı kişi")
    dialog.get_by_role("button", name="Kapat").click()
    expect(card.locator(".talk")).to_have_count(1)
    expect(card.locator(".talk")).to_contain_text("Web sitesi")
    console.button("Aynı kişiyi başka kanalda bul").click()
    dialog.get_by_role("button", name="Bu müşteriyi ayır").click()
    expect(dialog).not_to_contain_text("Bu müşteriyle aynı kişi")
    console.page.keyboard.press("Escape")
    expect(card.locator(".talk")).to_have_count(0)
