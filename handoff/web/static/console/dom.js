// Building and updating the page. Text reaches the page through text nodes only.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: `class`, `on: {event: handler}`, `data: {…}`, any attribute; null and false are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Replaces everything inside `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodes(children));
  return parent;
}

/** Writes `text` only when it differs, so that live regions speak only of changes. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const PATHS = {
  alert: "M12 8v5m0 3v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0z",
  article: "M6 4h9l4 4v12H6zM15 4v4h4M9 12h7M9 16h7",
  back: "M15 5l-7 7 7 7",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.8 5.8l12.4 12.4",
  bot: "M6 9h12a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2zM12 9V5m-1.5 0h3M9 13v1.5M15 13v1.5",
  card: "M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM14.5 4v16M17 8h.5M17 11.5h.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2.5 12.5 7 17l9-9.5M11.5 16l1 1L22 7.5",
  clip: "m20 11.5-8 8a5 5 0 0 1-7-7l8-8a3.4 3.4 0 0 1 5 5l-8 8a1.8 1.8 0 0 1-2.5-2.5l7-7",
  clock: "M12 7.5V12l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  close: "M6 6l12 12M18 6 6 18",
  help: "M9.2 9.2a2.9 2.9 0 1 1 4.3 2.5c-.9.5-1.5 1-1.5 2M12 16.8v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  inbox: "M4 13l2.5-8h11L20 13v6H4zM4 13h4.5l1 2.5h5l1-2.5H20",
  lock: "M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  mute: "M5 9.5v5h3l4.5 4v-13L8 9.5zM16.5 9.5l5 5M21.5 9.5l-5 5",
  out: "M14 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4M10 8l-4 4 4 4M6 12h9",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  send: "M4.5 12 20 4.5 15.5 20l-3.5-6.5zM12 13.5 20 4.5",
  sound: "M5 9.5v5h3l4.5 4v-13L8 9.5zM16 9a4.5 4.5 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  down: "M12 5v14M6 13l6 6 6-6",
  link: "M14 5h5v5M19 5l-8 8M11 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-5",
};

/** A decorative picture; what it means stands beside it as text or in an aria-label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * Makes the children of `parent` match `items` by `key`, in order, reusing elements: `create(item)` makes one,
 * `update(element, item)` brings it up to date. Elements that stay keep their place and their focus.
 */
export function syncChildren(parent, items, { key, create, update }) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    let element = present.get(id);
    if (element) {
      present.delete(id);
    } else {
      element = create(item);
      element.dataset.key = id;
    }
    update(element, item);
    if (element === cursor) {
      cursor = cursor.nextElementSibling;
    } else {
      parent.insertBefore(element, cursor);
    }
  }
  for (const gone of present.values()) gone.remove();
  if (focused && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** `url` when its scheme is http or https, else null. */
export function safeUrl(url) {
  if (typeof url !== "string" || url === "") return null;
  try {
    const { protocol, href } = new URL(url, location.origin);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null; // not an address at all: the caller shows it as text
  }
}

export function externalLink(url, label) {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** `text` as nodes, its web addresses as links. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const url = safeUrl(match[0]);
    if (!url) continue;
    parts.push(text.slice(end, match.index), externalLink(url, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}
