"""What a file may be: its types, told by what is in it and never by its name. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from handoff.errors import (
    FileBroken,
    FileTooLarge,
    FileTypeRefused,
    MessageEmpty,
    MessageTooLong,
)
from handoff.text import clean

LIMIT = 10 * 1024 * 1024
"""Bytes of a file as it comes."""

JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"
PDF = "application/pdf"
OGG, MP4, MPEG = "audio/ogg", "audio/mp4", "audio/mpeg"

PICTURES = frozenset({JPEG, PNG, WEBP, GIF})
"""Types of pictures that are taken; they are stored as JPEG or PNG."""

TAKEN = PICTURES | {PDF, OGG, MP4, MPEG}
"""Types that are taken."""

_ENDINGS = {JPEG: "jpg", PNG: "png", PDF: "pdf", OGG: "ogg", MP4: "m4a", MPEG: "mp3"}
HEAD = 4096
"""Bytes at a file's beginning that `type_of` looks at."""

NOT_FETCHED = "file_not_fetched"
"""Says of a message that its platform did not give us its file."""

LOST = frozenset(
    {NOT_FETCHED, *(error.code for error in (FileBroken, FileTooLarge, FileTypeRefused))}
)
"""What `unsupported` says of a message whose file we do not have."""

_NAME_LIMIT = 80
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s]+')
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"iso6", b"dash")
_VIDEO_TRACK = re.compile(rb"hdlr.{8}vide", re.DOTALL)
# One frame of MPEG audio: eleven bits set, then neither a reserved version nor layer nor rate.
_MPEG_FRAME = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """A file that we keep, by the SHA-256 of what is in it.

    `width` and `height` are a picture's.
    """

    sha256: str
    type: str
    size: int
    name: str
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.type in PICTURES


def kept(files: Iterable[File]) -> list[dict[str, Any]]:
    """Return files as a message's content has them."""
    return [asdict(file) for file in files]


def of_content(content: Mapping[str, Any]) -> tuple[File, ...]:
    """Return the files in a message's content."""
    return tuple(File(**file) for file in content.get("files", ()))


def type_of(head: bytes) -> str | None:
    """Return the type of a file that begins with `head`, or None when it is none we take.

    Whether the rest of it is in order is another question.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"OggS"):
        return OGG if b"OpusHead" in head[:64] or b"\x01vorbis" in head[:64] else None
    if head[4:8] == b"ftyp":
        return MP4 if head[8:12] in _AUDIO_BRANDS else None
    if head.startswith(b"ID3") or _MPEG_FRAME.match(head):
        return MPEG
    return None


def check_whole(kind: str, content: bytes) -> None:
    """Refuse a file that is cut off or holds something else than `kind` says. Raises FileBroken
    or FileTypeRefused.

    Pictures are read to their end elsewhere.
    """
    if kind == PDF and b"%%EOF" not in content[-2048:]:
        raise FileBroken("the document is cut off; send it once more")
    if kind == MP4 and b"moov" not in content:
        raise FileBroken("the recording is cut off; send it once more")
    if kind == MP4 and _VIDEO_TRACK.search(content):
        raise unknown_type()


def unknown_type() -> FileTypeRefused:
    """Return what to raise for a file that is none we take."""
    return FileTypeRefused("send a picture, a PDF or a voice message", types=sorted(TAKEN))


def name_for(given: str | None, kind: str) -> str:
    """Return the name under which a file is shown and saved: of one line, with a true ending."""
    try:
        cleaned = _NOT_IN_NAMES.sub(" ", clean(given or "", 1000)).rstrip(" .")
    except (MessageEmpty, MessageTooLong):
        cleaned = ""
    stem, dot, ending = cleaned.rpartition(".")
    if dot and len(ending) <= 5:
        cleaned = stem.strip(" .")
    return f"{cleaned[:_NAME_LIMIT].strip(' .') or 'file'}.{_ENDINGS[kind]}"
