"""A customer who speaks to the service without a browser."""

import json
import time
import uuid
from typing import Any
from urllib.request import Request, urlopen


class Customer:
    """A visitor of the shop, through the widget's HTTP door."""

    def __init__(self, service_url: str, language: str = "tr") -> None:
        self._url = service_url
        self._token: str | None = None
        self._token = self._call("POST", "/widget/sessions", {"language": language})["token"]

    def say(self, text: str) -> int:
        """Write `text`; returns its `seq` once it is stored."""
        body = {"client_id": uuid.uuid4().hex, "text": text}
        return int(self._call("POST", "/widget/messages", body)["seq"])

    def send_photo(self, content: bytes) -> None:
        """Send a picture."""
        self._call("POST", f"/widget/files?client_id={uuid.uuid4().hex}&name=photo.png", content)

    def messages(self) -> list[dict[str, Any]]:
        """Return everything this customer can see."""
        return list(self._call("GET", "/widget/messages")["messages"])

    def texts(self) -> list[str]:
        """Return the texts this customer can see, oldest first."""
        return [message["text"] for message in self.messages()]

    def control(self) -> str | None:
        """Return who has the conversation, as the customer's page knows it."""
        conversation = self._call("GET", "/widget/messages")["conversation"]
        return conversation["control"] if conversation else None

    def wait_until(self, control: str, seconds: float = 30) -> None:
        """Wait until the conversation is `control`; raises TimeoutError if it never is."""
        deadline = time.monotonic() + seconds
        while self.control() != control:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the conversation is {self.control()}, not {control}")
            time.sleep(0.05)

    def ask_for_person(self, text: str = "temsilci lütfen") -> "Customer":
        """Ask the scripted bot for a person and wait in the queue."""
        self.say(text)
        self.wait_until("queued")
        return self

    def _call(self, method: str, path: str, body: dict[str, Any] | bytes | None = None) -> Any:
        headers = {"Origin": self._url, "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = Request(self._url + path, data, headers, method=method)
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)
