// One agent's desk: keeps the lists and the open conversation in step with the server and does what the agent asks.
// It knows nothing of the page; views listen to its events:
//   list · conversation · transcript · card · typing · connection   something to show changed
//   new-work (conversations) · new-message (conversation)           something to announce
//   done (step) · refused (error)                                   the outcome of what the agent asked for

import { Conversations, Transcript, isHeldBy, isNewWork, stepsFor } from "./model.js";
import { Socket } from "./socket.js";

const TYPING_MS = 8_000; // a "typing" that is never taken back ends by itself
const REVEAL_MS = 30_000; // what was hidden is hidden again by itself
const PAGE = { waiting: 200, mine: 50, all: 50, cases: 50 };
const WINDOW_PAGE = 200; // there is no second one
const CARD_MS = 400; // what the bot says and does comes in several messages
const FILE_LIMIT = 10 * 2 ** 20; // bytes
const RELOAD_MS = 400; // several changes of the queue at once ask for the list once

export class Desk {
  view = "waiting";
  order = "activity"; // or "window": the shortest time to reply first
  counts = { waiting: 0, mine: 0, cases: 0, all: 0 };
  connection = "connecting";
  open = null;

  #api;
  #drafts;
  #newId;
  #listeners = new Map();
  #pages = {};
  #unsent = new Map();
  #posting = new Map();
  #reloadTimer = null;
  #cardTimer = null;
  #everConnected = false;
  #socket;
  #onVisible = () => this.#markSeen();

