// What was talked about before with the same person: a list on the card, and a dialog in which it is read.

import { fill, h, icon } from "./dom.js";
import { errorText } from "./errors.js";
import { customerName, date, dateTime } from "./format.js";
import { label, t } from "./language.js";
import { createLine, lines, updateLine } from "./view-message.js";
import { section } from "./view-parts.js";

/** `read(talk)` opens one, `find()` the dialog in which other customers are said to be the same person. */
export function historySection(earlier, { read, find }) {
  return section(
    t("card.history"),
    earlier.length > 0 && h("ul", { class: "history" }, earlier.map((talk) => h("li", {}, entry(talk, read)))),
    h("button", { type: "button", class: "link", id: "find-person", on: { click: find } }, t("person.find")),
  );
}

function entry(talk, read) {
  const facts = [label("channel", talk.channel), talk.reason && label("reason", talk.reason), talk.agents.join(", ")].filter(Boolean);
  return h(
    "button",
    { type: "button", class: "talk", on: { click: () => read(talk) } },
    h("strong", {}, when(talk)),
    h("span", { class: "faint" }, facts.join(" · ")),
    talk.summary && h("span", { class: "talk-summary" }, talk.summary),
  );
}

function when({ began_at: began, ended_at: ended }) {
  if (!ended) return t("history.open", { day: dateTime(began) });
  return date(began) === date(ended) ? dateTime(began) : `${date(began)} – ${date(ended)}`;
}

/** `read(talk)` shows an earlier talk; nothing in it can be changed. */
export function historyDialog({ desk }) {
  const title = h("h2", { id: "history-title", tabindex: "-1" });
  const cross = h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => dialog.close() } }, icon("close"));
  const log = h("div", { class: "log", tabindex: "0", role: "region", "aria-labelledby": "history-title" });
  const dialog = h("dialog", { class: "operation-dialog history-dialog", "aria-labelledby": "history-title" }, h("header", {}, title, cross), log);

  async function read(talk) {
    fill(title, `${t("history.title")} · ${when(talk)}`);
    fill(log, h("p", { class: "faint" }, t("conversation.loading")));
    dialog.showModal();
    title.focus();
    try {
      const messages = await desk.messagesOf(talk);
      const view = { me: desk.me, mayReveal: false, customer: customerName({ ...desk.current, id: talk.conversation }), actions: {} };
      fill(log, lines(messages.map(readOnly), [], desk.me, new Map()).map((line) => shown(line, view)));
    } catch (error) {
      fill(log, h("p", { class: "error", role: "alert" }, errorText(error)));
    }
  }

  return { element: dialog, read };
}

function shown(line, view) {
  const element = createLine(line);
  updateLine(element, line, view);
  return element;
}

/** Without how it was delivered: there is nothing to try again here. */
function readOnly(message) {
  return { ...message, delivery: null };
}
