// Files in the chat: sending them and showing what came. Loaded when the chat is opened, or when a
// message has one.
import { makeId } from "./client.js";
import { button, h, icon, link } from "./dom.js";

const LIMIT = 10 * 2 ** 20; // bytes
const SIDES = [260, 280]; // px of a picture in the log
const NEAR = 60; // px from the end
const PATIENCE = 180e3; // ms for a whole upload
const ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,application/pdf,audio/mpeg,audio/mp4,audio/ogg";
const CLIP = "m20 11.5-8 8a5 5 0 0 1-7-7l8-8a3.4 3.4 0 0 1 5 5l-8 8a1.8 1.8 0 0 1-2.5-2.5l7-7";
const SHEET = "M7 3.5h7l4.5 4.5v12.5H7ZM14 3.5V8h4.5M10 13h5.5M10 16.5h5.5";

const TEXT = {
  tr: {
    attach: "Fotoğraf veya dosya gönder",
    drop: "Göndermek için buraya bırakın",
    image: "Görsel",
    save: "İndir",
    gone: "Dosya şu anda açılamıyor.",
    uploading: "Gönderiliyor",
    file_too_large: "Dosya çok büyük; en fazla 10 MB gönderebilirsiniz.",
    file_type_refused: "Yalnızca fotoğraf, PDF ve ses dosyası gönderebilirsiniz.",
    file_broken: "Dosya açılamadı; zarar görmüş veya fazla büyük bir görsel olabilir.",
  },
  en: {
    attach: "Send a photo or file",
    drop: "Drop it here to send it",
    image: "Picture",
    save: "Download",
    gone: "The file cannot be opened right now.",
    uploading: "Sending",
    file_too_large: "The file is too large; you can send up to 10 MB.",
    file_type_refused: "You can only send photos, PDFs and voice recordings.",
    file_broken: "The file could not be opened; it may be damaged, or too large a picture.",
  },
};

const known = new WeakMap();

// The files of a chat, made once.
export function filesOf(chat) {
  if (!known.has(chat)) known.set(chat, new Files(chat));
  return known.get(chat);
}

