"""The console as an agent uses it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Service

expect.set_options(timeout=15_000)  # two busy cores are slow; nothing waits longer than it must


class Console:
    """One agent's page. What is looked for is named as a screen reader would name it."""

    def __init__(self, page: Page, service: Service) -> None:
        self.page = page
        self._service = service

    def open(self) -> "Console":
        """Open the login page."""
        self.page.goto(f"{self._service.url}/console")
        expect(self.page.get_by_role("heading", name="Hoş geldiniz")).to_be_visible()
        return self

    def sign_in(self, login: str | None = None, password: str | None = None) -> "Console":
        """Fill the form in and send it with the keyboard."""
        self.page.get_by_label("Kullanıcı adı").fill(login or self._service.login)
        self.page.get_by_label("Parola").fill(password or self._service.password)
        self.page.keyboard.press("Enter")
        return self

    def ready(self) -> "Console":
        """Wait until the list is there and the socket is open."""
        expect(self.page.locator(".connection-state")).to_have_text("Bağlı")
        return self

    @property
    def rows(self) -> Locator:
        return self.page.get_by_role("option")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def reply_box(self) -> Locator:
        return self.page.get_by_label("Müşteriye yanıt")

    @property
    def note_box(self) -> Locator:
        return self.page.get_by_label("İç not; yalnızca temsilciler görür")

    @property
    def alert(self) -> Locator:
        return self.page.locator(".toast[role=alert]")

    @property
    def banner(self) -> Locator:
        return self.page.locator(".connection[role=status]")

    @property
    def own_messages(self) -> Locator:
        return self.page.locator(".from-me")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> Locator:
        return self.page.get_by_role("tab", name=name)

    def open_first(self) -> "Console":
        """Open the first conversation of the list."""
        self.rows.first.click()
        expect(self.log).to_be_visible()
        return self

    def claim_first(self) -> "Console":
        """Open and claim the first conversation of the list."""
        self.open_first()
        self.button("Görüşmeyi al").click()
        expect(self.reply_box).to_be_focused()
        return self


def signed_in(
    new_page: Callable[..., Page], service: Service, login: str | None = None, **options: Any
) -> Console:
    """Return a console whose agent is at the desk."""
    return Console(new_page(**options), service).open().sign_in(login).ready()
