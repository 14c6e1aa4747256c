"""What is said, as the Cloud API takes it. No I/O.

One message of ours may take several calls: each is a `Piece`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handoff.channels.base import Echo, Outgoing, OutgoingButton, Picture, StoredFile
from handoff.channels.texts import numbered, split, units

_TEMPLATE = "template"
_ROWS = 10
_TEXT, _CAPTION, _BODY = 4096, 1024, 1024
_REPLIES, _REPLY_TITLE = 3, 20
_ROW_TITLE, _ROW_DESCRIPTION = 24, 72


@dataclass(frozen=True, slots=True)
class Piece:
    """What one call carries: a text with `buttons`, or a picture or file with a text below it."""

    text: str | None = None
    buttons: tuple[OutgoingButton, ...] = ()
    picture: Picture | None = None
    file: StoredFile | None = None
    template: bool = False


def pieces(message: Outgoing) -> list[Piece]:
    """Return what a message takes: 1 at least."""
    if message.template:
        return [Piece(template=True)]
    text, buttons = message.text, message.buttons
    if shows_numbers(buttons):
        text, buttons = numbered(text, [button.title for button in buttons]), ()
    shown: list[Piece] = [Piece(file=file) for file in message.files]
    if message.picture:
        shown.insert(0, Piece(picture=message.picture))
    if buttons:
        if text and units(text) > _BODY:
            return [*shown, *_texts(text), Piece(buttons=buttons)]
        if message.picture and not message.files and _are_replies(buttons):
            return [Piece(text, buttons, message.picture)]
        return [*shown, Piece(text, buttons)]
    if not text:
        return shown or [Piece(text=message.text)]
    if len(shown) == 1 and units(text) <= _CAPTION and _has_caption(shown[0]):
        return [Piece(text, picture=shown[0].picture, file=shown[0].file)]
    return [*shown, *_texts(text)]


def _texts(text: str) -> list[Piece]:
    return [Piece(part) for part in split(text, _TEXT)]


def _has_caption(piece: Piece) -> bool:
    return piece.file is None or not piece.file.type.startswith("audio/")


def shows_numbers(buttons: Sequence[OutgoingButton]) -> bool:
    """Return whether buttons are a menu in the text, because no list could hold them whole."""
    return len(buttons) > _ROWS or any(units(button.title) > _ROW_DESCRIPTION for button in buttons)


def _are_replies(buttons: Sequence[OutgoingButton]) -> bool:
    """Return whether each can have a button of its own; the others are rows of a list."""
    titles = {button.title for button in buttons}
    return len(titles) == len(buttons) <= _REPLIES and all(
        units(title) <= _REPLY_TITLE for title in titles
    )


def together(waiting: Sequence[Outgoing]) -> int:
    """Return how many of these, oldest first, one call can carry: 1 at least.

    The last one may have buttons, because they stand below everything that is said.
    """
    for count in range(1, len(waiting) + 1):
        before, last = waiting[: count - 1], waiting[count - 1]
        if any(message.buttons for message in before) or len(pieces(merged(waiting[:count]))) > 1:
            return max(1, count - 1)
        if last.template or last.picture or last.files:
            return max(1, count - 1)
    return len(waiting)


def merged(messages: Sequence[Outgoing]) -> Outgoing:
    """Return the messages of one call as one."""
    if len(messages) == 1:
        return messages[0]
    texts = [message.text for message in messages if message.text]
    return Outgoing(messages[0].author, "\n\n".join(texts) or None, messages[-1].buttons)


def content(piece: Piece, *, choose: str, options: str) -> dict[str, Any]:
    """Return what a piece is on the wire, but for a file that has to be uploaded before.

    `choose` stands above buttons that have no text, `options` on the button that opens a list.
    """
    if piece.buttons:
        interactive = (
            _replies(piece) if _are_replies(piece.buttons) else _list(piece.buttons, options)
        )
        body = {"text": piece.text or choose}
        return {"type": "interactive", "interactive": {"body": body, **interactive}}
    if piece.picture:
        image = {"link": piece.picture.url, **({"caption": piece.text} if piece.text else {})}
        return {"type": "image", "image": image}
    return {"type": "text", "text": {"body": piece.text or ""}}


def tells_of(echo: Echo, piece: Piece, *, choose: str) -> bool:
    """Return whether an echo has what a piece is on the wire; `choose` as for `content`."""
    if piece.template:
        return echo.unsupported == _TEMPLATE
    if piece.buttons:
        return _same(echo.text, piece.text or choose)
    has_file = bool(piece.picture or piece.file)
    return has_file == bool(echo.files) and _same(echo.text, piece.text)


def _same(one: str | None, other: str | None) -> bool:
    """Return whether two texts are the same but for blanks, which platforms take away."""
    return (one or "").split() == (other or "").split()


def _replies(piece: Piece) -> dict[str, Any]:
    buttons = [
        {"type": "reply", "reply": {"id": button.id, "title": button.title}}
        for button in piece.buttons
    ]
    header = (
        {"header": {"type": "image", "image": {"link": piece.picture.url}}} if piece.picture else {}
    )
    return {"type": "button", **header, "action": {"buttons": buttons}}


def _list(buttons: Sequence[OutgoingButton], options: str) -> dict[str, Any]:
    return {
        "type": "list",
        "action": {"button": options, "sections": [{"rows": [_row(one) for one in buttons]}]},
    }


def _row(button: OutgoingButton) -> dict[str, str]:
    title = _shortened(button.title, _ROW_TITLE)
    whole = {} if title == button.title else {"description": button.title}
    return {"id": button.id, "title": title, **whole}


def _shortened(title: str, limit: int) -> str:
    return title if units(title) <= limit else f"{split(title, limit - 1)[0]}…"


def attachment(file: StoredFile, media_id: str, text: str | None) -> dict[str, Any]:
    """Return what an uploaded file is on the wire."""
    kind = file.type.partition("/")[0]
    if kind not in ("image", "audio", "video"):
        kind = "document"
    named = {"filename": file.name} if kind == "document" else {}
    caption = {"caption": text} if text else {}
    return {"type": kind, kind: {"id": media_id, **named, **caption}}


def template(name: str, language: str) -> dict[str, Any]:
    """Return the call for an approved text without places to fill."""
    return {"type": _TEMPLATE, _TEMPLATE: {"name": name, "language": {"code": language}}}


def recipient(address: str) -> Mapping[str, str]:
    """Return the fields that say who gets it: a number, or the name a customer has for this shop.

    Mixed up, the platform would take the message and deliver it to nobody.
    """
    which = "recipient" if "." in address else "to"
    return {"recipient_type": "individual", which: address}
