"""Articles in the console: who may write them, who sends them, and what is kept of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shop.articles.written import LONGEST_BODY
from shop.migrate import migrate as migrate_shop
from tests.handoff.conftest import AgentBrowser, Service
from tests.handoff.logbook import Logbook

MakeService = Callable[..., Awaitable[Service]]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TEXT = {
    "title": "İade",
    "keywords": "iade geri",
    "body": "**{{withdrawal.days}} gün** içinde.\n\n## Kargo kodu\n- Kodu söyleyin.",
}


@pytest.fixture
async def service(make_service: MakeService, tmp_path: Path) -> Service:
    """A service whose shop has no article yet."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    await migrate_shop(url)
    return await make_service(shop_url=url)


@pytest.fixture
async def editor(service: Service) -> AgentBrowser:
    return await service.new_agent("elif", "Elif Aydın", "supervisor")


def draft(seen: int = 0, **changed: Any) -> dict[str, Any]:
    return {
        "seen": seen,
        "topic": "returns",
        "position": 10,
        "reviewed": False,
        "tr": TEXT,
        "en": None,
        "publish": True,
        **changed,
    }


async def passages(agent: AgentBrowser, text: str, language: str = "tr") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await agent.get(f"/passages?text={text}&language={language}"))[
        "passages"
    ]
    return found


async def test_what_a_supervisor_publishes_agents_find_at_once(
    service: Service, editor: AgentBrowser
) -> None:
    agent = await service.new_agent()
    assert await passages(agent, "iade") == []
    status, saved = await editor.post("/articles/returns", draft())
    assert (status, saved["version"], saved["live"], saved["saved_by"]) == (201, 1, 1, "Elif Aydın")
    found = await passages(agent, "kargo%20kodum")
    assert found[0] == {
        "slug": "returns",
        "language": "tr",
        "title": "İade",
        "heading": "Kargo kodu",
        "body": "• Kodu söyleyin.",
    }
    assert (await passages(agent, "iade", "en"))[0]["language"] == "tr"
    assert len(await passages(agent, "")) == 1


async def test_an_agent_reads_what_is_live_and_writes_nothing(
    service: Service, editor: AgentBrowser
) -> None:
    await editor.post("/articles/returns", draft(publish=False))
    agent = await service.new_agent()
    assert await passages(agent, "iade") == []
    for path, body in (
        ("/articles/returns", draft(1)),
        ("/articles/returns/release", {"version": 1}),
        ("/articles/returns/restore", {"seen": 1, "version": 1}),
        ("/article-preview", {"language": "tr", **TEXT}),
    ):
        status, answer = await agent.post(path, body)
        assert (status, answer["error"]["code"]) == (403, "forbidden")
    for path in ("/articles", "/articles/returns"):
        async with agent._http.get(f"{service.url}/console/api{path}") as response:
            assert response.status == 403
    article = (await editor.get("/articles"))["articles"][0]
    assert (article["version"], article["live"]) == (1, None)


async def test_the_second_of_two_editors_is_told_who_was_first(
    service: Service, editor: AgentBrowser
) -> None:
    await editor.post("/articles/returns", draft())
    other = await service.new_agent("can", "Can Demir", "supervisor")
    assert (await other.post("/articles/returns", draft(1, position=20)))[0] == 201
    status, answer = await editor.post("/articles/returns", draft(1, position=30))
    assert (status, answer["error"]["code"]) == (409, "article_changed")
    assert (answer["error"]["saved_by"], answer["error"]["version"]) == ("Can Demir", 2)
    assert (await editor.get("/articles/returns"))["article"]["position"] == 20


async def test_history_tells_who_and_when_and_gives_an_earlier_version_back(
    editor: AgentBrowser,
) -> None:
    await editor.post("/articles/returns", draft())
    await editor.post("/articles/returns", draft(1, tr={**TEXT, "title": "Başka"}, publish=False))
    status, restored = await editor.post("/articles/returns/restore", {"seen": 2, "version": 1})
    assert (status, restored["version"], restored["restored_from"]) == (201, 3, 1)
    assert (restored["tr"]["title"], restored["live"]) == ("İade", 1)
    status, released = await editor.post("/articles/returns/release", {"version": 3})
    assert (status, released["live"]) == (200, 3)
    await editor.post("/articles/returns/release", {"version": None})
    known = await editor.get("/articles/returns")
    assert [one["version"] for one in known["versions"]] == [3, 2, 1]
    assert [one["version"] for one in known["releases"]] == [None, 3, 1]
    assert {one["by"] for one in known["releases"]} == {"Elif Aydın"}
    assert await passages(editor, "iade") == []


