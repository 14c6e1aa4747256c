// The right column: the handoff card. Why the conversation came, what the bot understood, the customer's orders.

import { fill, h, icon } from "./dom.js";
import { dateTime, percent } from "./format.js";
import { label, t } from "./language.js";
import { tellDone, tellError } from "./notices.js";
import { casesSection } from "./view-cases.js";
import { filesSection } from "./view-files.js";
import { historySection } from "./view-history.js";
import { operationTitle, operationsSection } from "./view-operations.js";
import { ordersSection } from "./view-orders.js";
import { pairs, section } from "./view-parts.js";

/**
 * `close()` folds the card away where it is a drawer; `articles`: the view of the articles beside the chat;
 * `operate(name, order)` asks for an operation, `read(talk)` opens an earlier talk,
 * `find()` asks who else the customer is.
 */
export function cardView({ desk, close, articles, operate, read, find }) {
  const body = h("div", { class: "card-body" });
  const title = h("h2", { id: "card-title", tabindex: "-1" }, t("card.title"));
  const element = h(
    "aside",
    { class: "column card-column", "aria-labelledby": "card-title", id: "card" },
    h("header", { class: "card-head" }, title, h("button", { type: "button", class: "icon-button card-close", "aria-label": t("card.close"), on: { click: close } }, icon("close"))),
    articles.element,
    body,
  );

  const opened = new Map();
  const notes = new Map();
  const wanted = new Map();
  let shown = null;
  let files = "";

  /** Builds the card anew only when something on it changed: a folded order stays folded. */
  function render() {
    const open = desk.open;
    const ready = open?.status === "ready";
    const content = JSON.stringify(ready ? [open.id, open.card, open.cases, open.operations, open.orders, open.earlier, desk.holds, open.transcript.fileIds] : null);
    if (content === shown) return;
    shown = content;
    files = String(open?.transcript.fileIds);
    const focused = body.contains(document.activeElement) && document.activeElement.id;
    const caret = focused && document.activeElement.selectionStart;
    if (!ready) return fill(body);
    const typed = { get: () => wanted.get(open.id), set: (number) => wanted.set(open.id, number) };
    const actions = { holds: desk.holds, operate, lookUp, typed, again, reload: () => desk.loadOrders(), opened };
    fill(body, open.card ? reason(open.card) : noCard(), casesSection(open.cases, open.orders, { close: closeCase, reopen: reopenCase, notes }), filesSection(open.transcript.messages), operationsSection(open.operations, actions), ordersSection(open.orders, actions), historySection(open.earlier, { read, find }), open.card && evidence(open.card));
    const rebuilt = focused && document.getElementById(focused);
    rebuilt?.focus?.({ preventScroll: true });
    if (typeof caret === "number") rebuilt?.setSelectionRange?.(caret, caret);
  }

  async function lookUp(number) {
    try {
      const id = desk.open.id;
      const { operation } = await desk.perform(desk.newOperationId(), { name: "look_up", order: number }, "");
      if (wanted.get(id)?.trim() === number) wanted.delete(id);
      if (operation.outcome === "not_found") tellError(t("lookup.none", { number }));
    } catch (error) {
      desk.refuse(error);
    }
  }

  async function again({ id }) {
    try {
      tellDone(operationTitle((await desk.performAgain(id)).operation));
    } catch (error) {
      desk.refuse(error);
    }
  }

  async function closeCase(id, note) {
    const closed = await desk.closeCase(id, note);
    if (closed) title.focus();
    return closed;
  }

  async function reopenCase(id) {
    const opened = await desk.reopenCase(id);
    if (opened) title.focus();
    return opened;
  }

  desk.on("conversation", render);
  desk.on("card", render);
  desk.on("transcript", () => String(desk.open.transcript.fileIds) !== files && render());
  render();
  return { element, focus: () => title.focus() };
}

function noCard() {
  return h("div", { class: "card-none" }, h("p", { class: "strong" }, t("card.none")), h("p", {}, t("card.none_more")));
}

function reason(card) {
  return [
    section(
      t("card.why"),
      h("p", { class: `why reason-${card.reason}` }, label("why", card.reason)),
      h("p", { class: "why-when" }, [dateTime(card.at), card.department && label("department", card.department), card.language && label("language", card.language)].filter(Boolean).join(" · ")),
    ),
    card.summary && section(t("card.summary"), h("p", { class: "summary" }, card.summary)),
  ];
}

function evidence(card) {
  const slots = Object.entries(card.slots ?? {}).filter(([, value]) => value !== null && value !== "");
  return [
    section(t("card.ranking"), ranking(card)),
    card.entities?.length > 0 &&
      section(t("card.entities"), pairs(card.entities.map(({ entity, value }) => [label("field", entity), readable(value)]))),
    slots.length > 0 && section(t("card.slots"), pairs(slots.map(([name, value]) => [label("field", name), slotValue(name, value)]))),
    card.failed_turns?.length > 0 && section(t("card.failed"), h("ul", { class: "failed-turns" }, card.failed_turns.map(failedTurn))),
    card.last_action && section(t("card.last_action"), h("p", { title: card.last_action }, label("action", card.last_action))),
  ];
}

function ranking(card) {
  const guesses = card.ranking?.length ? card.ranking : card.intent ? [card.intent] : [];
  if (!guesses.length) return h("p", { class: "faint" }, t("card.ranking_none"));
  return h(
    "ol",
    { class: "ranking" },
    guesses.map(({ name, confidence }) => {
      const fillBar = h("span", { class: "bar-fill" });
      fillBar.style.setProperty("inline-size", `${Math.round(confidence * 100)}%`);
      return h(
        "li",
        { title: name },
        h("span", { class: "guess" }, label("intent", name)),
        h("span", { class: "guess-value" }, percent(confidence)),
        h("span", { class: "bar", "aria-hidden": "true" }, fillBar),
      );
    }),
  );
}

function failedTurn({ text, intent, confidence }) {
  return h(
    "li",
    {},
    h("q", {}, text),
    intent && h("span", { class: "faint" }, t("message.understood", { intent: label("intent", intent), confidence: percent(confidence ?? 0) })),
  );
}

function slotValue(name, value) {
  return name === "language" ? label("language", value) : readable(value);
}

function readable(value) {
  if (value === true) return t("card.yes");
  if (value === false) return t("card.no");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
