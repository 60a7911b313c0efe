// The list of runs, newest first, page by page.

import { ask, asked } from "../api.js";
import { addressOf, viewOf } from "../address.js";
import { as, table } from "../charts/frame.js";
import { ofOutcome, swatch } from "../charts/mark.js";
import { h } from "../dom.js";
import { dollars, duration, ended, minute, named, short, whole } from "../words.js";
import { part } from "./part.js";

const ON_A_PAGE = 50;

const row = (where, zone) => run => {
  const { tokens } = run;
  const used = tokens.input + tokens.output + tokens.cache_read + tokens.cache_write;
  return [
    h("a", { href: viewOf(where, { run: run.run_id }), "aria-label": `run ${run.run_id.slice(0, 8)}` }, run.run_id.slice(0, 8)),
    as("text", minute(run.started_at, zone)), as("text", named(run.host)), as("text", named(run.platform)), as("text", named(run.model)),
    duration(run.duration_ms), whole(run.turns), whole(run.model_calls), whole(run.tool_calls), whole(run.errors), short(used),
    dollars(run.cost.usd), as("text", [swatch(ofOutcome(run.outcome)), ended(run.outcome, run.reason)]),
  ];
};

export const runs = async (where, names, signal) => {
  const window = asked(where);
  const { runs: found, next } = await ask("runs", { ...window, after: where.after, limit: `${ON_A_PAGE}` }, signal);
  const heads = ["run", as("text", "started"), as("text", "agent"), as("text", "from"), as("text", "model"), "took", "turns", "calls", "tools",
    "lost", "tokens", "cost", as("text", "ended")];
  const pages = h("nav", { class: "pages", "aria-label": "pages" },
    where.after && h("a", { id: "newest", href: viewOf(where, { view: "runs" }) }, "Newest"),
    next && h("a", { id: "older", href: addressOf({ ...where, after: next }) }, "Older"));
  const content = found.length === 0 ? h("p", { class: "empty" }, where.after ? "There are no more runs." : "No run began in this window.")
    : part("list", "The newest first", table("list-of-runs", "runs", heads, found.map(row(where, window.tz))), (where.after || next) && pages);
  return { title: "Runs", window: null, content: [content] };
};
