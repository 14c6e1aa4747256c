// Telling an agent who looks elsewhere: title count, favicon, a short sound, a desktop notification.

import { customerName } from "./format.js";
import { label, t } from "./language.js";
import { announce } from "./notices.js";

const MUTED = "devir.console.muted";
const AT_MOST = 3; // notifications for one piece of news

export class Announcer {
  #audio = null;
  #open;

  /** `open(id)` shows a conversation when its notification is clicked. */
  constructor({ open }) {
    this.#open = open;
    // browsers let a page sound only after the person has touched it once
    for (const event of ["pointerdown", "keydown"]) {
      addEventListener(event, () => this.#wakeAudio(), { capture: true });
    }
  }

  get muted() {
    return localStorage.getItem(MUTED) === "yes";
  }

  set muted(muted) {
    localStorage.setItem(MUTED, muted ? "yes" : "no");
    if (!muted) this.#ring();
  }

  /** `granted`, `denied`, `default` (not asked yet) or `unsupported`. */
  get permission() {
    return "Notification" in window ? Notification.permission : "unsupported";
  }

  askPermission() {
    return Notification.requestPermission();
  }

  /** `count`: how many conversations wait for this agent's eyes. */
  showCount(count) {
    const title = t("app.title");
    document.title = count > 0 ? `(${count}) ${title}` : title;
    const href = count > 0 ? "/console/favicon-alert.svg" : "/console/favicon.svg";
    const link = document.getElementById("favicon");
    if (link.getAttribute("href") !== href) link.setAttribute("href", href);
  }

  newWork(conversations) {
    announce(conversations.map((one) => t("announce.new", { name: customerName(one) })).join(" "));
    this.#ring();
    for (const one of conversations.slice(0, AT_MOST)) {
      this.#notify(one, t("announce.notification", { name: customerName(one) }), label("reason", one.reason));
    }
  }

  newMessage(conversation) {
    const text = t("announce.message", { name: customerName(conversation) });
    announce(text);
    this.#ring();
    this.#notify(conversation, text, "");
  }

  /** Only the name and the reason: what the customer wrote does not belong on a lock screen. */
  #notify(conversation, title, body) {
    if (this.permission !== "granted" || document.hasFocus()) return;
    const notification = new Notification(title, { body, tag: conversation.id, icon: "/console/favicon.svg" });
    notification.addEventListener("click", () => {
      window.focus();
      this.#open(conversation.id);
      notification.close();
    });
  }

  #wakeAudio() {
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") this.#audio.resume();
  }

  /** Two soft tones, a third of a second. */
  #ring() {
    if (this.muted || this.#audio?.state !== "running") return;
    const start = this.#audio.currentTime;
    [587.33, 880].forEach((pitch, index) => {
      const tone = this.#audio.createOscillator();
      const volume = this.#audio.createGain();
      const at = start + index * 0.13;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.12, at + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0005, at + 0.24);
      tone.connect(volume).connect(this.#audio.destination);
      tone.start(at);
      tone.stop(at + 0.25);
    });
  }
}
