// One line of the transcript: a message, a note, a system line or a day.

import { externalLink, fill, h, icon, linked, safeUrl } from "./dom.js";
import { errorText } from "./errors.js";
import { clockTime, dayName, percent } from "./format.js";
import { label, language, t } from "./language.js";
import { fileNodes } from "./view-files.js";

const SAME_BREATH_MS = 3 * 60_000; // the same author again within this: no second headline
const UNSURE = 0.5; // below this the bot's understanding is marked as doubtful

/**
 * The lines to show: days, messages, and what this agent has written that is not confirmed yet.
 * `revealed`: what some messages said before numbers were hidden in them, by id.
 */
export function lines(messages, unsent, me, revealed) {
  const pending = unsent.map((entry) => ({
    pending: entry,
    client_id: entry.client_id,
    author: "agent",
    agent_id: me.id,
    name: me.name,
    visibility: entry.kind === "note" ? "internal" : "public",
    text: entry.text,
    files: entry.file && [entry.file],
    article: entry.article,
    at: entry.at,
  }));
  const result = [];
  let before = null;
  for (const message of [...messages, ...pending]) {
    const day = dayName(message.at);
    if (!before || dayName(before.at) !== day) result.push({ day, key: `day:${message.at.slice(0, 10)}` });
    // what was sent optimistically keeps its element when the confirmed message takes its place
    const key = message.client_id && message.author === "agent" ? `client:${message.client_id}` : `id:${message.id}`;
    result.push({ message, key, follows: continues(before, message), revealed: revealed.get(message.id) });
    before = message;
  }
  return result;
}

function continues(before, message) {
  if (!before || message.author === "system" || message.suppressed || before.suppressed) return false;
  const same = before.author === message.author && before.agent_id === message.agent_id && before.visibility === message.visibility;
  return same && Date.parse(message.at) - Date.parse(before.at) < SAME_BREATH_MS;
}

export function createLine() {
  return h("div", {});
}

/** Brings a line's element up to date. `actions`: `{retryDelivery(id), resend(client_id), takeBack(client_id), reveal(id), hide(id)}`. */
export function updateLine(element, line, { me, mayReveal, customer, actions }) {
  const signature = JSON.stringify([line, customer, language()]);
  if (element.signature === signature) return;
  element.signature = signature;
  if (line.day) {
    element.className = "day";
    return fill(element, h("span", {}, line.day));
  }
  const { message, revealed } = line;
  if (message.author === "system") return systemLine(element, message);
  if (message.suppressed) return suppressedLine(element, message);
  const kind = kindOf(message, me);
  const focused = element.contains(document.activeElement);
  element.className = ["message", `from-${kind}`, line.follows && "follows"].filter(Boolean).join(" ");
  fill(
    element,
    h("div", { class: line.follows ? "message-head visually-hidden" : "message-head" }, head(kind, message, customer), h("time", { datetime: message.at }, clockTime(message.at))),
    h("div", { class: "bubble", title: clockTime(message.at) }, content(revealed ? { ...message, text: revealed } : message)),
    message.edited_at && edited(message),
    message.masked && masked(message, revealed, mayReveal, actions),
    message.article && h("div", { class: "cited" }, icon("article"), h("span", {}, t("message.article", { title: message.article.title }))),
    footer(message, actions),
  );
  if (focused) element.querySelector("button")?.focus(); // the button that was pressed has been replaced
}

function edited({ edited_at: at, earlier }) {
  return h(
    "details",
    { class: "edited" },
    h("summary", {}, t("message.edited", { time: clockTime(at) })),
    h("ol", {}, earlier.map((version) => h("li", {}, h("time", { datetime: version.at }, clockTime(version.at)), h("div", { class: "text", dir: "auto" }, version.text ?? "…")))),
  );
}

function masked({ id, masked: { kinds, kept } }, revealed, mayReveal, actions) {
  const [act, name] = revealed ? [actions.hide, t("message.hide")] : [actions.reveal, t("message.reveal")];
  return h(
    "div",
    { class: "masked" },
    icon("lock"),
    h("span", {}, revealed ? t("message.revealed") : t("message.masked", { kinds: kinds.map((kind) => label("masked", kind)).join(", ") })),
    mayReveal && kept && h("button", { type: "button", class: "link", title: t("message.reveal_hint"), on: { click: () => act(id) } }, name),
  );
}

function kindOf(message, me) {
  if (message.visibility === "internal") return "note";
  if (message.origin) return "shop";
  if (message.author === "agent") return message.agent_id === me.id ? "me" : "agent";
  return message.author;
}

