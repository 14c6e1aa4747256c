"""The tables a run prints."""

from bench.understanding.figures import Found, Judged
from bench.understanding.measured import Evaluation, Part, Steadiness
from bench.understanding.report import Table, markdown, tables

JUDGED = (
    Judged("where is it", "track_order", "track_order", 0.9, "track_order"),
    Judged("it | never came", "delivery_problem", "track_order", 0.6, "track_order"),
    Judged("well", "greet", "greet", 0.4, None),
    Judged("the weather", None, "greet", 0.3, None),
)
MEASURED = Evaluation(
    "The shop's own model",
    0.5,
    tested=(Part("en", JUDGED),),
    entities={"en": {"money": Found(4, 2, 1)}},
    steadiness={"en": (Steadiness("in capitals", 4, 3, 2),)},
    milliseconds=(0.5, 0.25, 4.0),
    examples=12,
    training_seconds=1.25,
    model_bytes=2_500_000,
)


def rows(title: str) -> tuple[tuple[str, ...], ...]:
    return next(table.rows for table in tables(MEASURED) if table.title == title)


def test_the_summary_tells_a_part_in_one_line() -> None:
    ((name, count, right, configured, lost, refused, *_),) = rows("Right, lost and refused")
    assert (name, count) == ("English", "4")
    assert (right, configured, lost, refused) == ("66.7 %", "33.3 %", "33.3 %", "100.0 %")


def test_thresholds_are_told_one_by_one() -> None:
    told = {row[0]: row[1:4] for row in rows("Thresholds")}
    assert told["0"] == ("66.7 %", "0.0 %", "0.0 %")
    assert told["0.5"] == ("33.3 %", "33.3 %", "100.0 %")


def test_intents_entities_and_ways_of_typing_have_a_line_each() -> None:
    assert ("track_order", "50.0 %", "100.0 %") in rows("Intents")
    assert ("out_of_scope", "–", "0.0 %") in rows("Intents")
    assert rows("Entities") == (
        ("money", "4", "50.0 %", "25.0 %"),
        ("all", "4", "50.0 %", "25.0 %"),
    )
    assert rows("Typed in another way") == (("English", "in capitals", "4", "75.0 %", "50.0 %"),)


def test_confusions_quote_what_was_said_without_breaking_the_table() -> None:
    assert (
        "delivery_problem → track_order",
        "“it / never came”",
        "1",
    ) in rows("Confusions")


def test_time_and_size_are_told() -> None:
    assert dict(rows("Time and size")) == {
        "a message, median": "0.50 ms",
        "a message, 99th percentile": "4.00 ms",
        "training on 12 examples": "1.2 s",
        "model": "2.5 MB",
    }


def test_what_was_not_measured_has_no_table() -> None:
    crossed = Evaluation("Yours", 0.5, crossed=(Part("my.csv", JUDGED),))
    titles = [table.title for table in tables(crossed)]
    assert titles == ["Right, lost and refused", "Thresholds", "Intents", "Confusions"]


def test_a_table_is_aligned_markdown() -> None:
    table = Table("Title", "Note.", ("what", "n"), (("a", "10"), ("bcdef", "2")))
    assert markdown(table) == (
        "### Title\n\nNote.\n\n| what  |  n |\n| ----- | -: |\n| a     | 10 |\n| bcdef |  2 |\n"
    )
