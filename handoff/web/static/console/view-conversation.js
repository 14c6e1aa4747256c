// The middle column: one conversation, its state, its transcript and what the agent may do with it.

import { fill, h, icon, setText, syncChildren } from "./dom.js";
import { customerName, duration, secondsSince, shortId } from "./format.js";
import { label, t } from "./language.js";
import { createLine, lines, updateLine } from "./view-message.js";

const NEAR_END_PX = 80;
const TICK_MS = 30_000; // what is shown counts in minutes
const PRIMARY = ["claim", "take-over"];
const KEYS = { claim: "Alt+C", "take-over": "Alt+C", "hand-back": "Alt+B", release: "Alt+S", transfer: "Alt+T", resolve: "Alt+E" };

/** `composer`: the composer's view; `back()` returns to the list; `toggleCard()` opens or folds the card. */
export function conversationView({ desk, composer, back, toggleCard, step }) {
  const title = h("h2", { class: "conversation-name", id: "conversation-title", tabindex: "-1" });
  const meta = h("p", { class: "conversation-meta" });
  const actions = h("div", { class: "actions" });
  const cardButton = h("button", { type: "button", class: "icon-button card-toggle", "aria-controls": "card", "aria-expanded": "false", "aria-label": t("card.open"), title: t("card.open"), on: { click: toggleCard } }, icon("card"));
  const header = h(
    "header",
    { class: "conversation-head" },
    h("button", { type: "button", class: "icon-button back", "aria-label": t("conversation.back"), on: { click: back } }, icon("back")),
    h("div", { class: "conversation-who" }, title, meta),
    actions,
    cardButton,
  );
  const earlier = h("button", { type: "button", class: "button quiet earlier", hidden: true, on: { click: () => desk.earlierMessages() } }, t("conversation.earlier"));
  const log = h("div", { class: "log", role: "log", "aria-live": "off" });
  const nothing = h("p", { class: "faint nothing", hidden: true }, t("conversation.empty"));
  const typing = h("div", { class: "typing", role: "status" });
  const scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "conversation-title", on: { scroll: onScroll } }, earlier, nothing, log, typing);
  const newest = h("button", { type: "button", class: "button newest", hidden: true, on: { click: () => toEnd() } }, icon("down"), t("conversation.new"));
  const placeholder = h("div", { class: "empty conversation-empty" });
  const element = h("main", { class: "column conversation-column" }, header, h("div", { class: "scroll-frame" }, scroll, newest), composer.element, placeholder);
  takeDropped(element);
  let shown = null;
  let lastKey = null;
  let atEnd = true;

  function render() {
    const { open, current } = desk;
    const ready = open?.status === "ready" && current;
    element.classList.toggle("ready", Boolean(ready));
    if (!ready) {
      shown = null;
      return renderPlaceholder();
    }
    placeholder.hidden = true;
    setText(title, customerName(current));
    log.setAttribute("aria-label", t("conversation.log", { name: customerName(current) }));
    renderMeta(current);
    renderActions();
    renderTranscript({});
  }

  function takeDropped(target) {
    target.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      target.classList.add("dropping");
    });
    target.addEventListener("dragleave", ({ relatedTarget }) => target.contains(relatedTarget) || target.classList.remove("dropping"));
    target.addEventListener("drop", (event) => {
      target.classList.remove("dropping");
      event.preventDefault(); // the browser would leave the console for the file
      composer.takeFiles(event.dataTransfer);
    });
  }

  function renderPlaceholder() {
    const status = desk.open?.status;
    placeholder.hidden = false;
    if (!desk.open) {
      fill(placeholder, icon("inbox"), h("p", { class: "strong" }, t("conversation.none")), h("p", {}, t("conversation.none_more")), h("p", { class: "faint" }, t("conversation.none_hint")));
    } else if (status === "loading") {
      fill(placeholder, h("div", { class: "spinner", "aria-hidden": "true" }), h("p", {}, t("conversation.loading")));
    } else if (status === "missing") {
      fill(placeholder, icon("alert"), h("p", { class: "strong" }, t("conversation.not_found")), h("button", { type: "button", class: "button", on: { click: back } }, t("conversation.back")));
    } else {
      fill(placeholder, icon("alert"), h("p", { class: "strong" }, t("conversation.failed")), h("button", { type: "button", class: "button", on: { click: () => desk.retryOpening() } }, t("conversation.retry")));
    }
  }

  function renderMeta(one) {
    fill(
      meta,
      h("span", { class: `state state-${one.control}` }, controlText(one)),
      one.channel === "widget" ? presence(one) : reach(one),
      h("span", {}, label("channel", one.channel)),
      h("span", {}, label("language", one.language)),
      one.customer?.name && h("span", { class: "row-id" }, shortId(one.id)),
    );
  }

  function presence(one) {
    return h("span", { class: one.live ? "presence live" : "presence" }, h("span", { class: one.live ? "live-dot" : "away-dot", "aria-hidden": "true" }), t(one.live ? "conversation.live" : "conversation.away"));
  }

  /** Whether, and how long, the customer's platform takes a reply. */
  function reach(one) {
    if (one.unreachable_since) return h("span", { class: "out-of-reach" }, t("conversation.unreachable"));
    if (!one.window_until) return null;
    const left = -secondsSince(one.window_until);
    if (left <= 0) return h("span", { class: "out-of-reach" }, t("conversation.window_over"));
    return h("span", {}, t("conversation.window_left", { time: duration(left) }));
  }

  function tick() {
    if (document.visibilityState === "visible" && shown && desk.current?.window_until) renderMeta(desk.current);
  }

  function controlText(one) {
    if (one.control !== "human") return t(`control.${one.control}`);
    return desk.holds ? t("control.mine") : t("control.held", { name: one.agent?.name ?? t("author.agent") });
  }

  function renderActions() {
    const { busy } = desk.open;
    syncChildren(actions, desk.steps, {
      key: (name) => name,
      create: (name) =>
        h("button", { type: "button", class: PRIMARY.includes(name) ? "button primary" : "button", title: KEYS[name], on: { click: () => step(name) } }, name === "resolve" && icon("check"), t(`step.${name}`)),
      update: (button, name) => {
        // aria-disabled and not disabled: the focus stays where it is while the server answers
        button.setAttribute("aria-disabled", String(Boolean(busy)));
        button.classList.toggle("busy", busy === name);
      },
    });
  }

  function renderTranscript({ earlier: grewAbove = false }) {
    const { open, current } = desk;
    if (open?.status !== "ready" || !current) return;
    const first = shown !== open.id;
    const items = lines(open.transcript.messages, desk.unsent(open.id), desk.me, open.revealed);
    if (first || grewAbove) log.setAttribute("aria-live", "off"); // history is not read out
    if (first) log.replaceChildren();
    const heightBefore = scroll.scrollHeight;
    const topBefore = scroll.scrollTop;
    syncChildren(log, items, {
      key: (line) => line.key,
      create: createLine,
      update: (line, item) => updateLine(line, item, { me: desk.me, mayReveal: desk.mayReveal, customer: customerName(current), actions: { resend, takeBack, retryDelivery, reveal, hide } }),
    });
    nothing.hidden = items.length > 0;
    earlier.hidden = !open.transcript.hasEarlier;
    const newLastKey = items.at(-1)?.key ?? null;
    const grewBelow = newLastKey !== lastKey;
    lastKey = newLastKey;
    if (first) {
      shown = open.id;
      renderTyping();
      toEnd();
    } else if (grewAbove) {
      scroll.scrollTop = topBefore + scroll.scrollHeight - heightBefore;
    } else if (grewBelow) {
      if (atEnd || items.at(-1)?.message?.pending) toEnd();
      else newest.hidden = false;
    } else if (atEnd) {
      toEnd();
    }
    if (first || grewAbove) setTimeout(() => log.setAttribute("aria-live", "polite"), 300);
  }

  const resend = (clientId) => desk.resend(clientId);
  const reveal = (id) => desk.reveal(id);
  const hide = (id) => desk.hide(id);
  const retryDelivery = (id) => desk.retryDelivery(id);
  const takeBack = (clientId) => {
    const entry = desk.takeBack(clientId);
    if (!entry.file) composer.edit(entry);
  };

  function renderTyping() {
    const { open, current } = desk;
    const who = open && ["customer", "bot"].find((author) => open.typing.has(author));
    const text = who && current ? t(`typing.${who}`, { name: customerName(current) }) : "";
    if (typing.dataset.text === text) return;
    typing.dataset.text = text;
    fill(typing, text && h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), text);
    if (atEnd) toEnd();
  }

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    atEnd = true;
    newest.hidden = true;
  }

  function onScroll() {
    atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX;
    if (atEnd) newest.hidden = true;
  }

  const resized = new ResizeObserver(() => atEnd && toEnd());
  resized.observe(scroll);
  desk.on("conversation", render);
  desk.on("transcript", (detail) => renderTranscript(detail ?? {}));
  desk.on("typing", renderTyping);
  render();

  const ticker = setInterval(tick, TICK_MS);
  return {
    element,
    focus: () => title.focus(),
    cardButton,
    stop() {
      clearInterval(ticker);
      resized.disconnect();
    },
  };
}
