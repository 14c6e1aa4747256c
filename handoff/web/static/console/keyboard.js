// Shortcuts. With Alt they work everywhere, also while writing; bare keys only outside of fields.

const ALT = { c: "claim", r: "reply", n: "note", b: "handBack", s: "release", t: "transfer", e: "resolve", l: "list", k: "card", a: "articles" };
const BARE = { j: "next", k: "previous", 1: "waiting", 2: "mine", 3: "all", 4: "cases", "?": "help" };

/** Calls `commands[name]()` for the shortcut pressed. Returns a function that stops listening. */
export function listen(commands) {
  function onKey(event) {
    const name = commandFor(event);
    if (!name) return;
    event.preventDefault();
    commands[name]();
  }
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function commandFor(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.repeat || document.querySelector("dialog[open]")) return null;
  if (event.altKey) return ALT[letter(event)] ?? null;
  if (event.key === "Escape") return "escape";
  return event.target.closest("input, textarea, select") ? null : (BARE[event.key.toLowerCase()] ?? null);
}

/** With Alt some systems type another character (Option+C is "ç"): then the place of the key counts. */
function letter({ key, code }) {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace("Key", "").toLowerCase();
}
