// One run as a waterfall.

import { ask, asked } from "../api.js";
import { viewOf } from "../address.js";
import { waterfall } from "../charts/waterfall.js";
import { ofOutcome, swatch } from "../charts/mark.js";
import { h } from "../dom.js";
import { dollars, duration, ended, named, second, whole } from "../words.js";
import { part } from "./part.js";

const fact = (name, ...value) => h("div", null, h("dt", null, name), h("dd", null, value));

const facts = (run, where, zone) => {
  const { tokens } = run;
  const to = id => h("a", { href: viewOf(where, { run: id }) }, id.slice(0, 8));
  return h("dl", { class: "facts" },
    fact("ended", swatch(ofOutcome(run.outcome)), ended(run.outcome, run.reason)),
    fact("started", second(run.started_at, zone)),
    fact("took", duration(run.duration_ms)),
    fact("agent", named(run.host)), fact("from", named(run.platform)), fact("model", named(run.model)),
    fact("turns", whole(run.turns)), fact("model calls", whole(run.model_calls), run.failed_attempts > 0 ? `, ${whole(run.failed_attempts)} attempts failed` : ""),
    fact("tool calls", whole(run.tool_calls)),
    fact("tokens", `${whole(tokens.input)} in, ${whole(tokens.cache_read + tokens.cache_write)} cached, ${whole(tokens.output)} out`),
    fact("cost", dollars(run.cost.usd), " ", named(run.cost.status)),
    fact("with subagents", dollars(run.tree_cost.usd)),
    fact("session", named(run.session_id)),
    run.parent_run_id && fact("delegated by", to(run.parent_run_id)),
    run.continues_run_id && fact("continues", to(run.continues_run_id)));
};

export const run = async (where, names, signal) => {
  const detail = await ask(`runs/${encodeURIComponent(where.run)}`, {}, signal);
  return {
    title: `Run ${detail.run.run_id.slice(0, 8)}`, window: null,
    content: [part("run", "What became of it", facts(detail.run, where, asked(where).tz)),
      part("waterfall", "What happened when", waterfall(detail))],
  };
};
