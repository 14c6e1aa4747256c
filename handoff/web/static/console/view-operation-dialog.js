// The dialog in which an agent does something with an order: what the rules say, the choices, a note, a confirmation,
// and what came of it, which may be told to the customer.

import { fill, h, icon } from "./dom.js";
import { errorText } from "./errors.js";
import { label, t } from "./language.js";
import { tellDone } from "./notices.js";
import { operationFields } from "./view-operation-fields.js";
import { operationTitle, outcomeText, ruleText } from "./view-operations.js";

const UNKNOWN = ["network", "internal_error"]; // after these it is open whether it was done

/** `open(name, order)` shows it for an order of the open conversation. */
export function operationDialog({ desk }) {
  const title = h("h2", { id: "operation-title", tabindex: "-1" });
  const cross = h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => dialog.close() } }, icon("close"));
  const body = h("div", { class: "operation-body" });
  const dialog = h("dialog", { class: "operation-dialog", "aria-labelledby": "operation-title" }, h("header", {}, title, cross), body);

  let opener = null;
  // The card is built anew meanwhile, and with it the button that had the focus.
  dialog.addEventListener("close", () => document.getElementById(opener)?.focus());

  function open(name, order) {
    opener = document.activeElement.id;
    fill(title, `${t(`operation.title.${name}`)} · ${order.number}`);
    if (order.may[name].allowed) ask(name, order);
    else refuse(order.may[name]);
    dialog.showModal();
    title.focus();
  }

  function closeButton(text) {
    return h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, text);
  }

  function refuse(verdict) {
    fill(
      body,
      h("p", { class: "warning" }, icon("block"), h("span", {}, t("operation.refused"))),
      h("p", { title: verdict.rule }, ruleText(verdict)),
      h("p", { class: "faint" }, t("operation.refused_more")),
      h("div", { class: "dialog-foot" }, closeButton(t("app.close"))),
    );
  }

  function ask(name, order) {
    const verdict = order.may[name];
    const fields = operationFields(name, order, desk);
    const note = h("textarea", { id: "operation-note", rows: 2, maxlength: 1000, dir: "auto" });
    const alert = h("p", { class: "error", role: "alert" });
    const confirm = h("button", { type: "submit", class: "button primary" }, t(`operation.confirm.${name}`));
    const choices = h("fieldset", { class: "choices" }, fields.element, h("div", { class: "field-row" }, h("label", { for: "operation-note" }, t("operation.note")), note));
    const form = h(
      "form",
      { on: { submit } },
      !order.theirs && h("p", { class: "warning" }, icon("lock"), h("span", {}, t("operation.unverified"))),
      h("p", {}, t(`operation.lead.${name}`, { number: order.number })),
      verdict.rule && h("p", { class: "faint", title: verdict.rule }, ruleText(verdict)),
      choices,
      alert,
      h("div", { class: "dialog-foot" }, closeButton(t("operation.cancel")), confirm),
    );
    let sent = null; // what must be sent again as it was, because it may have been done
    let busy = false;

    async function submit(event) {
      event.preventDefault();
      if (busy) return;
      const problem = sent ? null : fields.problem();
      fill(alert, problem);
      if (problem) return;
      sent ??= { id: desk.newOperationId(), wish: { name, order: order.number, ...fields.wish() }, note: note.value.trim() };
      show(true);
      try {
        const done = await desk.perform(sent.id, sent.wish, sent.note);
        if (form.isConnected) tell(done);
      } catch (error) {
        const unknown = UNKNOWN.includes(error.code) || error.fields.operation_id;
        if (!unknown) sent = null;
        fill(alert, unknown ? t("operation.unknown") : errorText(error));
        fill(confirm, unknown ? t("conversation.retry") : t(`operation.confirm.${name}`));
        show(false);
      }
    }

    function show(working) {
      busy = working;
      choices.disabled = sent !== null;
      confirm.setAttribute("aria-disabled", String(working));
      confirm.classList.toggle("busy", working);
    }

    fill(body, form);
  }

  function tell({ operation, tell: sentence }) {
    const { language } = desk.current;
    const text = h("textarea", { id: "operation-tell", rows: 5, maxlength: 4000, lang: language, dir: "auto", "aria-label": t("operation.tell_label") });
    text.value = sentence ?? "";
    const wanted = h("input", { type: "checkbox", on: { change: render } });
    const end = h("button", { type: "submit", class: "button primary" });
    const done = operation.outcome === "done";
    const form = h(
      "form",
      { on: { submit } },
      h("p", { class: `outcome outcome-${operation.outcome}`, role: "status" }, icon(done ? "check" : "block"), h("strong", {}, operationTitle(operation))),
      operation.rule && h("p", { class: "faint", title: operation.rule }, ruleText(operation)),
      outcomeText(operation) && h("p", {}, outcomeText(operation)),
      sentence && h("div", { class: "tell" }, h("label", { class: "check" }, wanted, t("operation.tell", { language: label("language", language) })), text),
      h("div", { class: "dialog-foot" }, end),
    );

    function render() {
      text.hidden = !wanted.checked;
      fill(end, wanted.checked ? [icon("send"), t("composer.send")] : t("app.close"));
    }

    function submit(event) {
      event.preventDefault();
      const said = text.value.trim();
      if (wanted.checked && said) {
        desk.write("reply", said);
        tellDone(t("operation.told"));
      }
      dialog.close();
    }

    render();
    fill(body, form);
    (sentence ? wanted : end).focus();
  }

  return { element: dialog, open };
}
