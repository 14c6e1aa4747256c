"""What a webhook of the Cloud API tells. No I/O.

One body may hold several entries with several changes each, of several numbers of the shop. What
is of no known form is left out, never an error: the platform would send all of it again for days.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeGuard

import orjson

from handoff.channels.base import (
    REACTION,
    TAKEN_BACK,
    Echo,
    Event,
    Malformed,
    Received,
    RemoteFile,
    Renamed,
    Report,
    Sender,
)
from handoff.channels.places import card, place
from handoff.channels.shapes import as_object, as_objects, as_text
from handoff.channels.whatsapp_errors import reported
from handoff.ledger import State

USER, PHONE = "user", "phone"

MESSAGES = "messages"
"""The field of a webhook that tells what customers write and how what we send fares."""

ECHOES = "smb_message_echoes"
"""The field that tells what the shop writes in the WhatsApp Business app, on the same number."""

_STATES = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "played": State.READ,
    "failed": State.FAILED,
}
_FILES = ("image", "video", "audio", "voice", "document")
_ID = re.compile(r"[\x21-\x7e]{1,255}")
_KIND = re.compile(r"[a-z][a-z_]{0,29}")


def read(body: bytes, account: str) -> list[Event]:
    """Return what a body tells of the number `account`. Raises Malformed."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(told, dict):
        raise Malformed("the body is not an object")
    return [
        event
        for entry in as_objects(told.get("entry"))
        for change in as_objects(entry.get("changes"))
        for event in _of_change(change, account)
    ]


def _of_change(change: dict[str, Any], account: str) -> Iterator[Event]:
    reader = _FIELDS.get(str(change.get("field")))
    value = as_object(change.get("value"))
    if reader is None or as_object(value.get("metadata")).get("phone_number_id") != account:
        return
    yield from reader(value)


def _of_messages(value: dict[str, Any]) -> Iterator[Event]:
    contacts = as_objects(value.get("contacts"))
    for message in as_objects(value.get("messages")):
        event = (
            _renamed(message) if message.get("type") == "system" else _received(message, contacts)
        )
        if event is not None:
            yield event
    for status in as_objects(value.get("statuses")):
        report = _report(status)
        if report is not None:
            yield report


def _of_echoes(value: dict[str, Any]) -> Iterator[Event]:
    contacts = as_objects(value.get("contacts"))
    for message in as_objects(value.get("message_echoes")):
        echo = _echo(message, contacts)
        if echo is not None:
            yield echo


_FIELDS: dict[str, Callable[[dict[str, Any]], Iterator[Event]]] = {
    MESSAGES: _of_messages,
    ECHOES: _of_echoes,
}


# Messages


def _received(message: dict[str, Any], contacts: Sequence[dict[str, Any]]) -> Received | None:
    external_id = _id(message.get("id"))
    sender, address = _person(_id(message.get("from")), _id(message.get("from_user_id")), contacts)
    content = _content(message)
    if external_id is None or address is None or content is None:
        return None
    return Received(
        external_id=external_id,
        sender=sender,
        address=address,
        sent_at=_time(message.get("timestamp")),
        **content,
    )


def _echo(message: dict[str, Any], contacts: Sequence[dict[str, Any]]) -> Echo | None:
    external_id, user = _id(message.get("id")), _id(message.get("to_user_id"))
    # `to` is the number as it was dialled, which may be another one than the platform's.
    dialled = as_text(message.get("to")) or ""
    known = next((one for one in contacts if user and one.get("user_id") == user), {})
    phone = _id(known.get("wa_id")) or _id(dialled.removeprefix("+"))
    customer, address = _person(phone, user, contacts)
    content = _content_of_shop(message)
    if external_id is None or address is None or content is None:
        return None
    return Echo(
        external_id=external_id,
        customer=customer,
        address=address,
        sent_at=_time(message.get("timestamp")),
        **content,
    )


