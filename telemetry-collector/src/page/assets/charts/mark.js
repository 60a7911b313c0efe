// What things look like: never by colour alone. What went wrong, is not known or has no name has a texture too.

import { s } from "../dom.js";

/** Of things that are only different, in the order in which they are given out. */
export const PLAIN = ["1", "2", "3", "4", "5", "6"];
export const REST = "rest";

const OUTCOMES = {
  completed: "well", interrupted: "stopped", reset: "aside", compressed: "aside", running: "aside",
  errored: "wrong", timed_out: "late", limited: "limit",
};
// From the bottom of a column up: what failed stands out at the top.
const ORDER = ["well", "stopped", "aside", "unknown", "limit", "late", "wrong"];

/** The look of an outcome. */
export const ofOutcome = outcome => OUTCOMES[outcome] ?? "unknown";

/** Outcomes in the order in which they are stacked. */
export const stacked = outcomes => [...outcomes].sort((one, other) => ORDER.indexOf(ofOutcome(one)) - ORDER.indexOf(ofOutcome(other)));

/** A sample of it. */
export const swatch = mark =>
  s("svg", { class: "swatch", "aria-hidden": "true" }, s("rect", { class: `fill-${mark}`, width: "100%", height: "100%", rx: 2 }));

/** A sample of a line. Lines differ in their dashes. */
export const sample = mark =>
  s("svg", { class: "sample", "aria-hidden": "true" }, s("path", { class: `line line-${mark}`, d: "M0 6H22" }));
