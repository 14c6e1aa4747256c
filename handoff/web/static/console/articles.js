// Starts the page on which supervisors write articles. The desk is another page; both share the session.

import { Api } from "./api.js";
import { fill, h } from "./dom.js";
import { errorText } from "./errors.js";
import { language, otherLanguage, setLanguage, t } from "./language.js";
import { articlesView } from "./view-articles.js";

const DESK = "/console";
const EDITOR = "supervisor";

const app = document.getElementById("app");
const api = new Api({ onSignedOut: () => location.assign(DESK) });

function show(me) {
  document.documentElement.lang = language();
  document.title = t("articles.page_title");
  const view = articlesView({ api, me, desk: DESK, switchLanguage });
  fill(app, view.element);
  view.start();

  function switchLanguage() {
    if (!view.mayLeave()) return;
    view.stop();
    setLanguage(otherLanguage());
    show(me);
    app.querySelector(".language").focus();
  }
}

function message(text, ...more) {
  fill(app, h("div", { class: "starting", role: "alert" }, h("p", {}, text), ...more));
}

async function start() {
  document.documentElement.lang = language();
  document.title = t("articles.page_title");
  fill(app, h("p", { class: "starting", role: "status" }, t("app.loading")));
  let me;
  try {
    me = (await api.me()).agent;
  } catch (error) {
    if (error.code === "not_authenticated") return; // on the way to the login page
    return message(errorText(error), h("button", { type: "button", class: "button", on: { click: start } }, t("conversation.retry")));
  }
  if (me.role !== EDITOR) return message(t("articles.forbidden"), h("a", { class: "button", href: DESK }, t("articles.to_desk")));
  show(me);
}

start();
