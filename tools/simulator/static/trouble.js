// The panel that decides how badly a platform treats the shop.

import { h } from "./dom.js";

const IN = "What customers write";
const OUT = "What the shop sends";
const CONTROLS = [
  { name: "duplicates", group: IN, label: "comes twice" },
  { name: "reordered", group: IN, label: "is overtaken by the next" },
  { name: "delay", group: IN, label: "comes late", most: 10, step: 0.5, unit: " s" },
  { name: "limited", group: OUT, label: "is refused: too many (429)" },
  { name: "failing", group: OUT, label: "meets a failing server (503)" },
  { name: "hanging", group: OUT, label: "is never answered" },
  { name: "lost", group: OUT, label: "arrives, but its answer is lost" },
];
const COUNTS = [
  ["calls", "calls by Devir"],
  ["duplicates", "brought twice"],
  ["reordered", "overtaken"],
  ["limited", "refused (429)"],
  ["failing", "failed (503)"],
  ["hanging", "not answered"],
  ["lost", "answers lost"],
];

let shown = null;

export function renderTrouble(panel, side, change) {
  const form = panel.querySelector("form");
  if (shown !== side.id) {
    shown = side.id;
    panel.querySelector(".hint").textContent = `How badly ${side.name} treats the shop from now on.`;
    form.replaceChildren(...fieldsets(change), expired(change), calm(change));
    panel.querySelector(".counts").replaceChildren(
      ...COUNTS.flatMap(([name, label]) => [h("dt", {}, label), h("dd", { "data-count": name })]),
    );
  }
  for (const { name, unit } of CONTROLS) {
    const field = form.elements[name];
    const value = unit ? side.mischief[name] : Math.round(side.mischief[name] * 100);
    if (field.value !== String(value) && document.activeElement !== field) field.value = value;
    tell(field);
  }
  form.elements.expired.checked = side.mischief.expired;
  for (const [name] of COUNTS) panel.querySelector(`[data-count=${name}]`).textContent = side.counts[name];
  panel.classList.toggle("stormy", Object.values(side.mischief).some(Boolean));
}

function fieldsets(change) {
  return [IN, OUT].map((group) =>
    h("fieldset", {}, h("legend", {}, group), ...CONTROLS.filter((one) => one.group === group).map((one) => slider(one, change))),
  );
}

function slider({ name, label, most = 100, step = 5, unit }, change) {
  const field = h("input", {
    type: "range",
    name,
    min: 0,
    max: most,
    step,
    value: 0,
    "data-unit": unit ?? " %",
    oninput: () => tell(field),
    onchange: () => change({ [name]: unit ? Number(field.value) : field.value / 100 }),
  });
  return h("label", {}, h("span", {}, label), field, h("output", {}));
}

function tell(field) {
  const told = field.value === "0" ? "never" : `${field.value}${field.dataset.unit}`;
  field.nextElementSibling.textContent = field.name === "delay" && field.value === "0" ? "no" : told;
  field.setAttribute("aria-valuetext", told);
}

function expired(change) {
  return h(
    "label",
    { class: "check" },
    h("input", { type: "checkbox", name: "expired", onchange: ({ target }) => change({ expired: target.checked }) }),
    h("span", {}, "The shop's token has expired"),
  );
}

function calm(change) {
  const nothing = Object.fromEntries(CONTROLS.map(({ name }) => [name, 0]));
  const still = () => {
    document.activeElement?.blur?.();
    change({ ...nothing, expired: false });
  };
  return h("button", { type: "button", class: "calm", onclick: still }, "No trouble at all");
}