  constructor({ me, departments, api, drafts, socketUrl, newId }) {
    this.me = me;
    this.departments = departments;
    this.conversations = new Conversations(me.id);
    this.#api = api;
    this.#drafts = drafts;
    this.#newId = newId;
    this.#socket = new Socket(socketUrl, {
      open: () => this.#connected(),
      lost: () => this.#disconnected(),
      frame: (frame) => this.#receive(frame),
    });
  }

  on(topic, listener) {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  /** Forgets all listeners: before another view takes over. */
  silence() {
    this.#listeners.clear();
  }

  /** Tells the views that something the agent asked for was refused. */
  refuse(error) {
    this.#tell("refused", error);
  }

  #tell(topic, detail) {
    for (const listener of this.#listeners.get(topic) ?? []) listener(detail);
  }

  start() {
    document.addEventListener("visibilitychange", this.#onVisible);
    addEventListener("focus", this.#onVisible);
    this.#socket.start();
    this.#reloadLists();
  }

  /** Ends the desk: no request, no event after this. */
  stop() {
    this.silence();
    this.#socket.stop();
    clearTimeout(this.#reloadTimer);
    clearTimeout(this.#cardTimer);
    document.removeEventListener("visibilitychange", this.#onVisible);
    removeEventListener("focus", this.#onVisible);
  }

  // --- lists -------------------------------------------------------------------------------------------------------

  page(view = this.view) {
    return this.#pages[view] ?? { loaded: false, more: false, failed: false };
  }

  showView(view) {
    this.view = view;
    this.#tell("list");
    return this.#reload(view);
  }

  showOrder(order) {
    this.order = order;
    return this.showView(this.view);
  }

  async moreConversations() {
    const view = this.view;
    const before = this.#pages[view].oldest;
    try {
      const answer = await this.#api.conversations({ view, before, limit: PAGE[view] });
      for (const summary of answer.conversations) this.conversations.put(summary);
      this.#keepPage(view, answer);
    } catch (error) {
      this.#tell("refused", error);
    }
    this.#tell("list");
  }

  #keepPage(view, answer) {
    this.counts = answer.counts;
    this.#pages[view] = {
      loaded: true,
      failed: false,
      more: answer.more && view !== "waiting" && this.order !== "window", // who is in most of a hurry is on the first page; the rest move up
      oldest: answer.conversations.at(-1)?.updated_at,
    };
  }

  /** Fetches a list. What is new in the queue is announced, except at the very beginning. */
  async #reload(view) {
    let answer;
    try {
      answer = await this.#api.conversations(
        this.order === "window" ? { view, order: "window", limit: WINDOW_PAGE } : { view, limit: PAGE[view] },
      );
    } catch (error) {
      this.#pages[view] = { ...this.page(view), failed: !this.page(view).loaded };
      if (error.code !== "network" && error.code !== "not_authenticated") this.#tell("refused", error);
      this.#tell("list");
      return;
    }
    const announce = this.page("waiting").loaded;
    const arrived = answer.conversations.filter((one) => isNewWork(this.conversations.get(one.id), one));
    this.conversations.replaceView(view, answer.conversations, this.open?.id);
    this.#keepPage(view, answer);
    this.#tell("list");
    if (announce && arrived.length) this.#tell("new-work", arrived);
  }

  #reloadLists() {
    const views = new Set(["waiting", "mine", this.view]);
    return Promise.all([...views].map((view) => this.#reload(view)));
  }

  #reloadQueueSoon() {
    clearTimeout(this.#reloadTimer);
    this.#reloadTimer = setTimeout(() => this.#reload("waiting"), RELOAD_MS);
  }

  /** Takes a Summary in; returns `[before, now]`, which are the same where a newer one was known already. */
  #take(summary) {
    const before = this.conversations.put(summary);
    const now = this.conversations.get(summary.id);
    const moved = before?.control !== now.control;
    if (moved && [before?.control, now.control].includes("queued")) this.#reloadQueueSoon();
    return [before, now];
  }

  // --- the open conversation ---------------------------------------------------------------------------------------

  /** The Summary of the open conversation, or null. */
  get current() {
    return this.open && this.conversations.get(this.open.id);
  }

  openConversation(id) {
    if (this.open?.id === id) return;
    this.open = {
      id,
      status: "loading",
      transcript: new Transcript(),
      card: null,
      cases: [],
      operations: [],
      earlier: [],
      orders: { status: "loading" },
      typing: new Map(),
      revealed: new Map(),
      busy: null,
    };
    this.#socket.send({ type: "watch", conversation: id });
    this.#tell("conversation");
    this.#tell("list");
    this.refresh();
    this.loadOrders();
    this.#loadHistory();
  }

  closeConversation() {
    if (!this.open) return;
    this.open = null;
    this.#socket.send({ type: "watch", conversation: null });
    this.#tell("conversation");
    this.#tell("list");
  }

  /** Fetches the open conversation again: its state, card and newest messages, and what lies between. */
  async refresh() {
    const open = this.open;
    const known = open.transcript.lastSeq;
    let answer;
    try {
      answer = await this.#api.conversation(open.id);
      if (known && answer.messages[0]?.prev > known) await this.#fetchAfter(open, known);
    } catch (error) {
      if (open.status === "loading") open.status = error.code === "not_found" ? "missing" : "failed";
      if (open === this.open) this.#tell("conversation");
      return;
    }
    this.#take(answer.conversation);
    if (!known) open.transcript.hasEarlier = answer.messages.length >= 200;
    const worked = open.operations[0]?.id !== answer.operations[0]?.id;
    const cardIsNew = open.card?.seq !== answer.card?.seq;
    open.card = answer.card;
    open.cases = answer.cases;
    open.operations = answer.operations;
    open.status = "ready";
    this.#putMessages(open, answer.messages);
    if (open !== this.open) return;
    if (known && (cardIsNew || worked)) {
      this.loadOrders();
      this.#loadHistory(); // a proof may have told who it is
    }
    this.#tell("conversation");
    this.#tell("list");
    this.#markSeen();
  }

  retryOpening() {
    this.open.status = "loading";
    this.#tell("conversation");
    this.refresh();
    this.loadOrders();
  }

  async earlierMessages() {
    const open = this.open;
    try {
      const answer = await this.#api.messages(open.id, { before: open.transcript.firstSeq });
      open.transcript.hasEarlier = answer.more;
      this.#putMessages(open, answer.messages);
    } catch (error) {
      this.#tell("refused", error);
    }
    if (open === this.open) this.#tell("transcript", { earlier: true });
  }

  async #fetchAfter(open, seq) {
    let more = true;
    for (let after = seq; more; ) {
      const answer = await this.#api.messages(open.id, { after });
      this.#putMessages(open, answer.messages);
      more = answer.more && answer.messages.length > 0;
      after = answer.messages.at(-1)?.seq ?? after;
    }
  }

  /** As `#fetchAfter`, for a gap noticed on the way; without an answer the next reconnect closes it. */
  async #closeGap(open) {
    try {
      await this.#fetchAfter(open, open.transcript.lastSeq);
    } catch (error) {
      console.warn("devir: gap not closed", error.code);
      return;
    }
    if (open === this.open) this.#tell("transcript");
  }

  #putMessages(open, messages) {
    open.transcript.put(messages);
    const unsent = this.unsent(open.id);
    const left = unsent.filter((entry) => !open.transcript.has(entry.client_id));
    if (left.length !== unsent.length) this.#keepUnsent(open.id, left);
  }

  /** Fetches the orders beside the open conversation; those known stay where the shop cannot be asked. */
  async loadOrders() {
    const open = this.open;
    try {
      const answer = await this.#api.orders(open.id);
      const stale = answer.unavailable && open.orders.orders?.length > 0;
      const known = stale ? { orders: open.orders.orders, at: open.orders.at } : { at: new Date().toISOString() };
      open.orders = { ...answer, ...known, status: "ready" };
    } catch (error) {
      console.warn("devir: orders not loaded", error.code);
      open.orders = { orders: [], verified: false, ...open.orders, status: "ready", unavailable: true };
    }
    if (open === this.open) this.#tell("card");
  }

  async #loadHistory() {
    const open = this.open;
    try {
      open.earlier = (await this.#api.history(open.id)).earlier;
    } catch (error) {
      console.warn("devir: history not loaded", error.code);
      return;
    }
    if (open === this.open) this.#tell("card");
  }

  /** Who else a customer is, or might be; this and what follows throw an ApiError. */
  person(id, text) {
    return this.#api.person(id, text);
  }

  async joinPerson(id, conversation) {
    const person = await this.#api.join(id, conversation);
    if (this.open?.id === id) this.#loadHistory();
    return person;
  }

  async separatePerson(id) {
    const person = await this.#api.separate(id);
    if (this.open?.id === id) this.#loadHistory();
    return person;
  }

  /** The messages of an earlier talk; throws an ApiError. */
  async messagesOf({ conversation, after, until }) {
    const messages = [];
    for (let seq = after, more = true; more && seq < until; ) {
      const answer = await this.#api.messages(conversation, { after: seq });
      messages.push(...answer.messages);
      more = answer.more && answer.messages.length > 0;
      seq = answer.messages.at(-1)?.seq ?? until;
    }
    return messages.filter(({ seq }) => seq <= until);
  }

  /** What a line of an order is also sold as: `[{name, stock}]`. */
  async variants(number, line) {
    return (await this.#api.variants(this.open.id, number, line)).variants;
  }

  /** Closes a case of the open conversation; where a colleague was faster, what they did is shown instead. */
  async closeCase(caseId, note) {
    const open = this.open;
    let closed;
    try {
      closed = await this.#api.closeCase(caseId, note);
    } catch (error) {
      this.#tell("refused", error);
      closed = error.fields.case;
    }
    if (closed) this.#putCase(open, closed);
    return Boolean(closed);
  }

  /** Opens a case of the open conversation again. Returns whether it is open now. */
  async reopenCase(caseId) {
    const open = this.open;
    try {
      this.#putCase(open, await this.#api.reopenCase(caseId));
      return true;
    } catch (error) {
      this.#tell("refused", error);
      return false;
    }
  }

  #putCase(open, changed) {
    open.cases = open.cases.map((one) => (one.id === changed.id ? changed : one));
    if (open === this.open) this.#tell("card");
  }

  newOperationId() {
    return this.#newId();
  }

  /** Does something with an order, once for each `clientId`. Returns `{operation, tell}`; throws an ApiError. */
  perform(clientId, wish, note) {
    return this.#performed(this.#api.perform(this.open.id, clientId, wish, note));
  }

  /** Does what was begun and is not known to be done. Returns `{operation, tell}`; throws an ApiError. */
  performAgain(operationId) {
    return this.#performed(this.#api.performAgain(operationId));
  }

  async #performed(asked) {
    const open = this.open;
    try {
      return await asked;
    } finally {
      // What failed may have left something on the card too: an operation that is open.
      if (open === this.open) this.refresh();
    }
  }

  #markSeen() {
    if (!this.open || this.open.status !== "ready" || !isLooking()) return;
    const conversation = this.current;
    const seq = this.open.transcript.lastSeq;
    if (conversation?.unread > 0 && seq) {
      this.#socket.send({ type: "seen", conversation: this.open.id, seq });
      this.conversations.put({ ...conversation, unread: 0 });
      this.#tell("list");
    }
  }

  // --- what the agent does -----------------------------------------------------------------------------------------

  get steps() {
    return this.current ? stepsFor(this.current, this.me.id) : [];
  }

  get holds() {
    return Boolean(this.current) && isHeldBy(this.current, this.me.id);
  }

  /** claim, take-over, hand-back, release, transfer or resolve. True when done; a refusal is told as `refused`. */
  async step(step, more) {
    const open = this.open;
    if (!open || open.busy || !this.steps.includes(step)) return false;
    open.busy = step;
    this.#tell("conversation");
    try {
      this.#take(await this.#stepOrRepeat(open, step, more));
      this.#tell("done", step);
      return true;
    } catch (error) {
      if (error.fields?.conversation?.id === open.id) this.#take(error.fields.conversation);
      this.#tell("refused", error);
      return false;
    } finally {
      open.busy = null;
      this.#tell("list");
      this.#tell("conversation");
    }
  }

  /** Where only our picture was stale (another epoch, but the step still stands open), the step is repeated once. */
  async #stepOrRepeat(open, step, more) {
    const { epoch } = this.conversations.get(open.id);
    try {
      return await this.#api.step(open.id, step, epoch, more);
    } catch (error) {
      if (error.status !== 409 || open !== this.open) throw error;
      await this.refresh();
      const now = this.conversations.get(open.id);
      const stillOpen = step !== "resolve" && now.epoch !== epoch && stepsFor(now, this.me.id).includes(step);
      if (!stillOpen) throw error;
      return this.#api.step(open.id, step, now.epoch, more);
    }
  }

  /** What was written and not yet confirmed: `[{client_id, kind, text, article, file, at, error}]`, `error` null while on its way. */
  unsent(id) {
    if (!this.#unsent.has(id)) {
      const kept = this.#drafts.unsent(id).map((entry) => ({ ...entry, error: entry.error ?? { code: "network" } }));
      this.#unsent.set(id, kept);
    }
    return this.#unsent.get(id);
  }

  #keepUnsent(id, entries) {
    this.#unsent.set(id, entries);
    this.#drafts.setUnsent(id, entries.filter(({ file }) => !file)); // a file cannot be kept for another page
  }

  /** Sends a reply or a note; it shows at once. `article`: `{slug, title}` it was taken from. */
  write(kind, text, article) {
    const { id } = this.open;
    const entry = { client_id: this.#newId(), kind, text, article, at: new Date().toISOString(), error: null };
    this.#keepUnsent(id, [...this.unsent(id), entry]);
    this.#tell("transcript");
    this.#post(id, entry);
  }

  /** Sends the customer a file; it shows at once. */
  sendFile(blob) {
    const { id } = this.open;
    const file = { blob, name: blob.name, size: blob.size, content_type: blob.type };
    const entry = { client_id: this.#newId(), kind: "file", file, at: new Date().toISOString(), error: null };
    this.#keepUnsent(id, [...this.unsent(id), entry]);
    this.#tell("transcript");
    if (blob.size > FILE_LIMIT) this.#setError(id, entry.client_id, { code: "file_too_large", fields: { limit: FILE_LIMIT } });
    else this.#post(id, entry);
  }

  resend(clientId) {
    const { id } = this.open;
    const entry = this.unsent(id).find((one) => one.client_id === clientId);
    if (!entry) return;
    this.#setError(id, clientId, null);
    this.#post(id, entry);
  }

  /** Takes a message that could not be sent out of the transcript; returns it so that it can be edited. */
  takeBack(clientId) {
    const { id } = this.open;
    const entry = this.unsent(id).find((one) => one.client_id === clientId);
    this.#keepUnsent(id, this.unsent(id).filter((one) => one !== entry));
    this.#tell("transcript");
    return entry;
  }

  #setError(id, clientId, error) {
    this.#keepUnsent(id, this.unsent(id).map((one) => (one.client_id === clientId ? { ...one, error } : one)));
    if (this.open?.id === id) this.#tell("transcript");
  }

  /** One at a time per conversation, so that they arrive in the order they were written. */
  #post(id, entry) {
    const before = this.#posting.get(id) ?? Promise.resolve();
    this.#posting.set(id, before.then(() => this.#postNow(id, entry)));
  }

  async #postNow(id, { kind, client_id: clientId, text, article, file }) {
    let message;
    try {
      message = file ? await this.#api.sendFile(id, clientId, file) : await this.#api.write(id, kind, clientId, text, article);
    } catch (error) {
      this.#setError(id, clientId, { code: error.code, fields: error.fields ?? {} });
      if (error.status === 409 && this.open?.id === id) this.refresh();
      return;
    }
    if (this.open?.id === id) {
      this.#putMessages(this.open, [message]);
      this.#tell("transcript");
    } else {
      this.#keepUnsent(id, this.unsent(id).filter((one) => one.client_id !== clientId));
    }
  }

  /** Asks the server to deliver a failed message again. */
  async retryDelivery(messageId) {
    const open = this.open;
    try {
      open.transcript.put([await this.#api.retry(messageId)]);
    } catch (error) {
      this.#tell("refused", error);
    }
    if (open === this.open) this.#tell("transcript");
  }

  get mayReveal() {
    return this.me.role === "supervisor";
  }

  /** Shows for a while what a message said before numbers were hidden in it. */
  async reveal(messageId) {
    const open = this.open;
    try {
      const { text } = await this.#api.reveal(messageId);
      open.revealed.set(messageId, text);
      setTimeout(() => this.#hide(open, messageId), REVEAL_MS);
    } catch (error) {
      this.#tell("refused", error);
    }
    if (open === this.open) this.#tell("transcript");
  }

  hide(messageId) {
    this.#hide(this.open, messageId);
  }

  #hide(open, messageId) {
    if (open.revealed.delete(messageId) && open === this.open) this.#tell("transcript");
  }

  typing(on) {
    if (this.open && this.holds) this.#socket.send({ type: "typing", conversation: this.open.id, on });
  }

  // --- what the server says ----------------------------------------------------------------------------------------

  #connected() {
    const again = this.#everConnected;
    this.#everConnected = true;
    this.connection = "open";
    this.#tell("connection", { again });
    this.#resync();
  }

  async #disconnected() {
    const wasOpen = this.connection === "open";
    this.connection = this.#everConnected ? "lost" : "connecting";
    if (wasOpen || !this.#everConnected) this.#tell("connection", {});
    this.open?.typing.clear();
    this.#tell("typing");
    // A refused upgrade looks like a dead line. Asking over HTTP tells an ended session (the 401 is acted on by the
    // Api) from a network without sockets, which is served by asking for everything at each attempt.
    try {
      await this.#api.me();
    } catch (error) {
      if (error.code !== "network" && error.code !== "not_authenticated") console.warn("devir:", error.code);
      return;
    }
    if (this.connection !== "open") this.#resync();
  }

  #resync() {
    if (this.open) {
      this.#socket.send({ type: "watch", conversation: this.open.id });
      this.refresh();
    }
    this.#reloadLists();
  }

  #receive(frame) {
    switch (frame.type) {
      case "hello":
        this.counts = frame.counts;
        return this.#tell("list");
      case "watching":
        if (frame.conversation === this.open?.id && this.open.status === "ready") {
          if (frame.last_seq > this.open.transcript.lastSeq) this.#closeGap(this.open);
        }
        return;
      case "conversation":
        return this.#conversationChanged(frame);
      case "message":
        return this.#messageChanged(frame);
      case "typing":
        return this.#typingChanged(frame);
      case "error":
        return console.warn("devir: frame refused", frame.code);
    }
  }

  #conversationChanged({ conversation, counts }) {
    const watched = conversation.id === this.open?.id;
    const [before, now] = this.#take(conversation);
    this.counts = counts;
    if (watched) {
      this.#markSeen();
      this.#tell("conversation");
      if (before && before.control !== now.control) this.refresh(); // a new card may have come with it
    }
    this.#tell("list");
    if (isNewWork(before, now)) this.#tell("new-work", [now]);
    const wrote = now.unread > (before?.unread ?? 0) && isHeldBy(now, this.me.id);
    if (wrote && !(watched && isLooking())) this.#tell("new-message", now);
  }

  /** What the bot did and the cases it opened come with its messages, what colleagues did with them as notes; all stands on the card. */
  #refreshSoon() {
    clearTimeout(this.#cardTimer);
    this.#cardTimer = setTimeout(() => this.open?.status === "ready" && this.refresh(), CARD_MS);
  }

  #messageChanged({ conversation, message }) {
    const open = this.open;
    if (conversation !== open?.id) return;
    const gap = open.transcript.leavesGap(message) ? open.transcript.lastSeq : null;
    if (gap !== null) this.#closeGap(open);
    else this.#putMessages(open, [message]);
    if (message.author === "customer" || message.author === "bot") this.#stopTyping(open, message.author);
    if (message.author === "bot" || (message.author === "agent" && message.visibility === "internal")) this.#refreshSoon();
    this.#tell("transcript");
    this.#markSeen();
  }

  #typingChanged({ conversation, author, on }) {
    const open = this.open;
    if (conversation !== open?.id) return;
    this.#stopTyping(open, author);
    if (on) open.typing.set(author, setTimeout(() => this.#stopTyping(open, author), TYPING_MS));
    this.#tell("typing");
  }

  #stopTyping(open, author) {
    clearTimeout(open.typing.get(author));
    if (open.typing.delete(author) && open === this.open) this.#tell("typing");
  }
}

/** True when the agent can see the page. */
export function isLooking() {
  return document.visibilityState === "visible" && document.hasFocus();
}
