// Starts the console: the way in, then the desk. The one place that wires.

import { Announcer } from "./announcer.js";
import { Api } from "./api.js";
import { Desk } from "./desk.js";
import { fill, h } from "./dom.js";
import { Drafts } from "./drafts.js";
import { errorText } from "./errors.js";
import { language, otherLanguage, setLanguage, t } from "./language.js";
import { deskView } from "./view-desk.js";
import { loginView } from "./view-login.js";

const app = document.getElementById("app");
const announcer = new Announcer({ open: (id) => session?.view.open(id) });
const api = new Api({ onSignedOut: () => session && showLogin("expired") });
let session = null; // {desk, drafts, view} while signed in

const route = {
  /** The open conversation stands in the address, so that a reload returns to it and "back" leads to the list. */
  show(id) {
    const address = `#${encodeURIComponent(id)}`;
    if (location.hash === address) return;
    if (location.hash) history.replaceState(history.state, "", address);
    else history.pushState({ fromList: true }, "", address);
  },
  leave() {
    if (!location.hash) return;
    if (history.state?.fromList) history.back();
    else history.replaceState(null, "", location.pathname);
  },
  get id() {
    return decodeURIComponent(location.hash.slice(1)) || null;
  },
};

function socketUrl() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/console/socket`;
}

function newId() {
  return crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function endSession() {
  session?.desk.stop();
  session?.view.stop();
  session = null;
}

function showLogin(notice = null) {
  endSession();
  const view = loginView({
    notice,
    signIn: async (login, password) => {
      showDesk(await api.login(login, password));
      session.view.focus();
    },
    switchLanguage: () => changeLanguage(() => showLogin(notice)),
  });
  announcer.showCount(0);
  fill(app, view.element);
  view.focus();
}

function showDesk({ agent: me, departments }) {
  const drafts = new Drafts(me.id);
  const desk = new Desk({ me, departments, api, drafts, socketUrl: socketUrl(), newId });
  session = { desk, drafts, view: null };
  showDeskView();
  desk.start();
  if (route.id) desk.openConversation(route.id);
}

function showDeskView() {
  const { desk, drafts } = session;
  session.view?.stop();
  desk.silence();
  session.view = deskView({ desk, drafts, announcer, route, search: (...what) => api.passages(...what), signOut, switchLanguage: () => changeLanguage(showDeskView) });
  fill(app, session.view.element);
}

async function signOut() {
  const { drafts } = session;
  try {
    await api.logout();
  } catch (error) {
    if (error.code !== "not_authenticated") return session?.desk.refuse(error); // still signed in: say so
  }
  drafts.clear();
  history.replaceState(null, "", location.pathname);
  showLogin("signed_out");
}

function changeLanguage(show) {
  setLanguage(otherLanguage());
  document.documentElement.lang = language();
  show();
  app.querySelector(".language, .login > .button")?.focus();
}

addEventListener("popstate", () => {
  if (!session) return;
  if (route.id) session.desk.openConversation(route.id);
  else session.desk.closeConversation();
});

async function start() {
  document.documentElement.lang = language();
  document.title = t("app.title");
  fill(app, h("p", { class: "starting", role: "status" }, t("app.loading")));
  try {
    showDesk(await api.me());
  } catch (error) {
    if (error.code === "not_authenticated") return showLogin();
    fill(app, h("div", { class: "starting", role: "alert" }, h("p", {}, errorText(error)), h("button", { type: "button", class: "button", on: { click: start } }, t("conversation.retry"))));
  }
}

start();
