// The chat, <devir-chat>.
import { Client } from "./client.js";
import { button, h, icon } from "./dom.js";
import { Log } from "./log.js";
import { openStore } from "./store.js";
import { say, TEXT } from "./text.js";

const BASE = new URL(".", import.meta.url).href;
const LIMIT = 4000; // characters in one message
const NEARLY = 3600; // the count is shown

class DevirChat extends HTMLElement {
  #store = openStore(`devir ${BASE} `);
  #labels = []; // [node, key of its spoken name]
  #timers = {};
  #typing = false;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.page = Object.keys(TEXT).find((code) => this.options.language.startsWith(code)) ?? "tr";
    // The customer's choice holds until the page changes its language.
    const [page, chosen] = (this.#store.get("language") ?? "").split(">");
    this.language = page === this.page ? chosen : this.page;
    this.#build();
    this.client = new Client({
      base: BASE,
      language: this.language,
      store: this.#store,
      emit: (name, data) => this.#on[name](data),
    });
    this.#relabel();
    this.client.resume();
  }

  open() {
    this.panel.hidden = false;
    this.client.active = true;
    this.client.start();
    this.#withFiles();
    this.#fit();
    this.log.toEnd();
    this.#markSeen();
    this.#focus();
  }

  close() {
    if (this.panel.hidden) return;
    this.panel.hidden = true;
    this.client.active = false;
    this.#markSeen();
    this.launcher.focus();
  }

