"""An agent who works without a browser."""

import json
import uuid
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.e2e.conftest import Service


class Agent:
    """The service's agent, signed in through the console's HTTP door."""

    def __init__(self, service: Service) -> None:
        self._url = service.url
        self._open = build_opener(HTTPCookieProcessor(CookieJar())).open
        self._csrf = ""
        login = {"login": service.login, "password": service.password}
        self._csrf = self._call("POST", "login", login)["csrf"]

    def claim(self) -> None:
        """Take the conversation that waits longest."""
        self._command("claim", self._first("waiting"))

    def reply(self, text: str) -> None:
        """Answer in the conversation in hand."""
        self._write("reply", text)

    def note(self, text: str) -> None:
        """Leave a note that the customer must not see."""
        self._write("note", text)

    def hand_back(self) -> None:
        """Give the conversation in hand back to the bot."""
        self._command("hand-back", self._first("mine"))

    def resolve(self) -> None:
        """Close the conversation in hand."""
        self._command("resolve", self._first("mine"))

    def _write(self, kind: str, text: str) -> None:
        body = {"client_id": uuid.uuid4().hex, "text": text}
        self._call("POST", f"conversations/{self._first('mine')['id']}/{kind}", body)

    def _command(self, name: str, conversation: dict[str, Any]) -> None:
        body = {"epoch": conversation["epoch"]}
        self._call("POST", f"conversations/{conversation['id']}/{name}", body)

    def _first(self, view: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"conversations?view={view}")["conversations"][0]
        return found

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Origin": self._url, "Content-Type": "application/json"}
        if self._csrf:
            headers["X-CSRF-Token"] = self._csrf
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self._url}/console/api/{path}", data, headers, method=method)
        with self._open(request, timeout=30) as answer:
            return json.load(answer)
