// What stands around a drawing: a name, a legend, a scale, and its numbers as a table for who cannot see it or wants them.
// A drawing holds no letters, so it can be as wide as there is room and letters keep their size.

import { h, s } from "../dom.js";
import { sample, swatch } from "./mark.js";

/** A table that scrolls by itself where it is too wide, also from a keyboard. `id` keeps its place when it is made anew. */
export const scrolling = (id, name, table) =>
  h("div", { class: "scroll", id, role: "region", tabindex: 0, "aria-label": name }, table);

/** A cell with a look of its own. */
class Cell {
  constructor(look, content) {
    Object.assign(this, { look, content });
  }
}

/** A cell with this class. */
export const as = (look, content) => new Cell(look, content);

const cell = (name, of, scope) =>
  (of instanceof Cell ? h(name, { scope, class: of.look }, of.content) : h(name, { scope }, of));

/** A row of a table: its first cell heads it. */
export const row = ([head, ...cells], kind) => h("tr", { class: kind }, cell("th", head, "row"), cells.map(of => cell("td", of)));

/** A table with these heads and rows, each of cells. */
export const table = (id, name, heads, rows, kind) =>
  scrolling(id, name, h("table", { class: kind },
    h("thead", null, h("tr", null, heads.map(head => cell("th", head, "col")))),
    h("tbody", null, rows.map(cells => (cells instanceof Element ? cells : row(cells))))));

/** A drawing with a name and a description. */
export const drawing = (id, kind, title, description, ...children) =>
  s("svg", { class: kind, role: "img", "aria-labelledby": `${id}-title ${id}-description` },
    s("title", { id: `${id}-title` }, title), s("desc", { id: `${id}-description` }, description), children);

/** A figure: its drawing, what explains it, and its numbers. */
export const figure = (id, title, legend, drawn, numbers) =>
  h("figure", { id }, h("figcaption", null, title), legend, drawn,
    h("details", { class: "numbers", id: `${id}-numbers` }, h("summary", null, "as a table"), numbers));

export const legend = series =>
  h("ul", { class: "legend" }, series.map(({ mark, name }) => h("li", null, swatch(mark), name)));

export const legendOfLines = series =>
  h("ul", { class: "legend" }, series.map(({ mark, name }) => h("li", null, sample(mark), name)));

/** The scale, the drawing and the axis, side by side. */
export const chart = (top, unit, drawn, slots) =>
  h("div", { class: "chart" },
    h("div", { class: "scale", "aria-hidden": "true" }, [unit(top), unit(top / 2), "0"].map(end => h("span", null, end))),
    drawn, slots.axis());

/** Lines at the top, the middle and the bottom of the scale. */
export const grid = () =>
  s("g", null, ["0%", "50%", "100%"].map(at => s("line", { class: "grid", x1: 0, x2: "100%", y1: at, y2: at })));

/** The lowest round number that is not less than `value`, whose half is one too. */
export const roundUp = value => {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];
  return (steps.find(step => step * power >= value * (1 - 1e-9)) ?? 10) * power;
};
