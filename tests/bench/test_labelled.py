"""Reading labelled messages, and saying what is wrong with them."""

from pathlib import Path

import pytest

from bench.understanding.figures import Span
from bench.understanding.labelled import (
    Labelled,
    Marked,
    read_labelled,
    read_marked,
    require_known,
    require_labels,
)
from tools.problem import Problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "messages.csv"


def write(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    "content",
    [
        "sentence,label\nwhere is it,track_order\nhmm,NO_NODES_DETECTED\n",
        "\ufeffsentence,label\r\nwhere is it,track_order\r\nhmm,NO_NODES_DETECTED",
        "Sentence;Label\nwhere is it;track_order\nhmm;out_of_scope\n",
        "label\tid\tsentence\ntrack_order\t7\twhere is it\nno_nodes_detected\t8\thmm\n",
        '"sentence","label"\n"where is it","track_order"\n"hmm","NO_NODES_DETECTED"\n',
    ],
)
def test_columns_stand_in_any_order_with_any_usual_separator(file: Path, content: str) -> None:
    assert read_labelled(write(file, content)) == (
        Labelled("where is it", "track_order", 2),
        Labelled("hmm", None, 3),
    )


def test_a_file_of_a_spreadsheet_in_utf_16_is_read(file: Path) -> None:
    content = "sentence,label\nşimdi nerede,track_order\n".encode("utf-16")
    assert read_labelled(write(file, content)) == (Labelled("şimdi nerede", "track_order", 2),)


def test_quoted_fields_hold_separators_quotes_and_line_ends(file: Path) -> None:
    content = 'sentence,label\n"well, ""hello""\nthere",greet\n\n , \nhi,greet\n'
    assert read_labelled(write(file, content)) == (
        Labelled('well, "hello"\nthere', "greet", 3),
        Labelled("hi", "greet", 6),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,label\nhi,greet\n", "line 1: no column sentence"),
        ("", "line 1: no column sentence and no column label"),
        ("sentence,label\n", "has no messages"),
        ("sentence,label\nhi,greet\nwhere, oh where,track_order\n", "line 3: 3 fields instead of"),
        ("sentence,label\nhi\n", "line 2: 1 of 2 fields"),
        ("sentence,label\n,greet\n", "line 2: no sentence"),
        ("sentence,label\nhi,\n", "line 2: no label"),
        ('sentence,label\n"a "b" c",greet\n', "line 2: "),
        ('sentence,label\nhi,greet\n"never closed,greet\n', "line 3: "),
        (b"sentence,label\nhi,greet\ng\xfcnayd\xfdn,greet\n", "line 3: not UTF-8"),
        (b"sentence,label\nhi,gr\0eet\n", "line 2: a zero byte"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_line_and_fault(
    file: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(Problem) as problem:
        read_labelled(write(file, content))
    assert said in str(problem.value)
    assert str(file) in str(problem.value)


def test_all_wrong_rows_are_told_at_once(file: Path) -> None:
    with pytest.raises(Problem) as problem:
        read_labelled(write(file, "sentence,label\n" + ",greet\n" * 12))
    assert "line 2: " in str(problem.value)
    assert "and 2 more" in str(problem.value)


def test_a_missing_file_is_told(file: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        read_labelled(file)


def test_labels_must_be_intents_where_nothing_else_is_learnt(file: Path) -> None:
    rows = read_labelled(write(file, "sentence,label\nhi,greet\nyo,grete\nhm,out_of_scope\n"))
    require_known(file, rows, {"greet", "grete"})
    with pytest.raises(Problem, match="line 3: grete"):
        require_known(file, rows, {"greet"})


def test_training_needs_two_labels(file: Path) -> None:
    rows = read_labelled(write(file, "sentence,label\nhi,greet\nhm,out_of_scope\n"))
    require_labels(file, rows)
    with pytest.raises(Problem, match="one label alone"):
        require_labels(file, rows[:1])


def test_entities_are_marked_in_the_text(tmp_path: Path) -> None:
    path = tmp_path / "entities.yml"
    path.write_text('tr:\n  - "[10482](order_number)\'li [kupa](product)m"\n  - "yok"\n', "utf-8")
    assert read_marked(path) == {
        "tr": (
            Marked("10482'li kupam", (Span("order_number", 0, 5), Span("product", 9, 13))),
            Marked("yok", ()),
        )
    }
