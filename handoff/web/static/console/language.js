// The console's language: Turkish unless the browser speaks English first; the agent's choice is remembered.

import { STRINGS } from "./strings.js";

const REMEMBERED = "devir.console.language";

let current = choose();

function choose() {
  const remembered = localStorage.getItem(REMEMBERED);
  if (remembered in STRINGS) return remembered;
  const first = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2)).find((tag) => tag in STRINGS);
  return first ?? "tr";
}

export function language() {
  return current;
}

export function otherLanguage() {
  return current === "tr" ? "en" : "tr";
}

export function setLanguage(next) {
  current = next;
  localStorage.setItem(REMEMBERED, next);
}

/** The sentence for `key`; `{name}` stands for `values.name`, a number `n` chooses between .one and .other. */
export function t(key, values = {}) {
  const table = STRINGS[current];
  const sentence = table[key] ?? table[`${key}.${new Intl.PluralRules(current).select(values.n ?? 0)}`];
  if (sentence === undefined) throw new Error(`no sentence for ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The sentence for `${group}.${name}` when there is one, else `name` made readable. For values the server sends. */
export function label(group, name) {
  if (name === null || name === undefined) return "";
  return STRINGS[current][`${group}.${name}`] ?? String(name).replaceAll("_", " ");
}