function head(kind, message, customer) {
  const name = message.name;
  switch (kind) {
    case "customer":
      return [h("span", { class: "who" }, customer), h("span", { class: "role" }, t("author.customer"))];
    case "bot":
      return [icon("bot"), h("span", { class: "who" }, t("author.bot"))];
    case "note":
      return [icon("lock"), h("span", { class: "who" }, t("message.note")), h("span", { class: "role" }, [name, t("message.note_hint")].filter(Boolean).join(" · "))];
    case "me":
      return [h("span", { class: "who" }, t("author.you"))];
    case "shop":
      return [icon("phone"), h("span", { class: "who" }, t("author.shop")), h("span", { class: "role" }, label("author", message.origin))];
    default:
      return [icon("person"), h("span", { class: "who" }, name ?? t("author.agent")), h("span", { class: "role" }, t("author.agent"))];
  }
}

function content(message) {
  const image = safeUrl(message.image?.url);
  return [
    message.text && h("div", { class: "text", dir: "auto" }, linked(message.text)),
    message.unsupported && h("p", { class: "faint" }, unsupportedText(message.unsupported)),
    fileNodes(message.files),
    image && h("p", { class: "image" }, t("message.image"), ": ", externalLink(image, message.image.alt || image)),
    message.buttons?.length > 0 &&
      h("ul", { class: "offered", "aria-label": t("message.buttons") }, message.buttons.map(({ title }) => h("li", {}, title))),
  ];
}

function unsupportedText(kind) {
  if (["reaction", "taken_back"].includes(kind)) return t(`message.${kind}`);
  if (kind.startsWith("file_")) return t("message.lost", { why: label("lost", kind) });
  return t("message.unsupported", { kind: label("unsupported", kind) });
}

function footer(message, actions) {
  if (message.author === "customer") return message.understanding && understanding(message.understanding);
  if (message.author !== "agent") return message.delivery?.state === "failed" && delivery(message, actions);
  if (message.pending) return pendingState(message.pending, actions);
  return message.visibility === "public" && message.delivery && delivery(message, actions);
}

function understanding({ intent, confidence }) {
  const values = { intent: label("intent", intent), confidence: percent(confidence) };
  const hint = t("message.understood_hint", values);
  return h("div", { class: confidence < UNSURE ? "understood unsure" : "understood", title: hint }, h("span", { "aria-hidden": "true" }, t("message.understood", values)), h("span", { class: "visually-hidden" }, hint));
}

function pendingState({ client_id: clientId, file, error }, actions) {
  if (!error) return h("div", { class: "delivery" }, icon("clock"), t("delivery.sending"));
  return h(
    "div",
    { class: "delivery failed" },
    icon("alert"),
    h("span", {}, t("delivery.failed_why", { why: errorText(error) })),
    h("button", { type: "button", class: "link", on: { click: () => actions.resend(clientId) } }, t("message.retry")),
    h("button", { type: "button", class: "link", on: { click: () => actions.takeBack(clientId) } }, t(file ? "message.drop" : "message.discard")),
  );
}

const DELIVERY_ICON = { parked: "clock", queued: "clock", sending: "clock", sent: "check", delivered: "checks", read: "checks" };

function delivery(message, actions) {
  const { state, error, possibly_double: possiblyDouble } = message.delivery;
  const double = possiblyDouble && h("span", { class: "faint" }, "· ", t("delivery.possibly_double"));
  if (state === "failed") {
    return h(
      "div",
      { class: "delivery failed" },
      icon("alert"),
      h("span", {}, error ? t("delivery.failed_why", { why: label("delivery_error", error) }) : t("delivery.failed")),
      double,
      h("button", { type: "button", class: "link", on: { click: () => actions.retryDelivery(message.id) } }, t("message.retry")),
    );
  }
  const shown = state === "queued" ? "sending" : state;
  return h("div", { class: `delivery ${shown}` }, icon(DELIVERY_ICON[state]), label("delivery", shown), double);
}

function systemLine(element, message) {
  element.className = "system";
  fill(
    element,
    h("span", { class: "visually-hidden" }, t("author.system"), ": "),
    h("span", { dir: "auto" }, message.text ?? label("notice", message.notice)),
    h("time", { datetime: message.at }, clockTime(message.at)),
  );
}

function suppressedLine(element, message) {
  element.className = "message from-bot suppressed";
  fill(
    element,
    h(
      "details",
      {},
      h("summary", {}, icon("bot"), h("span", { class: "who" }, t("author.bot")), h("span", { class: "not-sent" }, t("message.suppressed")), h("time", { datetime: message.at }, clockTime(message.at))),
      h("p", { class: "faint" }, t("message.suppressed_why")),
      h("div", { class: "bubble" }, content(message)),
    ),
  );
}
