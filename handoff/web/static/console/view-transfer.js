// The dialog in which an agent passes a conversation on: to a department or anybody, with what they should know.

import { h, icon } from "./dom.js";
import { label, t } from "./language.js";

/** `open()` shows it for the open conversation; `done()` is called when it was passed on. */
export function transferDialog({ desk, done }) {
  const title = h("h2", { id: "transfer-title", tabindex: "-1" }, t("transfer.title"));
  const cross = h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => dialog.close() } }, icon("close"));
  const department = h("select", { id: "transfer-department" }, h("option", { value: "" }, t("transfer.anybody")), desk.departments.map((name) => h("option", { value: name }, label("department", name))));
  const note = h("textarea", { id: "transfer-note", rows: 4, maxlength: 4000, required: true, dir: "auto" });
  const form = h(
    "form",
    { on: { submit } },
    h("p", {}, t("transfer.lead")),
    h("div", { class: "field-row" }, h("label", { for: "transfer-department" }, t("transfer.to")), department),
    h("div", { class: "field-row" }, h("label", { for: "transfer-note" }, t("transfer.note")), note),
    h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, t("operation.cancel")), h("button", { type: "submit", class: "button primary" }, t("transfer.submit"))),
  );
  const dialog = h("dialog", { class: "operation-dialog", "aria-labelledby": "transfer-title" }, h("header", {}, title, cross), h("div", { class: "operation-body" }, form));

  async function submit(event) {
    event.preventDefault();
    dialog.close(); // what goes wrong is told beside the conversation, and the note stays here
    if (await desk.step("transfer", { department: department.value || null, note: note.value.trim() })) {
      form.reset();
      done();
    }
  }

  function open() {
    dialog.showModal();
    title.focus();
  }

  return { element: dialog, open };
}
