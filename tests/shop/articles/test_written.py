"""What an article must keep to."""

from dataclasses import replace

import pytest

from shop.articles.written import Draft, Text, problems, tidy

TEXT = Text("İade", "iade geri", "14 gün içinde.\n\n## Kargo\nÜcretsiz 👩‍👧.")
DRAFT = Draft("returns", 5, reviewed=False, texts={"tr": TEXT})


def test_a_good_article_has_no_problem_in_one_language_or_two() -> None:
    assert problems("returns", DRAFT) == {}
    assert problems("a-b-2", replace(DRAFT, texts={"tr": TEXT, "en": TEXT})) == {}


@pytest.mark.parametrize("slug", ["", "İade", "a b", "-a", "a--b", "A", "x" * 61, "a/../b"])
def test_a_name_is_part_of_an_address(slug: str) -> None:
    assert list(problems(slug, DRAFT)) == ["slug"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"topic": "Returns!"}, "topic"),
        ({"position": -1}, "position"),
        ({"position": 10_000}, "position"),
        ({"texts": {}}, "tr"),
        ({"texts": {"de": TEXT}}, "de"),
        ({"texts": {"tr": replace(TEXT, title="")}}, "tr.title"),
        ({"texts": {"en": replace(TEXT, title="x" * 121)}}, "en.title"),
        ({"texts": {"en": replace(TEXT, keywords="x" * 1_001)}}, "en.keywords"),
        ({"texts": {"tr": replace(TEXT, body="")}}, "tr.body"),
        ({"texts": {"tr": replace(TEXT, body="x" * 1_501)}}, "tr.body"),
        ({"texts": {"tr": replace(TEXT, body="x\n## Kargo\n")}}, "tr.body"),
        ({"texts": {"tr": replace(TEXT, body=("x" * 1_400 + "\n## A\n") * 9 + "y")}}, "tr.body"),
        ({"texts": {"tr": replace(TEXT, body="{{withdrawal.dayz}}")}}, "tr.body"),
        ({"texts": {"tr": replace(TEXT, title="a\x00b")}}, "tr.title"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_field(changed: dict[str, object], field: str) -> None:
    assert list(problems("returns", replace(DRAFT, **changed))) == [field]  # type: ignore[arg-type]


def test_a_place_nothing_stands_for_is_answered_with_those_that_can_be_named() -> None:
    wrong = replace(DRAFT, texts={"tr": replace(TEXT, body="{{withdrawal.dayz}}")})
    told = problems("returns", wrong)["tr.body"]
    assert "{{withdrawal.dayz}}" in told
    assert "withdrawal.days" in told


def test_space_around_things_and_a_language_that_says_nothing_are_dropped() -> None:
    untidy = Draft(
        " returns ",
        5,
        False,
        {"tr": Text(" İ  ade ", "a\n b ", "x\r\ny\n\n"), "en": Text(" ", "left", "")},
    )
    assert tidy(untidy) == Draft("returns", 5, False, {"tr": Text("İ ade", "a b", "x\ny")})
