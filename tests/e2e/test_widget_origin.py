"""The widget on a shop that lives at another address than the service."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.conftest import Service

NewPage = Callable[..., Page]


class Shop:
    """A shop's web server: one page with nothing but the script tag, under a strict policy."""

    def __init__(self) -> None:
        self.tag = ""
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = f"<!doctype html><html lang=en-GB><head>{shop.tag}</head><body>Shop"
                service = shop.tag.split('"')[1].removesuffix("/widget/loader.js")
                allowed = f"{service} {service.replace('http', 'ws')}"
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", f"default-src {allowed}")
                self.end_headers()
                self.wfile.write(page.encode())

            def log_request(self, *_: object) -> None:
                """Say nothing of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="shop")
        self._thread.start()

    def embed(self, service: Service, attributes: str = "") -> None:
        """Put the widget on the page."""
        self.tag = f'<script src="{service.url}/widget/loader.js" {attributes}></script>'

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    running = Shop()
    yield running
    running.close()


@pytest.fixture
def known_shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with its origin on the service's allow-list; ask for it before the service."""
    monkeypatch.setenv("DEVIR_WIDGET_ORIGINS", shop.url)
    return shop


def test_known_shop_has_the_chat_it_described(
    known_shop: Shop, service: Service, new_page: NewPage
) -> None:
    known_shop.embed(
        service,
        'async data-position="left" data-accent="#8a1c4a" data-title="Kıyı" data-title-en="Shore"'
        ' data-greeting="Ahoy!" data-suggestions="Ask this|Ask that"',
    )
    page = new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    chat = Chat(page, service, "en", known_shop.url).open()
    expect(chat.dialog.get_by_role("heading", name="Shore")).to_be_visible()
    expect(chat.dialog.get_by_text("Ahoy!")).to_be_visible()
    box = chat.dialog.bounding_box()
    assert box
    assert box["x"] < 100
    chat.button("Ask that").click()
    expect(chat.bubbles).to_have_text(["Ask that", "You said: Ask that"])
    chat.reload().open()
    expect(chat.bubbles).to_have_text(["Ask that", "You said: Ask that"])
    assert not [text for text in refused if "favicon" not in text]


def test_stranger_gets_no_conversation(shop: Shop, service: Service, new_page: NewPage) -> None:
    shop.embed(service)
    page = new_page()
    chat = Chat(page, service, "en", shop.url)
    chat.launcher.click()
    expect(chat.strips).to_have_text(["Connection lost, reconnecting…"])
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('token'))") == []


@pytest.fixture
def another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service be known under another name; ask for it before the service."""
    monkeypatch.setenv("DEVIR_PUBLIC_URL", "https://chat.example")


def test_page_the_service_refuses_says_that_there_is_no_chat(
    another_name: None, service: Service, new_page: NewPage
) -> None:
    chat = Chat(new_page(), service, "en")
    chat.launcher.click()
    expect(chat.strips).to_have_text(
        ["The chat is not available on this page right now. Please try again later."]
    )
