// One article: both languages side by side with what customers will read, publishing, and its history.

import { fill, h, icon, linked, setText } from "./dom.js";
import { errorText } from "./errors.js";
import { dateTime } from "./format.js";
import { t } from "./language.js";
import { tellDone, tellError } from "./notices.js";
import { LANGUAGES, marks, titleOf } from "./view-articles.js";
import { historyView } from "./view-article-history.js";

const PREVIEW_MS = 400;
const NO_TEXT = { title: "", keywords: "", body: "" };

/** `changed(slug)` is called after something was saved; `known()`: all articles, for topics and names. */
export function articleEditor({ api, changed, known }) {
  let article = null; // as it is on the server; null: a new one
  let saved = ""; // the form as it was loaded
  let busy = false;

  const title = h("h2", { tabindex: "-1", class: "article-title" });
  const state = h("p", { class: "article-state" });
  const slug = field("slug", h("input", { type: "text", maxlength: 60, spellcheck: "false", autocapitalize: "none", pattern: "[a-z0-9]+(-[a-z0-9]+)*" }));
  const topics = h("datalist", { id: "article-topics" });
  const topic = field("topic", h("input", { type: "text", maxlength: 60, list: "article-topics", spellcheck: "false", autocapitalize: "none" }));
  const position = field("position", h("input", { type: "number", min: 0, max: 9999, step: 1 }));
  const reviewed = h("input", { type: "checkbox", id: "article-reviewed" });
  const texts = Object.fromEntries(LANGUAGES.map((one) => [one, languageColumn(one)]));
  const problem = h("div", { class: "article-problem", role: "alert", hidden: true });
  const placeList = h("p", { class: "hint places" });
  const saveDraft = h("button", { type: "button", class: "button", title: "Ctrl+S", on: { click: () => save(false) } }, t("articles.save_draft"));
  const publish = h("button", { type: "submit", class: "button primary" }, t("articles.publish"));
  const takeOff = h("button", { type: "button", class: "button quiet", on: { click: unpublish } }, t("articles.take_off"));
  const history = historyView({ restore, release });
  const form = h(
    "form",
    { class: "article-form", novalidate: true, on: { submit: onSubmit, input: onInput, keydown: onKey } },
    h("header", { class: "article-head" }, h("a", { class: "icon-button article-back", href: "#", "aria-label": t("articles.back") }, icon("back")), h("div", {}, title, state)),
    problem,
    h("div", { class: "article-fields" }, slug.element, topic.element, topics, position.element, h("label", { class: "check", for: "article-reviewed" }, reviewed, h("span", {}, t("articles.reviewed"), h("small", { class: "hint" }, t("articles.reviewed_hint"))))),
    h("div", { class: "article-texts" }, LANGUAGES.map((one) => texts[one].element)),
    h("details", { class: "article-help" }, h("summary", {}, t("articles.help")), h("p", { class: "hint" }, t("articles.help_markup")), h("p", { class: "hint" }, t("articles.help_places")), placeList),
    history.element,
    h("footer", { class: "article-foot" }, takeOff, h("span", { class: "spacer" }), saveDraft, publish),
  );
  const nothing = h("div", { class: "empty" }, icon("article"), h("p", { class: "strong" }, t("articles.choose")), h("p", {}, t("articles.choose_more")));
  const element = h("main", { class: "article-main" }, nothing, form, history.dialog);
  form.hidden = true;

  // --- the form ----------------------------------------------------------------------------------------------------

  function field(name, input) {
    input.id = `article-${name}`;
    const wrong = h("p", { class: "field-problem", id: `article-${name}-problem`, hidden: true });
    input.setAttribute("aria-describedby", wrong.id);
    const hint = t(`articles.${name}_hint`);
    return { input, wrong, element: h("div", { class: `article-field field-${name}` }, h("label", { for: input.id }, t(`articles.${name}`)), input, h("p", { class: "hint" }, hint), wrong) };
  }

  function languageColumn(one) {
    const inputs = {
      title: h("input", { type: "text", lang: one, maxlength: 120 }),
      body: h("textarea", { lang: one, rows: 9, maxlength: 10000 }),
      keywords: h("textarea", { lang: one, rows: 2, maxlength: 1000 }),
    };
    const wrong = {};
    const fields = Object.entries(inputs).map(([name, input]) => {
      input.id = `article-${one}-${name}`;
      wrong[name] = h("p", { class: "field-problem", id: `${input.id}-problem`, hidden: true });
      input.setAttribute("aria-describedby", wrong[name].id);
      return h("div", { class: "article-field" }, h("label", { for: input.id }, t(`articles.text.${name}`)), input, name === "keywords" && h("p", { class: "hint" }, t("articles.keywords_hint")), wrong[name]);
    });
    const preview = h("div", { class: "article-preview", role: "group", "aria-label": t("articles.preview") });
    const whole = h("p", { class: "field-problem", hidden: true });
    return {
      inputs,
      wrong,
      whole,
      preview,
      timer: null,
      element: h("section", { class: "article-text", "aria-labelledby": `article-${one}` }, h("h3", { id: `article-${one}` }, t(`language.${one}`)), whole, fields, h("h4", {}, t("articles.preview")), preview),
    };
  }

  function read() {
    const draft = { topic: topic.input.value, position: Number(position.input.value || 0), reviewed: reviewed.checked };
    for (const one of LANGUAGES) {
      const { title: name, keywords, body } = texts[one].inputs;
      const said = { title: name.value, keywords: keywords.value, body: body.value };
      draft[one] = said.title.trim() || said.body.trim() ? said : null;
    }
    return draft;
  }

  function write(draft) {
    topic.input.value = draft.topic;
    position.input.value = draft.position;
    reviewed.checked = draft.reviewed;
    for (const one of LANGUAGES) {
      const said = draft[one] ?? NO_TEXT;
      for (const [name, input] of Object.entries(texts[one].inputs)) input.value = said[name];
      previewNow(one);
    }
  }

  function signature() {
    return JSON.stringify([article ? null : slug.input.value, read()]);
  }

  function isDirty() {
    return !form.hidden && signature() !== saved;
  }

  function onInput(event) {
    for (const one of LANGUAGES) if (Object.values(texts[one].inputs).includes(event.target)) previewSoon(one);
    renderButtons();
  }

  function onKey(event) {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    save(false);
  }

  function onSubmit(event) {
    event.preventDefault();
    save(true);
  }

  // --- what customers will read ------------------------------------------------------------------------------------

  function previewSoon(one) {
    clearTimeout(texts[one].timer);
    texts[one].timer = setTimeout(() => previewNow(one), PREVIEW_MS);
  }

  async function previewNow(one) {
    const column = texts[one];
    const { title: name, keywords, body } = column.inputs;
    const asked = { language: one, title: name.value, keywords: keywords.value, body: body.value };
    if (!asked.title.trim() && !asked.body.trim()) return fill(column.preview, h("p", { class: "faint" }, t(`articles.missing.${one}`)));
    let answer;
    try {
      answer = await api.previewArticle(asked);
    } catch (error) {
      if (body.value === asked.body) fill(column.preview, h("p", { class: "faint" }, errorText(error)));
      return;
    }
    if (body.value !== asked.body || name.value !== asked.title) return; // another was asked for meanwhile
    fill(column.preview, answer.passages.map((passage) => h("div", { class: "preview-bubble", lang: one, dir: "auto" }, h("strong", {}, passage.title), passage.heading && h("span", { class: "preview-heading" }, passage.heading), h("div", { class: "text" }, linked(passage.body)))));
  }

  // --- showing -----------------------------------------------------------------------------------------------------

  function show(draft) {
    nothing.hidden = true;
    form.hidden = false;
    fill(topics, [...new Set(known().map((one) => one.topic))].map((name) => h("option", { value: name })));
    slug.element.hidden = Boolean(article);
    slug.input.value = article?.slug ?? "";
    write(draft);
    saved = signature();
    told({});
    renderHead();
    renderButtons();
  }

  function renderHead() {
    setText(title, article ? titleOf(article) : t("articles.new"));
    fill(state, article ? [stateText(), marks(article)] : t("articles.new_hint"));
  }

  function stateText() {
    const values = { slug: article.slug, version: article.version, at: dateTime(article.saved_at), who: article.saved_by ?? t("articles.by_nobody") };
    return h("span", {}, t("articles.saved_state", values));
  }

  function renderButtons() {
    const clean = !isDirty();
    const upToDate = article !== null && article.live === article.version;
    for (const button of [saveDraft, publish, takeOff]) button.setAttribute("aria-disabled", String(busy));
    saveDraft.hidden = clean;
    publish.hidden = clean && upToDate;
    takeOff.hidden = !article || article.live === null;
  }

  /** Shows what is wrong beside each field, and the first of them in view. */
  function told(fields) {
    const left = new Map(Object.entries(fields));
    const all = [
      ["slug", slug],
      ["topic", topic],
      ["position", position],
      ...LANGUAGES.flatMap((one) => Object.keys(texts[one].inputs).map((name) => [`${one}.${name}`, { input: texts[one].inputs[name], wrong: texts[one].wrong[name] }])),
    ];
    let first = null;
    for (const [name, { input, wrong }] of all) {
      const what = left.get(name);
      left.delete(name);
      setText(wrong, what ?? "");
      wrong.hidden = !what;
      input.setAttribute("aria-invalid", String(Boolean(what)));
      if (what) first ??= input;
    }
    for (const one of LANGUAGES) {
      const what = left.get(one);
      setText(texts[one].whole, what ?? "");
      texts[one].whole.hidden = !what;
      if (what) first ??= texts[one].inputs.title;
    }
    problem.hidden = true;
    first?.focus();
  }

  function tellConflict(error) {
    const { saved_by: who, version, saved_at: at } = error.fields;
    fill(
      problem,
      icon("alert"),
      h("div", {}, h("p", { class: "strong" }, t("articles.conflict", { who: who ?? t("articles.by_file"), version, at: dateTime(at) })), h("p", {}, t("articles.conflict_more"))),
      h("button", { type: "button", class: "button", on: { click: () => lookAt(version) } }, t("articles.conflict_look")),
      h("button", { type: "button", class: "button", on: { click: () => keepMine(version) } }, t("articles.conflict_keep")),
    );
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  }

  async function lookAt(version) {
    const { versions } = await reload();
    history.look(versions.find((one) => one.version === version));
  }

  /** What the other editor saved stays in the history; ours becomes the next version. */
  async function keepMine(version) {
    article = { ...(article ?? { slug: slug.input.value.trim(), live: null }), version };
    problem.hidden = true;
    await save(false);
  }

  async function reload() {
    const answer = await api.article(article?.slug ?? slug.input.value.trim());
    history.show(answer);
    return answer;
  }

  // --- what the editor asks for ------------------------------------------------------------------------------------

  async function act(work, done) {
    if (busy) return;
    busy = true;
    renderButtons();
    try {
      const name = await work();
      tellDone(done);
      await changed(name);
      busy = false;
      await open(name, { quietly: true });
    } catch (error) {
      busy = false;
      if (error.code === "article_changed") tellConflict(error);
      else if (error.code === "invalid_input" && error.fields.fields) told(error.fields.fields);
      else tellError(errorText(error));
    }
    renderButtons();
  }

  function save(live) {
    const draft = read();
    const name = article?.slug ?? slug.input.value.trim();
    if (!/^[a-z0-9-]{1,60}$/.test(name)) return told({ slug: t("articles.slug_wrong") });
    if (live && article && !isDirty()) return release(article.version);
    return act(async () => {
      await api.saveArticle(name, { seen: article?.version ?? 0, ...draft, publish: live });
      return name;
    }, t(live ? "articles.published" : "articles.saved"));
  }

  function release(version) {
    return act(async () => {
      await api.releaseArticle(article.slug, version);
      return article.slug;
    }, t(version === null ? "articles.taken_off" : "articles.published"));
  }

  function unpublish() {
    if (confirm(t("articles.take_off_sure"))) release(null);
  }

  function restore(version) {
    if (isDirty() && !confirm(t("articles.leave_sure"))) return;
    saved = signature();
    act(async () => {
      await api.restoreArticle(article.slug, article.version, version);
      return article.slug;
    }, t("articles.restored", { version }));
  }

  async function open(name, { quietly = false } = {}) {
    let answer;
    try {
      answer = await api.article(name);
    } catch (error) {
      return tellError(errorText(error));
    }
    article = answer.article;
    history.show(answer);
    show(article);
    if (!quietly) {
      form.scrollTop = 0;
      title.focus();
    }
  }

  return {
    element,
    open,
    begin() {
      article = null;
      history.show({ article: null, versions: [], releases: [] });
      show({ topic: "", position: nextPosition(), reviewed: false, tr: null, en: null });
      slug.input.focus();
    },
    close() {
      article = null;
      form.hidden = true;
      nothing.hidden = false;
    },
    get isDirty() {
      return isDirty();
    },
    mayLeave() {
      return !isDirty() || confirm(t("articles.leave_sure"));
    },
    /** The names that articles may use for the shop's rules. */
    setPlaces(names) {
      fill(placeList, names.map((name) => [h("code", {}, `{{${name}}}`), " "]));
    },
    stop() {
      for (const one of LANGUAGES) clearTimeout(texts[one].timer);
    },
  };

  function nextPosition() {
    return Math.min(9999, Math.max(0, ...known().map((one) => one.position + 1)));
  }
}
