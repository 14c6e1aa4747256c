"""What stands on the card beside the chat, and what an agent does from there."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from handoff.bot import Answer
from handoff.store.rows import Turn
from tests.e2e.conftest import Service
from tests.e2e.console import Console, signed_in
from tests.e2e.customer import Customer
from tests.fakes.bot import ScriptedBot, answer

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


def test_card_shows_a_case_about_a_delivery(
    new_page: NewPage, service: Service, bot: ScriptedBot
) -> None:
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
    console.tab("Tümü").click()
    case = card_of(console.open_first()).locator(".case")
    expect(case).to_contain_text("S7K3F9QY · Eksik ürün · Sipariş 10391")
    expect(case).to_contain_text("2 × 2. satır")
    expect(case).to_contain_text("kupaların ikisi kutuda yoktu")