  #on = {
    connection: (connection) => {
      const lost = connection === "offline";
      this.#warn();
      // A short break heals unnoticed.
      this.#later("lost", () => this.#put(this.lost, lost && "offline"), lost ? 1200 : 0);
    },
    messages: ({ messages, live }) => this.#show(messages, live),
    pending: (item) => this.#show([item], true),
    ready: () => this.log.announce(),
    state: () => this.#showSpeaker(),
    typing: () => this.#showTyping(),
    seen: () => this.#markSeen(),
    reset: () => {
      this.#store.remove("seen");
      this.log.clear();
      this.#show([]);
    },
  };

  #build() {
    const { position, accent, theme } = this.options;
    if (position) this.setAttribute("position", position);
    if (theme) this.setAttribute("theme", theme);
    if (accent) this.style.setProperty("--accent", accent);
    this.hidden = true; // never shown without its style
    const style = h("link", { rel: "stylesheet", href: `${BASE}widget.css` });
    style.onload = () => (this.hidden = false);
    this.badge = h("span", { class: "badge", "aria-hidden": "true" });
    const toggle = () => (this.panel.hidden ? this.open() : this.close());
    this.launcher = button("launcher", toggle, icon("chat"), icon("down"), this.badge);
    this.news = h("p", { class: "sr", role: "status" });
    this.panel = h("section", { class: "panel", role: "dialog", tabindex: "-1" });
    this.panel.hidden = true;
    this.panel.append(this.#header(), this.#body(), this.#footer());
    // What is typed here must not work the shop's own shortcuts.
    this.panel.onkeyup = this.panel.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Escape" && !event.isComposing) this.close();
    };
    this.attachShadow({ mode: "open" }).append(style, this.panel, this.launcher, this.news);
    for (const change of ["resize", "scroll"]) {
      visualViewport.addEventListener(change, () => this.#fit());
    }
    document.addEventListener("visibilitychange", () => this.#markSeen());
  }

  #header() {
    this.face = h("span", { class: "face" });
    this.heading = h("h2");
    this.speaker = h("p", { role: "status" });
    const languages = Object.keys(TEXT).map((code) =>
      button("", () => this.#choose(code), code.toUpperCase()),
    );
    this.switch = h("div", { class: "switch", role: "group" }, ...languages);
    const closer = this.#labelled("closeChat", button("closer", () => this.close(), icon("down")));
    const who = h("div", {}, this.heading, this.speaker);
    return h("header", {}, this.face, who, this.switch, closer);
  }

  #body() {
    this.intro = h("div", { class: "intro" });
    this.log = new Log({
      intro: this.intro,
      say: (key) => this.#say(key),
      press: (pressed) => this.#act(() => this.client.press(pressed)),
      retry: (id) => this.#act(() => this.client.retry(id)),
      file: (...given) => this.#withFiles((files) => files.show(...given)),
      follow: (inSight, news) => (this.newest.hidden = inSight || (this.newest.hidden && !news)),
    });
    return this.#labelled("messages", this.log.element);
  }

  #footer() {
    this.newest = button("newest", () => this.log.toEnd());
    this.newest.hidden = true;
    this.typist = h("p", { class: "typing", role: "status" });
    this.lost = h("p", { class: "strip", role: "status" });
    this.closed = h("p", { class: "strip", role: "status" });
    this.alert = h("p", { class: "strip alert", role: "alert" });
    this.input = this.#labelled("write", h("textarea", { rows: 1, dir: "auto", enterkeyhint: "send" }));
    this.input.value = this.#store.get("draft") ?? "";
    this.input.oninput = () => this.#written();
    this.input.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    };
    this.sender = this.#labelled("send", button("sender", () => this.#submit(), icon("send")));
    this.form = h("div", { class: "form" }, this.input, this.sender);
    return h("footer", {}, this.newest, this.typist, this.lost, this.closed, this.alert, this.form);
  }

  #labelled(key, node) {
    this.#labels.push([node, key]);
    return node;
  }

  get #count() {
    return [...this.input.value.trim()].length;
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || this.#count > LIMIT) return;
    this.input.value = "";
    this.#written();
    this.client.send(text);
    this.input.focus();
  }

  #written() {
    const count = this.#count;
    this.#store.set("draft", this.input.value);
    this.sender.disabled = !count || count > LIMIT;
    this.form.dataset.count = count > NEARLY ? `${count} / ${LIMIT}` : "";
    this.#warn();
    this.#fit();
    this.#tellTyping(count > 0);
  }

  #tellTyping(on) {
    if (on !== this.#typing) this.client.typing(on);
    this.#typing = on;
    this.#later("typing", on && (() => this.#tellTyping(false)), 5000);
  }

  #warn() {
    const refused = this.client.connection === "refused" && "unavailable";
    const key = this.#count > LIMIT ? "tooLong" : refused;
    this.#put(this.alert, key, { n: LIMIT });
  }

  #withFiles(act = () => {}) {
    import("./files.js").then(({ filesOf }) => act(filesOf(this)), console.warn);
  }

  // The focus must not be lost with the pressed button.
  #act(act) {
    act();
    this.#focus();
  }

  // On a phone the keyboard waits for a tap.
  #focus() {
    (matchMedia("(pointer: coarse)").matches ? this.panel : this.input).focus();
  }

  #say(key, values) {
    return say(this.language, key, values);
  }

  // A screen reader repeats what is set again.
  #put(node, key, values) {
    const text = key ? this.#say(key, values) : "";
    if (node.textContent !== text) node.textContent = text;
  }

  // A text the shop may have set.
  #own(key) {
    const suffix = this.language === "en" ? "En" : "Tr";
    return this.options[key + suffix] ?? this.options[key] ?? this.#say(key);
  }

  #choose(language) {
    this.language = language;
    this.#store.set("language", `${this.page}>${language}`);
    this.client.setLanguage(language);
    this.#relabel();
  }

  #relabel() {
    this.lang = this.language;
    for (const [node, key] of this.#labels) node.ariaLabel = this.#say(key);
    this.heading.textContent = this.panel.ariaLabel = this.#own("title");
    this.switch.ariaLabel = this.#say("language");
    Object.keys(TEXT).forEach((code, index) => {
      const choice = this.switch.children[index];
      choice.ariaLabel = TEXT[code].name;
      choice.ariaPressed = code === this.language;
    });
    this.#put(this.newest, "newest");
    this.input.placeholder = this.#say("write");
    const ask = (text) => button("", () => this.#act(() => this.client.send(text)), text);
    this.intro.replaceChildren(
      h("p", { class: "greeting" }, this.#own("greeting")),
      h("p", {}, this.#say("hint")),
      h("div", { class: "choices" }, ...this.#own("suggestions").split("|").map(ask)),
    );
    this.log.relabel(this.language === "en" ? "en-GB" : "tr");
    this.#show([]);
    this.#showSpeaker();
    this.#showTyping();
    this.#put(this.lost, this.lost.textContent && "offline");
    this.#written();
  }

  #show(messages, live) {
    this.log.show(messages, live);
    this.intro.lastChild.hidden = !this.log.empty;
    this.#markSeen();
  }

  #showSpeaker() {
    const { control = "bot", agent, position } = this.client.conversation ?? {};
    const key = control === "queued" && !position ? "waiting" : control;
    this.#put(this.speaker, key, { n: position, name: agent?.name });
    this.face.replaceChildren(agent ? agent.name[0] : icon(control));
    this.#put(this.closed, control === "closed" && "closedHint");
  }

  #showTyping() {
    const { typist, conversation } = this.client;
    if (!typist) return this.typist.replaceChildren();
    const name = (typist === "agent" && conversation?.agent?.name) || this.#say(typist);
    const dots = h("span", { class: "dots" }, h("i"), h("i"), h("i"));
    this.typist.replaceChildren(dots, this.#say("typing", { name }));
  }

  #markSeen() {
    const { lastSeq } = this.client;
    const open = !this.panel.hidden;
    const seen = this.#store.get("seen") ?? 0;
    if (open && !document.hidden) {
      this.client.seen(lastSeq);
      if (lastSeq > seen) this.#store.set("seen", lastSeq);
    }
    const n = open ? 0 : this.log.countAfter(seen);
    this.badge.textContent = n || "";
    this.#put(this.news, n && "unread", { n });
    this.launcher.ariaLabel = this.#say(open ? "closeChat" : n ? "openUnread" : "openChat", { n });
    this.launcher.ariaExpanded = open;
  }

  // The box grows with its text; the panel fills what a phone's keyboard leaves free.
  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
    this.panel.style.setProperty("--top", `${visualViewport.offsetTop}px`);
    this.panel.style.setProperty("--height", `${visualViewport.height}px`);
  }

  #later(name, act, wait) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = act && setTimeout(act, wait);
  }
}

customElements.define("devir-chat", DevirChat);
