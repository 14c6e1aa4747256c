// The customer's orders: where they stand, what happened to them, and what the agent may do with them.

import { externalLink, h, icon, safeUrl } from "./dom.js";
import { date, dateTime, money } from "./format.js";
import { label, t } from "./language.js";
import { addressText } from "./view-operations.js";
import { pairs, section } from "./view-parts.js";

const OPERATIONS = ["cancel_order", "change_address", "return_item", "exchange_item", "refund_status", "invoice"];

/** `actions`: `{holds, operate(name, order), lookUp(number), reload(), opened}`; `opened`: by number, what the agent unfolded. */
export function ordersSection(state, actions) {
  if (state.status === "loading") return section(t("card.orders"), h("p", { class: "faint" }, t("card.orders_loading")));
  const none = t(state.verified ? "card.orders_none" : "card.orders_unverified");
  return section(
    t("card.orders"),
    state.unavailable && away(state, actions),
    mark(state),
    state.orders.length > 0 && !actions.holds && h("p", { class: "orders-hold faint" }, t("card.orders_hold")),
    state.orders.map((one) => order(one, actions, isOpen(one, state, actions.opened))),
    !state.orders.length && !state.unavailable && h("p", { class: "faint" }, none),
    actions.holds && lookUp(state, actions),
  );
}

/** As the agent left it; at first what the customer proved and what was looked up are open. */
function isOpen({ number, theirs }, { verified_order: proven, orders }, opened) {
  const first = orders.find((one) => one.number === proven)?.number ?? orders[0].number;
  return opened.get(number) ?? (!theirs || number === first);
}

function away({ orders, at }, { reload }) {
  return h(
    "div",
    { class: "warning", role: "status" },
    icon("alert"),
    h(
      "span",
      {},
      t("card.orders_unavailable"),
      orders.length > 0 && ` ${t("card.orders_as_of", { time: dateTime(at) })}`,
      " ",
      h("button", { type: "button", class: "link", on: { click: reload } }, t("conversation.retry")),
    ),
  );
}

function mark({ verified, verified_by: by, verified_order: number, verified_at: at }) {
  if (!verified) return h("p", { class: "mark" }, icon("lock"), t("card.unverified"));
  return [
    h("p", { class: "mark verified" }, icon("check"), t("card.verified")),
    at && h("p", { class: "faint verified-by" }, t(by === "shop" ? "card.verified_by_shop" : "card.verified_by_order", { number, time: dateTime(at) })),
  ];
}

function lookUp({ verified, mentioned }, actions) {
  const number = h("input", { type: "text", id: "lookup-number", maxlength: 33, autocomplete: "off", spellcheck: "false", required: true, value: actions.typed.get() ?? (verified ? null : mentioned), on: { input: () => actions.typed.set(number.value) } });
  const form = h(
    "form",
    { class: "lookup" },
    h("label", { for: "lookup-number" }, t("lookup.label")),
    h("div", {}, number, h("button", { type: "submit", class: "button" }, t("lookup.submit"))),
    h("p", { class: "faint" }, t("lookup.hint")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = number.value.trim();
    if (wanted) actions.lookUp(wanted);
  });
  return form;
}

function order(one, actions, open) {
  return h(
    "details",
    { class: "order", open, data: { order: one.number }, on: { toggle: ({ target }) => actions.opened.set(one.number, target.open) } },
    h("summary", {}, h("span", { class: "order-number" }, t("card.order", { number: one.number })), h("span", { class: `chip order-${one.status}` }, label("order", one.status))),
    h("ul", { class: "lines" }, one.lines.map((line) => orderLine(line, one.currency))),
    h("p", { class: "total" }, h("span", {}, t("card.total")), h("strong", {}, money(one.total, one.currency))),
    pairs(facts(one)),
    one.returns.map((back) => goingBack(back, one)),
    h("h4", {}, t("card.events")),
    h("ol", { class: "events" }, happened(one).map(event)),
    actions.holds && h("div", { class: "order-actions", role: "group", "aria-label": t("card.order_actions", { number: one.number }) }, OPERATIONS.map((name) => operationButton(name, one, actions))),
  );
}

function operationButton(name, one, { operate }) {
  const refused = !one.may[name].allowed;
  return h(
    "button",
    { type: "button", id: `${name}-${one.number}`, class: refused ? "button small refused" : "button small", on: { click: () => operate(name, one) } },
    refused && icon("block"),
    label("operation", name),
    refused && h("span", { class: "visually-hidden" }, ` (${t("operation.not_allowed")})`),
  );
}

function facts(one) {
  const tracking = safeUrl(one.tracking_url);
  return [
    [t("card.customer"), one.customer],
    one.address && [t("card.address"), addressText(one.address)],
    one.carrier && [t("card.carrier"), one.carrier],
    one.tracking_number && [t("card.tracking"), tracking ? externalLink(tracking, [one.tracking_number, icon("link")]) : one.tracking_number],
    one.delivered_at ? [t("card.delivered"), dateTime(one.delivered_at)] : one.expected_at && [t("card.expected"), date(one.expected_at)],
  ].filter(Boolean);
}

/** A return or an exchange, with its lines and pieces. */
function goingBack({ code, status, reason, items, exchange_for: exchangeFor }, one) {
  return h(
    "div",
    { class: "going-back" },
    h(
      "p",
      {},
      h("strong", {}, t(exchangeFor ? "back.exchange" : "back.return", { code })),
      h("span", { class: "faint" }, ` · ${label("back_status", status)} · ${label("back_reason", reason)}`),
    ),
    h("ul", {}, items.map(({ line, quantity }) => h("li", {}, `${quantity} × ${lineName(one.lines[line])}${exchangeFor ? ` → ${exchangeFor}` : ""}`))),
  );
}

export function lineName({ name, variant }) {
  return [name, variant].filter(Boolean).join(" · ");
}

/** Everything dated, newest first. */
function happened(one) {
  const returns = one.returns.flatMap(({ code, opened_at: opened, sent_at: sent, arrived_at: arrived }) => [
    opened && { at: opened, status: t("event.return_opened", { code }) },
    sent && { at: sent, status: t("event.return_sent", { code }) },
    arrived && { at: arrived, status: t("event.return_arrived", { code }) },
  ]);
  const own = [{ at: one.placed_at, status: t("event.placed") }, one.cancelled_at && { at: one.cancelled_at, status: t("event.cancelled") }];
  return [...own, ...one.events, ...returns].filter(Boolean).sort((a, b) => (a.at < b.at ? 1 : -1));
}

function orderLine(line, currency) {
  const gone = line.quantity - line.left;
  return h(
    "li",
    {},
    h("span", {}, lineName(line), gone > 0 && h("span", { class: "faint" }, ` · ${t("card.line_back", { n: gone })}`)),
    h("span", { class: "faint" }, `${t("card.quantity", { n: line.quantity })} · ${money(line.price, currency)}`),
  );
}

function event({ at, status, place }) {
  return h("li", {}, h("time", { datetime: at }, dateTime(at)), h("span", {}, status, place && h("span", { class: "faint" }, ` · ${place}`)));
}
