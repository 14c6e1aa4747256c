"""WhatsApp through Twilio: its Messages resource, its signed webhooks and status callbacks."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from handoff.channels import client as http
from handoff.channels.base import (
    WINDOW_CLOSED,
    Call,
    Capabilities,
    Channel,
    ErrorTable,
    Event,
    Malformed,
    Outgoing,
    PermanentError,
    Reachability,
    Received,
    RemoteFile,
    Report,
    Sender,
    TransientError,
    Unreachable,
    Unverified,
    Webhook,
    WindowClosed,
)
from handoff.channels.places import place
from handoff.channels.texts import numbered, split, units
from handoff.ledger import State

NAME = "twilio"
API = "https://api.twilio.com"
WINDOW = timedelta(hours=24)

_LONGEST = 1600  # of a Body
_MOST_FIELDS = 300
_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_CALL = "call"
_RETRIES = "#rc=5&rp=all"
"""Asks Twilio to call again after any failure; it would do so only where it could not connect."""

_BLOCKED = ("blocked", Unreachable)
_REFUSED = ("content_refused", PermanentError)
_ACCOUNT = ("account_refused", PermanentError)
_BUSY = ("rate_limited", TransientError)
_PLATFORM = ("platform_failed", TransientError)
_RESTRICTED = ("account_restricted", PermanentError)
_UNDELIVERABLE = ("undeliverable", PermanentError)
_TEMPLATE = ("template_refused", PermanentError)

ERRORS = ErrorTable(
    {
        "12300": _REFUSED,  # invalid Content-Type of a file
        "14107": _BUSY,  # messages of one sender
        "20003": _ACCOUNT,  # wrong account or token
        "20005": _RESTRICTED,  # account not active
        "20404": _ACCOUNT,  # no such account
        "20429": _BUSY,  # too many calls at once; never processed
        "21211": _BLOCKED,  # no valid address
        "21212": _ACCOUNT,  # no valid sender
        "21408": _ACCOUNT,  # no permission for the customer's region
        "21603": _ACCOUNT,  # sender missing
        "21606": _ACCOUNT,  # sender is not of this account
        "21610": _BLOCKED,  # has unsubscribed
        "21614": _BLOCKED,  # cannot receive messages
        "21617": _REFUSED,  # longer than 1600 characters
        "21619": _REFUSED,  # nothing in it
        "21620": _REFUSED,  # invalid address of a file
        "21655": _TEMPLATE,  # no such template
        "21656": _TEMPLATE,  # wrong variables
        "21659": _ACCOUNT,  # sender is no number of Twilio's
        "30001": _BUSY,  # queue overflow
        "30002": _RESTRICTED,  # suspended
        "30003": _BLOCKED,
        "30007": _REFUSED,  # filtered
        "30008": _PLATFORM,
        "63001": _ACCOUNT,  # channel refuses the shop's credentials
        "63002": _ACCOUNT,  # no sender of this channel
        "63003": _BLOCKED,  # no such user of the channel
        "63005": _REFUSED,
        "63006": _REFUSED,
        "63007": _ACCOUNT,  # sender unknown to the channel
        "63008": _ACCOUNT,  # channel misconfigured
        "63009": _PLATFORM,
        "63010": _PLATFORM,
        "63011": _PLATFORM,
        "63012": _PLATFORM,
        "63013": _REFUSED,  # against the channel's policy
        "63014": _BLOCKED,  # blocked by the customer
        "63015": _UNDELIVERABLE,  # sandbox: the customer has not joined
        "63016": (WINDOW_CLOSED, WindowClosed),
        "63017": _BUSY,
        "63018": _BUSY,  # rate limit of the channel
        "63019": _REFUSED,  # file could not be fetched
        "63020": _RESTRICTED,
        "63021": _REFUSED,
        "63022": _RESTRICTED,
        "63023": _PLATFORM,
        "63024": _UNDELIVERABLE,  # no WhatsApp there, an old one, or its terms not accepted
        "63027": _TEMPLATE,  # no such template in this language
        "63028": _TEMPLATE,
        "63029": _TEMPLATE,
        "63030": _TEMPLATE,
        "63032": _UNDELIVERABLE,  # an experiment of WhatsApp's
        "63033": _BLOCKED,
        "63040": _TEMPLATE,  # paused or rejected
        "63041": _TEMPLATE,
        "63042": _TEMPLATE,
        "63049": _UNDELIVERABLE,  # Meta has chosen not to deliver it
        "63119": _BUSY,  # Meta's own rate limit
    }
)
"""Source: https://www.twilio.com/docs/api/errors"""

_STATES = {
    "accepted": State.SENT,
    "queued": State.SENT,
    "sending": State.SENT,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}

_CARD = "text/vcard"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A shop's account: its sid, its primary auth token, and its number in digits alone."""

    account: str
    token: str
    number: str


