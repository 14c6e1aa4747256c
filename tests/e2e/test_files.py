"""Photos and documents from the customer's page to the agent's, and back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.chat import Chat
from tests.e2e.conftest import Service
from tests.e2e.console import signed_in
from tests.fakes import files

NewPage = Callable[..., Page]

PHOTO = {
    "name": "kırık vazo.jpg",
    "mimeType": "image/jpeg",
    "buffer": files.photo(600, 400, located=True),
}
BILL = {"name": "fatura.pdf", "mimeType": "application/pdf", "buffer": files.PDF}

# Whatever the browser would let a person paste or drop is put into the page as they would.
GIVE = """(target, [kind, name, type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type }));
  const init = { bubbles: true, cancelable: true, composed: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...init, clipboardData: data })
    : new DragEvent(kind, { ...init, dataTransfer: data });
  return !target.dispatchEvent(event);
}"""


def attach(chat: Chat, *chosen: dict[str, Any], name: str = "Fotoğraf veya dosya gönder") -> None:
    """Choose files as with the button."""
    with chat.page.expect_file_chooser() as opened:
        chat.button(name).click()
    opened.value.set_files(list(chosen))


def test_customer_sends_a_photo_and_the_agent_opens_it_large(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service).open()
    attach(chat, PHOTO)
    shown = chat.own.locator("img")
    expect(shown).to_have_attribute("alt", "Görsel: kırık vazo.jpg")
    expect(shown).to_have_js_property("naturalWidth", 600)
    expect(chat.notices.first).to_contain_text("görüşmemize ekledim")

    console = signed_in(new_page, service)
    console.tab("Tümü").click()
    expect(console.rows.first).to_contain_text("Fotoğraf")
    console.open_first()
    seen = console.log.get_by_role("img", name="Görsel: kırık vazo.jpg")
    expect(seen).to_be_visible()
    expect(seen).to_have_js_property("naturalWidth", 600)
    with console.page.expect_popup() as opened:
        seen.click()
    assert opened.value.url.startswith(f"{service.url}/console/api/files/")
    thumbnail = console.page.locator(".card-body .thumbnails img")
    expect(thumbnail).to_have_count(1)


def test_photo_is_there_after_a_reload_and_opens_large(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    attach(chat, PHOTO)
    expect(chat.notices).to_have_count(1)
    chat.reload().open()
    shown = chat.own.locator("img")
    expect(shown).to_be_visible()
    expect(shown).to_have_attribute("width", "260")
    expect(shown).to_have_js_property("naturalWidth", 600)
    with chat.page.expect_popup() as opened:
        shown.click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("document.contentType") == "image/jpeg"


def test_several_files_are_sent_in_the_order_they_were_chosen(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service).open()
    attach(chat, BILL, PHOTO, {**BILL, "name": "ikinci.pdf"})
    expect(chat.own).to_have_count(3)
    expect(chat.page.locator("devir-chat .sending")).to_have_count(0)
    chat.say("hepsi bu")
    expect(chat.bot).to_have_count(1)
    chat.reload().open()
    expect(chat.own).to_have_count(4)
    texts = chat.own.all_inner_texts()
    assert "fatura.pdf" in texts[0]
    assert "ikinci.pdf" in texts[2]
    assert texts[3] == "hepsi bu"


def test_document_of_an_agent_is_saved_under_its_name(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    console = signed_in(new_page, service).claim_first()
    with console.page.expect_file_chooser() as opened:
        console.button("Dosya gönder").click()
    opened.value.set_files([{**BILL, "name": "İade formu.pdf"}])
    expect(console.own_messages.get_by_text("İade formu.pdf")).to_be_visible()
    expect(console.own_messages.last.locator(".delivery")).to_be_visible()
    given = chat.agent.get_by_role("button", name="İade formu.pdf")
    with chat.page.expect_download() as saved:
        given.click()
    assert saved.value.suggested_filename == "İade formu.pdf"
    assert saved.value.path().read_bytes() == files.PDF


def test_voice_message_can_be_played_on_both_sides(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    attach(chat, {"name": "ses.ogg", "mimeType": "audio/ogg", "buffer": files.OGG})
    expect(chat.own.locator("audio[src^=blob]")).to_have_count(1)
    console = signed_in(new_page, service)
    console.tab("Tümü").click()
    console.open_first()
    expect(console.log.locator("audio[aria-label='Ses kaydı: ses.ogg']")).to_have_count(1)


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_file_can_be_pasted_and_dropped(new_page: NewPage, service: Service, kind: str) -> None:
    chat = Chat(new_page(), service).open()
    expect(chat.button("Fotoğraf veya dosya gönder")).to_be_visible()
    text = files.PDF.decode()
    taken = chat.box.evaluate(GIVE, [kind, "fatura.pdf", "application/pdf", text])
    assert taken
    expect(chat.own.get_by_text("fatura.pdf")).to_be_visible()

    console = signed_in(new_page, service)
    console.tab("Tümü").click()
    console.open_first()
    console.button("Bottan devral").click()
    expect(console.reply_box).to_be_visible()
    assert console.reply_box.evaluate(GIVE, [kind, "yanıt.pdf", "application/pdf", text])
    expect(chat.agent.get_by_text("yanıt.pdf")).to_be_visible()


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (
            {"name": "foto.png", "mimeType": "image/png", "buffer": files.SVG},
            "Yalnızca fotoğraf, PDF ve ses dosyası",
        ),
        (
            {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": files.photo()[:-200]},
            "Dosya açılamadı",
        ),
        (
            {"name": "film.pdf", "mimeType": "application/pdf", "buffer": bytes(10_485_761)},
            "en fazla 10 MB",
        ),
    ],
    ids=["svg", "broken", "large"],
)
def test_file_that_is_refused_says_why(
    new_page: NewPage, service: Service, chosen: dict[str, Any], told: str
) -> None:
    chat = Chat(new_page(), service).open()
    attach(chat, chosen)
    expect(chat.own).to_contain_text(told)
    expect(chat.own).to_contain_text(chosen["name"])
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)


def test_upload_without_a_line_is_tried_again(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    chat.page.route("**/widget/files?*", lambda route: route.abort())
    attach(chat, BILL)
    retry = chat.button("Yeniden dene")
    expect(retry).to_be_visible()
    chat.page.unroute("**/widget/files?*")
    retry.click()
    expect(chat.notices).to_have_count(1)
    expect(retry).to_have_count(0)


def test_upload_shows_how_far_it_is(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("merhaba")
    expect(chat.bot).to_have_count(1)
    held: list[Route] = []
    chat.page.route("**/widget/files?*", lambda route: held.append(route))
    attach(chat, PHOTO)
    expect(chat.own.last.get_by_role("progressbar", name="Gönderiliyor")).to_be_visible()
    expect(chat.own.last.locator("img")).to_be_visible()
    held[0].continue_()
    expect(chat.notices).to_have_count(1)
    expect(chat.dialog.get_by_role("progressbar")).to_have_count(0)


def test_button_is_named_and_reached_in_the_chosen_language(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(locale="en-GB"), service, "en").open()
    expect(chat.button("Send a photo or file")).to_be_visible()
    chat.box.focus()
    chat.page.keyboard.press("Shift+Tab")
    assert chat.focused("ariaLabel") == "Send a photo or file"
    with chat.page.expect_file_chooser():
        chat.page.keyboard.press("Space")
    chat.button("Türkçe (TR)").click()
    expect(chat.button("Fotoğraf veya dosya gönder")).to_be_visible()


def test_stranger_cannot_open_a_file_by_its_address(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    attach(chat, PHOTO)
    with chat.page.expect_response(re.compile(r"/widget/files/[0-9a-f]{32}\.0$")) as served:
        chat.reload().open()
    other = new_page()
    answer = other.goto(served.value.url)
    assert answer is not None
    assert answer.status == 401


def test_note_has_no_files(new_page: NewPage, service: Service) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    console = signed_in(new_page, service).claim_first()
    expect(console.button("Dosya gönder")).to_be_visible()
    console.button("İç not").click()
    expect(console.button("Dosya gönder")).to_be_hidden()
    text = files.PDF.decode()
    assert not console.note_box.evaluate(GIVE, ["paste", "x.pdf", "application/pdf", text])


def test_agents_file_that_is_refused_says_why_and_can_be_discarded(
    new_page: NewPage, service: Service
) -> None:
    chat = Chat(new_page(), service).open()
    chat.say("temsilci lütfen")
    console = signed_in(new_page, service).claim_first()
    with console.page.expect_file_chooser() as opened:
        console.button("Dosya gönder").click()
    opened.value.set_files([{"name": "a.png", "mimeType": "image/png", "buffer": files.SVG}])
    expect(console.own_messages).to_contain_text("Bu tür bir dosya")
    console.button("Vazgeç").click()
    expect(console.own_messages).to_have_count(0)
