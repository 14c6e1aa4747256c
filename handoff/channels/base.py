"""What a channel is to the rest of the service: one interface, whatever the platform.

An adapter knows one platform's wire format and nothing of conversations, queues or databases. It
keeps nothing that a restart would lose. The website needs no adapter: its pages fetch what is
stored.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from handoff.conversation import Author
from handoff.files import PICTURES, File
from handoff.ledger import State

WIDGET = "widget"
"""The website's name among the channels; no platform is called for it."""


# What comes in


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something a customer sent, verified and understood by its channel.

    With `from_shop` somebody at the shop has sent it to them, in the platform's own app.

    There is a `text`, a `button`, `files` that we keep, or `unsupported`, the name of something the
    service has no place for; a `text` may come with the latter two. `source` and `source_id` name
    it for good: the same pair is stored once, however often it comes. `address` is the client's in
    the network, "" where the channel does not tell it. `reply_to` is where the platform takes an
    answer, and `window` how long after `sent_at` it takes one that is no template; without it,
    always. `photos` says that customers can send pictures from there.
    """

    contact_id: str
    channel: str
    account: str
    source: str
    source_id: str
    text: str | None = None
    button: str | None = None
    unsupported: str | None = None
    address: str = ""
    reply_to: str | None = None
    window: timedelta | None = None
    sent_at: datetime | None = None
    files: tuple[File, ...] = ()
    photos: bool = False
    from_shop: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """A call of the platform to us, as it came.

    `url` is our public address with its query; names in `headers` are in lower case.
    """

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Unverified(Exception):
    """A call that does not prove to be the platform's. It is answered 401 and nothing is stored."""


class Malformed(Exception):
    """A call of the platform that cannot be read at all. It is answered 400 and not stored."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as the platform knows them.

    `identities` are pairs of kind and value that stay this person's, the surest first, such as
    ("user", "4711"); a telephone number is one only where the platform vouches for it. `language`
    is tr or en, where the platform tells.
    """

    identities: tuple[tuple[str, str], ...]
    name: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a platform keeps for us.

    `reference` is what `Channel.fetch` needs, and may be stored. All else is only claimed: `type`
    as in Content-Type, `size` in bytes.
    """

    reference: str
    type: str | None = None
    name: str | None = None
    size: int | None = None


REACTION = "reaction"
"""The `unsupported` of an emoji put on a message, which is its `text`."""

TAKEN_BACK = "taken_back"
"""The `unsupported` that says that the customer has deleted a message on the platform."""

NO_QUESTIONS = frozenset({REACTION, TAKEN_BACK})
"""What of `unsupported` nobody has to answer."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message of a customer.

    `external_id` names it within the account for good. Of a button that was pressed, `button` is
    the opaque id that `OutgoingButton` had, and `press` what `Channel.acknowledge` needs. With
    `files` the `text` is what was written under them. What the service has no place for (a
    sticker, a poll) has `unsupported` with the name of its kind, beside the text that came
    with it. `edits` is the `external_id` of an earlier message whose text this one replaces.
    """

    external_id: str
    sender: Sender
    address: str
    sent_at: datetime | None = None
    text: str | None = None
    button: str | None = None
    press: str | None = None
    unsupported: str | None = None
    files: tuple[RemoteFile, ...] = ()
    edits: str | None = None


@dataclass(frozen=True, slots=True)
class Echo:
    """What somebody at the shop has written to a customer in the platform's own app.

    `external_id` is the platform's name for it. It may be something that we have sent, where the
    platform tells of that too. `address` is where the `customer` takes answers. All else is as in
    Received.
    """

    external_id: str
    customer: Sender
    address: str
    sent_at: datetime | None = None
    text: str | None = None
    unsupported: str | None = None
    files: tuple[RemoteFile, ...] = ()
    edits: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How something fares that the platform has taken; in any order and any number of times.

    `state` is SENT, DELIVERED, READ or FAILED. `call_id` is `Call.id`, where the platform gives it
    back. `code` says why it failed, as that of a SendError.
    """

    platform_id: str
    state: State
    call_id: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Reachability:
    """A customer has blocked us, or has let us in again."""

    sender: Sender
    reachable: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """A customer has other names from now on, by the platform's word, and takes answers there."""

    before: Sender
    after: Sender
    address: str


