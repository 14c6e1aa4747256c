// What an agent has typed and not yet sent, and what could not be sent, kept for this tab (sessionStorage).

const PREFIX = "devir.console.";

/** Drafts and unsent messages of one agent. Another agent signing in on the same tab never sees them. */
export class Drafts {
  #prefix;
  #storage;

  constructor(agentId, storage = sessionStorage) {
    this.#prefix = `${PREFIX}${agentId}.`;
    this.#storage = storage;
    for (const key of Object.keys(storage)) {
      if (key.startsWith(PREFIX) && !key.startsWith(this.#prefix)) storage.removeItem(key);
    }
  }

  /** `{reply, note, mode, article}` of a conversation; `article`: what the reply was taken from, or null. */
  get(conversation) {
    return { reply: "", note: "", mode: "reply", article: null, ...this.#read(`draft.${conversation}`, {}) };
  }

  set(conversation, draft) {
    const empty = !draft.reply && !draft.note && draft.mode === "reply";
    this.#write(`draft.${conversation}`, empty ? null : draft);
  }

  has(conversation) {
    const { reply, note } = this.get(conversation);
    return Boolean(reply.trim() || note.trim());
  }

  /** Messages of a conversation the server has not confirmed: `[{client_id, kind, text, article, at, error}]`. */
  unsent(conversation) {
    return this.#read(`unsent.${conversation}`, []);
  }

  setUnsent(conversation, messages) {
    this.#write(`unsent.${conversation}`, messages.length ? messages : null);
  }

  clear() {
    for (const key of Object.keys(this.#storage)) {
      if (key.startsWith(this.#prefix)) this.#storage.removeItem(key);
    }
  }

  #read(name, fallback) {
    const stored = this.#storage.getItem(this.#prefix + name);
    return stored === null ? fallback : JSON.parse(stored);
  }

  #write(name, value) {
    if (value === null) this.#storage.removeItem(this.#prefix + name);
    else this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
  }
}
