"""Telegram's Bot API: https://core.telegram.org/bots/api."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import aiohttp
import orjson
import structlog

from handoff.channels import client as http
from handoff.channels.base import (
    Call,
    Capabilities,
    Channel,
    Check,
    ErrorTable,
    Event,
    Malformed,
    Outgoing,
    OutgoingButton,
    PermanentError,
    Picture,
    Polled,
    Received,
    RemoteFile,
    SendError,
    StoredFile,
    TransientError,
    Unreachable,
    Unverified,
    Webhook,
)
from handoff.channels.examining import clock
from handoff.channels.pacing import Pacer
from handoff.channels.telegram_updates import KINDS, events_of
from handoff.channels.texts import split, units

log = structlog.get_logger(__name__)

SECRET_HEADER = "x-telegram-bot-api-secret-token"

_TEXT_LIMIT = 4096
_CAPTION_LIMIT = 1024

_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_VOICES = frozenset({"audio/ogg", "audio/mp4", "audio/mpeg"})
_OTHERS = frozenset({"image/gif", "application/pdf"})
_PHOTO_LIMIT = 10_000_000
_FILE_LIMIT = 20_000_000  # larger ones can be sent to a bot, but not fetched by it

# What Telegram asks for, short bursts aside: https://core.telegram.org/bots/faq
_CHAT_RATE, _CHAT_BURST = 1, 5
_RATE, _BURST = 30, 30

_ERRORS = ErrorTable(
    {
        "400": ("content_refused", PermanentError),
        "401": ("account_refused", PermanentError),
        "403": ("blocked", Unreachable),
        "404": ("account_refused", PermanentError),
        "413": ("content_refused", PermanentError),
        "429": ("rate_limited", TransientError),
    }
)
_GONE = ("chat not found", "peer_id_invalid", "user is deactivated", "user not found")
"""Of answers with 400, what says that nobody is there: there is nothing surer than the wording."""

_RECENT_SECONDS = 3600

_POLL_SECONDS = 25
_POLL_AT_ONCE = 100
_POLL_AGAIN = 5.0


class Telegram(Channel):
    """A bot, which Telegram calls at our address and shows by `secret` that it is Telegram."""

    name = "telegram"
    capabilities = Capabilities(files=_PHOTOS | _VOICES | _OTHERS, file_limit=_FILE_LIMIT)

    def __init__(
        self, client: aiohttp.ClientSession, *, token: str, secret: str | None, api: str
    ) -> None:
        self.account = token.partition(":")[0]
        self._client = client
        self._token = token
        self._secret = secret
        self._api = api
        self._pace = Pacer(_RATE, _BURST)
        self._pace_of_chat = Pacer(_CHAT_RATE, _CHAT_BURST)

    # In

    def verify(self, call: Webhook) -> None:
        """See Channel."""
        given = call.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if self._secret is None or not hmac.compare_digest(given, self._secret.encode()):
            raise Unverified("the secret token is missing or wrong")

    def parse(self, call: Webhook) -> Sequence[Event]:
        """See Channel."""
        try:
            return events_of(orjson.loads(call.body))
        except orjson.JSONDecodeError:
            raise Malformed("this is no JSON") from None

    async def acknowledge(self, received: Received) -> None:
        """See Channel."""
        await self._ask("answerCallbackQuery", {"callback_query_id": received.press})

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """See Channel."""
        found = await self._ask("getFile", {"file_id": file.reference})
        path = found.get("file_path")
        if not isinstance(path, str):
            raise PermanentError("content_refused")
        url = f"{self._api}/file/bot{self._token}/{path}"
        async with http.open_call(self._client, "GET", url) as response:
            if response.status != 200:
                raise _ERRORS.error(response.status)
            async for piece in response.content.iter_any():
                yield piece

    # Out

    def parts(self, message: Outgoing) -> int:
        """See Channel."""
        return len(_pieces(message))

    async def send(self, call: Call) -> str | None:
        """See Channel."""
        (message,) = call.messages
        pieces = _pieces(message)
        piece = pieces[min(call.part, len(pieces) - 1)]
        given: dict[str, Any] = {"chat_id": call.address}
        if message.buttons and call.part + 1 >= len(pieces):
            given["reply_markup"] = _keyboard(message.buttons)
        await self._wait(call.address)
        sent = await self._send_piece(piece, given)
        return str(sent.get("message_id"))

    async def _send_piece(self, piece: "_Piece", given: dict[str, Any]) -> Any:
        text = piece.text
        caption = {"caption": text} if text else {}
        if piece.file is not None:
            return await self._upload(piece.file, {**given, **caption})
        if piece.picture is not None:
            try:
                photo = {"photo": piece.picture.url, **caption}
                return await self._ask("sendPhoto", {**given, **photo})
            except PermanentError as error:
                if error.code != "content_refused":
                    raise
            # Telegram cannot get the picture from its address; the words count more.
            words = (text or piece.picture.alt, piece.picture.url)
            text = "\n".join(part for part in words if part)
        said = {"text": text, "link_preview_options": {"is_disabled": True}}
        return await self._ask("sendMessage", {**given, **said})

    async def _upload(self, file: StoredFile, given: dict[str, Any]) -> Any:
        kind = _kind(file)
        form = aiohttp.FormData(quote_fields=False)
        for name, value in given.items():
            form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
        with file.path.open("rb") as content:
            form.add_field(kind, content, filename=file.name, content_type=file.type)
            return await self._ask(f"send{kind.capitalize()}", data=form)

    async def typing(self, address: str, newest: str | None) -> None:
        """See Channel."""
        await self._ask("sendChatAction", {"chat_id": address, "action": "typing"})

    async def _wait(self, chat: str) -> None:
        now = time.monotonic()
        await asyncio.sleep(max(self._pace.wait(now), self._pace_of_chat.wait(now, chat)))

    # Setting up

    async def introduce(self, address: str) -> str:
        """See Channel."""
        if self._needs_https(address):
            return (
                "Telegram calls https:// addresses only: set DEVIR_PUBLIC_URL to one, or"
                " DEVIR_TELEGRAM_POLLING=true"
            )
        wanted = {"url": address, "secret_token": self._secret, "allowed_updates": KINDS}
        await self._ask("setWebhook", wanted)
        return f"Telegram calls {address} from now on"

    def _needs_https(self, address: str) -> bool:
        # A server of the Bot API on this machine calls any address.
        return self._api.startswith("https://") and not address.startswith("https://")

    async def examine(self, address: str, now: datetime) -> Sequence[Check]:
        """See Channel."""
        try:
            me, headers = await self._ask_whole("getMe")
            webhook = await self._ask("getWebhookInfo")
        except PermanentError:
            fix = "ask @BotFather for the token and set DEVIR_TELEGRAM_TOKEN"
            return [Check("token", "refused", ok=False, fix=fix)]
        except TransientError as error:
            fix = f"let this machine reach {self._api}"
            return [Check("token", f"cannot be tried ({error.code})", ok=False, fix=fix)]
        return [
            Check("token", f"good, of @{me.get('username')}"),
            *self._examine_webhook(webhook, address, now),
            clock(headers, now),
        ]

    def _examine_webhook(
        self, found: dict[str, Any], address: str, now: datetime
    ) -> Sequence[Check]:
        again = ".venv/bin/python -m handoff set-webhook"
        if found.get("url") != address:
            known = found.get("url")
            state = f"Telegram calls {known} instead" if known else "Telegram calls nobody"
            return [Check("webhook", state, ok=False, fix=again)]
        missing = set(KINDS).difference(found.get("allowed_updates", ()))
        if missing:
            told = ", ".join(sorted(missing))
            return [Check("webhook", f"Telegram does not tell of {told}", ok=False, fix=again)]
        checks = [Check("webhook", f"set, {found.get('pending_update_count', 0)} calls waiting")]
        at, why = found.get("last_error_date"), str(found.get("last_error_message"))
        if isinstance(at, int) and now.timestamp() - at < _RECENT_SECONDS:
            minutes = max(0, round((now.timestamp() - at) / 60))
            refused = "401" in why
            subject = "secret" if refused else "last call"
            fix = again if refused else "see the service's log of that time"
            checks.append(Check(subject, f"{why}, {minutes} minutes ago", ok=False, fix=fix))
        return checks

    # The API

    async def _ask(self, method: str, given: dict[str, Any] | None = None, **options: Any) -> Any:
        """Call a method and return its result. Raises TransientError or PermanentError."""
        result, _ = await self._ask_whole(method, given, **options)
        return result

    async def _ask_whole(
        self, method: str, given: dict[str, Any] | None = None, **options: Any
    ) -> tuple[Any, Mapping[str, str]]:
        """As `_ask`, with the answer's headers."""
        url = f"{self._api}/bot{self._token}/{method}"
        if given is not None:
            options["json"] = given
        answer = await http.call(self._client, "POST", url, **options)
        found = answer.json()
        if answer.status == 200 and found.get("ok") is True:
            return found.get("result"), answer.headers
        raise _error(answer.status, found)


