"""What Twilio's forms tell: messages of customers, and how ours fare. Pure.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from collections.abc import Mapping

from handoff.channels.base import (
    Event,
    Malformed,
    Reachability,
    Received,
    RemoteFile,
    Report,
    Sender,
    Unreachable,
)
from handoff.channels.places import place
from handoff.channels.twilio_api import ERRORS, PLATFORM_FAILED
from handoff.ledger import State

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


def received(name: str, form: Mapping[str, str]) -> Received:
    """Return the message of this name that a form tells of. Raises Malformed."""
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


def reported(name: str, form: Mapping[str, str], call_id: str | None) -> list[Event]:
    """Return what a form tells of how a message of ours fares. Raises Malformed."""
    state = _STATES.get(form["MessageStatus"])
    if state is None:
        return []
    if state is not State.FAILED:
        return [Report(name, state, call_id)]
    code, kind = ERRORS.known.get(form.get("ErrorCode", ""), PLATFORM_FAILED)
    events: list[Event] = [Report(name, state, call_id, code)]
    if issubclass(kind, Unreachable) and form.get("To"):
        events.append(Reachability(_sender(form["To"], form), reachable=False))
    return events
