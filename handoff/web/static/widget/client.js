// The widget protocol (docs/protocol.md) without a page. emit(name, data) tells: connection
// ("online", "polling", "offline" or "refused"), messages ({messages, live}), ready (all are here),
// pending (one on its way: state "sending", "failed" or "sent"), state, typing, seen, reset.
const TIMING = {
  ack: 12e3, welcome: 10e3, silence: 25e3, pong: 10e3, request: 15e3, typing: 20e3,
  retry: 500, retryMost: 30e3, stable: 5e3, poll: 2e3, pollIdle: 15e3,
};

// Refusals that pass by themselves.
const PASSING = ["rate_limited", "internal_error", "not_ready", "not_authenticated", "timeout"];
const PENDING = "pending.";

export class Client {
  lastSeq = 0; // nothing up to here is missing
  conversation = null;
  connection = null;
  active = false;
  typist = null;
  #token;
  #socket = null;
  #pending = new Map();
  #timers = {};
  #started = false;
  #connecting = false;
  #ready = false;
  #attempts = 0;
  #failures = 0; // sockets in a row without a welcome
  #wanted = 0; // a seq known to exist
  #seen = 0;
  #syncing;
  #polling;

  constructor({ base, language, store, emit, timing }) {
    Object.assign(this, { base, language, store, emit, timing: { ...TIMING, ...timing } });
    store
      .keys()
      .filter((key) => key.startsWith(PENDING))
      .map((key) => JSON.parse(store.get(key)))
      .sort((a, b) => a.at - b.at)
      .forEach((item) => this.#pending.set(item.client_id, item));
    store.watch((key, value) => {
      if (key === "token" && value && value !== this.#token) this.renew();
      if (key === "seen") emit(key);
    });
    addEventListener("online", () => this.#connect());
    addEventListener("offline", () => this.#socket && this.#dropped());
  }

  // A new visitor costs the service nothing before the chat is opened.
  resume() {
    if (this.store.get("token") || this.#pending.size) this.start();
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    this.#submitAll();
    this.#connect();
  }

  send(text) {
    this.#add({ text });
  }

  press({ id, title }) {
    this.#add({ text: title, button: id });
  }

  retry(clientId) {
    const item = this.#pending.get(clientId);
    this.#connect();
    if (item) this.#submit(item);
  }

  setLanguage(language) {
    this.language = language;
    this.#tell({ type: "language", language });
  }

  typing(on) {
    this.#tell({ type: "typing", on });
  }

  seen(seq) {
    if (seq > this.#seen && this.#tell({ type: "seen", seq })) this.#seen = seq;
  }

  #add(fields) {
    const item = { client_id: makeId(), ...fields, at: Date.now() + this.#pending.size };
    this.#pending.set(item.client_id, item);
    this.store.set(PENDING + item.client_id, JSON.stringify(item));
    this.start();
    this.#submit(item);
  }

  #submit(item) {
    const { client_id: id } = item;
    this.#show(item, { state: "sending" });
    this.#later(id, () => {
      this.#show(item, { state: "failed" });
      if (this.connection === "online") this.#dropped();
    }, this.timing.ack);
    if (this.connection === "polling") this.#poll();
    else this.#tell(frameOf(item));
  }

  #submitAll() {
    for (const item of this.#pending.values()) this.#submit(item);
  }

  #show(item, change) {
    this.emit("pending", Object.assign(item, change));
  }

  #settle(id, change) {
    const item = this.#pending.get(id);
    if (!item) return;
    this.#later(id);
    this.#pending.delete(id);
    this.store.remove(PENDING + id);
    if (change) this.#show(item, change);
  }

  #refuse({ client_id: id, code, retry_after: seconds = 1 }) {
    const item = this.#pending.get(id);
    if (!item) return;
    this.#later(id);
    if (code === "rate_limited") this.#later(id, () => this.#submit(item), seconds * 1e3);
    else if (PASSING.includes(code)) this.#show(item, { state: "failed" });
    else this.#settle(id, { state: "failed", code });
  }

  #take(messages) {
    const fresh = messages.filter(({ seq }) => seq > this.lastSeq);
    if (!fresh.length) return;
    this.lastSeq = fresh.at(-1).seq;
    for (const { client_id: id, author } of fresh) {
      this.#settle(id);
      if (author === this.typist) this.#setTypist(null);
    }
    this.emit("messages", { messages: fresh, live: this.#ready });
  }

  #setConversation(conversation) {
    if (conversation?.control !== this.conversation?.control) this.#setTypist(null);
    this.conversation = conversation;
    this.emit("state", conversation);
  }

