// Parts of a whole, as one bar over their table.

import { h, s, share } from "../dom.js";
import { percent } from "../words.js";
import { as, drawing, table } from "./frame.js";
import { swatch } from "./mark.js";

/** `parts` have `name`, `mark`, `value` and `shown`. Nothing where the whole is nothing. */
export const parts = ({ id, title, heads, parts: all }) => {
  const whole = all.reduce((sum, { value }) => sum + (value ?? 0), 0);
  if (!(whole > 0)) return null;
  const said = all.map(({ name, value }) => `${name} ${percent(value / whole)}`);
  let from = 0;
  const bars = all.filter(({ value }) => value > 0).map(({ mark, value }) => {
    const bar = s("rect", { class: `fill-${mark}`, x: share(from), width: share(value / whole), height: "100%" });
    from += value / whole;
    return bar;
  });
  const rows = all.map(({ name, mark, value, shown }) => [[swatch(mark), name], shown, percent(value / whole)]);
  return h("figure", { id }, h("figcaption", null, title), drawing(id, "whole", title, `One bar: ${said.join(", ")}.`, bars),
    table(`${id}-scroll`, title, [...heads, as("", "share")], rows, "parts"));
};
