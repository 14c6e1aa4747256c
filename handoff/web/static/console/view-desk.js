// The whole desk: top bar, three columns, and how they fold on small screens.

import { fill, h, icon, setText } from "./dom.js";
import { errorText } from "./errors.js";
import { listen } from "./keyboard.js";
import { otherLanguage, t } from "./language.js";
import { announce, tellDone, tellError } from "./notices.js";
import { cardView } from "./view-card.js";
import { composerView } from "./view-composer.js";
import { conversationView } from "./view-conversation.js";
import { helpDialog } from "./view-help.js";
import { isLooking } from "./desk.js";
import { historyDialog } from "./view-history.js";
import { personDialog } from "./view-person.js";
import { listView } from "./view-list.js";
import { operationDialog } from "./view-operation-dialog.js";
import { passagesView } from "./view-passages.js";
import { transferDialog } from "./view-transfer.js";

/** `signOut()` and `switchLanguage()` are called by their buttons; `route`: `{show(id), leave()}` keeps the address; `search(text, language)` finds passages. */
export function deskView({ desk, drafts, announcer, route, search, signOut, switchLanguage }) {
  const banner = h("div", { class: "connection", role: "status" });
  const state = h("span", { class: "connection-state" });
  const sound = h("button", { type: "button", class: "icon-button", on: { click: toggleSound } });
  const notify = h("button", { type: "button", class: "button quiet", "aria-label": t("app.notify"), on: { click: askPermission } }, icon("bell"), h("span", { class: "label" }, t("app.notify")));
  const help = helpDialog();
  const list = listView({ desk, drafts, open });
  const composer = composerView({ desk, drafts });
  const conversation = conversationView({ desk, composer, back, toggleCard: () => showCard(!cardShown()), step });
  const passages = passagesView({ desk, composer, search, leave: () => showCard(false) });
  const operation = operationDialog({ desk });
  const history = historyDialog({ desk });
  const person = personDialog({ desk });
  const transfer = transferDialog({ desk, done: () => conversation.focus() });
  const card = cardView({ desk, close: () => showCard(false), articles: passages, operate: operation.open, read: history.read, find: person.open });
  const columns = h("div", { class: "columns" }, list.element, conversation.element, card.element);
  const element = h(
    "div",
    { class: "desk" },
    h(
      "header",
      { class: "topbar" },
      h("img", { src: "/console/favicon.svg", alt: "", width: 26, height: 26 }),
      h("h1", {}, t("app.name"), h("small", {}, t("app.desk"))),
      state,
      h("span", { class: "spacer" }),
      desk.me.role === "supervisor" && h("a", { class: "button quiet to-articles", href: "/console/articles", "aria-label": t("articles.title") }, icon("article"), h("span", { class: "label" }, t("articles.title"))),
      notify,
      sound,
      h("button", { type: "button", class: "icon-button", "aria-label": t("app.help"), title: `${t("app.help")} (?)`, on: { click: showHelp } }, icon("help")),
      h("button", { type: "button", class: "button quiet language", lang: otherLanguage(), title: t("app.language_hint"), on: { click: switchLanguage } }, h("span", { class: "label" }, t("app.language")), h("span", { class: "label-short", "aria-hidden": "true" }, otherLanguage().toUpperCase())),
      h("span", { class: "agent-name" }, icon("person"), desk.me.name),
      h("button", { type: "button", class: "icon-button sign-out", "aria-label": t("app.sign_out"), title: t("app.sign_out"), on: { click: signOut } }, icon("out")),
    ),
    banner,
    columns,
    help,
    operation.element,
    history.element,
    person.element,
    transfer.element,
  );

  // --- columns -----------------------------------------------------------------------------------------------------

  function open(id) {
    showCard(false);
    route.show(id);
    desk.openConversation(id);
    if (isPhone()) conversation.focus();
  }

  function back() {
    route.leave();
    desk.closeConversation();
    list.focus();
  }

  function cardShown() {
    return element.classList.contains("card-open");
  }

  function showCard(on) {
    const was = cardShown();
    element.classList.toggle("card-open", on);
    conversation.cardButton.setAttribute("aria-expanded", String(on));
    if (on && !was) card.focus();
    if (!on && was) conversation.cardButton.focus();
  }

  function renderColumns() {
    element.classList.toggle("has-conversation", Boolean(desk.open));
    if (!desk.open) showCard(false);
  }

  // --- top bar -----------------------------------------------------------------------------------------------------

  function renderSound() {
    const text = t(announcer.muted ? "app.unmute" : "app.mute");
    sound.setAttribute("aria-label", text);
    sound.setAttribute("title", text);
    fill(sound, icon(announcer.muted ? "mute" : "sound"));
  }

  function toggleSound() {
    announcer.muted = !announcer.muted;
    renderSound();
  }

  function renderNotify() {
    notify.hidden = announcer.permission !== "default";
  }

  async function askPermission() {
    const answer = await announcer.askPermission();
    if (answer === "granted") tellDone(t("app.notify_on"));
    else if (answer === "denied") tellError(t("app.notify_denied"));
    renderNotify();
  }

  function renderConnection({ again = false } = {}) {
    const { connection } = desk;
    state.className = `connection-state ${connection}`;
    setText(state, connection === "lost" ? "" : t(`connection.${connection}`));
    setText(banner, connection === "lost" ? t("connection.lost") : "");
    if (again) announce(t("connection.back"));
  }

  function renderCount() {
    const unread = desk.conversations.inView("mine").filter((one) => one.unread > 0 && !(one.id === desk.open?.id && isLooking()));
    announcer.showCount(desk.counts.waiting + unread.length);
  }

  function showHelp() {
    if (!help.open) help.showModal();
  }

  // --- what the agent asks for -------------------------------------------------------------------------------------

  async function step(name) {
    if (name === "transfer") return transfer.open();
    const before = document.activeElement;
    if (await desk.step(name)) {
      const waited = [before, document.body].includes(document.activeElement); // else the agent is at work already
      if (name === "claim" || name === "take-over") {
        if (waited) composer.focus("reply");
        if (desk.view === "waiting") desk.showView("mine"); // where the conversation stands now
      } else if (waited) conversation.focus(); // the button that was pressed is gone
    }
  }

  function stepIfOffered(...names) {
    const name = names.find((one) => desk.steps.includes(one));
    if (name) step(name);
  }

  function moveInList(key) {
    list.focus();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  }

  const stopListening = listen({
    claim: () => stepIfOffered("claim", "take-over"),
    handBack: () => stepIfOffered("hand-back"),
    release: () => stepIfOffered("release"),
    transfer: () => stepIfOffered("transfer"),
    resolve: () => stepIfOffered("resolve"),
    reply: () => composer.focus("reply"),
    note: () => composer.focus("note"),
    list: () => (isPhone() && desk.open ? back() : list.focus()),
    articles: () => desk.open && (showCard(true), passages.focus()),
    card: () => desk.open && (showCard(true), card.focus()),
    next: () => moveInList("ArrowDown"),
    previous: () => moveInList("ArrowUp"),
    waiting: () => desk.showView("waiting"),
    mine: () => desk.showView("mine"),
    all: () => desk.showView("all"),
    cases: () => desk.showView("cases"),
    help: showHelp,
    escape: () => showCard(false),
  });

  desk.on("conversation", renderColumns);
  desk.on("connection", renderConnection);
  desk.on("list", renderCount);
  desk.on("new-work", (conversations) => announcer.newWork(conversations));
  desk.on("new-message", (one) => announcer.newMessage(one));
  desk.on("done", (name) => tellDone(t(`done.${name}`)));
  desk.on("refused", (error) => error.code !== "not_authenticated" && tellError(errorText(error)));
  addEventListener("focus", renderCount);
  renderSound();
  renderNotify();
  renderConnection();
  renderColumns();
  renderCount();

  return {
    element,
    open,
    focus: () => (desk.open ? conversation.focus() : list.focus()),
    stop() {
      stopListening();
      removeEventListener("focus", renderCount);
      list.stop();
      composer.stop();
      passages.stop();
      conversation.stop();
      announcer.showCount(0);
    },
  };
}

function isPhone() {
  return matchMedia("(max-width: 720px)").matches;
}
