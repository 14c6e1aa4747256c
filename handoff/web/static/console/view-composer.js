// Where an agent writes: a reply to the customer or a note to colleagues. Each keeps its own text, so that a note
// can never be sent as a reply by a slip of the mode.

import { fill, h, icon, setText } from "./dom.js";
import { t } from "./language.js";

const LIMIT = 4000;
const COUNT_FROM = 3500;
const ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,application/pdf,audio/mpeg,audio/mp4,audio/ogg";
const TYPING_PAUSE_MS = 3000;

/** `desk` and `drafts` as elsewhere. */
export function composerView({ desk, drafts }) {
  const modes = { reply: modeButton("reply"), note: modeButton("note") };
  const text = h("textarea", { id: "composer-text", rows: 1, dir: "auto", on: { input: onInput, keydown: onKey, blur: stopTyping } });
  const labelFor = h("label", { for: "composer-text", class: "visually-hidden" });
  const locked = h("p", { class: "locked", id: "composer-locked" });
  const count = h("span", { class: "char-count" });
  const send = h("button", { type: "submit", class: "button primary send" });
  const picker = h("input", { type: "file", multiple: true, hidden: true, accept: ACCEPTED, on: { change: onChosen } });
  const attach = h("button", { type: "button", class: "icon-button attach", "aria-label": t("composer.attach"), title: t("composer.attach"), on: { click: () => picker.click() } }, icon("clip"));
  const hint = h("span", { class: "keys" }, t("composer.keys"));
  const element = h(
    "form",
    { class: "composer", on: { submit: onSubmit, paste: (event) => takeFiles(event.clipboardData, event) } },
    h("div", { class: "modes", role: "group", "aria-label": t("composer.mode") }, modes.reply, modes.note),
    labelFor,
    h("div", { class: "field" }, locked, text),
    h("div", { class: "composer-foot" }, hint, count, picker, attach, send),
  );
  let conversation = null;
  let draft = null;
  let typingTimer = null;

  function modeButton(mode) {
    return h("button", { type: "button", class: `mode mode-${mode}`, on: { click: () => setMode(mode) } }, icon(mode === "note" ? "lock" : "send"), t(`composer.${mode}`));
  }

  function render() {
    const open = desk.open;
    element.hidden = !open || open.status !== "ready";
    if (element.hidden) {
      conversation = null;
      return;
    }
    if (conversation !== open.id) {
      stopTyping();
      conversation = open.id;
      draft = drafts.get(conversation);
      text.value = draft[draft.mode];
      grow();
    }
    renderMode();
  }

  function renderMode() {
    const { mode } = draft;
    const canWrite = mode === "note" || desk.holds;
    for (const [name, button] of Object.entries(modes)) button.setAttribute("aria-pressed", String(name === mode));
    element.classList.toggle("as-note", mode === "note");
    setText(labelFor, t(`composer.${mode}_label`));
    text.placeholder = t(`composer.${mode}_hint`);
    text.hidden = !canWrite;
    locked.hidden = canWrite;
    if (!canWrite) setText(locked, lockedText(desk.current));
    hint.hidden = !canWrite;
    send.hidden = !canWrite;
    attach.hidden = !maySendFiles();
    fill(send, icon(mode === "note" ? "lock" : "send"), t(mode === "note" ? "composer.save" : "composer.send"));
    renderCount();
  }

  function maySendFiles() {
    return draft?.mode === "reply" && desk.holds;
  }

  function onChosen() {
    takeFiles(picker);
    picker.value = ""; // the same one can be chosen again
    text.focus();
  }

  /** Sends what was chosen, pasted or dropped; a note has no files. */
  function takeFiles({ files }, event) {
    if (!files.length || !maySendFiles()) return;
    event?.preventDefault();
    for (const file of files) desk.sendFile(file);
  }

  function lockedText({ control, agent }) {
    return t(`composer.locked.${control}`, { name: agent?.name ?? t("author.agent") });
  }

  function renderCount() {
    const length = [...text.value].length;
    const over = length > LIMIT;
    count.classList.toggle("over", over);
    setText(count, length >= COUNT_FROM ? t("composer.count", { n: length, limit: LIMIT }) : "");
    send.disabled = over || text.value.trim() === "";
  }

  function grow() {
    text.style.setProperty("height", "auto");
    if (text.scrollHeight) text.style.setProperty("height", `${Math.min(text.scrollHeight, 220)}px`);
  }

  function setMode(mode) {
    draft.mode = mode;
    text.value = draft[mode];
    drafts.set(conversation, draft);
    stopTyping();
    renderMode();
    grow();
    if (!text.hidden) text.focus();
  }

  function onInput() {
    draft[draft.mode] = text.value;
    if (!draft.reply.trim()) draft.article = null; // nothing of it is left
    drafts.set(conversation, draft);
    renderCount();
    grow();
    if (draft.mode === "reply" && text.value.trim()) startTyping();
    else stopTyping();
  }

  function onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.altKey) return;
    event.preventDefault();
    submit();
  }

  function onSubmit(event) {
    event.preventDefault();
    submit();
    text.focus();
  }

  function submit() {
    const value = text.value.trim();
    renderCount();
    if (!value || send.disabled || text.hidden) return;
    stopTyping();
    const { mode } = draft;
    const article = mode === "reply" ? draft.article : null;
    draft[mode] = "";
    if (mode === "reply") draft.article = null;
    if (mode === "note") draft.mode = "reply"; // back to what is usual, as soon as the note is kept
    drafts.set(conversation, draft);
    text.value = draft[draft.mode];
    desk.write(mode, value, article ?? undefined);
    renderMode();
    grow();
  }

  function startTyping() {
    if (typingTimer === null) desk.typing(true);
    clearTimeout(typingTimer);
    typingTimer = setTimeout(stopTyping, TYPING_PAUSE_MS);
  }

  function stopTyping() {
    if (typingTimer === null) return;
    clearTimeout(typingTimer);
    typingTimer = null;
    desk.typing(false);
  }

  desk.on("conversation", render);
  render();

  return {
    element,
    takeFiles,
    /** Goes to the reply or the note and puts the focus there, where that may be written. */
    focus(mode = draft?.mode) {
      if (!element.hidden) setMode(mode);
    },
    /** Puts a message that could not be sent back under the pen. */
    edit({ kind, text: value, article }) {
      draft[kind] = draft[kind] ? `${draft[kind]}\n${value}` : value;
      if (kind === "reply") draft.article = article ?? draft.article;
      setMode(kind);
      onInput();
    },
    /** Adds an article's words to the reply, to be changed before they are sent. */
    insert(value, article) {
      this.edit({ kind: "reply", text: value, article });
      text.setSelectionRange(text.value.length, text.value.length);
    },
    stop: stopTyping,
  };
}