class PolledTelegram(Telegram, Polled):
    """A bot on a machine that Telegram cannot call; of one account only one process may ask."""

    async def introduce(self, address: str) -> str:
        """See Channel."""
        return "Telegram is asked for messages while the service runs: there is nothing to set"

    def _examine_webhook(
        self, found: dict[str, Any], address: str, now: datetime
    ) -> Sequence[Check]:
        if found.get("url"):
            state = f"Telegram calls {found['url']}; starting the service ends that"
            return [Check("polling", state, ok=None)]
        return [Check("polling", f"{found.get('pending_update_count', 0)} messages waiting")]

    async def poll(self) -> AsyncIterator[Sequence[Event]]:
        """See Polled."""
        # While Telegram has an address to call, it answers nobody who asks.
        await self._patiently("deleteWebhook", {})
        offset = 0
        while True:
            wanted = {
                "offset": offset,
                "timeout": _POLL_SECONDS,
                "limit": _POLL_AT_ONCE,
                "allowed_updates": KINDS,
            }
            updates = await self._patiently("getUpdates", wanted)
            events: list[Event] = []
            for update in updates:
                offset = max(offset, update["update_id"] + 1)
                events += events_of(update)
            yield events

    async def _patiently(self, method: str, given: dict[str, Any]) -> Any:
        times = aiohttp.ClientTimeout(total=_POLL_SECONDS + 15, sock_connect=5)
        while True:
            try:
                return await self._ask(method, given, timeout=times)
            except SendError as error:
                log.warning("poll_refused", channel=self.name, error=error.code)
                wish = error.retry_after if isinstance(error, TransientError) else None
                await asyncio.sleep(wish or _POLL_AGAIN)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one call carries: a text, or a picture or file with a text below it."""

    text: str | None = None
    picture: Picture | None = None
    file: StoredFile | None = None


def _pieces(message: Outgoing) -> list[_Piece]:
    seen = [_Piece(file=file) for file in message.files]
    picture, text = message.picture, message.text or ""
    if picture is not None and picture.url.startswith("https://"):
        seen.insert(0, _Piece(picture=picture))
    elif picture is not None:
        # A shop on a machine of its own, where neither Telegram nor the customer can see it.
        text = text or picture.alt
    if not text and seen:
        return seen
    if seen and units(text) <= _CAPTION_LIMIT:
        return [*seen[:-1], replace(seen[-1], text=text)]
    return [*seen, *(_Piece(piece) for piece in split(text, _TEXT_LIMIT))]


def _kind(file: StoredFile) -> str:
    """Return what Telegram is to show a file as."""
    if file.type in _PHOTOS and file.path.stat().st_size <= _PHOTO_LIMIT:
        return "photo"
    return "voice" if file.type in _VOICES else "document"


def _keyboard(buttons: Sequence[OutgoingButton]) -> dict[str, Any]:
    return {
        "inline_keyboard": [
            [{"text": button.title, "callback_data": button.id}] for button in buttons
        ]
    }


def _error(status: int, found: dict[str, Any]) -> SendError:
    said = str(found.get("description", "")).lower()
    gone = status == 400 and any(words in said for words in _GONE)
    parameters = found.get("parameters")
    wish = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if status == 200:
        return TransientError("connection_lost", reached=True)
    return _ERRORS.error(
        status,
        403 if gone else status,
        retry_after=float(wish) if isinstance(wish, int | float) else None,
    )
