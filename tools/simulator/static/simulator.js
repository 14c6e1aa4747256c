// The page of the simulator: it shows what its server tells, and says what was clicked.

import { h, keep } from "./dom.js";
import { renderTrouble } from "./trouble.js";

const $ = (selector) => document.querySelector(selector);

let state = { sides: [], console: null };
let chosen = null; // [platform, customer]
const drafts = new Map();

// The server

function listen() {
  const events = new EventSource("/events");
  events.onmessage = ({ data }) => {
    state = JSON.parse(data);
    $(".offline").hidden = true;
    render();
  };
  events.onerror = () => ($(".offline").hidden = false);
}

async function post(path, body, type) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": type ?? "application/json" },
      body: type ? body : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error((await answer.text()) || answer.statusText);
    $(".problem").hidden = true;
    return await answer.json();
  } catch (error) {
    $(".problem").textContent = `That was not done: ${error.message}`;
    $(".problem").hidden = false;
    return null;
  }
}

const act = (action, body, side = chosen[0]) => post(`/do/${side}/${action}`, body);

// What is chosen

const side = () => state.sides.find(({ id }) => id === (chosen?.[0] ?? state.sides[0]?.id));
const customer = () => chosen && side()?.customers.find(({ id }) => id === chosen[1]);

function show(view) {
  document.body.dataset.view = view;
  for (const tab of document.querySelectorAll(".views button"))
    tab.toggleAttribute("aria-current", tab.dataset.view === view);
}

function choose(sideId, customerId) {
  const field = $(".composer textarea");
  if (editing) edit(null);
  if (chosen) drafts.set(chosen.join(), field.value);
  chosen = [sideId, customerId];
  field.value = drafts.get(chosen.join()) ?? "";
  $(".screen").replaceChildren();
  atEnd = true;
  show("chat");
  render();
  fit();
  if (matchMedia("(min-width: 761px)").matches) field.focus();
}

async function join(sideId) {
  const made = await act("join", { name: "" }, sideId);
  if (!made) return;
  const known = () => state.sides.some((one) => one.customers.some(({ id }) => id === made.customer));
  for (let waited = 0; !known() && waited < 50; waited++) await new Promise((done) => setTimeout(done, 50));
  choose(sideId, made.customer);
}

// Rendering

function render() {
  renderAgents();
  renderCustomers();
  renderChat();
  if (side()) renderTrouble($(".trouble"), side(), (changed) => act("mischief", changed, side().id));
}

function renderAgents() {
  $(".agents").href = state.console;
  $(".agents").hidden = false;
}

function renderCustomers() {
  const entries = state.sides.flatMap((one) => [
    { key: one.id, heading: one.name, side: one.id },
    ...one.customers.map((who) => ({
      key: `${one.id}/${who.id}`,
      side: one.id,
      id: who.id,
      name: who.name,
      blocked: who.blocked,
      last: who.messages.at(-1)?.text ?? "",
      unread: unread(one.id, who),
      chosen: chosen?.[0] === one.id && chosen[1] === who.id,
    })),
    { key: `${one.id}+`, side: one.id, add: one.name },
  ]);
  keep($(".customers"), entries, (entry) => {
    if (entry.heading) return h("h2", { class: entry.side }, entry.heading);
    if (entry.add)
      return h("button", { type: "button", class: "add", onclick: () => join(entry.side) }, `+ New customer on ${entry.add}`);
    return h(
      "button",
      {
        type: "button",
        class: `person ${entry.side}`,
        "aria-current": entry.chosen ? "true" : null,
        onclick: () => choose(entry.side, entry.id),
      },
      h("span", { class: "face", "aria-hidden": "true" }, initials(entry.name)),
      h("span", { class: "name" }, entry.name),
      h("span", { class: "last" }, entry.blocked ? "has blocked the shop" : entry.last),
      entry.unread ? h("span", { class: "badge", "aria-label": `${entry.unread} new` }, String(entry.unread)) : null,
    );
  });
}

const seen = new Map();

function unread(sideId, who) {
  const heard = who.messages.filter(({ mine }) => !mine).length;
  const key = `${sideId}/${who.id}`;
  const open = chosen?.[0] === sideId && chosen[1] === who.id && document.visibilityState === "visible";
  if (open) seen.set(key, heard);
  return heard - (seen.get(key) ?? 0);
}

const initials = (name) => name.split(" ").map((word) => word[0]).slice(0, 2).join("");

