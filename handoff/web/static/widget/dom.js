// Elements, icons and links, built node by node: no markup is ever parsed.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function button(className, onclick, ...children) {
  return h("button", { type: "button", class: className, onclick }, ...children);
}

const ICONS = {
  chat: "M12 4c-5 0-9 3.3-9 7.5 0 2.4 1.3 4.5 3.3 5.8 0 1.3-.6 2.4-1.5 3.2 2 0 3.6-.8 4.9-1.8 6.6 1 11.3-2.4 11.3-7.2C21 7.3 17 4 12 4ZM8.3 11.5c2 2.2 5.4 2.2 7.4 0",
  down: "m5.5 9 6.5 6.5L18.5 9",
  send: "M12 19V5.5M6 11.5l6-6 6 6",
  bot: "M3 10c3-4 6-4 9 0s6 4 9 0M3 16c3-4 6-4 9 0s6 4 9 0",
  queued: "M12 7v5l3.5 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17",
  closed: "m6 12.5 4 4 8.5-9",
};

export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) =>
    document.createElementNS("http://www.w3.org/2000/svg", tag),
  );
  path.setAttribute("d", ICONS[name] ?? name);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

const SCHEMES = ["http:", "https:", "mailto:", "tel:"];

// Stops before the sentence's punctuation and before invisible marks, which could hide an address.
const LINK =
  /(?:https?:\/\/|mailto:|tel:|www\.)[^\s<>"\p{Cf}]*[\p{L}\p{N}/=&#_-]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;

export function safeUrl(address) {
  const url = URL.canParse(address) && new URL(address);
  return url && SCHEMES.includes(url.protocol) && url.href;
}

export function link(href, content) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, content);
}

export function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const { 0: shown, index } of text.matchAll(LINK)) {
    const missing = /^www/i.test(shown) ? "https://" : /^\w+:/.test(shown) ? "" : "mailto:";
    const href = safeUrl(missing + shown);
    if (href) parts.push(text.slice(end, index), link(href, shown));
    if (href) end = index + shown.length;
  }
  return [...parts, text.slice(end)];
}
