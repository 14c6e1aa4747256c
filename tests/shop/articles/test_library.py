"""Writing articles, and answering from them at once, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text as sql

from shop.articles.library import Library
from shop.articles.written import Draft, Editor, Text
from shop.connect import connection, open_engine, open_library
from shop.errors import ArticleChanged, ArticleInvalid, ArticleMissing
from shop.migrate import migrate
from shop.rulebook import Rules, Withdrawal

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ELIF, CAN = Editor("e" * 32, "Elif Aydın"), Editor("c" * 32, "Can Demir")

RETURNS = Draft(
    "returns",
    5,
    reviewed=False,
    texts={
        "tr": Text(
            "İade",
            "iade geri vazgeçmek",
            "{{withdrawal.days}} gün içinde vazgeçebilirsiniz.\n"
            "## Kargo kodu\nKodu şubede söyleyin; faturanızı da pakete koyun.",
        ),
        "en": Text(
            "Returns", "return back", "You have {{withdrawal.days}} days.\n## Code\nSay it."
        ),
    },
)


@pytest.fixture
async def library(empty_url: str) -> AsyncIterator[Library]:
    """An empty one, in a shop whose customers may think about it for 30 days."""
    await migrate(empty_url)
    async with open_library(empty_url, Rules(withdrawal=Withdrawal(days=30))) as opened:
        yield opened


async def publish(library: Library, slug: str, draft: Draft, seen: int = 0) -> None:
    await library.save(slug, draft, seen=seen, by=ELIF, at=NOW, publish=True)


def in_turkish(topic: str, title: str, body: str, position: int = 0) -> Draft:
    return Draft(topic, position, reviewed=True, texts={"tr": Text(title, "", body)})


async def test_a_published_article_answers_at_once_with_its_best_passage(library: Library) -> None:
    assert await library.find(None, "iade", "tr") == []
    await publish(library, "returns", RETURNS)
    (told,) = await library.find(None, "iadem için kargo kodu", "tr")
    assert (told.title, told.heading, told.sections) == ("İade", "Kargo kodu", 2)
    assert told.body.startswith("Kodu şubede")
    (told,) = await library.find("returns", "", "en")
    assert (told.heading, told.body) == (None, "You have 30 days.")


async def test_another_process_answers_with_what_was_published_here(
    library: Library, empty_url: str
) -> None:
    async with open_library(empty_url) as other:
        await publish(library, "returns", RETURNS)
        assert len(await other.find("returns", "", "tr")) == 1
        await library.release("returns", None, by=ELIF, at=NOW)
        assert await other.find("returns", "", "tr") == []


async def test_a_draft_is_read_by_nobody_until_it_is_published(library: Library) -> None:
    await publish(library, "returns", RETURNS)
    changed = replace(RETURNS, texts={"tr": Text("Geri verme", "iade", "Yeni.")})
    stored = await library.save("returns", changed, seen=1, by=CAN, at=NOW)
    assert (stored.latest.number, stored.live) == (2, 1)
    assert [one.title for one in await library.find("returns", "", "tr")] == ["İade"]
    assert (await library.release("returns", 2, by=CAN, at=NOW)).live == 2
    assert [one.title for one in await library.find("returns", "", "tr")] == ["Geri verme"]
    assert await library.find(None, "vazgeçmek", "tr") == []


async def test_every_version_is_kept_with_who_and_when_and_can_be_restored(
    library: Library,
) -> None:
    await publish(library, "returns", RETURNS)
    later = NOW + timedelta(hours=1)
    changed = replace(RETURNS, reviewed=True, texts={"en": Text("Returns", "", "No.")})
    await library.save("returns", changed, seen=1, by=CAN, at=later, publish=True)
    await library.restore("returns", 1, seen=2, by=ELIF, at=later)
    stored, history = await library.get("returns")
    assert (stored.latest.number, stored.latest.draft, stored.live) == (3, RETURNS, 2)
    assert [
        (one.number, one.saved_by, one.saved_at, one.restored_from) for one in history.versions
    ] == [
        (3, "Elif Aydın", later, 1),
        (2, "Can Demir", later, None),
        (1, "Elif Aydın", NOW, None),
    ]
    assert history.versions[1].draft == changed
    assert [(one.version, one.by) for one in history.releases] == [
        (2, "Can Demir"),
        (1, "Elif Aydın"),
    ]


async def test_who_saves_second_is_told_who_was_first_and_overwrites_nothing(
    library: Library,
) -> None:
    await publish(library, "returns", RETURNS)
    mine = replace(RETURNS, position=7)
    await library.save("returns", mine, seen=1, by=CAN, at=NOW)
    with pytest.raises(ArticleChanged, match="Can Demir saved version 2"):
        await library.save("returns", RETURNS, seen=1, by=ELIF, at=NOW, publish=True)
    with pytest.raises(ArticleChanged, match="Can Demir"):
        await library.save("returns", RETURNS, seen=0, by=ELIF, at=NOW)
    with pytest.raises(ArticleChanged):
        await library.restore("returns", 1, seen=1, by=ELIF, at=NOW)
    stored, _ = await library.get("returns")
    assert (stored.latest.draft, stored.live) == (mine, 1)


async def test_of_editors_who_save_at_the_same_moment_one_is_kept(library: Library) -> None:
    await publish(library, "returns", RETURNS)
    outcomes = await asyncio.gather(
        *(
            library.save(
                "returns", replace(RETURNS, position=at), seen=1, by=CAN, at=NOW, publish=True
            )
            for at in range(6)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes].count(ArticleChanged) == 5
    stored, history = await library.get("returns")
    assert (stored.live, len(history.versions), len(history.releases)) == (2, 2, 2)


async def test_what_is_not_there_or_cannot_be_kept_is_refused(library: Library) -> None:
    await publish(library, "returns", RETURNS)
    with pytest.raises(ArticleMissing):
        await library.get("no-such")
    with pytest.raises(ArticleMissing):
        await library.save("no-such", RETURNS, seen=3, by=ELIF, at=NOW)
    for version in (9, None):
        slug = "returns" if version else "no-such"
        with pytest.raises(ArticleMissing):
            await library.release(slug, version, by=ELIF, at=NOW)
    with pytest.raises(ArticleMissing):
        await library.restore("returns", 9, seen=1, by=ELIF, at=NOW)
    with pytest.raises(ArticleInvalid, match=r"tr\.title"):
        await library.save("x", in_turkish("x", "", "x"), seen=0, by=ELIF, at=NOW)
    assert [one.slug for one in await library.all()] == ["returns"]
    assert (await library.get("returns"))[0].live == 1


async def test_a_missing_language_is_answered_in_the_other_which_says_so(library: Library) -> None:
    await publish(library, "wifi", in_turkish("stores", "Mağazada Wi-Fi", "Şifre kasada."))
    for found in (
        await library.find("stores", "wifi password", "en"),
        await library.find(None, "is there wifi", "en"),
        await library.search("wifi", "en"),
    ):
        assert [(one.slug, one.language) for one in found] == [("wifi", "tr")]


async def test_the_first_article_of_a_topic_is_its_general_one(library: Library) -> None:
    await publish(library, "second", in_turkish("offers", "Kupon", "Kod.", position=20))
    await publish(library, "first", in_turkish("offers", "İndirim", "Var.", position=10))
    found = await library.find("offers", "kupon", "tr", limit=2)
    assert [(one.slug, one.general) for one in found] == [("second", False), ("first", True)]
    await library.release("first", None, by=ELIF, at=NOW)
    assert (await library.find("offers", "", "tr"))[0].general


async def test_all_of_an_article_can_be_read_in_order(library: Library) -> None:
    await publish(library, "returns", RETURNS)
    assert [one.heading for one in await library.whole("returns", "tr")] == [None, "Kargo kodu"]
    assert await library.whole("no-such", "tr") == []


async def test_a_preview_is_what_would_be_told(library: Library) -> None:
    text = RETURNS.texts["tr"]
    shown = library.preview(text, "tr")
    await publish(library, "returns", RETURNS)
    told = await library.whole("returns", "tr")
    assert [(one.title, one.heading, one.body) for one in shown] == [
        (one.title, one.heading, one.body) for one in told
    ]


async def test_an_agent_also_finds_what_is_said_in_passing_and_what_is_half_typed(
    library: Library,
) -> None:
    await publish(library, "returns", RETURNS)
    assert await library.find(None, "fatura", "tr") == []
    for typed in ("fatura", "FATURAM", "faturaları", "kod", "ka", "kargo kod"):
        found = await library.search(typed, "tr")
        assert found[0].heading == "Kargo kodu", typed
    assert await library.search("bisiklet", "tr") == []
    assert [one.heading for one in await library.search("", "tr")] == [None]


@pytest.mark.parametrize(
    "asked",
    [
        "'; DROP TABLE shop_passage; --",
        '"',
        "a AND (",
        "*",
        "NEAR(",
        ":*",
        "x" * 5_000,
        "\x00",
        "😀",
    ],
)
async def test_whatever_is_typed_is_only_words(library: Library, asked: str) -> None:
    await publish(library, "returns", RETURNS)
    for search in (library.find(None, asked, "tr"), library.search(asked, "tr")):
        assert len(await search) <= 2
    assert await library.find("returns", asked, "tr")


async def test_what_the_earlier_table_said_is_kept_and_live(empty_url: str) -> None:
    await migrate(empty_url)
    async with open_library(empty_url) as library:
        await publish(library, "returns", RETURNS)
    await _downgrade(empty_url)
    async with open_engine(empty_url) as engine, connection(engine) as opened:
        rows = (await opened.execute(sql("SELECT slug, language, title FROM shop_article"))).all()
    assert sorted(map(tuple, rows)) == [("returns", "en", "Returns"), ("returns", "tr", "İade")]
    await migrate(empty_url)
    async with open_library(empty_url) as library:
        stored, history = await library.get("returns")
        assert stored.latest.draft == RETURNS
        assert (stored.live, history.versions[0].saved_by) == (1, None)
        assert (await library.find(None, "iade kargo kodu", "tr"))[0].heading == "Kargo kodu"


async def _downgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    from shop.migrate import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")

    def run(opened: object) -> None:
        config.attributes["connection"] = opened
        command.downgrade(config, "0003")

    async with open_engine(url, begin="IMMEDIATE") as engine, connection(engine) as opened:
        await opened.run_sync(run)
