// Everything at once, about a window.

import { ask, asked } from "../api.js";
import { slotsOf } from "../charts/slots.js";
import { h } from "../dom.js";
import { cost } from "./cost.js";
import { decisions } from "./decisions.js";
import { errors } from "./errors.js";
import { headline } from "./headline.js";
import { latency } from "./latency.js";
import { missing } from "./missing.js";
import { outcomes } from "./outcomes.js";
import { tokens } from "./tokens.js";
import { tools } from "./tools.js";

const PARTS = [headline, outcomes, latency, cost, tokens, tools, errors, decisions, missing];
const HOURLY = 72 * 3_600_000;
const WIDTHS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Hours of a short window, days of a long one. */
const stepOf = ({ since, until }) => {
  const [, n, unit] = /^(\d+)([mhdw])$/.exec(since ?? "") ?? [];
  const begins = since === "today" ? Date.now() : unit ? Date.now() - n * WIDTHS[unit] : Date.parse(since ?? "");
  return (until ? Date.parse(until) : Date.now()) - begins <= HOURLY ? "hour" : "day";
};

const isEmpty = ({ runs, model_calls: calls, tool_calls: tools, reports }) =>
  runs.total === 0 && calls.total === 0 && calls.failed_attempts === 0 && tools.total === 0 && !(reports?.total > 0);

/** The title of the view, and its content. */
export const overview = async (where, names, signal) => {
  const window = asked(where);
  const step = stepOf(window);
  // One machine is no breakdown, and hours go with nothing else.
  const by = [step, "model", "provider", "agent", "tool", ...(names.hosts.length > 0 ? ["host"] : []), ...(step === "day" ? ["day,model"] : [])];
  const insights = await ask("insights", { ...window, by }, signal);
  if (isEmpty(insights)) {
    const nothing = h("p", { class: "empty" }, "Nothing was recorded in this window. ", h("a", { href: "?since=all" }, "Look at all time"));
    return { title: "Overview", window: insights.window, content: [nothing] };
  }
  const of = { insights, slots: slotsOf(insights, step), groups: insights.by[step] ?? [] };
  return { title: "Overview", window: insights.window, content: PARTS.map(part => part(of)) };
};
