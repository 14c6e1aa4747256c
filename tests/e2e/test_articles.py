"""Articles in a browser: a supervisor writes them, an agent sends one from beside the chat."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Service
from tests.e2e.console import signed_in
from tests.e2e.customer import Customer
from tests.e2e.test_console_looks import FAINT

NewPage = Callable[..., Page]


class Articles:
    """A supervisor's articles page, named as a screen reader would name it."""

    def __init__(self, page: Page, service: Service) -> None:
        self.page = page
        self._service = service

    def open(self, hash_: str = "") -> "Articles":
        self.page.goto(f"{self._service.url}/console/articles{hash_}")
        expect(self.page.get_by_role("navigation", name="Makaleler")).to_be_visible()
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, language: str, name: str) -> Locator:
        return self.page.get_by_role("region", name=language).get_by_label(name, exact=True)

    @property
    def rows(self) -> Locator:
        return self.page.locator(".article-row")

    @property
    def state(self) -> Locator:
        return self.page.locator(".article-state")

    @property
    def done(self) -> Locator:
        return self.page.locator(".toast[role=status]")

    def write(self, title: str, body: str, language: str = "Türkçe") -> None:
        self.field(language, "Başlık").fill(title)
        self.field(language, "Metin").fill(body)

    def begin(self, slug: str, topic: str = "returns") -> None:
        self.page.get_by_role("link", name="Yeni makale").click()
        self.page.get_by_label("Kısa ad").fill(slug)
        self.page.get_by_label("Konu", exact=True).fill(topic)


@pytest.fixture
def supervisor(new_page: NewPage, service: Service) -> Callable[..., Articles]:
    """Signs a supervisor in and opens the articles."""

    def sign_in(login: str = "elif", name: str = "Elif Aydın", **options: Any) -> Articles:
        service.add_agent(login, name, "supervisor")
        console = signed_in(new_page, service, login, **options)
        return Articles(console.page, service).open()

    return sign_in


def test_an_article_is_written_seen_as_customers_see_it_and_published(
    supervisor: Callable[..., Articles],
) -> None:
    articles = supervisor()
    expect(articles.page.get_by_text("Henüz makale yok.")).to_be_visible()
    articles.begin("returns")
    articles.write("İade", "**{{withdrawal.days}} gün** içinde.\n\n## Kargo kodu\n- Kodu söyleyin.")
    preview = articles.page.get_by_role("region", name="Türkçe").locator(".preview-bubble")
    expect(preview).to_have_count(2)
    expect(preview.first).to_have_text("İade14 gün içinde.")
    expect(preview.last).to_contain_text("• Kodu söyleyin.")
    articles.button("Yayımla").click()
    expect(articles.done).to_contain_text("Yayımlandı")
    expect(articles.state).to_contain_text("1. sürüm")
    expect(articles.state).to_contain_text("Elif Aydın")
    row = articles.rows.first
    expect(row).to_contain_text("İade")
    expect(row).to_contain_text("İngilizcesi eksik")
    expect(row).to_contain_text("Denetlenmedi")
    articles.write("Returns", "Within {{withdrawal.days}} days.", "İngilizce")
    articles.page.get_by_label(re.compile("Hukukçumuz denetledi")).check()
    articles.page.keyboard.press("Control+s")
    expect(articles.done).to_contain_text("Taslak kaydedildi")
    expect(row).to_contain_text("Yayımlanmamış değişiklik")
    expect(row).not_to_contain_text("eksik")
    articles.page.reload()
    expect(articles.field("İngilizce", "Başlık")).to_have_value("Returns")
    articles.button("Yayımla").click()
    expect(row).not_to_contain_text("Yayımlanmamış")


def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(
    supervisor: Callable[..., Articles],
) -> None:
    articles = supervisor()
    articles.begin("returns", topic="İade!")
    articles.write("İade", "{{withdrawal.dayz}} gün")
    articles.button("Taslağı kaydet").click()
    expect(articles.page.locator("#article-topic-problem")).to_be_visible()
    expect(articles.page.locator("#article-tr-body-problem")).to_contain_text("withdrawal.days")
    expect(articles.page.get_by_label("Konu", exact=True)).to_be_focused()
    expect(articles.field("Türkçe", "Metin")).to_have_value("{{withdrawal.dayz}} gün")


def test_of_two_editors_the_second_is_told_who_was_first_and_loses_nothing(
    supervisor: Callable[..., Articles],
) -> None:
    mine = supervisor()
    mine.begin("returns")
    mine.write("İade", "Bir.")
    mine.button("Yayımla").click()
    expect(mine.state).to_contain_text("1. sürüm")
    theirs = supervisor("can", "Can Demir")
    theirs.rows.first.click()
    theirs.write("İade", "Can yazdı.")
    theirs.button("Yayımla").click()
    expect(theirs.state).to_contain_text("2. sürüm")

    mine.write("İade", "Elif yazdı.")
    mine.button("Yayımla").click()
    alert = mine.page.locator(".article-problem")
    expect(alert).to_contain_text("Can Demir bu makaleyi sizden önce kaydetti")
    mine.button("Sürüme bak").click()
    expect(mine.page.get_by_role("dialog")).to_contain_text("Can yazdı.")
    mine.page.keyboard.press("Escape")
    expect(mine.field("Türkçe", "Metin")).to_have_value("Elif yazdı.")
    mine.button("Benimkini kaydet").click()
    expect(mine.state).to_contain_text("3. sürüm")
    expect(mine.field("Türkçe", "Metin")).to_have_value("Elif yazdı.")


