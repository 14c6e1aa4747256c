// The articles beside the chat: an agent searches them and sends a passage, in the customer's language.

import { fill, h, icon, linked, setText } from "./dom.js";
import { errorText } from "./errors.js";
import { t } from "./language.js";

const PAUSE_MS = 200;
const SHOWN = 6;

/** `search(text, language)` answers passages; `composer`: the composer's view; `leave()` folds the drawer away. */
export function passagesView({ desk, composer, search, leave }) {
  const input = h("input", { type: "search", id: "passage-search", placeholder: t("passages.hint"), autocomplete: "off", "aria-controls": "passages", on: { input: searchSoon, keydown: onKey } });
  const status = h("p", { class: "passages-status faint", role: "status" });
  const results = h("ul", { class: "passages", id: "passages", "aria-label": t("passages.found") });
  const element = h("search", { class: "passage-search" }, h("label", { for: "passage-search", class: "visually-hidden" }, t("passages.search")), h("div", { class: "passage-field" }, icon("search"), input), status, results);
  let timer = null;
  let asked = 0;
  let shown = [];
  let conversation = null;

  function searchSoon() {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  }

  async function look() {
    clearTimeout(timer);
    const mine = ++asked;
    const text = input.value.trim();
    if (!text || !desk.current) return clear();
    let passages;
    try {
      ({ passages } = await search(text.slice(0, 200), desk.current.language));
    } catch (error) {
      if (mine === asked) {
        clear();
        setText(status, errorText(error));
      }
      return;
    }
    if (mine !== asked) return; // more was typed meanwhile
    shown = passages.slice(0, SHOWN);
    setText(status, shown.length ? "" : t("passages.none"));
    render();
  }

  function clear() {
    asked += 1;
    shown = [];
    setText(status, "");
    render();
  }

  function render() {
    fill(results, shown.map(row));
  }

  function row(passage) {
    const name = [passage.title, passage.heading].filter(Boolean).join(" › ");
    const other = passage.language !== desk.current.language;
    return h(
      "li",
      {},
      h("details", {}, h("summary", {}, h("span", { class: "passage-name", lang: passage.language }, name), other && h("span", { class: "mark mark-missing" }, t(`passages.only.${passage.language}`)), h("span", { class: "passage-begin", lang: passage.language, "aria-hidden": "true" }, passage.body)), h("div", { class: "text", lang: passage.language, dir: "auto" }, linked(passage.body))),
      desk.holds &&
        h(
          "div",
          { class: "passage-actions" },
          h("button", { type: "button", class: "button", "aria-label": t("passages.insert_named", { name }), on: { click: () => insert(passage) } }, t("passages.insert")),
          h("button", { type: "button", class: "button primary", "aria-label": t("passages.send_named", { name }), on: { click: () => send(passage) } }, icon("send"), t("passages.send")),
        ),
    );
  }

  function insert(passage) {
    leave();
    composer.insert(said(passage), cited(passage));
  }

  function send(passage) {
    desk.write("reply", said(passage), cited(passage));
    input.value = "";
    clear();
    leave();
    composer.focus("reply");
  }

  function onKey(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      look();
    } else if (event.key === "Escape" && input.value) {
      event.preventDefault();
      event.stopPropagation();
      input.value = "";
      clear();
    } else if (event.key === "ArrowDown" && shown.length) {
      event.preventDefault();
      results.querySelector("summary").focus();
    }
  }

  desk.on("conversation", () => {
    if (conversation !== desk.open?.id) {
      conversation = desk.open?.id ?? null;
      input.value = "";
      clear();
    } else render(); // whether it may be sent may have changed
  });

  return {
    element,
    focus() {
      input.focus();
      input.select();
    },
    stop: () => clearTimeout(timer),
  };
}

function said({ title, heading, body }) {
  return [[title, heading].filter(Boolean).join("\n"), body].join("\n\n");
}

function cited({ slug, title }) {
  return { slug, title };
}
