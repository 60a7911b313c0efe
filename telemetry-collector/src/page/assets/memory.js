// What is remembered between pages. A browser may refuse to keep anything; it is then forgotten with the page.

const passing = () => {
  const kept = new Map();
  return {
    getItem: name => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, value),
    removeItem: name => kept.delete(name),
  };
};

const kept = storage => {
  try {
    return storage();
  } catch {
    return passing();
  }
};

/** Until the tab is closed, and by no other tab. */
export const ofTab = kept(() => sessionStorage);
/** On this machine. */
export const ofMachine = kept(() => localStorage);
