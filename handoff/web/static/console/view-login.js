// The way in.

import { fill, h, icon } from "./dom.js";
import { errorText } from "./errors.js";
import { countdown } from "./format.js";
import { otherLanguage, t } from "./language.js";

/**
 * The login view. `signIn(login, password)` resolves or throws an ApiError; `notice` says why one is here
 * (`expired`, `signed_out` or null); `switchLanguage()` is called by the language button.
 */
export function loginView({ signIn, notice, switchLanguage }) {
  const login = h("input", { id: "login", name: "login", type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, "aria-describedby": "login-error" });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "login-error" });
  const submit = h("button", { type: "submit", class: "button primary wide" }, t("login.submit"));
  const error = h("p", { id: "login-error", class: "form-error", role: "alert" });
  const note = h("p", { class: "form-notice", role: "status" }, notice && t(`login.${notice}`));
  const form = h(
    "form",
    { class: "login-card", novalidate: true, on: { submit: onSubmit } },
    h("div", { class: "login-brand" }, h("img", { src: "/console/favicon.svg", alt: "", width: 40, height: 40 }), h("span", {}, t("app.name"), h("small", {}, t("app.desk")))),
    h("h1", {}, t("login.title")),
    h("p", { class: "lead" }, t("login.lead")),
    note,
    h("label", { for: "login" }, t("login.login")),
    login,
    h("label", { for: "password" }, t("login.password")),
    password,
    error,
    submit,
  );

  function showError(text) {
    fill(error, text && icon("alert"), text);
  }

  function busy(on) {
    submit.disabled = on;
    fill(submit, t(on ? "login.busy" : "login.submit"));
  }

  async function onSubmit(event) {
    event.preventDefault();
    if (submit.disabled) return;
    showError("");
    if (!login.value.trim() || !password.value) {
      showError(t("login.missing"));
      (login.value.trim() ? password : login).focus();
      return;
    }
    busy(true);
    try {
      await signIn(login.value.trim(), password.value);
      return;
    } catch (problem) {
      busy(false);
      if (problem.code === "rate_limited") return waitFor(problem.fields.retry_after);
      showError(problem.code === "wrong_credentials" ? t("login.wrong") : errorText(problem));
    }
    password.value = "";
    password.focus();
  }

  /** Counts down on screen; said aloud once, not each second. */
  function waitFor(seconds) {
    const until = Date.now() + seconds * 1000;
    submit.disabled = true;
    showError(t("login.limited", { wait: countdown(seconds) }));
    error.setAttribute("aria-live", "off");
    const timer = setInterval(() => {
      const left = (until - Date.now()) / 1000;
      if (left > 0 && error.isConnected) return showError(t("login.limited", { wait: countdown(left) }));
      clearInterval(timer);
      error.removeAttribute("aria-live");
      showError("");
      submit.disabled = false;
    }, 1000);
  }

  const view = h(
    "main",
    { class: "login" },
    form,
    h("button", { type: "button", class: "button quiet", lang: otherLanguage(), on: { click: switchLanguage } }, t("app.language")),
  );
  return { element: view, focus: () => login.focus() };
}
