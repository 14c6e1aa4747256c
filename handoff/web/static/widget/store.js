// localStorage under a prefix, or memory where the browser keeps nothing.
export function openStore(prefix) {
  let area = {};
  try {
    area = localStorage;
  } catch (error) {
    console.info("Devir: nothing is kept, a reload starts a new chat.", error.name);
  }
  return {
    get: (key) => area[prefix + key],
    set: (key, value) => {
      try {
        area[prefix + key] = value;
      } catch (error) {
        console.warn("Devir: the browser's storage is full.", error.name);
      }
    },
    remove: (key) => delete area[prefix + key],
    keys: () =>
      Object.keys(area).flatMap((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : [])),
    // changed(key, value): another tab did something.
    watch: (changed) =>
      addEventListener("storage", ({ key, newValue }) => {
        if (key?.startsWith(prefix)) changed(key.slice(prefix.length), newValue);
      }),
  };
}
