// Devir on any page: <script src="https://HOST/widget/loader.js" async></script>
//
// Options, all optional, are attributes of that tag: data-language (tr or en; otherwise that of
// <html lang>), data-position (right or left), data-accent (a CSS colour), data-theme (light: never
// dark), data-title, data-greeting and data-suggestions (texts parted by "|"); the last three also
// for one language only, e.g. data-title-en. The page gets one global, window.devir, with open()
// and close(). Including the tag twice changes nothing.
(() => {
  if (window.devir) return;
  const script = document.currentScript;
  const options = { ...script.dataset };
  const body = new Promise((found) => {
    if (document.body) found();
    else document.addEventListener("DOMContentLoaded", found);
  });
  const chat = Promise.all([import(new URL("widget.js", script.src).href), body]).then(() => {
    options.language = (options.language ?? document.documentElement.lang).toLowerCase();
    const element = Object.assign(document.createElement("devir-chat"), { options });
    document.body.append(element);
    return element;
  });
  chat.catch((error) => console.error("Devir: the chat could not be loaded.", error));
  window.devir = Object.freeze({
    open: () => chat.then((element) => element.open()),
    close: () => chat.then((element) => element.close()),
  });
})();
