// The demo page's two languages: ?lang=en, otherwise Turkish, which is what the page is written in.
// Runs before the page is drawn, so that <html lang> is right when the widget looks at it.
(() => {
  const language = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "tr";
  document.documentElement.lang = language;
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll(".languages a")) {
      if (link.lang === language) link.setAttribute("aria-current", "true");
    }
    for (const chat of document.querySelectorAll("[data-open-chat]")) {
      chat.addEventListener("click", () => window.devir?.open());
    }
    if (language === "tr") return;
    document.title = "Kıyı · Things for home and everyday";
    for (const node of document.querySelectorAll("[data-en]")) node.textContent = node.dataset.en;
  });
})();
