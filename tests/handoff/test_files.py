"""A file's type is told by what is in it, and its name says the same."""

import pytest

from handoff.errors import DevirError
from handoff.files import check_whole, name_for, type_of
from tests.fakes import files


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (files.photo(), "image/jpeg"),
        (files.png(), "image/png"),
        (files.webp(), "image/webp"),
        (files.gif(), "image/gif"),
        (files.PDF, "application/pdf"),
        (files.OGG, "audio/ogg"),
        (files.m4a(), "audio/mp4"),
        (files.m4a(brand=b"mp42"), "audio/mp4"),
        (files.MP3, "audio/mpeg"),
        (files.MP3[10:], "audio/mpeg"),
        (files.SVG, None),
        (files.HTML, None),
        (files.ZIP, None),
        (files.EXECUTABLE, None),
        (files.m4a(brand=b"qt  "), None),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora" + bytes(40), None),
        (b"\xff\xff\xff\xff", None),
        (b"just text", None),
        (b"", None),
    ],
)
def test_type_is_told_by_the_first_bytes(content: bytes, told: str | None) -> None:
    assert type_of(content[:4096]) == told


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("application/pdf", files.PDF, None),
        ("application/pdf", files.PDF[:-10], "file_broken"),
        ("audio/mp4", files.m4a(), None),
        ("audio/mp4", files.m4a(b"vide"), "file_type_refused"),
        ("audio/mp4", files.m4a()[:20], "file_broken"),
        ("audio/ogg", files.OGG, None),
        ("audio/mpeg", files.MP3, None),
    ],
)
def test_documents_and_recordings_are_whole_and_films_are_not_taken(
    kind: str, content: bytes, code: str | None
) -> None:
    try:
        check_whole(kind, content)
        told = None
    except DevirError as error:
        told = error.code
    assert told == code


@pytest.mark.parametrize(
    ("given", "kind", "shown"),
    [
        ("kırık bardak.JPG", "image/jpeg", "kırık bardak.jpg"),
        ("photo.svg", "image/png", "photo.png"),
        ("receipt.pdf.exe", "application/pdf", "receipt.pdf.pdf"),
        ("../../etc/passwd", "image/png", "etc passwd.png"),
        ("C:\\Users\\ada\\a.png", "image/png", "C Users ada a.png"),
        ("two\r\nlines\t.pdf", "application/pdf", "two lines.pdf"),
        ("cod\u202egpj.exe", "image/jpeg", "codgpj.jpg"),
        ("v1.2 of the letter", "application/pdf", "v1.2 of the letter.pdf"),
        ("x" * 500 + ".png", "image/png", "x" * 80 + ".png"),
        ("...", "audio/ogg", "file.ogg"),
        (".png", "image/png", "file.png"),
        ("", "audio/mp4", "file.m4a"),
        (None, "audio/mpeg", "file.mp3"),
    ],
)
def test_name_is_one_line_with_the_ending_of_its_type(
    given: str | None, kind: str, shown: str
) -> None:
    assert name_for(given, kind) == shown
