// Drawings beside a number that says the same, and so unheard: a bar in a cell, a line under a card, a rate and its interval.

import { s, share } from "../dom.js";

const within = part => Math.min(Math.max(part, 0), 1);
const gauge = (kind, part, over) =>
  s("svg", { class: "cell-bar", "aria-hidden": "true" }, s("rect", { class: kind, width: share(within(part)), height: "100%" }), over);

/** A share as a bar. */
export const meter = part => (part === null || part === undefined ? null : gauge("meter", part));

/** A share of what went wrong, with the interval it lies in. */
export const failing = rate => rate && gauge("failing", rate.value,
  s("rect", { class: "around", x: share(rate.low), width: share(rate.high - rate.low), y: "40%", height: "20%" }));

/** A value for each slot, small. */
export const sparkline = values => {
  const top = Math.max(0, ...values);
  if (values.length < 2 || top === 0) return null;
  const place = 1 / values.length;
  return s("svg", { class: "sparkline", "aria-hidden": "true" }, values.map((value, at) => value > 0 && s("rect", {
    class: "spark", x: share((at + 0.12) * place), width: share(place * 0.76), y: share(1 - value / top), height: share(value / top),
  })));
};

/** A rate and its interval on a line from nothing to all. */
export const whisker = rate => {
  if (!rate) return null;
  const line = (kind, from, to) => s("line", { class: kind, x1: share(from), x2: share(to), y1: "50%", y2: "50%" });
  return s("svg", { class: "sparkline", "aria-hidden": "true" }, line("whisker-all", 0, 1), line("whisker-interval", rate.low, rate.high),
    s("circle", { class: "whisker-value", cx: share(rate.value), cy: "50%", r: 5 }));
};
