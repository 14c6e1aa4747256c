// The console's socket: a hint that something changed. It reconnects by itself.

const SILENCE_MS = 25_000; // then we ask "ping"
const ANSWER_MS = 10_000; // no frame within this after a ping: the line is dead
const BACK_OFF_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

export class Socket {
  #url;
  #on;
  #socket = null;
  #attempt = 0;
  #retryTimer = null;
  #silenceTimer = null;
  #stopped = true;

  /** `on`: `{frame(frame), open(), lost()}`. `open` comes with the server's `hello`. */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  start() {
    this.#stopped = false;
    this.#attempt = 0;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#drop();
  }

  /** Sends a frame if connected, else does nothing: whatever matters is repeated after `open`. */
  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #connect() {
    this.#drop();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      this.#listen();
      this.#receive(event.data);
    });
    socket.addEventListener("close", () => socket === this.#socket && this.#lost());
    this.#listen();
  }

  #receive(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch (error) {
      console.warn("devir: unreadable frame", error.name);
      return;
    }
    if (frame.type === "hello") {
      this.#attempt = 0;
      this.#on.open();
    }
    this.#on.frame(frame);
  }

  /** Restarts the watch for silence: first a ping, then giving the line up. */
  #listen() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      this.send({ type: "ping" });
      this.#silenceTimer = setTimeout(() => this.#lost(), ANSWER_MS);
    }, SILENCE_MS);
  }

  #lost() {
    this.#drop();
    if (this.#stopped) return;
    this.#on.lost();
    const longest = BACK_OFF_MS[Math.min(this.#attempt, BACK_OFF_MS.length - 1)];
    this.#attempt += 1;
    // half of it at random, so that a room full of consoles does not come back in the same instant
    this.#retryTimer = setTimeout(() => this.#connect(), longest / 2 + (Math.random() * longest) / 2);
  }

  #hurry() {
    if (this.#stopped || this.#socket) return;
    this.#attempt = 0;
    this.#connect();
  }

  #drop() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
