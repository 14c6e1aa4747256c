"""Every address of the service; docs/protocol.md describes each."""

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from handoff.web import (
    articles,
    console,
    demo,
    files,
    health,
    operations,
    persons,
    webhooks,
    widget,
)
from handoff.web.articles import for_editors
from handoff.web.console import AgentHandler, for_agents

STATIC = Path(__file__).parent / "static"

# Said in full, because a shop's page may be in another encoding.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def add_routes(app: web.Application, *, with_demo: bool) -> None:
    """Add the routes; the demo shop page only where it is wanted."""
    router = app.router
    router.add_get("/healthz", health.healthz)
    router.add_get("/readyz", health.readyz)
    router.add_get("/metrics", health.metrics)

    router.add_post("/widget/sessions", widget.open_session)
    router.add_post("/widget/identity", widget.verify_identity)
    router.add_get("/widget/messages", widget.read_messages)
    router.add_post("/widget/messages", widget.post_message)
    router.add_post("/widget/files", files.receive_file)
    router.add_get("/widget/files/{file}", files.show_to_customer)
    router.add_get("/widget/socket", widget.socket)
    # Module scripts are fetched with CORS, from whatever page carries them.
    _add_files(app, "/widget", STATIC / "widget", {"Access-Control-Allow-Origin": "*"})

    channel = "/channels/{channel:[a-z_]+}/{account:[A-Za-z0-9_.-]+}"
    router.add_get(channel, webhooks.greet)
    router.add_post(channel, webhooks.hear)
    router.add_get(f"{channel}/files/{{file}}/{{name}}", webhooks.lend)

    api = "/console/api"
    one = f"{api}/conversations/{{id:[0-9a-f]{{32}}}}"
    router.add_post(f"{api}/login", console.login)
    router.add_post(f"{api}/logout", for_agents(console.logout))
    router.add_get(f"{api}/me", for_agents(console.me))
    router.add_get(f"{api}/conversations", for_agents(console.list_conversations))
    router.add_get(one, for_agents(console.read_conversation))
    router.add_get(f"{one}/messages", for_agents(console.read_messages))
    router.add_get(f"{one}/history", for_agents(console.read_history))
    router.add_get(f"{one}/person", for_agents(persons.read_person))
    router.add_post(f"{one}/join", for_agents(persons.join))
    router.add_post(f"{one}/separate", for_agents(persons.separate))
    router.add_get(f"{one}/orders", for_agents(operations.read_orders))
    variants = "orders/{number:[0-9A-Za-z-]{1,32}}/lines/{line:[0-9]{1,3}}/variants"
    router.add_get(f"{one}/{variants}", for_agents(operations.read_variants))
    router.add_post(f"{one}/operations", for_agents(operations.perform))
    router.add_post(f"{api}/operations/{{id:[0-9a-f]{{32}}}}/again", for_agents(operations.again))
    router.add_post(f"{api}/cases/{{id:[0-9a-f]{{32}}}}/close", for_agents(console.close_case))
    router.add_post(f"{api}/cases/{{id:[0-9a-f]{{32}}}}/reopen", for_agents(console.reopen_case))
    router.add_post(f"{one}/reply", for_agents(console.reply))
    router.add_post(f"{one}/note", for_agents(console.note))
    router.add_post(f"{one}/files", for_agents(files.send_file))
    router.add_get(f"{api}/files/{{file}}", for_agents(files.show_to_agent))
    router.add_post(f"{one}/transfer", for_agents(console.transfer))
    commands = "|".join(console.COMMANDS)
    router.add_post(f"{one}/{{command:{commands}}}", for_agents(console.give_command))
    router.add_post(f"{api}/messages/{{id:[0-9a-f]{{32}}}}/retry", for_agents(console.retry))
    router.add_post(f"{api}/messages/{{id:[0-9a-f]{{32}}}}/reveal", for_agents(console.reveal))
    _add_articles(app, api)
    router.add_get("/console/socket", console.socket)
    _add_page(app, "/console", STATIC / "console" / "index.html")
    _add_page(app, "/console/articles", STATIC / "console" / "articles.html")
    _add_files(app, "/console", STATIC / "console")

    if with_demo:
        router.add_post("/demo/identity", demo.make_token)
        router.add_get("/demo/pictures/{kind:[a-z-]+}-{colour:[0-9a-f]{6}}.svg", demo.picture)
        _add_page(app, "/demo", STATIC / "demo" / "index.html")
        _add_files(app, "/demo", STATIC / "demo")


def _add_articles(app: web.Application, api: str) -> None:
    def add(method: str, path: str, handler: AgentHandler) -> None:
        app.router.add_route(method, f"{api}/{path}", for_agents(for_editors(handler)))

    app.router.add_get(f"{api}/passages", for_agents(articles.search))
    one = "articles/{slug:[a-z0-9-]{1,60}}"
    add("GET", "articles", articles.list_articles)
    add("GET", one, articles.read_article)
    add("POST", one, articles.save_article)
    add("POST", f"{one}/restore", articles.restore_article)
    add("POST", f"{one}/release", articles.release_article)
    add("POST", "article-preview", articles.preview_article)


def _add_page(app: web.Application, path: str, file: Path) -> None:
    async def page(request: web.Request) -> web.FileResponse:
        return _file(file)

    app.router.add_get(path, page)


def _file(path: Path, headers: Mapping[str, str] | None = None) -> web.FileResponse:
    kind = _TYPES.get(path.suffix, "application/octet-stream")
    return web.FileResponse(
        path, headers={"Content-Type": kind, "Cache-Control": "no-cache", **(headers or {})}
    )


def _add_files(
    app: web.Application, path: str, folder: Path, headers: Mapping[str, str] | None = None
) -> None:
    # Listed once at the start: what is not in the folder now is not served, whatever the address
    # says.
    files = {
        file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()
    }

    async def send(request: web.Request) -> web.FileResponse:
        found = files.get(request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound
        return _file(found, headers)

    app.router.add_get(path + "/{file:.+}", send)
