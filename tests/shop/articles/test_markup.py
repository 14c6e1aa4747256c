"""What a chat shows of the signs an article is written with."""

import pytest

from shop.articles.markup import Section, plain, sections


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Bir cümle.", "Bir cümle."),
        ("- bir\n- iki\n  * üç", "• bir\n• iki\n• üç"),
        (
            "[Formu açın](https://shop.example.com/f?a=1&b=2)",
            "Formu açın (https://shop.example.com/f?a=1&b=2)",
        ),
        ("[https://shop.example.com](https://shop.example.com)", "https://shop.example.com"),
        ("[aç](javascript:alert(1))", "[aç](javascript:alert(1))"),
        ("**Önemli:** *hemen* yazın", "Önemli: hemen yazın"),
        ("2 * 3 * 4 ve a_b_c, 5*", "2 * 3 * 4 ve a_b_c, 5*"),
        ("<b onclick=x>& text</b>", "<b onclick=x>& text</b>"),
        ("bir\r\n\r\n\r\n\r\niki\n", "bir\n\niki"),
        ("1-2 gün, -5 derece", "1-2 gün, -5 derece"),
    ],
)
def test_signs_become_what_a_chat_can_show(written: str, shown: str) -> None:
    assert plain(written) == shown


def test_headings_part_an_article_into_what_is_told_by_itself() -> None:
    body = (
        "Giriş.\n\n## Süre\n14 gün.\n\nSon gün sayılır.\n##  **Kargo** ##\n- ücretsiz\n#not one\n"
    )
    assert sections(body) == [
        Section(None, "Giriş."),
        Section("Süre", "14 gün.\n\nSon gün sayılır."),
        Section("Kargo", "- ücretsiz\n#not one"),
    ]


def test_an_article_may_begin_with_a_heading_and_an_empty_one_has_no_parts() -> None:
    assert sections("## Süre\n14 gün.") == [Section("Süre", "14 gün.")]
    assert sections(" \n\n") == []
    assert sections("## Süre\n\n## Kargo\nx")[0] == Section("Süre", "")
