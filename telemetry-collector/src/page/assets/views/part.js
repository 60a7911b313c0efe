// A part of the page: a heading, and what is below it.

import { h } from "../dom.js";

/** A section named by its heading. Nothing where there is nothing in it. */
export const part = (id, heading, ...content) => {
  const there = content.flat(Infinity).filter(Boolean);
  if (there.length === 0) return null;
  return h("section", { id, "aria-labelledby": `${id}-heading` }, h("h2", { id: `${id}-heading` }, heading), there);
};

export const note = (...words) => h("p", { class: "note" }, words);

/** Rows of a table; what is left out is said. */
export const MOST = 40;
export const more = all => (all > MOST ? note(`and ${all - MOST} more`) : null);
