// The articles page: all articles by topic, and the one that is open.

import { fill, h, icon, setText } from "./dom.js";
import { errorText } from "./errors.js";
import { label, language, otherLanguage, t } from "./language.js";
import { announce, tellError } from "./notices.js";
import { articleEditor } from "./view-article-editor.js";

export const LANGUAGES = ["tr", "en"];
const NEW = "+";

/** `desk`: the address of the desk; `switchLanguage()` shows the page in the other language. */
export function articlesView({ api, me, desk, switchLanguage }) {
  let articles = [];
  let loaded = false;
  const search = h("input", { type: "search", id: "article-search", placeholder: t("articles.search_hint"), autocomplete: "off", on: { input: renderList } });
  const count = h("p", { class: "visually-hidden", role: "status" });
  const rows = h("div", { class: "article-rows" });
  const list = h(
    "nav",
    { class: "article-list", "aria-label": t("articles.title") },
    h("div", { class: "article-tools" }, h("label", { for: "article-search", class: "visually-hidden" }, t("articles.search")), search, h("a", { class: "button primary", href: `#${NEW}` }, t("articles.new"))),
    count,
    rows,
  );
  const editor = articleEditor({ api, changed, known: () => articles });
  const element = h(
    "div",
    { class: "articles-page" },
    h(
      "header",
      { class: "topbar" },
      h("img", { src: "/console/favicon.svg", alt: "", width: 26, height: 26 }),
      h("h1", {}, t("app.name"), h("small", {}, t("articles.title"))),
      h("span", { class: "spacer" }),
      h("a", { class: "button quiet to-desk", href: desk }, icon("inbox"), t("articles.to_desk")),
      h("button", { type: "button", class: "button quiet language", lang: otherLanguage(), title: t("app.language_hint"), on: { click: switchLanguage } }, h("span", { class: "label" }, t("app.language")), h("span", { class: "label-short", "aria-hidden": "true" }, otherLanguage().toUpperCase())),
      h("span", { class: "agent-name" }, icon("person"), me.name),
    ),
    h("div", { class: "article-columns" }, list, editor.element),
  );

  // --- the list ----------------------------------------------------------------------------------------------------

  function renderList() {
    const wanted = search.value.trim().toLocaleLowerCase("tr").split(/\s+/).filter(Boolean);
    const found = articles.filter((one) => wanted.every((word) => haystack(one).includes(word)));
    const topics = [...new Set(found.map((one) => one.topic))];
    setText(count, loaded ? t("articles.count", { n: found.length }) : "");
    if (!loaded) return fill(rows, h("p", { class: "faint article-none" }, t("app.loading")));
    if (!found.length) return fill(rows, h("p", { class: "faint article-none" }, t(articles.length ? "articles.none_found" : "articles.none")));
    fill(rows, unreviewedHint(), topics.map((topic) => h("section", {}, h("h2", {}, label("topic", topic)), h("ul", {}, found.filter((one) => one.topic === topic).map(row)))));
  }

  function unreviewedHint() {
    const left = articles.filter((one) => !one.reviewed).length;
    return left > 0 && h("p", { class: "unreviewed-hint" }, icon("alert"), h("span", {}, t("articles.unreviewed_count", { n: left })));
  }

  function row(one) {
    return h(
      "li",
      {},
      h("a", { href: `#${one.slug}`, class: "article-row", "aria-current": one.slug === current() ? "page" : null }, h("span", { class: "article-name" }, titleOf(one)), h("span", { class: "marks" }, marks(one))),
    );
  }

  function current() {
    return decodeURIComponent(location.hash.slice(1));
  }

  // --- the open article --------------------------------------------------------------------------------------------

  let shown = "";

  async function follow() {
    const slug = current();
    if (slug === shown) return;
    if (!editor.mayLeave()) return history.replaceState(null, "", shown ? `#${shown}` : location.pathname);
    shown = slug;
    element.classList.toggle("has-article", Boolean(slug));
    renderList();
    if (!slug) editor.close();
    else if (slug === NEW) editor.begin();
    else await editor.open(slug);
  }

  /** After something was saved: the list again, and the address of what was new. */
  async function changed(slug) {
    shown = slug;
    history.replaceState(null, "", `#${slug}`);
    await load();
  }

  async function load() {
    try {
      const answer = await api.articles();
      articles = answer.articles;
      editor.setPlaces(answer.places);
      loaded = true;
    } catch (error) {
      tellError(errorText(error));
      if (!loaded) fill(rows, h("p", { class: "faint article-none" }, errorText(error)), h("button", { type: "button", class: "button", on: { click: load } }, t("conversation.retry")));
      return;
    }
    renderList();
  }

  const guard = (event) => editor.isDirty && event.preventDefault();

  return {
    element,
    mayLeave: () => editor.mayLeave(),
    async start() {
      renderList();
      addEventListener("hashchange", follow);
      addEventListener("beforeunload", guard);
      await load();
      await follow();
      if (!shown) announce(t("articles.count", { n: articles.length }));
    },
    stop() {
      removeEventListener("hashchange", follow);
      removeEventListener("beforeunload", guard);
      editor.stop();
    },
  };
}

/** An article's title in the console's language, else in the other. */
export function titleOf(article) {
  return (article[language()] ?? article.tr ?? article.en)?.title ?? article.slug;
}

/** What an editor should know of an article at a glance. */
export function marks(article) {
  return [
    article.live === null && h("span", { class: "mark mark-draft" }, t("articles.draft")),
    article.live !== null && article.live < article.version && h("span", { class: "mark mark-draft" }, t("articles.unpublished")),
    ...LANGUAGES.filter((one) => !article[one]).map((one) => h("span", { class: "mark mark-missing" }, t(`articles.missing.${one}`))),
    !article.reviewed && h("span", { class: "mark mark-unreviewed" }, t("articles.unreviewed")),
  ];
}

function haystack(article) {
  const said = LANGUAGES.map((one) => article[one]).filter(Boolean);
  return [article.slug, article.topic, ...said.flatMap((text) => [text.title, text.keywords, text.body])].join(" ").toLocaleLowerCase("tr");
}