  #setTypist(author) {
    this.#later("typing", author && (() => this.#setTypist(null)), this.timing.typing);
    if (author !== this.typist) this.emit("typing", (this.typist = author));
  }

  #sync(wanted = 0) {
    this.#wanted = Math.max(this.#wanted, wanted);
    return (this.#syncing ??= this.#fetchAll().finally(() => (this.#syncing = null)));
  }

  async #fetchAll() {
    for (let more = true; more || this.lastSeq < this.#wanted; ) {
      const page = await this.request(`messages?after=${this.lastSeq}`);
      if (!page.messages.length) this.#wanted = 0;
      this.#take(page.messages);
      this.#setConversation(page.conversation);
      more = page.more;
    }
    this.#setReady();
  }

  #setReady() {
    if (!this.#ready) this.emit("ready");
    this.#ready = true;
  }

  async #connect() {
    if (!this.#started || this.#connecting || this.#socket) return;
    this.#connecting = true;
    this.#later("connect");
    try {
      await this.signIn();
      // Where sockets are blocked, seven rounds of eight go by HTTP.
      if (this.#failures > 1 && this.#failures++ % 8) await this.#poll();
      else this.#openSocket();
    } catch (error) {
      this.#failed(error);
    }
    this.#connecting = false;
  }

  #connectLater(wait) {
    const { retry, retryMost } = this.timing;
    wait ??= Math.min(retryMost, retry * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
    this.#later("connect", () => this.#connect(), wait);
  }

  #failed({ code, wait, message }) {
    console.warn("Devir:", message);
    if (code === "not_authenticated") return this.renew();
    this.#failures = 0;
    const refused = code && !PASSING.includes(code);
    this.#setConnection(refused ? "refused" : "offline");
    this.#connectLater(refused ? this.timing.retryMost : wait);
  }

  async signIn() {
    this.#token = this.store.get("token");
    if (this.#token) return;
    const { token } = await this.request("sessions", { language: this.language });
    this.#token = this.store.get("token") ?? token; // another tab may have been faster
    this.store.set("token", this.#token);
  }

  // Begins anew: the token is no longer good, or somebody else sits here (`others`).
  renew(others) {
    if (others) for (const id of this.#pending.keys()) this.#settle(id);
    if (this.store.get("token") === this.#token) this.store.remove("token");
    this.#token = null;
    this.#ready = false;
    this.lastSeq = this.#wanted = this.#seen = 0;
    this.#closeSocket();
    this.#setConnection("offline");
    this.emit("reset");
    this.#setConversation(null);
    this.#started = true;
    this.#submitAll();
    this.#connectLater();
  }

  #openSocket() {
    const socket = new WebSocket(new URL("socket", this.base.replace(/^http/, "ws")));
    this.#socket = socket;
    const mine = (handle) => (event) => socket === this.#socket && handle(event);
    socket.onopen = mine(() => {
      const { lastSeq: after, language } = this;
      this.#write({ type: "hello", token: this.#token, after, language });
    });
    socket.onmessage = mine(({ data }) => {
      this.#later("silence", () => {
        this.#write({ type: "ping" });
        this.#later("silence", () => this.#dropped(), this.timing.pong);
      }, this.timing.silence);
      this.#receive(JSON.parse(data));
    });
    socket.onclose = mine(() => this.#dropped());
    this.#later("silence", () => this.#dropped(), this.timing.welcome);
  }

  #closeSocket() {
    this.#socket?.close();
    this.#socket = null;
    this.#later("silence");
    this.#later("stable");
    this.#setTypist(null);
  }

  #dropped() {
    this.#closeSocket();
    if (this.connection === "polling") return this.#poll();
    if (this.connection !== "online") this.#failures++;
    this.#setConnection("offline");
    this.#connectLater();
  }

  #receive(frame) {
    const { type, message, conversation, code } = frame;
    if (type === "message") {
      if (message.prev > this.lastSeq) this.#catchUp(message.seq);
      else this.#take([message]);
    } else if (type === "ack") this.#settle(frame.client_id, { state: "sent", seq: frame.seq });
    else if (type === "state") this.#setConversation(conversation);
    else if (type === "typing") this.#setTypist(frame.on ? frame.author : null);
    else if (type === "welcome") {
      this.#failures = 0;
      this.#later("stable", () => (this.#attempts = 0), this.timing.stable);
      this.#take(frame.messages);
      this.#setConversation(conversation);
      if (frame.more) this.#catchUp();
      else this.#setReady();
      this.#setConnection("online");
    } else if (type === "error") {
      if (frame.client_id) this.#refuse(frame);
      else if (code === "not_authenticated") this.renew();
      else console.warn("Devir:", code, message);
    }
  }

  #catchUp(wanted) {
    this.#sync(wanted).catch((error) => {
      console.warn("Devir:", error.message);
      if (this.#socket) this.#dropped();
    });
  }

  #poll() {
    return (this.#polling ??= this.#pollOnce().finally(() => (this.#polling = null)));
  }

  async #pollOnce() {
    const next = () => [...this.#pending.values()].find(({ state }) => state === "sending");
    try {
      await this.#sync();
      this.#setConnection("polling");
      for (let item; (item = next()); ) await this.#post(item);
      await this.#sync();
      const pace = this.active && !document.hidden ? "poll" : "pollIdle";
      this.#connectLater(next() ? 0 : this.timing[pace]);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #post(item) {
    const { type, ...body } = frameOf(item);
    try {
      const { seq } = await this.request("messages", body);
      this.#settle(item.client_id, { state: "sent", seq });
    } catch (error) {
      if (!error.code || error.wait || error.code === "not_authenticated") throw error;
      this.#refuse({ ...body, code: error.code });
    }
  }

  #setConnection(connection) {
    if (connection === this.connection) return;
    this.connection = connection;
    this.emit("connection", connection);
    if (connection === "online" || connection === "polling") this.#submitAll();
  }

  #tell(frame) {
    return this.connection === "online" && this.#write(frame);
  }

  #write(frame) {
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // Throws an error with a `code` when refused, without one when unheard.
  async request(path, body) {
    const token = this.#token;
    const response = await fetch(this.base + path, {
      method: body ? "POST" : "GET",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(this.timing.request),
    });
    const answer = await response.json();
    if (token !== this.#token) throw new Error("the session is a new one");
    if (response.ok) return answer;
    const { code, message, retry_after: seconds } = answer.error;
    throw Object.assign(new Error(message), { code, wait: seconds && seconds * 1e3 });
  }

  #later(name, act, wait) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = act && setTimeout(act, wait);
  }
}

const frameOf = ({ client_id, text, button }) =>
  button ? { type: "press", client_id, button } : { type: "send", client_id, text };

// randomUUID() exists on https pages only.
export const makeId = () => crypto.getRandomValues(new Uint32Array(5)).join("-");