def _content(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of Received that say what a message holds, or None when nobody says it."""
    kind = message.get("type")
    if not isinstance(kind, str) or kind == "request_welcome":
        return None
    if kind == "reaction" and not as_object(message.get(kind)).get("emoji"):
        return None  # one that was taken back
    content = _content_of(kind, message)
    return None if kind == "edit" and "edits" not in content else content


def _content_of_shop(message: dict[str, Any]) -> dict[str, Any] | None:
    """As _content, of what a shop sends: it offers buttons instead of pressing them."""
    kind = "interactive"
    if message.get("type") != kind:
        return _content(message)
    text = as_text(as_object(as_object(message.get(kind)).get("body")).get("text"))
    return {"text": text} if text else {"unsupported": kind}


def _content_of(kind: str, message: dict[str, Any]) -> dict[str, Any]:
    given = as_object(message.get(kind))
    if kind == "text" and (text := as_text(given.get("body"))):
        return {"text": text}
    if kind in _FILES and (reference := _id(given.get("id"))):
        file = RemoteFile(
            reference, as_text(given.get("mime_type")), as_text(given.get("filename"))
        )
        return {"files": (file,), "text": as_text(given.get("caption"))}
    if kind == "interactive":
        reply = as_object(given.get(str(given.get("type"))))
        if given.get("type") in ("button_reply", "list_reply") and (
            pressed := _id(reply.get("id"))
        ):
            return {"button": pressed}
    if kind == "button" and (text := as_text(given.get("text"))):
        return {"text": text}
    if kind == "location" and (text := _place(given)):
        return {"text": text}
    if kind == "contacts" and (text := _cards(message.get(kind))):
        return {"text": text}
    if kind == "edit":
        edited = as_object(given.get("message"))
        inner = as_object(edited.get(str(edited.get("type"))))
        text = as_text(inner.get("body")) or as_text(inner.get("caption"))
        original = _id(given.get("original_message_id"))
        return {"text": text, "edits": original} if text and original else {}
    if kind == "revoke":
        return {"unsupported": TAKEN_BACK}
    if kind == "reaction":
        return {"text": as_text(given.get("emoji")), "unsupported": REACTION}
    if kind == "unsupported":
        kind = str(given.get("type") or kind)
    return {"unsupported": kind if _KIND.fullmatch(kind) else "unknown"}


def _renamed(message: dict[str, Any]) -> Renamed | None:
    """Return what the platform says of a customer's names: another number brings another id."""
    told = as_object(message.get("system"))
    if told.get("type") not in ("user_changed_number", "user_changed_user_id"):
        return None
    user, phone = _id(told.get("user_id")), _id(told.get("wa_id"))
    before = _names(_id(told.get("previous_user_id")), _id(message.get("from")))
    after, address = _names(user, phone), phone or user
    if not before or address is None:
        return None
    return Renamed(Sender(before), Sender(after), address)


def _names(user: str | None, phone: str | None) -> tuple[tuple[str, str], ...]:
    """Return what is known of a customer's names, the surest first."""
    return tuple((kind, value) for kind, value in ((USER, user), (PHONE, phone)) if value)


def _person(
    phone: str | None, user: str | None, contacts: Sequence[dict[str, Any]]
) -> tuple[Sender, str | None]:
    """Return who a customer is and where they take an answer.

    Either name may be missing: the number since customers can have a user name instead, the other
    one in what is older. An answer goes to the number where there is one, as the platform asks.
    """
    whose = next(
        (
            contact
            for contact in contacts
            if (phone and contact.get("wa_id") == phone)
            or (user and contact.get("user_id") == user)
        ),
        contacts[0] if len(contacts) == 1 and not (phone or user) else {},
    )
    phone, user = phone or _id(whose.get("wa_id")), user or _id(whose.get("user_id"))
    sender = Sender(
        identities=_names(user, phone),
        name=as_text(as_object(whose.get("profile")).get("name")),
    )
    return sender, phone or user


def _place(given: dict[str, Any]) -> str | None:
    latitude, longitude = given.get("latitude"), given.get("longitude")
    if not (_is_degrees(latitude, 90) and _is_degrees(longitude, 180)):
        return None
    return place(latitude, longitude, as_text(given.get("name")), as_text(given.get("address")))


def _is_degrees(value: object, most: int) -> TypeGuard[float]:
    return isinstance(value, int | float) and -most <= value <= most


def _cards(given: object) -> str | None:
    lines = [
        card(
            as_text(as_object(one.get("name")).get("formatted_name")),
            *(as_text(phone.get("phone")) for phone in as_objects(one.get("phones"))),
        )
        for one in as_objects(given)
    ]
    return "\n".join(filter(None, lines)) or None


# Reports


def _report(status: dict[str, Any]) -> Report | None:
    platform_id = _id(status.get("id"))
    state = _STATES.get(str(status.get("status")))
    if platform_id is None or state is None:
        return None
    errors = as_objects(status.get("errors"))
    return Report(
        platform_id=platform_id,
        state=state,
        call_id=_id(status.get("biz_opaque_callback_data")),
        code=reported(errors[0].get("code") if errors else None) if state is State.FAILED else None,
    )


# Ids and times


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _time(value: object) -> datetime | None:
    """Return a time given in seconds, as a number or its digits."""
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
