// What the customer has left with the shop: complaints, and what is wrong with a delivery.

import { h } from "./dom.js";
import { dateTime } from "./format.js";
import { label, t } from "./language.js";
import { section } from "./view-parts.js";

/** `orders`: the card's, in which a case's lines have their names. */
export function casesSection(cases, orders) {
  if (!cases.length) return null;
  return section(t("card.cases"), cases.map((one) => card(one, orders.orders ?? [])));
}

function card({ reference, kind, category, order, lines, text, at }, orders) {
  const about = category ? `${label("case", kind)}: ${label("complaint", category)}` : label("case", kind);
  const facts = [about, order && t("card.order", { number: order }), dateTime(at)].filter(Boolean);
  const known = orders.find(({ number }) => number === order);
  return h(
    "div",
    { class: "case" },
    h("p", {}, h("strong", {}, reference), h("span", { class: "faint" }, ` · ${facts.join(" · ")}`)),
    lines.length > 0 && h("ul", { class: "case-lines" }, lines.map(({ line, quantity }) => h("li", {}, lineText(known?.lines[line], line, quantity)))),
    h("q", {}, text),
  );
}

function lineText(known, line, quantity) {
  const name = known ? [known.name, known.variant].filter(Boolean).join(" · ") : t("order.line", { n: line + 1 });
  return `${quantity} × ${name}`;
}
