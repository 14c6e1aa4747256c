// The dialog that lists the keyboard shortcuts.

import { h, icon } from "./dom.js";
import { t } from "./language.js";

const GROUPS = {
  everywhere: [
    [["Alt+L"], "list_focus"],
    [["1", "2", "3", "4"], "tabs"],
    [["?"], "help"],
    [["Esc"], "escape"],
  ],
  list: [
    [["↑", "↓", "K", "J"], "move"],
    [["Enter"], "open"],
  ],
  conversation: [
    [["Alt+C"], "claim"],
    [["Alt+R"], "reply"],
    [["Alt+N"], "note"],
    [["Alt+B"], "hand_back"],
    [["Alt+T"], "transfer"],
    [["Alt+S"], "release"],
    [["Alt+E"], "resolve"],
    [["Alt+K"], "card"],
    [["Alt+A"], "articles"],
    [["Enter", "Shift+Enter"], "send"],
  ],
};

/** A modal dialog; the browser gives the focus back to where it was when it closes. */
export function helpDialog() {
  const close = h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => dialog.close() } }, icon("close"));
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    h("header", {}, h("h2", { id: "help-title" }, t("help.title")), close),
    h("div", { class: "help-groups" }, Object.entries(GROUPS).map(group)),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return dialog;
}

function group([name, shortcuts]) {
  return h(
    "section",
    {},
    h("h3", {}, t(`help.${name}`)),
    h("dl", {}, shortcuts.map(([keys, meaning]) => h("div", {}, h("dt", {}, t(`help.${meaning}`)), h("dd", {}, keys.map((key) => [" ", h("kbd", {}, key)]))))),
  );
}
