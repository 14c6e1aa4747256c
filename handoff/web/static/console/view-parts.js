// Parts of which the card's sections are made.

import { h } from "./dom.js";

export function section(heading, ...content) {
  return h("section", { class: "card-section" }, h("h3", {}, heading), ...content);
}

/** Names and values; `entries`: `[name, value]`. */
export function pairs(entries) {
  return h("dl", { class: "pairs" }, entries.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}
