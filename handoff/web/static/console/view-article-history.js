// An article's history: its versions with who and when, which were live, and a look at each.

import { fill, h, icon } from "./dom.js";
import { dateTime } from "./format.js";
import { t } from "./language.js";

const LANGUAGES = ["tr", "en"];

/** `dialog` stands beside `element`, which may be folded. `restore(version)` makes an earlier version the newest; `release(version)` lets customers read it. */
export function historyView({ restore, release }) {
  const rows = h("ol", { class: "versions" });
  const released = h("ul", { class: "releases" });
  const releasesPart = h("div", {}, h("h4", {}, t("articles.releases")), released);
  const dialog = h("dialog", { class: "help version-dialog" });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  const element = h("details", { class: "article-history" }, h("summary", {}, t("articles.history")), rows, releasesPart);
  let latest = 0;
  let live = null;

  function show({ article, versions, releases }) {
    element.hidden = !versions.length;
    latest = article?.version ?? 0;
    live = article?.live ?? null;
    fill(rows, versions.map((one) => row(one, article)));
    releasesPart.hidden = !releases.length;
    fill(released, releases.map(({ version, at, by }) => h("li", {}, t(version === null ? "articles.release_off" : "articles.release_on", { version, at: dateTime(at), who: by ?? t("articles.by_nobody") }))));
  }

  function row(one, article) {
    return h(
      "li",
      {},
      h("span", { class: "version-name" }, t("articles.version", { version: one.version })),
      h("span", { class: "faint" }, [dateTime(one.saved_at), one.saved_by ?? t("articles.by_nobody"), one.restored_from && t("articles.restored_from", { version: one.restored_from })].filter(Boolean).join(" · ")),
      one.version === article.live && h("span", { class: "mark mark-live" }, t("articles.live")),
      h("button", { type: "button", class: "link", on: { click: () => look(one) } }, t("articles.look")),
    );
  }

  function look(one) {
    const close = h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => dialog.close() } }, icon("close"));
    const act = (work) => () => {
      dialog.close();
      work(one.version);
    };
    dialog.setAttribute("aria-labelledby", "version-title");
    fill(
      dialog,
      h("header", {}, h("h2", { id: "version-title" }, t("articles.version", { version: one.version })), close),
      h("div", { class: "version-texts" }, LANGUAGES.map((language) => text(language, one[language]))),
      h("footer", {}, one.version !== live && h("button", { type: "button", class: "button", on: { click: act(release) } }, t("articles.release_this")), one.version !== latest && h("button", { type: "button", class: "button primary", on: { click: act(restore) } }, t("articles.restore"))),
    );
    dialog.showModal();
  }

  return { element, dialog, show, look };
}

function text(language, said) {
  if (!said) return h("section", {}, h("h3", {}, t(`language.${language}`)), h("p", { class: "faint" }, t(`articles.missing.${language}`)));
  return h("section", { lang: language }, h("h3", {}, t(`language.${language}`)), h("p", { class: "strong" }, said.title), h("div", { class: "text" }, said.body), said.keywords && h("p", { class: "faint" }, said.keywords));
}
