// Short words to the agent: a polite line for screen readers, toasts that everybody sees.

import { h, icon } from "./dom.js";
import { t } from "./language.js";

const STAY_MS = 5_000;
const STAY_ERROR_MS = 12_000;

/** Says something in the polite live region only. What follows closely does not push it out. */
export function announce(text) {
  const line = h("p", {}, text);
  document.getElementById("status").append(line);
  setTimeout(() => line.remove(), STAY_MS);
}

/** Shows and announces that something was done. */
export function tellDone(text) {
  show("done", "status", text, STAY_MS);
}

/** Shows and announces at once what needs attention. */
export function tellError(text) {
  show("error", "alert", text, STAY_ERROR_MS);
}

function show(kind, role, text, stay) {
  const toasts = document.getElementById("toasts");
  for (const old of toasts.querySelectorAll(".toast")) {
    // What was done before is no longer news; an error stays until it has been read.
    if (old.dataset.text === text || (kind === "done" && old.classList.contains("toast-done"))) old.remove();
  }
  const toast = h(
    "div",
    { class: `toast toast-${kind}`, role, data: { text } },
    icon(kind === "error" ? "alert" : "check"),
    h("span", {}, text),
    h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => toast.remove() } }, icon("close")),
  );
  toasts.append(toast);
  setTimeout(() => toast.remove(), stay);
}
