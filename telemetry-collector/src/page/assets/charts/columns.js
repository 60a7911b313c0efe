// Stacked columns over time.

import { s, share } from "../dom.js";
import { chart, drawing, figure, grid, legend, roundUp, table } from "./frame.js";
import { swatch } from "./mark.js";
import { pointed } from "./pointer.js";

// How much of its place a column fills, and how much of the whole at most.
const FILLED = 0.76;
const WIDEST = 0.08;

/** Columns in as many colours as there are `series` (`name`, `mark`, `values` by slot), the first at the bottom. Nothing where
    there is nothing to draw. `unit` says a value. */
export const columns = ({ id, title, slots, series, unit, total = "all" }) => {
  const sums = slots.all.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const highest = Math.max(0, ...sums);
  if (highest === 0) return null;
  const top = roundUp(highest);
  const place = 1 / slots.all.length;
  const width = Math.min(place * FILLED, WIDEST);
  const column = at => {
    let below = 0;
    return series.filter(({ values }) => values[at] > 0).map(({ mark, values }) => {
      below += values[at];
      return s("rect", {
        class: `fill-${mark}`, x: share(at * place + (place - width) / 2), width: share(width),
        y: share(1 - below / top), height: share(values[at] / top),
      });
    });
  };
  const said = `A column for each ${slots.step}, ${slots.span()}. The highest is ${slots.name(slots.all[sums.indexOf(highest)])} with ${unit(highest)}.`;
  const plot = drawing(id, "plot", title, said, grid(), slots.all.map((_, at) => s("g", null, column(at))));
  pointed(plot, slots, at => series.filter(({ values }) => values[at] > 0)
    .map(({ mark, name, values }) => [swatch(mark), name, unit(values[at])]).reverse());
  const rows = slots.all.map((slot, at) => [slots.name(slot), ...series.map(({ values }) => unit(values[at])), unit(sums[at])]);
  const heads = [slots.step, ...series.map(({ name }) => name), total];
  const shown = series.length > 1 ? [heads, rows] : [heads.slice(0, -1), rows.map(row => row.slice(0, -1))];
  const numbers = table(`${id}-scroll`, title, shown[0], shown[1].filter((_, at) => sums[at] > 0));
  return figure(id, title, series.length > 1 ? legend(series) : null, chart(top, unit, plot, slots), numbers);
};