def test_an_earlier_version_is_looked_at_and_brought_back(
    supervisor: Callable[..., Articles],
) -> None:
    articles = supervisor()
    articles.begin("returns")
    articles.write("İade", "İlk metin.")
    articles.button("Yayımla").click()
    expect(articles.state).to_contain_text("1. sürüm")
    articles.write("İade", "İkinci metin.")
    articles.button("Yayımla").click()
    expect(articles.state).to_contain_text("2. sürüm")
    articles.page.get_by_text("Geçmiş", exact=True).click()
    articles.page.locator(".versions li", has_text="1. sürüm").get_by_role("button").click()
    expect(articles.page.get_by_role("dialog", name="1. sürüm")).to_contain_text("İlk metin.")
    articles.button("Geri getir").click()
    expect(articles.state).to_contain_text("3. sürüm")
    expect(articles.field("Türkçe", "Metin")).to_have_value("İlk metin.")
    articles.page.once("dialog", lambda dialog: dialog.accept())
    articles.button("Yayından kaldır").click()
    expect(articles.rows.first).to_contain_text("Taslak")


def test_leaving_what_is_not_saved_is_asked_about(supervisor: Callable[..., Articles]) -> None:
    articles = supervisor()
    for slug in ("first", "second"):
        articles.begin(slug)
        articles.write(slug, "Metin.")
        articles.button("Yayımla").click()
        expect(articles.state).to_contain_text("1. sürüm")
    articles.write("second", "Değişti.")
    answers = iter(["dismiss", "accept"])
    articles.page.on("dialog", lambda dialog: getattr(dialog, next(answers))())
    articles.rows.first.click()
    expect(articles.field("Türkçe", "Metin")).to_have_value("Değişti.")
    articles.rows.first.click()
    expect(articles.field("Türkçe", "Metin")).to_have_value("Metin.")


def test_an_agent_is_not_let_in_and_sees_no_way_there(new_page: NewPage, service: Service) -> None:
    console = signed_in(new_page, service)
    expect(console.page.get_by_role("link", name="Makaleler")).to_have_count(0)
    console.page.goto(f"{service.url}/console/articles")
    expect(console.page.get_by_text("Makaleleri yalnızca yöneticiler düzenler.")).to_be_visible()
    console.page.get_by_role("link", name="Temsilci masası").click()
    console.ready()


def publish(articles: Articles, slug: str, turkish: str, english: str = "") -> None:
    articles.begin(slug)
    articles.write(turkish, f"{turkish} metni. https://shop.example.com")
    if english:
        articles.write(english, f"{english} text.", "İngilizce")
    articles.button("Yayımla").click()
    expect(articles.state).to_contain_text("1. sürüm")


def test_an_agent_finds_an_article_by_keyboard_and_sends_it_with_one_click(
    supervisor: Callable[..., Articles], new_page: NewPage, service: Service
) -> None:
    publish(supervisor(), "instalments", "Taksit", "Instalments")
    customer = Customer(service.url)
    customer.ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.press("Alt+a")
    search = console.page.get_by_role("searchbox", name="Makalelerde ara")
    expect(search).to_be_focused()
    console.page.keyboard.type("taksitler")
    console.button("Gönder: Taksit").click()
    expect(console.own_messages).to_contain_text("Taksit metni.")
    expect(console.own_messages).to_contain_text("Makale: Taksit")
    expect(console.own_messages).to_contain_text("Gönderildi")
    expect(search).to_have_value("")
    expect(console.reply_box).to_be_focused()


def test_a_passage_goes_into_the_reply_to_be_changed_and_keeps_its_name(
    supervisor: Callable[..., Articles], new_page: NewPage, service: Service
) -> None:
    publish(supervisor(), "instalments", "Taksit")
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).claim_first()
    console.page.keyboard.press("Alt+a")
    console.page.keyboard.type("tak")
    expect(console.button("Yanıta ekle: Taksit")).to_be_visible()
    console.button("Yanıta ekle: Taksit").click()
    expect(console.reply_box).to_be_focused()
    console.page.keyboard.type(" Kolay gelsin.")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_contain_text("Kolay gelsin.")
    expect(console.own_messages).to_contain_text("Makale: Taksit")
    console.page.keyboard.type("Başka bir soru?")
    console.page.keyboard.press("Enter")
    expect(console.own_messages).to_have_count(2)
    expect(console.own_messages.last).not_to_contain_text("Makale:")


def test_before_the_conversation_is_taken_articles_are_read_but_not_sent(
    supervisor: Callable[..., Articles], new_page: NewPage, service: Service
) -> None:
    publish(supervisor(), "instalments", "Taksit")
    Customer(service.url).ask_for_person()
    console = signed_in(new_page, service).open_first()
    console.page.get_by_role("searchbox", name="Makalelerde ara").fill("taksit")
    expect(console.page.locator(".passage-name")).to_have_text("Taksit")
    expect(console.button("Gönder: Taksit")).to_have_count(0)
    console.page.get_by_role("searchbox", name="Makalelerde ara").fill("bisiklet")
    expect(console.page.get_by_text("Uyan bir makale yok.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(supervisor: Callable[..., Articles], scheme: str) -> None:
    articles = supervisor(color_scheme=scheme)
    publish(articles, "instalments", "Taksit")
    assert articles.page.evaluate(FAINT) == []


def test_a_phone_shows_the_list_or_the_article(supervisor: Callable[..., Articles]) -> None:
    articles = supervisor(viewport={"width": 390, "height": 844}, has_touch=True)
    publish(articles, "instalments", "Taksit")
    expect(articles.rows.first).to_be_hidden()
    assert articles.page.evaluate("document.documentElement.scrollWidth") == 390
    articles.page.get_by_role("link", name="Makalelere dön").tap()
    expect(articles.rows.first).to_be_visible()
    assert articles.page.evaluate("document.documentElement.scrollWidth") == 390
