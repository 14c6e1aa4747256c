"""The widget as a customer uses it."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Service

expect.set_options(timeout=15_000)  # two busy cores are slow; nothing waits longer than it must

LABELS = {
    "tr": {"open": "Sohbeti aç", "write": "Mesajınızı yazın", "send": "Gönder"},
    "en": {"open": "Open chat", "write": "Write your message", "send": "Send"},
}


class Chat:
    """One customer's page. What is looked for is named as a screen reader would name it."""

    def __init__(
        self, page: Page, service: Service, language: str = "tr", shop: str | None = None
    ) -> None:
        self.page = page
        self._labels = LABELS[language]
        page.goto(shop or f"{service.url}/demo?lang={language}")

    def open(self) -> "Chat":
        """Open the chat and wait until it is connected."""
        self.launcher.click()
        expect(self.log).to_be_visible()
        return self

    def reload(self) -> "Chat":
        """Load the page again; the chat is closed afterwards."""
        self.page.reload()
        expect(self.launcher).to_be_visible()
        return self

    def say(self, text: str) -> None:
        """Write `text` and send it with Enter."""
        self.box.fill(text)
        self.box.press("Enter")

    @property
    def launcher(self) -> Locator:
        return self.page.locator("devir-chat .launcher")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def log(self) -> Locator:
        # An empty log has no size, so it is there rather than visible.
        return self.page.locator("devir-chat .scroller:has([role=log])")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name=self._labels["write"])

    @property
    def bubbles(self) -> Locator:
        return self.page.locator("devir-chat .bubble")

    @property
    def own(self) -> Locator:
        return self.page.locator("devir-chat .customer .bubble")

    @property
    def bot(self) -> Locator:
        return self.page.locator("devir-chat .bot .bubble")

    @property
    def agent(self) -> Locator:
        return self.page.locator("devir-chat .agent .bubble")

    @property
    def notices(self) -> Locator:
        return self.page.locator("devir-chat .system .bubble")

    @property
    def speaker(self) -> Locator:
        return self.page.locator("devir-chat header [role=status]")

    @property
    def typing(self) -> Locator:
        return self.page.locator("devir-chat .typing[role=status]")

    @property
    def strips(self) -> Locator:
        return self.page.locator("devir-chat .strip:not(:empty)")

    def button(self, name: str) -> Locator:
        return self.dialog.get_by_role("button", name=name, exact=True)

    def focused(self, named_by: str | None = None) -> Any:
        """Return the class or tag of what has the focus inside the chat, or a property of it;
        None if nothing has.
        """
        return self.page.evaluate(
            """(name) => {
              const at = document.querySelector("devir-chat").shadowRoot.activeElement;
              return at && (name ? at[name] : at.className || at.localName);
            }""",
            named_by,
        )

    def texts(self) -> list[str]:
        """Return what stands in the list, from top to bottom."""
        return self.bubbles.all_text_contents()
