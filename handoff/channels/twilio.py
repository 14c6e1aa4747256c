"""WhatsApp through Twilio: its Messages resource, its signed webhooks and status callbacks."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from handoff.channels import client as http
from handoff.channels import twilio_events as events
from handoff.channels.base import (
    Call,
    Capabilities,
    Check,
    Event,
    Impatient,
    Malformed,
    Outgoing,
    PermanentError,
    RemoteFile,
    Unverified,
    Webhook,
)
from handoff.channels.lending import Lender
from handoff.channels.texts import numbered, split, units
from handoff.channels.twilio_account import Account
from handoff.channels.twilio_api import ERRORS, Api, Credentials, error_of
from handoff.channels.twilio_log import missed
from handoff.clock import Clock, utc_now

NAME = "twilio"
API = "https://api.twilio.com"
WINDOW = timedelta(hours=24)

_LONGEST = 1600  # of a Body
_FILES = frozenset(
    {
        *("image/jpeg", "image/png", "application/pdf"),
        *("audio/ogg", "audio/mpeg", "audio/mp4"),
    }
)
_FILE_LIMIT = 5 * 1024 * 1024  # of a picture; others may have more
_MOST_FIELDS = 300
_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_CALL = "call"
_RETRIES = "#rc=5&rp=all"
"""Asks Twilio to call again after any failure; it would do so only where it could not connect."""


class Twilio(Impatient):
    """A WhatsApp sender of a Twilio account.

    `callback` is our public address that Twilio calls, and below it fetches files; `template` the
    sid (HX…) of the approved content that asks a customer to write.
    """

    name = NAME
    most_together = 8
    capabilities = Capabilities(
        window=WINDOW, names_calls=True, files=_FILES, file_limit=_FILE_LIMIT
    )

    def __init__(
        self,
        client: aiohttp.ClientSession,
        credentials: Credentials,
        *,
        callback: str,
        template: str | None = None,
        api: str = API,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._token = credentials.token
        self._callback = callback
        self._template = template
        self._clock = clock
        self._lender = Lender(callback, credentials.token)
        self._api = Api(client, credentials, api)
        self._at_twilio = Account(self._api, template)
        self.account = credentials.number

    # In

    def verify(self, call: Webhook) -> None:
        """See Channel; by X-Twilio-Signature."""
        given = call.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
        try:
            fields = _fields(call.body)
        except ValueError as error:
            raise Unverified("not the form that was signed") from error
        wanted = [sign(self._token, url, fields) for url in _spellings(call.url)]
        if not any(hmac.compare_digest(given, one.encode()) for one in wanted):
            raise Unverified("wrong signature")

    def parse(self, call: Webhook) -> Sequence[Event]:
        """See Channel; a call is one message or one report."""
        form = dict(_fields(call.body))
        name = form.get("MessageSid") or form.get("SmsSid")
        if not name:
            raise Malformed("names no message")
        if "MessageStatus" in form:
            return events.reported(name, form, call.query.get(_CALL))
        if form.get("To") != f"whatsapp:+{self.account}":
            raise Malformed("is for another number")
        return [events.received(name, form)]

    async def missed(self, since: datetime) -> Sequence[Event]:
        """See Impatient: Twilio tries for 15 seconds, and keeps what it could not bring."""
        return await missed(self._api, since)

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """See Channel; a reference is the address that Twilio told."""
        if _origin(file.reference) != _origin(self._api.url):
            raise PermanentError("content_refused")
        found = await self._api.call("GET", file.reference)
        place = found.headers.get("location")
        if found.status not in _REDIRECTS or place is None:
            raise error_of(found)
        # The store is not Twilio's own, and is not shown our token.
        async with http.open_call(self._client, "GET", place) as response:
            if response.status != 200:
                raise ERRORS.error(response.status)
            async for piece in response.content.iter_chunked(_PIECE):
                yield piece

    # Out

    def together(self, waiting: Sequence[Outgoing]) -> int:
        """See Channel; plain texts as many as fit, and one with buttons only as the last."""
        count, text = 0, ""
        for message in waiting:
            text = _joined([text, _text(message)])
            if _alone(message) or units(text) > _LONGEST:
                break
            count += 1
            if message.buttons:
                break
        return max(1, count)

    def parts(self, message: Outgoing) -> int:
        """See Channel; a Body takes 1600 characters, and a message one file."""
        return 1 if message.template else len(self._pieces(message))

    def shows_numbers(self, message: Outgoing) -> bool:
        """See Channel."""
        return bool(message.buttons)

    async def send(self, call: Call) -> str | None:
        """See Channel."""
        form = {
            "From": f"whatsapp:+{self.account}",
            "To": call.address,
            "StatusCallback": f"{self._callback}?{_CALL}={call.id}{_RETRIES}",
            **self._content(call),
        }
        answer = await self._api.ask("POST", f"{self._api.account}/Messages.json", data=form)
        sid = answer.json().get("sid")
        return sid if isinstance(sid, str) else None

    # Setting up

    async def introduce(self, address: str) -> str:
        """See Channel."""
        return await self._at_twilio.introduce(f"{address}{_RETRIES}")

    async def examine(self, address: str, now: datetime) -> Sequence[Check]:
        """See Channel."""
        return await self._at_twilio.examine(f"{address}{_RETRIES}", now)

    def _content(self, call: Call) -> dict[str, str]:
        first = call.messages[0]
        if first.template:
            if self._template is None:
                raise PermanentError("template_refused")
            return {"ContentSid": self._template}
        if len(call.messages) > 1:
            return {"Body": _joined([_text(message) for message in call.messages])}
        pieces = self._pieces(first)
        return pieces[min(call.part, len(pieces) - 1)]

    def _pieces(self, message: Outgoing) -> list[dict[str, str]]:
        """Return what each call carries of a message that is sent alone."""
        text, now = _text(message), self._clock()
        pieces = [{"Body": piece} for piece in split(text, _LONGEST)] if text else []
        if message.picture and message.picture.url.startswith("https://"):
            picture = {"MediaUrl": message.picture.url}
            pieces = [{**pieces[0], **picture}, *pieces[1:]] if pieces else [picture]
        pieces += [{"MediaUrl": self._lender.lend(file, now)} for file in message.files]
        return pieces or [{"Body": text}]

    def lent(self, name: str, now: datetime) -> str | None:
        """See Channel."""
        return self._lender.lent(name, now)


def sign(token: str, url: str, fields: Sequence[tuple[str, str]]) -> str:
    """Return Twilio's signature of a call of `url` with a form.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    told = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), told.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return b64encode(digest.digest()).decode()


def _fields(body: bytes) -> list[tuple[str, str]]:
    """Return what is in a form. Raises ValueError."""
    text = body.decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)


def _spellings(url: str) -> list[str]:
    """Return how Twilio may have written our address when it signed it.

    Of an address with a port it has left that out or put it in, according to the product, and it is
    not told whether what follows a # belongs to it. Nobody but Twilio can sign any of them.
    """
    scheme, _, after = url.partition("://")
    host, slash, rest = after.partition("/")
    bare = re.sub(r":\d+$", "", host)
    usual = f"{bare}:{443 if scheme == 'https' else 80}"
    plain = [f"{scheme}://{one}{slash}{rest}" for one in dict.fromkeys((host, bare, usual))]
    return [*plain, *(one + _RETRIES for one in plain)]


def _text(message: Outgoing) -> str:
    return numbered(message.text, [button.title for button in message.buttons])


def _alone(message: Outgoing) -> bool:
    return bool(message.template or message.picture or message.files)


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
