"""Hidden numbers in the console and the widget."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.conftest import Service
from tests.e2e.console import signed_in
from tests.e2e.customer import Customer

NewPage = Callable[..., Page]

CARD = "4111 1111 1111 1111"
SHOWN = "•••• •••• •••• 1111"


def test_supervisor_shows_and_hides_what_was_hidden(new_page: NewPage, service: Service) -> None:
    service.add_agent("ece", "Ece Tan", "supervisor")
    Customer(service.url).ask_for_person(f"temsilci lütfen, kartım {CARD}")
    console = signed_in(new_page, service, "ece").open_first()
    expect(console.log).to_contain_text(f"kartım {SHOWN}")
    expect(console.log).to_contain_text("Gizlendi: kart numarası")
    expect(console.page.locator("body")).not_to_contain_text(CARD)

    console.button("Göster").click()
    expect(console.log).to_contain_text(f"kartım {CARD}")
    expect(console.button("Gizle")).to_be_focused()

    console.button("Gizle").click()
    expect(console.log).to_contain_text(f"kartım {SHOWN}")
    expect(console.page.locator("body")).not_to_contain_text(CARD)
    expect(console.button("Göster")).to_be_focused()


def test_what_was_shown_is_hidden_again_by_itself(new_page: NewPage, service: Service) -> None:
    service.add_agent("ece", "Ece Tan", "supervisor")
    Customer(service.url).ask_for_person(f"temsilci lütfen, kartım {CARD}")
    page = new_page()
    page.clock.install()
    console = signed_in(lambda: page, service, "ece").open_first()
    console.button("Göster").click()
    expect(console.log).to_contain_text(CARD)
    page.clock.fast_forward(31_000)
    expect(console.log).not_to_contain_text(CARD)
    expect(console.log).to_contain_text(SHOWN)


def test_agent_without_the_right_sees_no_button(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person(f"temsilci lütfen, kartım {CARD}")
    console = signed_in(new_page, service).open_first()
    expect(console.log).to_contain_text("Gizlendi: kart numarası")
    expect(console.button("Göster")).to_have_count(0)


def test_agents_own_reply_is_shown_as_it_was_stored(new_page: NewPage, service: Service) -> None:
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.reply_box.fill(f"Kartınız {CARD} mı?")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_contain_text(f"Kartınız {SHOWN} mı?")


def test_customer_sees_that_the_number_was_hidden(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say(f"kartım {CARD}")
    expect(chat.own).to_have_text(f"kartım {SHOWN}")
    expect(chat.notices).to_contain_text("Güvenliğiniz için mesajınızdaki numarayı gizledik.")
    assert CARD not in chat.page.evaluate("JSON.stringify(localStorage)")
    chat.reload().launcher.click()
    expect(chat.own).to_have_text(f"kartım {SHOWN}")
