// The list of messages: the received ones by seq, then those still on their way.
import { button, h, link, safeUrl, withLinks } from "./dom.js";

const GROUP = 5 * 60e3; // ms
const NEAR = 60; // px

export class Log {
  #rows = [];
  #follow = true;

  // hooks: say(key), press(button), retry(client_id), file(file, bubble, message), follow(is the end
  // in sight, is there news)
  constructor({ intro, ...hooks }) {
    Object.assign(this, hooks);
    this.list = h("div");
    const content = h("div", { class: "content" }, intro, this.list);
    this.element = h("div", { class: "scroller", tabindex: 0, role: "group" }, content);
    this.element.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.element;
      this.#follow = scrollHeight - scrollTop - clientHeight < NEAR;
      this.follow(this.#follow);
    });
    const sizes = new ResizeObserver(() => this.#follow && this.toEnd());
    sizes.observe(this.element);
    sizes.observe(content);
  }

  get empty() {
    return !this.#rows.length;
  }

  countAfter(seq) {
    return this.#rows.filter(({ m }) => m.seq > seq && m.author !== "customer").length;
  }

  // A screen reader speaks what is added from here on, not the history.
  announce() {
    requestAnimationFrame(() => {
      this.list.role = "log";
      this.list.ariaLabel = this.say("messages");
    });
  }

  clear() {
    this.list.removeAttribute("role");
    this.list.replaceChildren();
    return this.#rows.splice(0);
  }

  relabel(locale) {
    this.locale = locale;
    const spoken = this.list.role;
    this.show(this.clear().map(({ m }) => m), false);
    if (spoken) this.announce();
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  // Adds messages or brings them up to date. Those not stored yet have no seq and stay last.
  show(messages, live) {
    const fresh = messages.filter((m) => this.#place({ author: "customer", ...m }, live));
    this.#arrange();
    this.#follow ||= live && fresh.some(({ state }) => state);
    if (this.#follow) this.toEnd();
    else if (live && fresh.length) this.follow(false, true);
  }

  // Whether it was not there before.
  #place(m, live) {
    const known = this.#rows.findIndex(
      (row) => row.m.id === (m.id ?? 0) || (m.client_id && row.m.client_id === m.client_id),
    );
    const old = this.#rows[known];
    if (old?.m.id) return false; // the ack came second
    if (old) this.#rows.splice(known, 1);
    const row = { m, node: old?.node ?? h("div"), day: this.#day(m.at) };
    const next = this.#rows.findIndex((other) => other.m.seq > m.seq || (m.seq && !other.m.seq));
    const index = next < 0 ? this.#rows.length : next;
    this.#rows.splice(index, 0, row);
    this.#fill(row, live);
    if (index !== known) this.list.insertBefore(row.node, this.#rows[index + 1]?.node ?? null);
    return !old;
  }

  #fill(row, live) {
    const { author, name, text, image, files = [], buttons = [], state } = row.m;
    row.node.className = `row ${author} ${state ?? ""} ${live ? "live" : ""}`;
    row.label = h("p", { class: "day" });
    const who = author === "customer" ? this.say("you") : name || this.say(author);
    const bubble = h("div", { class: "bubble", dir: "auto" }, ...withLinks(text ?? ""));
    if (image) bubble.append(this.#picture(image));
    for (const file of files) this.file(file, bubble, row.m);
    row.choices = h("div", { class: "choices" });
    for (const each of buttons) row.choices.append(button("", () => this.press(each), each.title));
    row.node.replaceChildren(
      row.label,
      h("p", { class: "who" }, h("bdi", {}, who), h("span", { class: "sr" }, ":")),
      bubble,
      row.choices,
      h("p", { class: "note" }, ...this.#note(row.m)),
    );
  }

  #picture({ url, alt }) {
    const src = safeUrl(url);
    alt ||= this.say("image");
    return src ? link(src, h("img", { src, alt, referrerpolicy: "no-referrer" })) : alt;
  }

  #note({ state, code, at, client_id: id }) {
    if (state === "sending") return [this.say("sending")];
    if (state !== "failed") {
      const clock = { hour: "2-digit", minute: "2-digit" };
      return [h("time", {}, new Date(at).toLocaleTimeString(this.locale, clock))];
    }
    const words = h("span", { role: "alert" }, this.say(code ? "refused" : "failed"));
    return code ? [words] : [words, button("", () => this.retry(id), this.say("retry"))];
  }

  #arrange() {
    let answered = false;
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      const [before, row, after] = [-1, 0, 1].map((step) => this.#rows[index + step]);
      const newDay = row.day !== (before?.day ?? this.say("today"));
      row.label.textContent = newDay ? row.day : "";
      row.node.classList.toggle("first", newDay || !together(before, row));
      row.node.classList.toggle("last", !together(row, after));
      if (answered) row.choices.replaceChildren();
      answered ||= row.m.author !== "bot" || row.choices.hasChildNodes();
    }
  }

  #day(at) {
    const days = (Date.now() - new Date(at).setHours(0, 0, 0, 0)) / 864e5;
    if (days < 2) return this.say(days < 1 ? "today" : "yesterday");
    return new Date(at).toLocaleDateString(this.locale, { day: "numeric", month: "long" });
  }
}

const together = (one, other) =>
  one?.m.author === other?.m.author &&
  one.m.name === other.m.name &&
  new Date(other.m.at) - new Date(one.m.at) < GROUP;
