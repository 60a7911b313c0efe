// Elements. A child that is a text becomes text: nothing is ever read as markup, whoever wrote it.

const SVG = "http://www.w3.org/2000/svg";

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  const there = children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false);
  element.append(...there.map(child => (child instanceof Node ? child : String(child))));
  return element;
};

/** An element of the page. */
export const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

/** An element of a drawing. */
export const s = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

/** A share of a drawing's width or height, from 0 to 1. */
export const share = part => `${Math.round(part * 1e5) / 1e3}%`;

/** A number with its path in the answer, so that a program can read it too. */
export const exact = (path, value, shown) =>
  h("data", { "data-metric": path, value: value === null || value === undefined ? "null" : value }, shown);

/** Makes `root` anew and leaves a reader where they were: what is open, what has the focus, what is scrolled. */
export const renew = (root, children) => {
  const open = [...root.querySelectorAll("details[open][id]")].map(one => one.id);
  const scrolled = [...root.querySelectorAll(".scroll[id]")].map(one => [one.id, one.scrollLeft, one.scrollTop]);
  const focused = root.contains(document.activeElement) ? document.activeElement.id : "";
  root.replaceChildren(...children.filter(Boolean));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, left, top] of scrolled) document.getElementById(id)?.scrollTo(left, top);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
};
