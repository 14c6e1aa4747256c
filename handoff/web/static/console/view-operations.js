// What the bot and agents did with the customer's orders, and the rule that decided.

import { h, icon } from "./dom.js";
import { date, dateTime, money } from "./format.js";
import { label, t } from "./language.js";
import { section } from "./view-parts.js";

const ICON = { done: "check", refused: "block", not_found: "block", open: "alert" };
const READS = ["refund_status", "invoice"]; // nothing is done, something is told
// What the day is that a rule counts from; other rules count from the delivery.
const SINCE = {
  cancel_open: "placed",
  address_open: "placed",
  delivery_overdue: "placed",
  already_shipped: "shipped",
  already_cancelled: "cancelled",
  already_returned: "returned",
};

/** `actions`: `again(operation)` asks again for what is open, where the agent `holds` the conversation. */
export function operationsSection(operations, actions) {
  if (!operations.length) return null;
  return section(t("card.operations"), h("ol", { class: "operations" }, operations.map((one) => entry(one, actions))));
}

function entry(one, { holds, again }) {
  const who = one.agent ? one.agent.name : t("author.bot");
  return h(
    "li",
    { class: `operation operation-${one.outcome}` },
    icon(ICON[one.outcome]),
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, operationTitle(one)), h("span", { class: "faint" }, ` · ${t("card.order", { number: one.order })}`)),
      one.rule && h("p", { class: "rule", title: one.rule }, ruleText(one)),
      outcomeText(one) && h("p", {}, outcomeText(one)),
      h("p", { class: "faint" }, `${who} · ${dateTime(one.at)}`),
      one.outcome === "open" && one.agent && holds && h("button", { type: "button", class: "link", on: { click: () => again(one) } }, t("operation.again")),
    ),
  );
}

/** "İptal: yapıldı" */
export function operationTitle({ name, outcome }) {
  if (name === "prove_order") return t("operation.proven");
  if (name === "look_up") return t(`look_up.${outcome}`);
  if (READS.includes(name) && outcome === "done") return label("operation", name);
  return `${label("operation", name)}: ${label("outcome", outcome)}`;
}

/** Why the rules decided so, with the days it was computed from. */
export function ruleText({ rule, since, until }) {
  const days = [
    since && t(`since.${SINCE[rule] ?? "delivered"}`, { day: date(since) }),
    until && t("rule.until", { day: date(until) }),
  ].filter(Boolean);
  return days.length ? `${label("rule", rule)} (${days.join(", ")})` : label("rule", rule);
}

/** What else came of it, in a line; empty when there is nothing to add. */
export function outcomeText({ name, outcome, details }) {
  if (outcome === "open") return t("outcome.open_more");
  if (outcome !== "done") return "";
  switch (name) {
    case "cancel_order":
      return t("result.refund_by", { amount: money(details.amount, details.currency), day: date(details.refund_by) });
    case "return_item":
      return t("result.return", { code: details.code, carrier: details.carrier, day: date(details.send_by), amount: money(details.amount, details.currency) });
    case "exchange_item":
      return t("result.exchange", { code: details.code, carrier: details.carrier, day: date(details.send_by), variant: details.variant });
    case "change_address":
      return addressText(details.address);
    case "refund_status":
      return details.refunds.length ? details.refunds.map(refundText).join(" · ") : t("result.no_refund");
    case "invoice":
      return t("result.invoice", { number: details.number, day: date(details.issued_on) });
    default:
      return "";
  }
}

export function addressText({ recipient, street, district, city, postcode }) {
  return [recipient, street, [postcode, `${district} / ${city}`].filter(Boolean).join(" ")].join(", ");
}

export function refundText({ amount, currency, status, due, paid_at: paidAt }) {
  const day = paidAt ?? due;
  return t(`refund.${status}`, { amount: money(amount, currency), day: day ? date(day) : "" });
}
