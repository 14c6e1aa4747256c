// Elements are built node by node: no markup is ever parsed.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * Let `parent` show `entries` in their order: nodes are made by `make(entry)` where an entry is new
 * or has changed, and all others stay as they are, with what is selected or focused in them.
 */
export function keep(parent, entries, make) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const nodes = entries.map((entry) => {
    const key = String(entry.key);
    const told = JSON.stringify(entry);
    const known = before.get(key);
    if (known?.dataset.told === told) return known;
    const node = make(entry);
    node.dataset.key = key;
    node.dataset.told = told;
    return node;
  });
  const same = nodes.length === parent.children.length && nodes.every((node, at) => node === parent.children[at]);
  if (same) return false;
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const place = focused?.closest("[data-key]")?.dataset.key;
  for (const [at, node] of nodes.entries()) {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  }
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
  if (focused && !focused.isConnected) {
    const again = [...parent.children].find((node) => node.dataset.key === place);
    (again?.matches("button") ? again : again?.querySelector("button, input"))?.focus();
  }
  return true;
}
