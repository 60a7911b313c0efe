// Lines over time, for values that are no parts of a whole.

import { s } from "../dom.js";
import { chart, drawing, figure, grid, legendOfLines, roundUp, table } from "./frame.js";
import { sample } from "./mark.js";
import { pointed } from "./pointer.js";

// The lines' own width and height, which a browser stretches: points cannot be shares of a width.
const SIZE = 100;

/** A line through the slots with a value; one without is a gap, and one between gaps a dot. */
const path = (values, top) => {
  const middle = at => (((at + 0.5) / values.length) * SIZE).toFixed(3);
  const height = value => ((1 - value / top) * SIZE).toFixed(3);
  const isKnown = value => value !== null && value !== undefined;
  return values.map((value, at) => {
    if (!isKnown(value)) return "";
    const point = `${middle(at)} ${height(value)}`;
    return isKnown(values[at - 1]) ? `L${point}` : `M${point}h.01`;
  }).join("");
};

/** A line for each of `series` (`name`, `mark`, `values` by slot). Nothing where there is nothing to draw. */
export const lines = ({ id, title, slots, series, unit }) => {
  const highest = Math.max(0, ...series.flatMap(({ values }) => values));
  if (highest === 0) return null;
  const top = roundUp(highest);
  const said = `A line each, ${slots.span()}. The highest value is ${unit(highest)}.`;
  const drawn = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, preserveAspectRatio: "none", width: "100%", height: "100%" },
    series.map(({ mark, values }) => s("path", { class: `line line-${mark}`, d: path(values, top) })));
  const plot = drawing(id, "plot", title, said, grid(), drawn);
  const known = at => series.filter(({ values }) => values[at] !== null);
  pointed(plot, slots, at => known(at).map(({ mark, name, values }) => [sample(mark), name, unit(values[at])]));
  const rows = slots.all.map((slot, at) => [slots.name(slot), ...series.map(({ values }) => unit(values[at]))]);
  const numbers = table(`${id}-scroll`, title, [slots.step, ...series.map(({ name }) => name)], rows.filter((_, at) => known(at).length > 0));
  return figure(id, title, legendOfLines(series), chart(top, unit, plot, slots), numbers);
};