function renderChat() {
  const who = customer();
  const there = Boolean(who);
  $(".nobody").hidden = there;
  $(".shop-phone").hidden = true;
  for (const part of [".who", ".screen", ".composer"]) $(part).hidden = !there;
  $(".typing").hidden = !who?.typing;
  if (!there) return;
  $(".shop-phone").hidden = !side().shop_phone;
  $(".chat").dataset.side = chosen[0];
  $(".who h2").textContent = who.name;
  $(".who p").textContent = `${side().name} · ${who.about}`;
  $(".who .face").textContent = initials(who.name);
  $(".who .block").textContent = who.blocked ? "Unblock" : "Block";
  $(".who .block").title = who.blocked ? "Let the shop write again" : "Let nothing of the shop through";
  $(".who .silence").hidden = !who.silent;
  const entries = who.messages.map((message) => ({ key: message.id, ...message }));
  if (keep($(".screen"), entries, bubble)) stay();
  const unseen = who.messages.some(({ mine, ticks }) => !mine && ticks === "delivered");
  if (unseen && document.visibilityState === "visible" && !reading) {
    reading = true;
    act("read", { customer: who.id }).finally(() => setTimeout(() => (reading = false), 300));
  }
}

let reading = false;
let atEnd = true;

/** Go on showing the newest message, unless somebody has scrolled back. */
function stay() {
  if (atEnd) $(".screen").scrollTop = $(".screen").scrollHeight;
}

const TICKS = {
  waiting: ["◷", "on its way to Devir"],
  taken: ["✓", "Devir has it"],
  sent: ["✓", "sent"],
  delivered: ["✓✓", "delivered"],
  read: ["✓✓", "read"],
  failed: ["!", "failed"],
};

function bubble(message) {
  const [sign, told] = TICKS[message.ticks] ?? ["", ""];
  const time = new Date(message.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const picture = message.picture;
  return h(
    "div",
    { class: `row ${message.mine ? "mine" : "shop"}` },
    h(
      "div",
      { class: "bubble" },
      picture ? h("img", { src: picture, alt: message.mine ? "Your photo" : "Photo of the shop" }) : null,
      message.file ? h("a", { href: message.file, download: "" }, "📎 file") : null,
      message.text ? h("p", {}, message.text) : null,
      h(
        "span",
        { class: "note" },
        message.edited ? "edited · " : "",
        message.phone ? "from the shop's phone · " : "",
        time,
        message.editable ? h("button", { type: "button", class: "edit", onclick: () => edit(message) }, "Edit") : "",
        sign ? h("span", { class: `ticks ${message.ticks}`, title: told }, h("span", { "aria-hidden": "true" }, ` ${sign}`), h("span", { class: "hidden" }, ` ${told}`)) : "",
        message.ticks && !message.mine ? ` ${told}` : "",
      ),
    ),
    message.buttons.length
      ? h(
          "div",
          { class: "buttons" },
          ...message.buttons.map(({ id, title }) =>
            h("button", { type: "button", onclick: () => act("press", { customer: chosen[1], button: id }) }, title),
          ),
        )
      : null,
  );
}

// What people do here

let editing = null; // the message whose text is being changed

function edit(message) {
  editing = message?.id ?? null;
  $(".composer").classList.toggle("editing", Boolean(editing));
  $(".composer textarea").value = message?.text ?? "";
  fit();
  $(".composer textarea").focus();
}

function fit() {
  const field = $(".composer textarea");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

$(".screen").addEventListener("scroll", ({ target }) => {
  atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
});
$(".screen").addEventListener("load", stay, true); // a picture has got its height
$(".composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = $(".composer textarea");
  const text = field.value.trim();
  if (!text) return;
  const message = editing;
  edit(null);
  const done = message ? act("edit", { customer: chosen[1], message, text }) : act("say", { customer: chosen[1], text });
  if ((await done) === null && !field.value) field.value = text;
});
$(".composer textarea").addEventListener("input", fit);
$(".composer textarea").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && editing) edit(null);
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $(".composer").requestSubmit();
});
$(".composer input").addEventListener("change", ({ target }) => sendFile(target, $(".composer textarea"), "customer"));
$(".shop-phone").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = $(".shop-phone .answer");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  if ((await act("answer", { customer: chosen[1], text })) === null && !field.value) field.value = text;
});
$(".shop-phone [type=file]").addEventListener("change", ({ target }) => sendFile(target, $(".shop-phone .answer"), "shop"));

/** Sends the chosen file with what stands in `field` below it. */
async function sendFile(target, field, by) {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  const text = field.value.trim();
  field.value = "";
  fit();
  const query = new URLSearchParams({ text, by });
  await post(`/photo/${chosen.map(encodeURIComponent).join("/")}?${query}`, file, file.type || "application/octet-stream");
}

$(".who .block").addEventListener("click", () => act("block", { customer: chosen[1], blocked: !customer().blocked }));
$(".who .silence").addEventListener("click", () => act("silence", { customer: chosen[1] }));
$(".back").addEventListener("click", () => show("customers"));
for (const tab of document.querySelectorAll(".views button")) tab.addEventListener("click", () => show(tab.dataset.view));
document.addEventListener("visibilitychange", render);

show("customers");
listen();
