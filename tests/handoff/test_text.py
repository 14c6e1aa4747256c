"""What counts as a message's text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.errors import MessageEmpty, MessageTooLong
from handoff.text import LIMIT, clean

HIDDEN = {
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff",
} - {"\t", "\n"}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Siparişim nerede?", "Siparişim nerede?"),
        ("  hello \n", "hello"),
        ("one\r\ntwo\n\nthree\tfour", "one\ntwo\n\nthree\tfour"),
        ("be\x00ep\x07", "beep"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2067isolated\u2069", "isolated"),
        ("\ufeffmarked", "marked"),
        ("مرحبا\u200f!", "مرحبا\u200f!"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("i\u0307", "i\u0307"),
        ("S\u0327is\u0327e", "Şişe"),
        ("Ι\u0301", "Ί"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("/restart", "/restart"),
        ("half \ud83d pair", "half ? pair"),
    ],
)
def test_text_is_stored_as_it_reads(written: str, stored: str) -> None:
    assert clean(written) == stored


@pytest.mark.parametrize(
    "written",
    ["", " ", "\n\t ", "\u00a0\u2003\u3000", "\x00\x1b", "\u200b\u200c\u200d\u2060", "\u202e"],
)
def test_text_of_which_nothing_can_be_seen_is_empty(written: str) -> None:
    with pytest.raises(MessageEmpty):
        clean(written)


def test_limit_counts_what_is_left() -> None:
    assert clean(" \x00" + "x" * LIMIT + "\n") == "x" * LIMIT
    assert clean("🎉" * LIMIT) == "🎉" * LIMIT
    with pytest.raises(MessageTooLong) as refused:
        clean("x" * (LIMIT + 1))
    assert refused.value.fields == {"limit": LIMIT}


@given(st.text(st.characters(codec=None), max_size=200))
def test_whatever_is_stored_is_visible_storable_and_clean_already(written: str) -> None:
    try:
        stored = clean(written)
    except MessageEmpty:
        return
    assert stored.encode("utf-8")
    assert unicodedata.is_normalized("NFC", stored)
    assert not HIDDEN & set(stored)
    assert stored == stored.strip()
    assert clean(stored) == stored
