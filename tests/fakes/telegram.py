"""Telegram's servers, as much of them as a bot meets, and the people who write to it there.

True to https://core.telegram.org/bots/api in its paths, answers, limits and refusals.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.mischief import Courier, Mischief
from tests.fakes.trouble import Troubles

TOKEN = "7000000001:AAfake-token-of-a-bot-that-is-nowhere-0"
SECRET = "a-secret-that-only-telegram-knows"

_TEXT_LIMIT = 4096
_CAPTION_LIMIT = 1024
_MULTIPART_LIMIT = 60 * 1024 * 1024


@dataclass
class Shown:
    """A message on a customer's screen. `buttons` are titles with their data."""

    id: int
    mine: bool
    text: str | None
    buttons: tuple[tuple[str, str], ...] = ()
    picture: str | None = None
    file: bytes | None = None
    name: str | None = None
    at: float = field(default_factory=time.time)


@dataclass
class Person:
    """Somebody with Telegram on their phone, and their chat with the bot."""

    id: int
    name: str
    language: str | None
    blocked: bool = False
    gone: bool = False
    screen: list[Shown] = field(default_factory=list)
    typing: int = 0
    spinning: set[str] = field(default_factory=set)

    @property
    def heard(self) -> list[Shown]:
        """What the bot has written."""
        return [shown for shown in self.screen if not shown.mine]


