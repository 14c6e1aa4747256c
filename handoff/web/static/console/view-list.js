// The left column: which conversations there are.

import { fill, h, icon, setText, syncChildren } from "./dom.js";
import { clockTime, customerName, date, duration, secondsSince, shortId } from "./format.js";
import { label, language, t } from "./language.js";
import { VIEWS } from "./model.js";

const TICK_MS = 1000;
const LONG_S = 300; // a wait beyond this stands out
const SHORT_S = 7200; // and so does less time to reply than this

/** `open(id)` shows a conversation. */
export function listView({ desk, drafts, open }) {
  const tabs = new Map(VIEWS.map((view) => [view, tab(view)]));
  const list = h("ul", {
    id: "conversation-list",
    class: "rows",
    role: "listbox",
    "aria-labelledby": "list-title",
    on: { keydown: onKey, click: onClick, focusin: onFocus },
  });
  const order = h(
    "button",
    { type: "button", class: "button quiet list-order", hidden: true, "aria-pressed": "false", on: { click: () => desk.showOrder(desk.order === "window" ? "activity" : "window") } },
    icon("clock"),
    h("span", {}, t("list.by_window")),
  );
  const empty = h("div", { class: "empty" });
  const more = h("button", { type: "button", class: "button quiet wide", hidden: true, on: { click: () => desk.moreConversations() } }, t("list.more"));
  const panel = h("div", { class: "list-scroll", role: "tabpanel", id: "list-panel", tabindex: "-1" }, list, empty, more);
  const element = h(
    "nav",
    { class: "column list-column", "aria-labelledby": "list-title" },
    h("h2", { id: "list-title", class: "visually-hidden" }, t("list.title")),
    h("div", { class: "tabs", role: "tablist", "aria-labelledby": "list-title", on: { keydown: onTabKey } }, ...[...tabs.values()].map((one) => one.button)),
    order,
    panel,
  );
  let active = null;

  function tab(view) {
    const count = h("span", { class: "count" });
    const button = h(
      "button",
      { type: "button", role: "tab", id: `tab-${view}`, "aria-controls": "list-panel", class: "tab", on: { click: () => desk.showView(view) } },
      t(`list.${view}`),
      count,
    );
    return { button, count };
  }

  function render() {
    for (const [view, { button, count }] of tabs) {
      const chosen = view === desk.view;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      setText(count, desk.counts[view] > 99 ? "99+" : String(desk.counts[view]));
      count.hidden = desk.counts[view] === 0;
      count.classList.toggle("hot", view === "waiting" && desk.counts.waiting > 0);
    }
    panel.setAttribute("aria-labelledby", `tab-${desk.view}`);
    const sorted = desk.order === "window";
    const conversations = desk.conversations.inView(desk.view, sorted ? new Date().toISOString() : null);
    order.setAttribute("aria-pressed", String(sorted));
    order.hidden = !sorted && !conversations.some((one) => one.window_until);
    const ids = conversations.map((one) => one.id);
    if (!ids.includes(active)) active = ids.includes(desk.open?.id) ? desk.open.id : (ids[0] ?? null);
    syncChildren(list, conversations, { key: (one) => one.id, create: () => h("li", { role: "option" }), update });
    list.hidden = ids.length === 0;
    renderEmpty(ids.length === 0);
    more.hidden = !desk.page().more || ids.length === 0;
  }

  function renderEmpty(isEmpty) {
    const { loaded, failed } = desk.page();
    empty.hidden = !isEmpty;
    if (!isEmpty) return;
    if (failed) {
      fill(empty, icon("alert"), h("p", {}, t("list.failed")), h("button", { type: "button", class: "button", on: { click: () => desk.showView(desk.view) } }, t("conversation.retry")));
    } else if (!loaded) {
      fill(empty, h("div", { class: "spinner", "aria-hidden": "true" }), h("p", {}, t("app.loading")));
    } else {
      fill(empty, icon("inbox"), h("p", { class: "strong" }, t(`list.empty.${desk.view}`)), h("p", {}, t(`list.empty.${desk.view}_more`)));
    }
  }

  function update(row, one) {
    const chosen = one.id === desk.open?.id;
    row.className = rowClass(one, chosen);
    row.setAttribute("aria-selected", String(chosen));
    row.tabIndex = one.id === active ? 0 : -1;
    const signature = JSON.stringify([one, chosen, drafts.has(one.id), language()]);
    if (row.signature === signature) return;
    row.signature = signature;
    fill(
      row,
      h("div", { class: "row-top" }, one.live && liveDot(), h("span", { class: "row-name" }, customerName(one)), one.customer?.name && h("span", { class: "row-id" }, shortId(one.id)), rowTime(one)),
      h(
        "div",
        { class: "row-middle" },
        h("span", { class: "row-last" }, lastLine(one)),
        one.unread > 0 && h("span", { class: "badge", "aria-label": t("list.unread", { n: one.unread }) }, one.unread > 99 ? "99+" : String(one.unread)),
      ),
      h("div", { class: "row-bottom" }, rowChips(one)),
    );
  }

  function rowClass(one, chosen) {
    return ["row", `row-${one.control}`, chosen && "chosen", one.unread > 0 && "unread"].filter(Boolean).join(" ");
  }

  function rowTime(one) {
    if (one.control === "queued" && one.waiting_since) {
      const seconds = secondsSince(one.waiting_since);
      return h("span", { class: seconds > LONG_S ? "row-time waiting long" : "row-time waiting", data: { since: one.waiting_since } }, t("list.waiting_since", { time: duration(seconds) }));
    }
    const recent = secondsSince(one.updated_at) < 20 * 3600;
    return h("span", { class: "row-time" }, recent ? clockTime(one.updated_at) : date(one.updated_at));
  }

  function windowChip(one) {
    if (!one.window_until || one.control === "closed") return null;
    const left = -secondsSince(one.window_until);
    if (left <= 0) return h("span", { class: "chip chip-window over" }, icon("clock"), t("list.window_over"));
    return h("span", { class: left < SHORT_S ? "chip chip-window short" : "chip chip-window", data: { until: one.window_until } }, icon("clock"), h("span", {}, t("list.window_left", { time: duration(left) })));
  }

  function lastLine(one) {
    const last = one.last_message;
    if (!last) return t("list.no_message");
    const text = last.text ?? fileText(last.file);
    if (last.author === "customer") return text;
    if (last.origin) return `${t("author.shop")}: ${text}`;
    const mine = last.author === "agent" && one.agent?.id === desk.me.id;
    return `${mine ? t("list.you") : label("author", last.author)}: ${text}`;
  }

  /** What stands for a message that has only a file, of this type. */
  function fileText(type) {
    if (!type) return "";
    return label("kind", type.startsWith("image/") ? "image" : type.startsWith("audio/") ? "audio" : "file");
  }

  function rowChips(one) {
    const holder = one.control === "human" && (one.agent?.id === desk.me.id ? t("control.mine") : one.agent?.name);
    return [
      drafts.has(one.id) && h("span", { class: "chip chip-draft" }, t("list.draft")),
      one.control === "queued" && one.reason && h("span", { class: `chip reason reason-${one.reason}` }, label("reason", one.reason)),
      holder && h("span", { class: "chip chip-human" }, icon("person"), holder),
      one.control === "bot" && h("span", { class: "chip chip-bot" }, icon("bot"), t("control.bot")),
      one.control === "closed" && h("span", { class: "chip" }, icon("check"), t("control.closed")),
      windowChip(one),
      one.open_cases > 0 && h("span", { class: "chip chip-case" }, t("list.open_cases", { n: one.open_cases })),
      h("span", { class: "row-meta" }, `${label("channel", one.channel)} · ${one.language.toUpperCase()}`),
    ];
  }

  function liveDot() {
    return h("span", { class: "live-dot", role: "img", "aria-label": t("list.live"), title: t("list.live") });
  }

  function onClick(event) {
    const row = event.target.closest(".row");
    if (row) open(row.dataset.key);
  }

  function onFocus(event) {
    const row = event.target.closest(".row");
    if (row) setActive(row);
  }

  function setActive(row) {
    active = row.dataset.key;
    for (const one of list.children) one.tabIndex = one === row ? 0 : -1;
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest(".row");
    const rows = [...list.children];
    const at = rows.indexOf(row);
    const to = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
    else if (event.key === "Enter" || event.key === " ") open(row.dataset.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function onTabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = VIEWS[(VIEWS.indexOf(desk.view) + step + VIEWS.length) % VIEWS.length];
    desk.showView(next);
    tabs.get(next).button.focus();
  }

  function tick() {
    if (document.visibilityState === "hidden") return;
    for (const time of list.querySelectorAll("[data-since]")) {
      const seconds = secondsSince(time.dataset.since);
      setText(time, t("list.waiting_since", { time: duration(seconds) }));
      time.classList.toggle("long", seconds > LONG_S);
    }
    for (const chip of list.querySelectorAll("[data-until]")) {
      const left = -secondsSince(chip.dataset.until);
      setText(chip.lastElementChild, left > 0 ? t("list.window_left", { time: duration(left) }) : t("list.window_over"));
      chip.classList.toggle("short", left < SHORT_S);
    }
  }

  const ticker = setInterval(tick, TICK_MS);
  desk.on("list", render);
  desk.on("transcript", render); // an unsent message or a draft may have come or gone
  render();
  tick();

  return {
    element,
    /** Puts the focus on the list: on the open or else the first conversation. */
    focus: () => (list.querySelector('.row[tabindex="0"]') ?? tabs.get(desk.view).button).focus(),
    renderDrafts: render,
    stop: () => clearInterval(ticker),
  };
}