Event = Received | Echo | Report | Reachability | Renamed


# What goes out


@dataclass(frozen=True, slots=True)
class OutgoingButton:
    """A quick reply; `id` is opaque and has at most 64 bytes."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture at a public address."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that we have; `type` is what it really is, `name` what the customer may see.

    The last part of `path` is the SHA-256 of what is in it.
    """

    path: Path
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One public message on its way to a customer.

    `files` are only such as `Capabilities.files` and `file_limit` allow. With `template` a platform
    that has a window is to send its approved text of that name instead.
    """

    author: Author
    text: str | None
    buttons: tuple[OutgoingButton, ...] = ()
    picture: Picture | None = None
    template: str | None = None
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What one call of the platform is to carry.

    Several messages only as `Channel.together` allowed. Of a message that takes several calls,
    `part` counts those that the platform has taken already. `id` is another for each try; a
    platform that gives it back with its reports should be told.
    """

    id: str
    address: str
    language: str
    messages: tuple[Outgoing, ...]
    part: int = 0


class SendError(Exception):
    """The platform has not taken a call; `code` is in snake_case and says why to an agent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TransientError(SendError):
    """The platform could not take the message now; trying again may help.

    `retry_after` is the platform's own wish in seconds; `reached` says that the platform may have
    had the message although its answer was lost.
    """

    def __init__(
        self, code: str, *, retry_after: float | None = None, reached: bool = False
    ) -> None:
        super().__init__(code)
        self.retry_after = retry_after
        self.reached = reached


class PermanentError(SendError):
    """The platform refuses the message for good."""


class Unreachable(PermanentError):
    """The customer cannot be reached any more: has blocked us, or is gone."""


WINDOW_CLOSED = "window_closed"
"""The code, also of a report, that says so: the customer has been silent for too long."""


class WindowClosed(PermanentError):
    """The platform takes only templates until the customer writes again."""

    def __init__(self, code: str = WINDOW_CLOSED) -> None:
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """A platform's error codes: our name of each, and what it means for the message.

    A code that is not listed is judged by the answer's HTTP status: 408, 425, 429 and 5xx pass, all
    others do not.
    """

    known: Mapping[str, tuple[str, type[SendError]]]

    def error(
        self, status: int, code: str | int | None = None, *, retry_after: float | None = None
    ) -> SendError:
        """Return what to raise for an answer of the platform."""
        name, kind = self.known.get(str(code), (f"status_{status}", _by_status(status)))
        if kind is TransientError:
            # Such an error may come after the platform has taken the message.
            return TransientError(name, retry_after=retry_after, reached=status in (500, 502, 504))
        return kind(name)


def _by_status(status: int) -> type[SendError]:
    return TransientError if status in (408, 425, 429) or status >= 500 else PermanentError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing about an account: what was looked at, how it is, and the fix when it is wrong.

    `ok` None means neither right nor wrong.
    """

    subject: str
    state: str
    ok: bool | None = True
    fix: str = ""


