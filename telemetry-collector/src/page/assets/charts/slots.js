// The days or hours of a window, each of them, whether or not something happened.

import { h } from "../dom.js";
import { clock, shortDate } from "../words.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
// So many columns can still be told apart on a wide screen; those before are left out, and the page says so.
const MOST = 366;
const EACH_LABELLED = 8;
const LABELS = 4;

const dayIn = zone => {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return moment => format.format(moment);
};

/** From the first to the last key, both included; keys are days (`2026-01-31`) or the moments hours began. */
const filled = (first, last, step) => {
  const keys = [];
  const width = step === "day" ? DAY : HOUR;
  for (let at = Date.parse(last); at >= Date.parse(first) && keys.length < MOST; at -= width)
    keys.unshift(step === "day" ? new Date(at).toISOString().slice(0, 10) : new Date(at).toISOString().replace(".000", ""));
  return keys;
};

/** The slots of an answer's window, by `step`: `day` or `hour`. */
export const slotsOf = (insights, step) => {
  const { since, until, timezone } = insights.window;
  const groups = insights.by[step] ?? [];
  const key = step === "day" ? dayIn(timezone) : moment => new Date(Math.floor(moment / HOUR) * HOUR).toISOString().replace(".000", "");
  const ends = groups.map(group => group.key).filter(found => !Number.isNaN(Date.parse(found))).sort();
  if (since) ends.unshift(key(Date.parse(since)));
  if (ends.length > 0) ends.push(key(Math.min(until ? Date.parse(until) - 1 : Infinity, Date.now())));
  const sorted = ends.sort();
  const all = sorted.length > 0 ? filled(sorted[0], sorted.at(-1), step) : [];
  // Hours of several days need their day.
  const hour = found => (all.length > 24 ? `${shortDate(found, timezone)} ${clock(found, timezone)}` : clock(found, timezone));
  const label = found => (step === "day" ? shortDate(found, "UTC") : hour(found));
  const name = found => (step === "day" ? found : `${shortDate(found, timezone)}, ${clock(found, timezone)}`);
  const last = all.length - 1;
  const labelled = all.length <= EACH_LABELLED ? all.keys() : Array.from({ length: LABELS }, (_, at) => Math.floor((last * at) / (LABELS - 1)));
  return {
    step, all, name,
    leftOut: ends.filter(found => found < (all[0] ?? "")).length,
    /** A value for each slot, from groups; nothing where there is none. */
    values: (of, from = groups) => {
      const found = new Map(from.map(group => [group.keys?.[0] ?? group.key, of(group)]));
      return all.map(slot => found.get(slot) ?? null);
    },
    /** `1 Jan to 31 Jan`, for descriptions. */
    span: () => (all.length > 1 ? `${name(all[0])} to ${name(all[last])}` : all.map(name).join("")),
    axis: () => h("div", { class: all.length <= EACH_LABELLED ? "axis each" : "axis", "aria-hidden": "true" },
      [...labelled].map(at => h("span", null, label(all[at])))),
  };
};