class Twilio(Channel):
    """A WhatsApp sender of a Twilio account.

    `callback` is our public address that Twilio calls; `template` the sid (HX…) of the approved
    content that asks a customer to write.
    """

    name = NAME
    most_together = 8
    capabilities = Capabilities(window=WINDOW, names_calls=True)

    def __init__(
        self,
        client: aiohttp.ClientSession,
        credentials: Credentials,
        *,
        callback: str,
        template: str | None = None,
        api: str = API,
    ) -> None:
        self._client = client
        self._credentials = credentials
        self._callback = callback
        self._template = template
        self._api = api
        self._headers = {
            "Authorization": aiohttp.encode_basic_auth(credentials.account, credentials.token)
        }
        self.account = credentials.number

    # In

    def verify(self, call: Webhook) -> None:
        """See Channel; by X-Twilio-Signature."""
        given = call.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
        try:
            fields = _fields(call.body)
        except ValueError as error:
            raise Unverified("not the form that was signed") from error
        wanted = [sign(self._credentials.token, url, fields) for url in _spellings(call.url)]
        if not any(hmac.compare_digest(given, one.encode()) for one in wanted):
            raise Unverified("wrong signature")

    def parse(self, call: Webhook) -> Sequence[Event]:
        """See Channel; a call is one message or one report."""
        form = dict(_fields(call.body))
        name = form.get("MessageSid") or form.get("SmsSid")
        if not name:
            raise Malformed("names no message")
        if "MessageStatus" in form:
            return _reported(name, form, call.query.get(_CALL))
        if form.get("To") != f"whatsapp:+{self.account}":
            raise Malformed("is for another number")
        return [_received(name, form)]

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """See Channel; a reference is the address that Twilio told."""
        if _origin(file.reference) != _origin(self._api):
            raise PermanentError("content_refused")
        found = await http.call(self._client, "GET", file.reference, headers=self._headers)
        place = found.headers.get("location")
        if found.status not in _REDIRECTS or place is None:
            raise ERRORS.error(found.status, found.json().get("code"))
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
        """See Channel; a Body takes 1600 characters."""
        return 1 if message.template else len(split(_text(message), _LONGEST))

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
        answer = await http.call(
            self._client,
            "POST",
            f"{self._api}/2010-04-01/Accounts/{self._credentials.account}/Messages.json",
            data=form,
            headers=self._headers,
        )
        if not 200 <= answer.status < 300:
            wish = _seconds(answer.headers.get("retry-after"))
            raise ERRORS.error(answer.status, answer.json().get("code"), retry_after=wish)
        sid = answer.json().get("sid")
        return sid if isinstance(sid, str) else None

    def _content(self, call: Call) -> dict[str, str]:
        first = call.messages[0]
        if first.template:
            if self._template is None:
                raise PermanentError("template_refused")
            return {"ContentSid": self._template}
        if len(call.messages) > 1:
            return {"Body": _joined([_text(message) for message in call.messages])}
        pieces = split(_text(first), _LONGEST)
        content = {"Body": pieces[min(call.part, len(pieces) - 1)]}
        if first.picture and call.part == 0 and first.picture.url.startswith("https://"):
            content["MediaUrl"] = first.picture.url
        return content


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


def _received(name: str, form: Mapping[str, str]) -> Received:
    address = form.get("From", "")
    files = _files(form)
    cards = bool(files) and all(file.type == _CARD for file in files)
    text = form.get("Body") or form.get("ButtonText") or form.get("ListTitle") or _place(form)
    kind = form.get("MessageType", "text")
    return Received(
        external_id=name,
        sender=_sender(address, form),
        address=address,
        text=text,
        files=() if cards else files,
        unsupported="contact" if cards else None if text or files else kind,
    )


def _sender(address: str, form: Mapping[str, str]) -> Sender:
    """Return whom an address means: a number, or with WhatsApp's user names an id without one."""
    value = address.removeprefix("whatsapp:")
    kind = "phone" if value.startswith("+") else "user"
    if not value:
        raise Malformed("names no sender")
    identities: tuple[tuple[str, str], ...] = ((kind, value),)
    user = form.get("ExternalUserId")
    if user and kind == "phone":
        identities = (("user", user), *identities)
    return Sender(identities, form.get("ProfileName") or None)


def _files(form: Mapping[str, str]) -> tuple[RemoteFile, ...]:
    count = form.get("NumMedia", "0")
    numbers = range(int(count) if count.isascii() and count.isdigit() and len(count) < 3 else 0)
    return tuple(
        RemoteFile(url, form.get(f"MediaContentType{number}"))
        for number in numbers
        if (url := form.get(f"MediaUrl{number}"))
    )


def _place(form: Mapping[str, str]) -> str | None:
    """Return a location as words and a link to a map."""
    try:
        latitude, longitude = float(form["Latitude"]), float(form["Longitude"])
    except (KeyError, ValueError):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return place(latitude, longitude, form.get("Label"), form.get("Address"))


def _reported(name: str, form: Mapping[str, str], call_id: str | None) -> list[Event]:
    state = _STATES.get(form["MessageStatus"])
    if state is None:
        return []
    if state is not State.FAILED:
        return [Report(name, state, call_id)]
    code, kind = ERRORS.known.get(form.get("ErrorCode", ""), _PLATFORM)
    events: list[Event] = [Report(name, state, call_id, code)]
    if issubclass(kind, Unreachable) and form.get("To"):
        events.append(Reachability(_sender(form["To"], form), reachable=False))
    return events


def _text(message: Outgoing) -> str:
    return numbered(message.text, [button.title for button in message.buttons])


def _alone(message: Outgoing) -> bool:
    return bool(message.template or message.picture or message.files)


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _seconds(told: str | None) -> float | None:
    return float(told) if told and told.isascii() and told.isdigit() else None