# The channel


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do, for the service to make the best of it.

    `window` is how long after a customer's message it takes answers that are no template.
    `names_calls` says that its reports name `Call.id`, so that a message whose answer was lost may
    turn out to have arrived. `files` are the types of files that it takes, of at most `file_limit`
    bytes.
    `read_marks` says that customers can see that what they wrote was read.
    """

    window: timedelta | None = None
    names_calls: bool = False
    files: frozenset[str] = frozenset()
    file_limit: int = 0
    read_marks: bool = False

    @property
    def photos(self) -> bool:
        """Whether pictures can be sent there."""
        return not PICTURES.isdisjoint(self.files)


class Channel(ABC):
    """One account of the shop on a platform; `name` and `account` stay the same for good."""

    name: str
    account: str
    capabilities: Capabilities = Capabilities()

    @property
    def source(self) -> str:
        """The name under which what comes from here is stored."""
        return f"{self.name}:{self.account}"

    @property
    def echo_source(self) -> str:
        """The name under which is stored what the shop writes in the platform's own app."""
        return f"{self.source}:echo"

    # In

    @abstractmethod
    def verify(self, call: Webhook) -> None:
        """Return if a call is the platform's, comparing in constant time. Raises Unverified."""

    @abstractmethod
    def parse(self, call: Webhook) -> Sequence[Event]:
        """Return what a verified call tells, in its order.

        What is unknown is `unsupported` or left out, never an error. Raises Malformed.
        """

    def greet(self, call: Webhook) -> str:
        """Return the answer to the platform's first visit. Raises Unverified."""
        raise Unverified("this platform does not introduce itself")

    async def acknowledge(self, received: Received) -> None:
        """Tell the platform that a pressed button need not wait any more.

        Called when the press has been stored; what it raises harms nobody.
        """

    @abstractmethod
    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """Return what is in a file, piece by piece. Raises TransientError or PermanentError.

        Whoever reads it may stop before its end.
        """

    # Out

    most_together: int = 1
    """How many messages `together` looks at."""

    def together(self, waiting: Sequence[Outgoing]) -> int:
        """Return how many of these, oldest first, one call can carry: 1 at least. No I/O."""
        return 1

    def parts(self, message: Outgoing) -> int:
        """Return how many calls a message takes that is sent alone: 1 at least. No I/O."""
        return 1

    def tells_of(self, echo: Echo, call: Call) -> bool:
        """Return whether an echo has what a call carries, as the platform would tell it. No I/O."""
        return False

    typing_seconds: float = 5.0
    """How long the platform shows by itself that somebody writes."""

    async def typing(self, address: str, newest: str | None) -> None:
        """Show a customer that somebody writes to them; what it raises harms nobody.

        `newest` is the `external_id` of what they wrote last.
        """

    async def mark_read(self, address: str, newest: str) -> None:
        """Show a customer that what they wrote was read, as far as `newest`.

        Only where there are `Capabilities.read_marks`; what it raises harms nobody.
        """

    def shows_numbers(self, message: Outgoing) -> bool:
        """Return whether it shows a message's buttons as numbers to type. No I/O."""
        return False

    @abstractmethod
    async def send(self, call: Call) -> str | None:
        """Call the platform once, and return its id of what it has taken, if it names one.

        Raises TransientError or PermanentError. What is cancelled or takes too long counts as
        reached.
        """

    def lent(self, name: str, now: datetime) -> str | None:
        """Return the SHA-256 of the file that the platform may fetch from us under this name.

        No I/O; None where there is no such file, or the platform fetches none.
        """
        return None

    # Setting up

    async def introduce(self, address: str) -> str:
        """Tell the platform to call us at `address`; return a sentence on what was done.

        Raises TransientError or PermanentError.
        """
        return f"enter {address} at the platform as the address to call"

    async def examine(self, address: str, now: datetime) -> Sequence[Check]:
        """Return whether the account works and the platform calls `address`; changes nothing."""
        return ()


class Impatient(Channel):
    """A platform that soon gives up calling us, and can be asked for what it could not bring."""

    @abstractmethod
    async def missed(self, since: datetime) -> Sequence[Event]:
        """Return what customers have written since then, in its order; what came is among it.

        Raises TransientError or PermanentError.
        """


class Polled(Channel):
    """A platform that is asked for what is new, instead of calling us."""

    @abstractmethod
    def poll(self) -> AsyncIterator[Sequence[Event]]:
        """Ask the platform for what is new, without end.

        What was given counts as taken when the next is asked for: what was not may come again.
        """
