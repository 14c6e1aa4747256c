"""What a stored message is outside: the same for pages and platforms."""

from handoff.channels.base import Outgoing, OutgoingButton, Picture, StoredFile
from handoff.files import of_content
from handoff.media import Media
from handoff.store.rows import Message


def buttons(message: Message) -> tuple[OutgoingButton, ...]:
    """Return a message's buttons. What one means stays here; outside it is its place."""
    return tuple(
        OutgoingButton(f"{message.id}.{number}", button["title"])
        for number, button in enumerate(message.content.get("buttons", ()))
    )


def outgoing(message: Message, media: Media) -> Outgoing:
    """Return a public message as channels take it."""
    picture = message.content.get("image")
    return Outgoing(
        author=message.author,
        text=message.text,
        buttons=buttons(message),
        picture=Picture(picture["url"], picture["alt"]) if picture else None,
        template=message.content.get("template"),
        files=tuple(
            StoredFile(media.path(file), file.type, file.name)
            for file in of_content(message.content)
        ),
    )
