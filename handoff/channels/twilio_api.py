"""Twilio's REST API: who may call it, and what its error codes mean for a message."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from handoff.channels import client as http
from handoff.channels.base import (
    WINDOW_CLOSED,
    ErrorTable,
    PermanentError,
    SendError,
    TransientError,
    Unreachable,
    WindowClosed,
)

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

PLATFORM_FAILED = _PLATFORM


@dataclass(frozen=True, slots=True)
class Credentials:
    """A shop's account: its sid, its primary auth token, and its number in digits alone."""

    account: str
    token: str
    number: str


class Api:
    """The API at `url`, and its siblings for other products."""

    def __init__(self, client: aiohttp.ClientSession, credentials: Credentials, url: str) -> None:
        self._client = client
        self.credentials = credentials
        self.url = url
        self.account = f"{url}/2010-04-01/Accounts/{credentials.account}"
        self._headers = {
            "Authorization": aiohttp.encode_basic_auth(credentials.account, credentials.token)
        }

    def sibling(self, product: str) -> str:
        """Return where another product's API is."""
        return self.url.replace("://api.", f"://{product}.", 1)

    async def ask(self, method: str, url: str, **given: Any) -> http.Answer:
        """Call it once. Raises TransientError, or PermanentError for what it refuses."""
        answer = await self.call(method, url, **given)
        if not 200 <= answer.status < 300:
            raise error_of(answer)
        return answer

    async def call(self, method: str, url: str, **given: Any) -> http.Answer:
        """Call it once and return its answer, whatever it is. Raises TransientError."""
        return await http.call(self._client, method, url, headers=self._headers, **given)


def error_of(answer: http.Answer) -> SendError:
    """Return what to raise for an answer that is none of success."""
    wish = _seconds(answer.headers.get("retry-after"))
    return ERRORS.error(answer.status, answer.json().get("code"), retry_after=wish)


def _seconds(told: str | None) -> float | None:
    return float(told) if told and told.isascii() and told.isdigit() else None
