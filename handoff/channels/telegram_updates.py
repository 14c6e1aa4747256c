"""What Telegram's updates mean: its wire format, and nothing else.

Only what customers do in a chat of their own with the bot counts; groups are no place for orders.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handoff.channels.base import Event, Malformed, Reachability, Received, RemoteFile, Sender
from handoff.channels.places import card, place

log = structlog.get_logger(__name__)

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of updates that are asked for."""

_GREETINGS = {"tr": "Merhaba", "en": "Hello"}
"""What pressing "Start" says, in a new chat or after a block."""

_SERVICE = frozenset(
    {
        "boost_added",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "chat_shared",
        "connected_website",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "gift",
        "gift_upgrade_sent",
        "giveaway_completed",
        "giveaway_created",
        "message_auto_delete_timer_changed",
        "passport_data",
        "pinned_message",
        "proximity_alert_triggered",
        "refunded_payment",
        "successful_payment",
        "unique_gift",
        "users_shared",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "web_app_data",
        "write_access_allowed",
    }
)
"""Messages that nobody has written: they tell of something that happened in the chat."""

_CONTENT = ("sticker", "poll", "dice", "game", "story", "checklist", "paid_media", "invoice")
"""What a customer can send that there is no place for; anything newer is a "message"."""

_Moment = Annotated[int, Field(ge=0, le=253_402_300_799)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _User(_Wire):
    id: int
    first_name: str = ""
    last_name: str | None = None
    language_code: str | None = None


class _Chat(_Wire):
    id: int
    type: str


class _File(_Wire):
    file_id: str
    mime_type: str | None = None
    file_name: str | None = None
    file_size: int | None = None


class _Location(_Wire):
    latitude: float
    longitude: float


class _Venue(_Wire):
    location: _Location
    title: str
    address: str


class _Contact(_Wire):
    phone_number: str
    first_name: str
    last_name: str | None = None


class _Message(_Wire):
    model_config = ConfigDict(extra="allow")

    message_id: int
    date: _Moment
    edit_date: _Moment | None = None
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    text: str | None = None
    caption: str | None = None
    photo: tuple[_File, ...] = ()
    document: _File | None = None
    voice: _File | None = None
    audio: _File | None = None
    video: _File | None = None
    video_note: _File | None = None
    location: _Location | None = None
    venue: _Venue | None = None
    contact: _Contact | None = None


class _Callback(_Wire):
    id: str
    sender: _User = Field(alias="from")
    message: "_Anchor | None" = None
    data: str | None = None


class _Anchor(_Wire):
    chat: _Chat


class _Status(_Wire):
    status: str


class _Membership(_Wire):
    chat: _Chat
    sender: _User = Field(alias="from")
    new_chat_member: _Status


class _Update(_Wire):
    update_id: int


class _Told(_Update):
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Callback | None = None
    my_chat_member: _Membership | None = None


def events_of(update: Any) -> Sequence[Event]:
    """Return what an update tells: nothing, if it is of a kind or from a chat that does not count.

    Raises Malformed for what is no update. An update that cannot be read is left out: it would be
    no better when it came again, and Telegram would hold back all others until then.
    """
    try:
        _Update.model_validate(update)
    except ValidationError:
        raise Malformed("this is no update") from None
    try:
        found = _Told.model_validate(update)
    except ValidationError:
        log.warning("update_unreadable", channel="telegram")
        return ()
    if found.message is not None:
        return _message(found.message)
    if found.edited_message is not None:
        return _edit(found.edited_message, found.update_id)
    if found.callback_query is not None:
        return _press(found.callback_query)
    if found.my_chat_member is not None:
        return _membership(found.my_chat_member)
    return ()


def _message(message: _Message) -> Sequence[Event]:
    if message.chat.type != "private" or message.sender is None:
        return ()
    sender = _sender(message.sender)
    files = _files(message)
    text = _text(message, sender)
    unsupported = None
    if text is None and not files:
        others = message.model_extra or {}
        if _SERVICE & others.keys():
            return ()
        unsupported = next((kind for kind in _CONTENT if kind in others), "message")
    return [
        Received(
            external_id=_own_name(message),
            sender=sender,
            address=str(message.chat.id),
            sent_at=datetime.fromtimestamp(message.date, UTC),
            text=text,
            unsupported=unsupported,
            files=files,
        )
    ]


def _edit(message: _Message, number: int) -> Sequence[Event]:
    # A place that moves, and what Telegram itself changes about a message, are no new words.
    text = message.text or message.caption
    if message.chat.type != "private" or message.sender is None or text is None:
        return ()
    return [
        Received(
            external_id=f"{_own_name(message)}.{number}",
            sender=_sender(message.sender),
            address=str(message.chat.id),
            sent_at=datetime.fromtimestamp(message.edit_date or message.date, UTC),
            text=text,
            files=_files(message),
            edits=_own_name(message),
        )
    ]


def _own_name(message: _Message) -> str:
    """Return what names a message for good: an update's number begins anew after a silent week."""
    return f"{message.chat.id}.{message.message_id}"


def _text(message: _Message, sender: Sender) -> str | None:
    if message.text is not None:
        command = message.text.split(maxsplit=1)[:1]
        return _GREETINGS[sender.language or "tr"] if command == ["/start"] else message.text
    if message.venue is not None:
        where = message.venue.location
        named = (message.venue.title, message.venue.address)
        return place(where.latitude, where.longitude, *named)
    if message.location is not None:
        return place(message.location.latitude, message.location.longitude)
    if message.contact is not None:
        who = message.contact
        return card(_name(who.first_name, who.last_name), who.phone_number)
    return message.caption


def _files(message: _Message) -> tuple[RemoteFile, ...]:
    # Of a photo Telegram makes several sizes, the largest last.
    found = [_remote(photo, "image/jpeg") for photo in message.photo[-1:]]
    others = (
        (message.document, None),
        (message.voice, "audio/ogg"),
        (message.audio, "audio/mpeg"),
        (message.video, "video/mp4"),
        (message.video_note, "video/mp4"),
    )
    found += [_remote(file, usual) for file, usual in others if file is not None]
    return tuple(found)


def _remote(file: _File, usual: str | None) -> RemoteFile:
    return RemoteFile(file.file_id, file.mime_type or usual, file.file_name, file.file_size)


def _press(callback: _Callback) -> Sequence[Event]:
    chat = callback.message.chat if callback.message else None
    if callback.data is None or chat is None or chat.type != "private":
        return ()
    return [
        Received(
            external_id=f"press.{callback.id}",
            sender=_sender(callback.sender),
            address=str(chat.id),
            button=callback.data,
            press=callback.id,
        )
    ]


def _membership(change: _Membership) -> Sequence[Event]:
    if change.chat.type != "private":
        return ()
    reachable = change.new_chat_member.status not in ("kicked", "left")
    return [Reachability(_sender(change.sender), reachable)]


def _sender(user: _User) -> Sender:
    code = user.language_code
    return Sender(
        identities=(("user", str(user.id)),),
        name=_name(user.first_name, user.last_name) or None,
        language=None if code is None else "tr" if code.lower().startswith("tr") else "en",
    )


def _name(first: str, last: str | None) -> str:
    return " ".join(part for part in (first, last) if part)