async def test_a_preview_is_what_customers_would_be_told(editor: AgentBrowser) -> None:
    status, shown = await editor.post("/article-preview", {"language": "tr", **TEXT})
    assert status == 200
    assert [(one["heading"], one["body"]) for one in shown["passages"]] == [
        (None, "14 gün içinde."),
        ("Kargo kodu", "• Kodu söyleyin."),
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tr": {**TEXT, "title": ""}}, "tr.title"),
        ({"tr": {**TEXT, "body": "x" * (LONGEST_BODY + 1)}}, "tr.body"),
        ({"tr": {**TEXT, "body": "{{withdrawal.dayz}}"}}, "tr.body"),
        ({"tr": None}, "tr"),
        ({"topic": "İade!"}, "topic"),
        ({"position": "1"}, "position"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_what_cannot_be_kept_is_named_by_its_field(
    editor: AgentBrowser, changed: dict[str, Any], field: str
) -> None:
    status, answer = await editor.post("/articles/returns", draft(**changed))
    assert (status, answer["error"]["code"]) == (422, "invalid_input")
    assert field in answer["error"]["fields"]
    assert (await editor.get("/articles"))["articles"] == []


async def test_what_is_not_there_is_not_found(service: Service, editor: AgentBrowser) -> None:
    assert (await editor.post("/articles/no-such", draft(3)))[1]["error"]["code"] == "not_found"
    await editor.post("/articles/returns", draft())
    for path, body in (
        ("/articles/returns/release", {"version": 9}),
        ("/articles/returns/restore", {"seen": 1, "version": 9}),
    ):
        assert (await editor.post(path, body))[1]["error"]["code"] == "not_found"
    for query in ("language=de", f"text={'x' * 201}"):
        async with editor._http.get(f"{service.url}/console/api/passages?{query}") as response:
            assert response.status == 422


async def test_a_reply_keeps_the_name_of_its_article_for_agents_alone(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    body = {
        "client_id": "agent-article-1",
        "text": "İade\n\n14 gün içinde.",
        "article": {"slug": "returns", "title": "İade"},
    }
    status, sent = await agent.post(f"/conversations/{name}/reply", body)
    assert (status, sent["article"]) == (201, {"slug": "returns", "title": "İade"})
    newest = (await agent.conversation(name))["messages"][-1]
    assert newest["article"] == {"slug": "returns", "title": "İade"}
    (heard,) = await customer.messages("agent")
    assert heard["text"] == "İade\n\n14 gün içinde."
    assert "article" not in heard
    status, _ = await agent.post(
        f"/conversations/{name}/note", {**body, "client_id": "agent-note-1"}
    )
    assert status == 422


async def test_while_the_database_is_away_it_is_said_and_nothing_of_the_text_is_logged(
    logbook: Logbook, make_service: MakeService, tmp_path: Path
) -> None:
    service = await make_service(shop_url=f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    editor = await service.new_agent("elif", "Elif Aydın", "supervisor")
    status, answer = await editor.post("/articles/returns", draft(tr={**TEXT, "title": "Gizemli"}))
    assert (status, answer["error"]["code"]) == (503, "shop_unavailable")
    await asyncio.sleep(0)
    assert not logbook.names("Gizemli")


async def test_who_saved_and_published_is_logged(
    logbook: Logbook, make_service: MakeService, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    await migrate_shop(url)
    editor = await (await make_service(shop_url=url)).new_agent("elif", "Elif", "supervisor")
    await editor.post("/articles/returns", draft())
    (entry,) = [one for one in logbook.events if one["event"] == "article_written"]
    assert (entry["step"], entry["agent"], entry["article"]) == ("saved", editor.id, "returns")
