"""Articles as an engineer reads and writes them, and what is said of a mistake."""

from pathlib import Path

import pytest

from shop.articles.facts import facts
from shop.articles.markup import sections
from shop.articles.written import Draft, Text
from shop.articles.yamlfile import Named, read_articles, write_articles
from shop.errors import ArticlesInvalid
from shop.rulebook import LEGAL
from shop.seed import DEMO

GOOD = """\
- slug: returns
  topic: returns
  tr:
    title: İade
    keywords: iade geri
    body: >-
      {{withdrawal.days}} gün
      içinde.
"""


def read(tmp_path: Path, text: str) -> list[Named]:
    file = tmp_path / "articles.yml"
    file.write_text(text, encoding="utf-8")
    return read_articles(file)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    body = 'Giriş: "iki" # nokta.\n\n## Kargo\n- {{refund.days}} gün\n\n  girinti'
    article = Named(
        "returns",
        Draft("returns", 7, True, {"tr": Text("İade: 1", "", body), "en": Text("no", "yes", "1")}),
    )
    assert read(tmp_path, write_articles([article])) == [article]
    assert read(tmp_path, write_articles([])) == []


def test_the_place_in_the_file_is_the_order_where_none_is_given(tmp_path: Path) -> None:
    second = GOOD.replace("slug: returns", "slug: second")
    assert [one.draft.position for one in read(tmp_path, GOOD + second)] == [0, 1]
    (article,) = read(tmp_path, GOOD)
    assert article.draft.texts["tr"].body == "{{withdrawal.days}} gün içinde."
    assert not article.draft.reviewed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            GOOD.replace("title: İade", "titel: İade"),
            "line 4, 0.tr.titel: unknown; known here: title",
        ),
        (GOOD.replace("    title: İade\n", ""), "line 3, 0.tr.title: is missing"),
        (GOOD.replace("slug: returns", "slug: İade"), "line 1, 0.slug: 1 to 60 letters"),
        (
            GOOD.replace("withdrawal.days", "withdrawal.dayz"),
            "line 6, 0.tr.body: nothing stands for",
        ),
        (GOOD + GOOD, "line 9, 1.slug: another article is named 'returns' too"),
        (GOOD + "  topic: again\n", "line 9, 0.topic: stands twice"),
        (GOOD.replace("topic: returns", "topic: returns\n  position: first"), "0.position: "),
        ("- slug: x\n  topic: y\n", "line 1, 0.tr: a title and a text in at least one language"),
        ("slug: x", "line 1, the whole: input should be a valid list"),
        ("- [", "articles.yml, line "),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ArticlesInvalid) as raised:
        read(tmp_path, text)
    assert str(tmp_path / "articles.yml") in str(raised.value)
    assert told in str(raised.value)


def test_a_file_in_another_encoding_and_none_at_all_are_named(tmp_path: Path) -> None:
    file = tmp_path / "articles.yml"
    with pytest.raises(ArticlesInvalid, match="cannot be read"):
        read_articles(file)
    file.write_bytes(GOOD.encode("iso-8859-9"))
    with pytest.raises(ArticlesInvalid, match="line 4: not UTF-8"):
        read_articles(file)


DEMO_ARTICLES = read_articles(DEMO / "articles.yml")


def test_the_useful_start_has_forty_articles_in_both_languages_none_of_them_reviewed() -> None:
    assert len(DEMO_ARTICLES) >= 40
    assert all(set(one.draft.texts) == {"tr", "en"} for one in DEMO_ARTICLES)
    assert not any(one.draft.reviewed for one in DEMO_ARTICLES)


def test_its_passages_fit_a_chat_bubble() -> None:
    for one in DEMO_ARTICLES:
        for text in one.draft.texts.values():
            assert text.keywords
            for part in sections(text.body):
                assert 30 <= len(part.body) <= 600, (one.slug, part)


def test_it_repeats_no_number_that_the_rules_decide() -> None:
    days = {facts(LEGAL, "tr")[name] for name in ("withdrawal.days", "refund.days")}
    for one in DEMO_ARTICLES:
        for text in one.draft.texts.values():
            for number in days:
                for counted in (f"{number} gün", f"{number} days", f"{number} day"):
                    assert counted not in text.body, (one.slug, counted)
