// The demo page's two languages: ?lang=en, otherwise Turkish, which is what the page is written in.
// Runs before the page is drawn, so that <html lang> is right when the widget looks at it.
(() => {
  // What the shop's own server would do for the customer who is signed in.
  const fetchToken = async (customer) => {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ customer });
    const answer = await fetch("/demo/identity", { method: "POST", headers, body });
    const { token, error } = await answer.json();
    if (error) throw new Error(error.message);
    return token;
  };
  const language = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "tr";
  document.documentElement.lang = language;
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll(".languages a")) {
      if (link.lang === language) link.setAttribute("aria-current", "true");
    }
    const account = document.querySelector(".account select");
    account.value = sessionStorage.getItem("account") ?? "";
    const signIn = () => {
      const customer = account.value;
      sessionStorage.setItem("account", customer);
      if (customer) window.devir.identify(() => fetchToken(customer));
    };
    // The loader may come after this page: it says so by its own "load".
    if (window.devir) signIn();
    else document.querySelector("script[src*=loader]").addEventListener("load", signIn);
    account.addEventListener("change", () => {
      if (!account.value) window.devir?.signOut();
      signIn();
    });
    for (const chat of document.querySelectorAll("[data-open-chat]")) {
      chat.addEventListener("click", () => window.devir?.open());
    }
    if (language === "tr") return;
    document.title = "Kıyı · Things for home and everyday";
    for (const node of document.querySelectorAll("[data-en]")) node.textContent = node.dataset.en;
  });
})();
