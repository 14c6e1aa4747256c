// What the console knows, as plain rules: no page, no network, no clock.

export const VIEWS = ["waiting", "mine", "all", "cases"];

const BELONGS = {
  waiting: (conversation) => conversation.control === "queued",
  mine: (conversation, me) => conversation.control === "human" && conversation.agent?.id === me,
  cases: (conversation) => conversation.open_cases > 0,
  all: () => true,
};

const ORDER = {
  waiting: (a, b) =>
    (a.position ?? Infinity) - (b.position ?? Infinity) || compare(a.waiting_since ?? "", b.waiting_since ?? ""),
  mine: (a, b) => compare(b.updated_at, a.updated_at),
  cases: (a, b) => compare(b.updated_at, a.updated_at),
  all: (a, b) => compare(b.updated_at, a.updated_at),
};

/** Who can be answered freely for the shortest time comes first, then those who always or no more can. */
function byWindow(a, b, now) {
  const left = (one) => (one.window_until > now ? one.window_until : "\uffff");
  return compare(left(a), left(b)) || compare(b.updated_at, a.updated_at);
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The conversations known so far; the newest state of each by `epoch`, then `last_seq`, then `updated_at`. */
export class Conversations {
  #byId = new Map();

  constructor(me) {
    this.me = me;
  }

  get(id) {
    return this.#byId.get(id) ?? null;
  }

  /** Takes a Summary in unless a newer one is known. Returns the one known before, or null. */
  put(summary) {
    const before = this.get(summary.id);
    if (!before || !isOlder(summary, before)) this.#byId.set(summary.id, summary);
    return before;
  }

  /**
   * Takes in the whole first page of a view: what the server no longer counts as waiting or mine is forgotten,
   * except `keep`, the open conversation, which is fetched by itself.
   */
  replaceView(view, summaries, keep = null) {
    const kept = new Set([keep, ...summaries.map((summary) => summary.id)]);
    if (view !== "all") {
      for (const { id } of this.inView(view)) if (!kept.has(id)) this.#byId.delete(id);
    }
    for (const summary of summaries) this.put(summary);
  }

  /** The conversations of a view; with `now` (ISO 8601) by the time left to reply. */
  inView(view, now = null) {
    const order = now === null ? ORDER[view] : (a, b) => byWindow(a, b, now);
    return [...this.#byId.values()].filter((one) => BELONGS[view](one, this.me)).sort(order);
  }
}

function isOlder(a, b) {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch;
  if (a.last_seq !== b.last_seq) return a.last_seq < b.last_seq;
  return a.updated_at < b.updated_at;
}

/** True when `after` is work that has just come to the queue. */
export function isNewWork(before, after) {
  return after.control === "queued" && before?.control !== "queued";
}

/** What this agent may do with a conversation, in the order the buttons stand. */
export function stepsFor(conversation, me) {
  switch (conversation.control) {
    case "queued":
      return ["claim", "resolve"];
    case "bot":
      return ["take-over", "resolve"];
    case "human":
      return conversation.agent?.id === me ? ["hand-back", "transfer", "release", "resolve"] : [];
    default:
      return [];
  }
}

export function isHeldBy(conversation, me) {
  return conversation.control === "human" && conversation.agent?.id === me;
}

/** One conversation's messages by `seq`, and what this agent has written that the server has not yet confirmed. */
export class Transcript {
  #byId = new Map();
  hasEarlier = false;

  get messages() {
    return [...this.#byId.values()].sort((a, b) => a.seq - b.seq);
  }

  get fileIds() {
    return this.messages.flatMap(({ files }) => files.map(({ id }) => id));
  }

  get firstSeq() {
    return this.messages[0]?.seq ?? 0;
  }

  get lastSeq() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** Takes messages in; the same id replaces what was there. */
  put(messages) {
    for (const message of messages) this.#byId.set(message.id, message);
  }

  /** True when something lies between what we have and `message`. */
  leavesGap(message) {
    return this.#byId.size > 0 && !this.#byId.has(message.id) && message.prev > this.lastSeq;
  }

  has(clientId) {
    return [...this.#byId.values()].some((message) => message.client_id === clientId);
  }
}