class Refused(Exception):
    """The Bot API says no."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


class FakeTelegram:
    """One bot on Telegram. `troubles` are done to calls of the Bot API, `mischief` by chance.

    Messages and updates are numbered from `first` on.
    """

    def __init__(
        self, token: str = TOKEN, username: str = "example_shop_bot", first: int = 1
    ) -> None:
        self.token = token
        self.username = username
        self.people: dict[int, Person] = {}
        self.troubles = Troubles()
        self.mischief = Mischief()
        self.courier = Courier(self.mischief)
        self.webhook: str | None = None
        self.secret: str | None = None
        self.last_error: tuple[float, str] | None = None
        self.updates: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self._allowed: set[str] | None = None
        self._names = itertools.count(first)
        self._numbers = itertools.count(880_000_000 + first)
        self._new = asyncio.Event()
        self._polls: set[asyncio.Task[Any]] = set()
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.url = ""

    @property
    def account(self) -> str:
        """The bot's own number."""
        return self.token.partition(":")[0]

    async def start(self, port: int = 0) -> None:
        """Serve on loopback."""
        app = web.Application(
            middlewares=[self.troubles.middleware(), self._mischievous],
            client_max_size=_MULTIPART_LIMIT,
        )
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Stop."""
        await self.courier.close()
        for poll in self._polls:
            poll.cancel()
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def set_webhook(self, url: str, secret: str = SECRET) -> None:
        """Call the bot at this address."""
        self.webhook, self.secret, self._allowed = url, secret, None

    # What people do

    def person(self, number: int, name: str = "", language: str | None = "en") -> Person:
        """Return a person, made when first named."""
        if number not in self.people:
            self.people[number] = Person(number, name or f"Person {number}", language)
        return self.people[number]

    async def says(self, number: int, text: str, **more: Any) -> int:
        """Let somebody write; returns how our webhook answered, as the others do."""
        return await self.sends(number, {"text": text, **more})

    async def sends(self, number: int, content: dict[str, Any]) -> int:
        """Let somebody send what Telegram's Message can hold besides its frame."""
        return await self.tell(self.message(number, content))

    def message(self, number: int, content: dict[str, Any]) -> dict[str, Any]:
        """Put a message on somebody's screen and return it as an update."""
        person = self.person(number)
        name = next(self._names)
        words = content.get("text") or content.get("caption")
        person.screen.append(Shown(name, mine=True, text=words))
        return self.update("message", {**self._frame(person, name), **content})

    async def edits(self, number: int, message: int, text: str) -> int:
        """Let somebody change a message of theirs."""
        person = self.person(number)
        (shown,) = [entry for entry in person.screen if entry.id == message and entry.mine]
        shown.text = text
        frame = self._frame(person, message) | {"edit_date": int(time.time())}
        return await self.tell(self.update("edited_message", {**frame, "text": text}))

    async def presses(self, number: int, data: str) -> int:
        """Let somebody press a button of the bot's newest message that has it."""
        return await self.tell(self.press(number, data))

    def press(self, number: int, data: str) -> dict[str, Any]:
        """Return the press of a button as an update."""
        person = self.person(number)
        having = [one.id for one in person.heard if data in dict(one.buttons).values()]
        name = f"{self.account}{next(self._numbers)}"
        person.spinning.add(name)
        return self.update(
            "callback_query",
            {
                "id": name,
                "from": self._user(person),
                "message": {
                    **self._frame(person, having[-1] if having else 1),
                    "from": self._me(),
                    "text": "…",
                },
                "chat_instance": "-2718281828459045",
                "data": data,
            },
        )

    async def blocks(self, number: int, *, blocked: bool = True) -> int:
        """Let somebody block the bot, or let it in again."""
        person = self.person(number)
        person.blocked = blocked
        status = ("member", "kicked")[:: 1 if blocked else -1]
        return await self.tell(
            self.update(
                "my_chat_member",
                {
                    "chat": self._chat(person),
                    "from": self._user(person),
                    "date": int(time.time()),
                    "old_chat_member": {"user": self._me(), "status": status[0]},
                    "new_chat_member": {"user": self._me(), "status": status[1]},
                },
            )
        )

    def keep_file(self, content: bytes) -> str:
        """Keep a file that somebody sends; returns its file_id."""
        name = f"AgACAgQAAxkBAAI{next(self._numbers)}"
        self.files[name] = content
        return name

    def update(self, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        """Return an update of a kind with the next number."""
        return {"update_id": next(self._numbers), kind: told}

    async def tell(self, update: dict[str, Any]) -> int:
        """Bring an update to the webhook, or keep it for who asks; 200 when it is kept."""
        if self.webhook is None:
            self.updates.append(update)
            self._new.set()
            return 200
        if self._allowed is not None and not self._allowed & update.keys():
            return 200
        return await self.courier.bring(lambda: self.deliver(update))

    async def deliver(
        self, update: Any, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> int:
        """Call the webhook once; 0 when there is no answer."""
        assert self._client is not None
        assert self.webhook is not None
        given = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        try:
            async with self._client.post(
                self.webhook,
                data=orjson.dumps(update) if body is None else body,
                headers={
                    "Content-Type": "application/json",
                    **(given if headers is None else headers),
                },
                timeout=aiohttp.ClientTimeout(total=60),
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        if status != 200:
            told = f"Wrong response from the webhook: {status}" if status else "Connection refused"
            self.last_error = time.time(), told
        return status

    def _frame(self, person: Person, name: int) -> dict[str, Any]:
        return {
            "message_id": name,
            "from": self._user(person),
            "chat": self._chat(person),
            "date": int(time.time()),
        }

    def _user(self, person: Person) -> dict[str, Any]:
        first, _, last = person.name.partition(" ")
        user: dict[str, Any] = {"id": person.id, "is_bot": False, "first_name": first}
        if last:
            user["last_name"] = last
        if person.language:
            user["language_code"] = person.language
        return user

    def _chat(self, person: Person) -> dict[str, Any]:
        return {"id": person.id, "type": "private", "first_name": person.name.partition(" ")[0]}

    def _me(self) -> dict[str, Any]:
        return {
            "id": int(self.account),
            "is_bot": True,
            "first_name": "Shop",
            "username": self.username,
        }

    # The Bot API

    @web.middleware
    async def _mischievous(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return await self.mischief.to_call(
            request,
            handler,
            limited=lambda: _no(Refused(429, "Too Many Requests: retry after 1", retry_after=1)),
            expired=lambda: _no(Refused(401, "Unauthorized")),
        )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            method = getattr(self, f"_on_{request.match_info['method'].lower()}", None)
            if method is None:
                raise Refused(404, "Not Found")
            result = await method(await _given(request))
        except Refused as refused:
            return _no(refused)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = self.files.get(request.match_info["path"].partition("/")[2])
        if request.match_info["token"] != self.token or found is None:
            return _no(Refused(404, "Not Found"))
        return web.Response(body=found, content_type="application/octet-stream")

    async def _on_getme(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._me()

    async def _on_setwebhook(self, given: dict[str, Any]) -> bool:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", given.get("secret_token", "")):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        if not given.get("url", "").startswith(("https://", "http://127.0.0.1:")):
            raise Refused(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        self.webhook, self.secret = given["url"], given.get("secret_token")
        self._allowed = set(given["allowed_updates"]) if given.get("allowed_updates") else None
        self.last_error = None
        return True

    async def _on_deletewebhook(self, given: dict[str, Any]) -> bool:
        self.webhook = self.secret = None
        return True

    async def _on_getwebhookinfo(self, given: dict[str, Any]) -> dict[str, Any]:
        info: dict[str, Any] = {
            "url": self.webhook or "",
            "has_custom_certificate": False,
            "pending_update_count": self.courier.busy,
        }
        if self.last_error:
            info["last_error_date"], info["last_error_message"] = (
                int(self.last_error[0]),
                self.last_error[1],
            )
        if self._allowed is not None:
            info["allowed_updates"] = sorted(self._allowed)
        return info

    async def _on_getupdates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook",
            )
        for poll in self._polls:
            poll.cancel()
        task = asyncio.current_task()
        assert task is not None
        self._polls = {task}
        offset = int(given.get("offset", 0))
        self.updates = [one for one in self.updates if one["update_id"] >= offset]
        try:
            async with asyncio.timeout(float(given.get("timeout", 0))):
                while not self.updates:
                    self._new.clear()
                    await self._new.wait()
        except TimeoutError:
            return []
        finally:
            self._polls.discard(task)
        allowed = {"update_id", *given.get("allowed_updates", ())}
        wanted = [one for one in self.updates if len(allowed) == 1 or one.keys() <= allowed]
        return wanted[: int(given.get("limit", 100))]

    async def _on_sendmessage(self, given: dict[str, Any]) -> dict[str, Any]:
        person = self._reach(given)
        text = str(given.get("text", "")).strip()
        if not text:
            raise Refused(400, "Bad Request: message text is empty")
        if _units(text) > _TEXT_LIMIT:
            raise Refused(400, "Bad Request: message is too long")
        return self._show(person, Shown(0, mine=False, text=text, buttons=_buttons(given)))

    async def _on_sendphoto(self, given: dict[str, Any]) -> dict[str, Any]:
        person = self._reach(given)
        photo = given.get("photo", b"")
        if isinstance(photo, str) and not photo.startswith("https://"):
            raise Refused(400, "Bad Request: wrong HTTP URL specified")
        if not isinstance(photo, str):
            return self._show_file(given, "photo")
        shown = Shown(0, mine=False, text=_caption(given), picture=photo)
        shown.buttons = _buttons(given)
        return self._show(person, shown)

    async def _on_senddocument(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._show_file(given, "document")

    async def _on_sendvoice(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._show_file(given, "voice")

    def _show_file(self, given: dict[str, Any], kind: str) -> dict[str, Any]:
        person = self._reach(given)
        shown = Shown(0, mine=False, text=_caption(given), file=given[kind])
        shown.name = given.get(f"{kind}_name")
        shown.buttons = _buttons(given)
        return self._show(person, shown)

    async def _on_sendchataction(self, given: dict[str, Any]) -> bool:
        self._reach(given).typing += 1
        return True

    async def _on_answercallbackquery(self, given: dict[str, Any]) -> bool:
        for person in self.people.values():
            if given.get("callback_query_id") in person.spinning:
                person.spinning.discard(given["callback_query_id"])
                return True
        raise Refused(
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        )

    async def _on_getfile(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given.get("file_id", "")
        if name not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[name])
        if size > 20 * 1024 * 1024:
            raise Refused(400, "Bad Request: file is too big")
        return {
            "file_id": name,
            "file_unique_id": name[-8:],
            "file_size": size,
            "file_path": f"photos/{name}",
        }

    def _reach(self, given: dict[str, Any]) -> Person:
        person = self.people.get(int(given.get("chat_id", 0)))
        if person is None:
            raise Refused(400, "Bad Request: chat not found")
        if person.gone:
            raise Refused(403, "Forbidden: user is deactivated")
        if person.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return person

    def _show(self, person: Person, shown: Shown) -> dict[str, Any]:
        shown.id = next(self._names)
        person.screen.append(shown)
        return {
            "message_id": shown.id,
            "from": self._me(),
            "chat": self._chat(person),
            "date": int(time.time()),
            "text": shown.text or "",
        }


async def _given(request: web.Request) -> dict[str, Any]:
    if request.content_type != "multipart/form-data":
        body = await request.read()
        found = orjson.loads(body) if body else {}
        return {**request.query, **found}
    # Not request.post(): what goes wrong has looked at the body before.
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    whole = message_from_bytes(head + await request.read(), policy=HTTP)
    given: dict[str, Any] = {}
    for part in whole.iter_parts():
        content: Any = part.get_payload(decode=True)
        name = str(part.get_param("name", header="Content-Disposition"))
        given[name] = content if part.get_filename() else content.decode()
        given[f"{name}_name"] = part.get_filename()
    if "reply_markup" in given:
        given["reply_markup"] = orjson.loads(given["reply_markup"])
    return given


def _buttons(given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = given.get("reply_markup", {}).get("inline_keyboard", [])
    found = tuple((button["text"], button["callback_data"]) for row in rows for button in row)
    if any(not 1 <= len(data.encode()) <= 64 for _, data in found):
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return found


def _caption(given: dict[str, Any]) -> str | None:
    caption = given.get("caption")
    if caption is not None and _units(caption) > _CAPTION_LIMIT:
        raise Refused(400, "Bad Request: message caption is too long")
    return caption


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _no(refused: Refused) -> web.Response:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": refused.status,
        "description": refused.description,
    }
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)
