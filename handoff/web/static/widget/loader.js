// Devir on any page: <script src="https://HOST/widget/loader.js" async></script>
//
// Options, all optional, are attributes of that tag: data-language (tr or en; otherwise that of
// <html lang>), data-position (right or left), data-accent (a CSS colour), data-theme (light: never
// dark), data-title, data-greeting and data-suggestions (texts parted by "|"); the last three also
// for one language only, e.g. data-title-en; data-identity is a token of the shop's server. The page
// gets one global, window.devir, with open(), close(), identify(token, or what fetches one) and
// signOut(). Including the tag twice changes nothing.
(() => {
  if (window.devir) return;
  const script = document.currentScript;
  const { identity, ...options } = script.dataset;
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
  // A conversation is one customer's: for another one, and without a good session, it begins anew.
  const send = async (token) => {
    const { client } = await chat;
    await client.signIn();
    try {
      await client.request("identity", { token });
    } catch (error) {
      if (!["other_customer", "not_authenticated"].includes(error.code)) throw error;
      client.renew(error.code === "other_customer");
      await send(token);
    }
  };
  let renewing;
  const identify = async (source) => {
    const fetched = typeof source === "function";
    const tell = async () => {
      try {
        await send(fetched ? await source() : source);
      } catch (error) {
        console.warn("Devir: the customer is not verified.", error.message);
      }
    };
    clearInterval(renewing);
    if (fetched) renewing = setInterval(tell, 25 * 60e3); // it holds for 30 minutes
    await tell();
  };
  if (identity) identify(identity);
  window.devir = Object.freeze({
    open: () => chat.then((element) => element.open()),
    close: () => chat.then((element) => element.close()),
    identify,
    signOut: async () => {
      clearInterval(renewing);
      const { client } = await chat;
      if (client.store.get("token")) client.renew(true);
    },
  });
})();
