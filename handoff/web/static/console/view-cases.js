// What the customer has left with the shop: complaints, and what is wrong with a delivery.

import { fill, h, icon } from "./dom.js";
import { dateTime } from "./format.js";
import { label, t } from "./language.js";
import { section } from "./view-parts.js";

/**
 * `orders`: the card's, in which a case's lines have their names. `close(id, note)` closes a case and `reopen(id)` opens it
 * again; `notes` keeps, by case, what is being written for it, because the card is built anew meanwhile.
 */
export function casesSection(cases, orders, { close, reopen, notes }) {
  if (!cases.length) return null;
  const foot = (one) => (one.closed ? end(one, reopen) : closing(one.id, close, notes));
  return section(t("card.cases"), cases.map((one) => card(one, orders.orders ?? [], foot(one))));
}

function card({ reference, kind, category, order, lines, text, at, closed }, orders, foot) {
  const about = category ? `${label("case", kind)}: ${label("complaint", category)}` : label("case", kind);
  const facts = [about, order && t("card.order", { number: order }), dateTime(at)].filter(Boolean);
  const known = orders.find(({ number }) => number === order);
  return h(
    "div",
    { class: closed ? "case case-closed" : "case" },
    h("p", {}, h("strong", {}, reference), h("span", { class: "faint" }, ` · ${facts.join(" · ")}`)),
    lines.length > 0 && h("ul", { class: "case-lines" }, lines.map(({ line, quantity }) => h("li", {}, lineText(known?.lines[line], line, quantity)))),
    h("q", {}, text),
    foot,
  );
}

/** Who closed the case, and a button for when that was too early. */
function end({ id, closed: { at, by, note } }, reopen) {
  const again = h("button", { type: "button", class: "link", id: `case-reopen-${id}`, on: { click: press } }, t("case.reopen"));

  async function press() {
    if (again.disabled) return;
    again.disabled = true;
    if (!(await reopen(id))) again.disabled = false;
  }

  return h(
    "div",
    { class: "case-foot" },
    h(
      "p",
      { class: "case-end" },
      icon("check"),
      h("span", {}, h("strong", {}, t("case.closed")), h("span", { class: "faint" }, ` · ${by.name} · ${dateTime(at)}`), note && h("span", { class: "case-note" }, note)),
    ),
    again,
  );
}

/** A button that asks for a note before it closes the case. */
function closing(id, close, notes) {
  const foot = h("div", { class: "case-foot" });
  const note = h("textarea", { id: `case-note-${id}`, rows: 2, maxlength: 1000, dir: "auto", on: { input: () => notes.set(id, note.value) } });
  const begin = h("button", { type: "button", class: "link", id: `case-close-${id}`, on: { click: ask } }, t("case.close"));

  function ask() {
    show();
    note.focus();
  }

  function show() {
    notes.set(id, note.value);
    const confirm = h("button", { type: "submit", class: "button primary" }, t("case.close"));
    const back = h("button", { type: "button", class: "button quiet", on: { click: leave } }, t("operation.cancel"));
    const form = h("form", { on: { submit } }, h("label", { for: note.id }, t("operation.note")), note, h("div", { class: "case-buttons" }, back, confirm));
    fill(foot, form);

    async function submit(event) {
      event.preventDefault();
      if (confirm.disabled) return;
      confirm.disabled = true;
      if (await close(id, note.value.trim())) notes.delete(id);
      else confirm.disabled = false;
    }
  }

  function leave() {
    notes.delete(id);
    fill(foot, begin);
    begin.focus();
  }

  if (notes.has(id)) {
    note.value = notes.get(id);
    show();
  } else fill(foot, begin);
  return foot;
}

function lineText(known, line, quantity) {
  const name = known ? [known.name, known.variant].filter(Boolean).join(" · ") : t("order.line", { n: line + 1 });
  return `${quantity} × ${name}`;
}
