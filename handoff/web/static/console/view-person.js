// The dialog in which an agent says which customers of other channels are the same person, and takes it back.

import { fill, h, icon } from "./dom.js";
import { errorText } from "./errors.js";
import { customerName, dateTime } from "./format.js";
import { label, t } from "./language.js";

const SEARCH_MS = 250; // after the last key
const SHORTEST = 2;

/** `open()` shows it for the open conversation. */
export function personDialog({ desk }) {
  const title = h("h2", { id: "person-title", tabindex: "-1" }, t("person.title"));
  const cross = h("button", { type: "button", class: "icon-button", "aria-label": t("app.close"), on: { click: () => dialog.close() } }, icon("close"));
  const joined = h("div");
  const search = h("input", { id: "person-search", type: "search", maxlength: 80, autocomplete: "off", dir: "auto", on: { input: () => soon() } });
  const others = h("div", { role: "region", "aria-live": "polite", "aria-label": t("person.found") });
  const problem = h("p", { class: "error", role: "alert" });
  const body = h(
    "div",
    { class: "operation-body" },
    h("p", {}, t("person.lead")),
    joined,
    h("form", { role: "search", on: { submit: (event) => (event.preventDefault(), load()) } }, h("label", { for: "person-search" }, t("person.search")), search),
    others,
    problem,
  );
  const dialog = h("dialog", { class: "operation-dialog person-dialog", "aria-labelledby": "person-title", on: { close: () => clearTimeout(timer) } }, h("header", {}, title, cross), body);
  let id = null;
  let timer = null;

  function open() {
    id = desk.open.id;
    search.value = "";
    fill(joined);
    fill(others);
    dialog.showModal();
    title.focus();
    load();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(load, SEARCH_MS);
  }

  async function load() {
    clearTimeout(timer);
    const text = search.value.trim();
    await show(() => desk.person(id, text), () => text === search.value.trim());
  }

  /** Shows what `ask` answers, if that is still wanted. */
  async function show(ask, wanted = () => true) {
    try {
      const person = await ask();
      if (!wanted()) return;
      fill(problem);
      render(person);
    } catch (error) {
      fill(problem, errorText(error));
    }
  }

  function render({ joined: same, same_number: alike, found }) {
    fill(
      joined,
      same.length > 0 && h("h3", {}, t("person.joined")),
      same.length > 0 && h("ul", { class: "persons" }, same.map((one) => row(one, null))),
      same.length > 0 && h("button", { type: "button", class: "button small", on: { click: () => change(() => desk.separatePerson(id)) } }, t("person.separate")),
    );
    const text = search.value.trim();
    const listed = text.length < SHORTEST ? alike : found;
    fill(
      others,
      text.length < SHORTEST && alike.length > 0 && h("h3", {}, t("person.same_number")),
      listed.length > 0 && h("ul", { class: "persons" }, listed.map((one) => row(one, () => change(() => desk.joinPerson(id, one.conversation))))),
      text.length >= SHORTEST && listed.length === 0 && h("p", { class: "faint" }, t("person.none")),
    );
  }

  function row({ conversation, channel, customer, updated_at: at }, join) {
    const name = customerName({ id: conversation, customer });
    return h(
      "li",
      {},
      h("span", {}, h("strong", {}, name), h("span", { class: "faint" }, `${label("channel", channel)} · ${dateTime(at)}`)),
      join && h("button", { type: "button", class: "button small", "aria-label": t("person.join_one", { name }), on: { click: join } }, t("person.join")),
    );
  }

  async function change(ask) {
    await show(ask);
    title.focus();
  }

  return { element: dialog, open };
}
