// What an operation asks the agent for: an address, lines and pieces, a variant, a reason, a way back.

import { fill, h } from "./dom.js";
import { errorText } from "./errors.js";
import { label, t } from "./language.js";
import { ruleText } from "./view-operations.js";
import { lineName } from "./view-orders.js";

const REASONS = ["does_not_fit", "changed_mind", "damaged", "defective", "wrong_item", "not_as_described"];
const HANDOVERS = ["pick_up", "drop_off"];
const ADDRESS = ["recipient", "street", "district", "city", "postcode"];

/** `{element, wish(), problem()}`: the fields, their part of the wish, and what is wrong with them or null. */
export function operationFields(name, order, desk) {
  switch (name) {
    case "change_address":
      return addressFields(order);
    case "return_item":
      return returnFields(order);
    case "exchange_item":
      return exchangeFields(order, desk);
    default:
      return { element: null, wish: () => ({}), problem: () => null };
  }
}

function row(name, control) {
  return h("div", { class: "field-row" }, h("label", { for: control.id }, name), control);
}

function choice(id, values, name) {
  return h("select", { id, required: true }, h("option", { value: "" }, t("operation.choose")), values.map((value) => h("option", { value }, name(value))));
}

function addressFields({ address }) {
  const inputs = ADDRESS.map((part) => [part, h("input", { type: "text", id: `address-${part}`, value: address?.[part], maxlength: 200, autocomplete: "off", required: part !== "postcode" })]);
  const given = (part, input) => input.value.trim() || (part === "postcode" ? null : "");
  return {
    element: h("div", { class: "fields" }, inputs.map(([part, input]) => row(t(`address.${part}`), input))),
    wish: () => ({ address: Object.fromEntries(inputs.map(([part, input]) => [part, given(part, input)])) }),
    problem: () => null,
  };
}

function wayBack() {
  const reason = choice("back-reason", REASONS, (value) => label("back_reason", value));
  const handover = choice("back-handover", HANDOVERS, (value) => label("handover", value));
  return {
    element: [row(t("operation.reason"), reason), row(t("operation.handover"), handover)],
    wish: () => ({ reason: reason.value, handover: handover.value }),
  };
}

/** How many pieces of a line, and whether they are opened where the rules ask for it. */
function pieces(at, line) {
  const quantity = h("input", { type: "number", id: `pieces-${at}`, min: 1, max: line.left, value: line.left, inputmode: "numeric", required: true });
  const opened = line.opened_matters && h("select", { id: `opened-${at}` }, ["unknown", "no", "yes"].map((value) => h("option", { value }, t(`opened.${value}`))));
  return {
    element: h("div", { class: "line-more" }, row(t("operation.pieces", { n: line.left }), quantity), opened && row(t("operation.opened"), opened)),
    enable: (on) => (quantity.disabled = !on),
    item: () => ({ line: at, quantity: Number(quantity.value), opened: { yes: true, no: false }[opened?.value] ?? null }),
  };
}

function linesLeft(order) {
  return order.lines.map((line, at) => ({ line, at })).filter(({ line }) => line.left > 0);
}

function returnFields(order) {
  const lines = linesLeft(order);
  const rows = lines.map(({ line, at }) => {
    const chosen = h("input", { type: "checkbox", id: `line-${at}`, checked: lines.length === 1, on: { change: () => show() } });
    const of = pieces(at, line);
    const show = () => {
      of.element.hidden = !chosen.checked;
      of.enable(chosen.checked);
    };
    show();
    const late = !line.may.withdraw.allowed && h("p", { class: "faint" }, ruleText(line.may.withdraw));
    return { chosen, item: of.item, element: h("li", {}, h("label", { class: "check" }, chosen, lineName(line)), late, of.element) };
  });
  const back = wayBack();
  const chosen = () => rows.filter((one) => one.chosen.checked);
  return {
    element: h("div", { class: "fields" }, h("ul", { class: "choose-lines", "aria-label": t("operation.lines") }, rows.map((one) => one.element)), back.element),
    wish: () => ({ items: chosen().map((one) => one.item()), ...back.wish() }),
    problem: () => (chosen().length ? null : t("operation.no_line")),
  };
}

function exchangeFields(order, desk) {
  const which = h("select", { id: "exchange-line", required: true, on: { change: () => show() } }, linesLeft(order).map(({ line, at }) => h("option", { value: at }, lineName(line))));
  const more = h("div", { class: "fields" });
  const back = wayBack();
  let shown = null;

  async function show() {
    const at = Number(which.value);
    const variant = h("select", { id: "exchange-variant", required: true }, h("option", { value: "" }, t("app.loading")));
    shown = { ...pieces(at, order.lines[at]), variant };
    fill(more, row(t("operation.variant"), variant), shown.element);
    try {
      const variants = await desk.variants(order.number, at);
      const options = variants.map(({ name, stock }) => h("option", { value: name, disabled: stock === 0 }, t("operation.stock", { name, n: stock })));
      fill(variant, h("option", { value: "" }, t(variants.length ? "operation.choose" : "operation.no_variant")), options);
    } catch (error) {
      fill(variant, h("option", { value: "" }, errorText(error)));
    }
  }

  show();
  return {
    element: h("div", { class: "fields" }, row(t("operation.line"), which), more, back.element),
    wish: () => ({ item: shown.item(), variant: shown.variant.value, ...back.wish() }),
    problem: () => null,
  };
}
