"""What platforms' limits make of a text."""

from hypothesis import given
from hypothesis import strategies as st

from handoff.channels.texts import numbered, split, units


def test_short_text_stays_whole() -> None:
    assert split("Your order is on its way.", 100) == ["Your order is on its way."]


def test_nothing_is_one_piece_too() -> None:
    assert split("", 10) == [""]


def test_is_cut_between_paragraphs_rather_than_inside_one() -> None:
    assert split("The first. It is short.\n\nThe second one.", 30) == [
        "The first. It is short.",
        "The second one.",
    ]


def test_is_cut_after_a_sentence_rather_than_inside_one() -> None:
    assert split("Returns take a week. Then we pay you back.", 30) == [
        "Returns take a week.",
        "Then we pay you back.",
    ]


def test_is_cut_between_words_and_inside_a_word_only_where_there_is_no_other_place() -> None:
    assert split("one two three", 9) == ["one two", "three"]
    assert split("a https://tracking.example/1234", 10) == [
        "a https://",
        "tracking.e",
        "xample/123",
        "4",
    ]


def test_emoji_counts_as_two_and_is_never_cut_in_half() -> None:
    assert units("👍") == 2
    assert split("👍👍👍", 3) == ["👍", "👍", "👍"]


@given(st.text(max_size=300), st.integers(2, 40))
def test_every_piece_fits_and_nothing_but_blanks_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_buttons_become_a_numbered_list_below_the_text() -> None:
    assert numbered("Which one?", ["Track", "Return"]) == "Which one?\n\n1. Track\n2. Return"
    assert numbered(None, ["Track"]) == "1. Track"
    assert numbered("Hello", []) == "Hello"