class Files {
  #items = new Map(); // not sent yet, by client_id
  #sources = new Map(); // what shows a file, by its id: each is fetched once
  #queue = Promise.resolve();
  #inSight = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      this.#inSight.unobserve(target);
      target.appear();
    }
  });

  constructor(chat) {
    this.chat = chat;
    chat.shadowRoot.prepend(h("link", { rel: "stylesheet", href: `${chat.client.base}files.css` }));
    this.#build();
    const { retry } = chat.log;
    chat.log.retry = (id) => (this.#items.has(id) ? this.#enqueue(this.#items.get(id)) : retry(id));
    addEventListener("online", () => this.#items.forEach((item) => this.#enqueue(item)));
  }

  get #text() {
    return TEXT[this.chat.language];
  }

  #build() {
    const { panel, form, input } = this.chat;
    const picker = h("input", { type: "file", multiple: "", accept: ACCEPTED, hidden: "" });
    picker.onchange = () => {
      this.#sendAll(picker.files);
      picker.value = ""; // the same one can be chosen again
    };
    const attacher = button("attacher", () => picker.click(), icon(CLIP));
    form.prepend(attacher, picker);
    input.addEventListener("paste", (event) => {
      if (this.#sendAll(event.clipboardData.files)) event.preventDefault();
    });
    const drop = h("p", { class: "drop", "aria-hidden": "true" });
    panel.append(drop);
    const carriesFiles = ({ dataTransfer }) => dataTransfer.types.includes("Files");
    panel.addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      panel.classList.add("dropping");
    });
    panel.addEventListener("dragleave", ({ relatedTarget }) => {
      if (!panel.contains(relatedTarget)) panel.classList.remove("dropping");
    });
    panel.addEventListener("drop", (event) => {
      panel.classList.remove("dropping");
      if (this.#sendAll(event.dataTransfer.files)) event.preventDefault();
    });
    const relabel = () => {
      attacher.title = attacher.ariaLabel = this.#text.attach;
      drop.textContent = this.#text.drop;
    };
    relabel();
    new MutationObserver(relabel).observe(this.chat, { attributeFilter: ["lang"] });
  }

  // Returns whether there were any.
  #sendAll(blobs) {
    for (const blob of blobs) {
      const { name, size, type: content_type } = blob;
      const client_id = makeId();
      this.#items.set(client_id, { client_id, at: Date.now(), files: [{ blob, name, size, content_type }] });
      this.#enqueue(this.#items.get(client_id));
    }
    if (blobs.length) this.chat.input.focus();
    return blobs.length > 0;
  }

  #tell(item, change) {
    this.chat.client.emit("pending", Object.assign(item, change));
  }

  // One at a time, so that they arrive in the order they were chosen.
  #enqueue(item) {
    if (item.state === "sending") return;
    this.#tell(item, { state: "sending", code: undefined });
    this.#queue = this.#queue.then(() => this.#send(item));
  }

  async #send(item) {
    const { client } = this.chat;
    client.start();
    try {
      await client.signIn();
      const { seq } = await this.#upload(item);
      this.#settle(item, { state: "sent", seq });
    } catch ({ code, retry_after: seconds }) {
      this.#tell(item, { state: "failed" });
      if (code === "rate_limited") setTimeout(() => this.#enqueue(item), seconds * 1e3);
      else if (code in TEXT.en) this.#settle(item, { code });
    }
  }

  #settle(item, change) {
    this.#items.delete(item.client_id);
    this.#tell(item, change);
  }

  // Rejects with an error's fields when refused, with {} when unheard.
  #upload({ client_id, files: [file] }) {
    return new Promise((done, refuse) => {
      if (file.size > LIMIT) return refuse({ code: "file_too_large" });
      const call = new XMLHttpRequest(); // fetch() tells no progress
      const { base } = this.chat.client;
      call.open("POST", `${base}files?${new URLSearchParams({ client_id, name: file.name })}`);
      call.setRequestHeader("Authorization", this.#authorization);
      call.setRequestHeader("Content-Type", "application/octet-stream");
      call.responseType = "json";
      call.timeout = PATIENCE;
      call.upload.onprogress = ({ loaded, total }) => file.bar && (file.bar.value = loaded / total);
      call.onload = () => (call.status < 300 ? done(call.response) : refuse(call.response?.error ?? {}));
      call.onerror = call.ontimeout = () => refuse({});
      call.send(file.blob);
    });
  }

  get #authorization() {
    return `Bearer ${this.chat.client.store.get("token")}`;
  }

  // Adds a file of message `m` to its bubble.
  show(file, bubble, { state, code }) {
    const kind = file.content_type.split("/")[0];
    const make = { image: () => this.#picture(file), audio: () => this.#sound(file) }[kind];
    const shown = (!code && make?.()) || this.#paper(file);
    const slot = h("div", { class: `file ${code ? "" : kind}` }, shown);
    if (code) slot.append(h("p", {}, this.#text[code]));
    if (state === "sending") {
      file.bar = h("progress", { max: 1, value: 0, "aria-label": this.#text.uploading });
      slot.append(file.bar);
    }
    this.#keepingTheEnd(() => bubble.append(slot));
  }

  // The end stays in sight while what stands above it grows.
  #keepingTheEnd(grow) {
    const { element } = this.chat.log;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    grow();
    if (atEnd) this.chat.log.toEnd();
  }

  #source(file) {
    if (file.blob) return (file.source ??= URL.createObjectURL(file.blob));
    if (!this.#sources.has(file.id)) {
      const source = this.#fetch(file);
      source.catch(() => this.#sources.delete(file.id)); // asked for again the next time
      this.#sources.set(file.id, source);
    }
    return this.#sources.get(file.id);
  }

  async #fetch({ id }) {
    const headers = { Authorization: this.#authorization };
    const response = await fetch(`${this.chat.client.base}files/${id}`, { headers });
    if (!response.ok) throw new Error(`file not served: ${response.status}`);
    return URL.createObjectURL(await response.blob());
  }

  // Gives a node its source when it comes into sight.
  #later(node, file, set) {
    node.appear = async () => {
      try {
        set(await this.#source(file));
      } catch (error) {
        console.warn("Devir:", error.message);
        node.replaceWith(this.#saver(file), h("p", {}, this.#text.gone));
      }
    };
    this.#inSight.observe(node);
    return node;
  }

  #picture(file) {
    const { name, width, height } = file;
    const image = h("img", { alt: `${this.#text.image}: ${name}` });
    if (width) {
      const scale = Math.min(1, SIDES[0] / width, SIDES[1] / height);
      Object.assign(image, { width: Math.round(width * scale), height: Math.round(height * scale) });
    }
    else image.onload = () => this.chat.log.toEnd(); // its sender looks there
    const opened = link("", image);
    // It is no picture in spite of its name, or the page's policy shows none from here.
    image.onerror = () => opened.replaceWith(this.#paper(file));
    return this.#later(opened, file, (source) => (opened.href = image.src = source));
  }

  #sound(file) {
    const player = h("audio", { controls: "", preload: "metadata", "aria-label": file.name });
    player.onerror = () => player.replaceWith(this.#paper(file));
    return this.#later(player, file, (source) => (player.src = source));
  }

  #paper(file) {
    return file.id ? this.#saver(file) : this.#row(file);
  }

  #saver(file) {
    const saver = button("paper", async () => {
      try {
        h("a", { href: await this.#source(file), download: file.name }).click();
      } catch (error) {
        console.warn("Devir:", error.message);
        saver.after(h("p", { role: "alert" }, this.#text.gone));
      }
    });
    saver.title = this.#text.save;
    saver.append(...this.#row(file).childNodes);
    return saver;
  }

  #row({ name, size }) {
    const digits = { maximumFractionDigits: 1 };
    const amount =
      size < 1e6
        ? `${Math.ceil(size / 1e3)} kB`
        : `${(size / 1e6).toLocaleString(this.chat.language, digits)} MB`;
    return h("span", { class: "paper" }, icon(SHEET), h("span", {}, name), h("small", {}, amount));
  }
}
