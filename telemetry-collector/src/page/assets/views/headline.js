// The numbers to begin with.

import { sparkline, whisker } from "../charts/small.js";
import { exact, h } from "../dom.js";
import { NOTHING, count, dollars, duration, interval, percent, short, whole } from "../words.js";

const card = (name, number, below, drawn) =>
  h("div", { class: "card" }, h("h3", null, name), h("p", { class: "number" }, number), h("p", { class: "below" }, below), drawn);

const rated = (name, path, rate, of) => card(name, exact(`${path}.value`, rate?.value, percent(rate?.value)),
  rate ? `${interval(rate)}, of ${count(rate.n, ...of)}` : `no ${of[0]} to say`, whisker(rate));

/** How sure the amount is. */
const known = cost => {
  const kinds = [[cost.actual_calls, "reported"], [cost.estimated_calls, "estimated"], [cost.included_calls, "in a plan"], [cost.unknown_calls, "without a price"]];
  const said = kinds.filter(([n]) => n > 0).map(([n, word]) => `${whole(n)} ${word}`);
  return said.length > 0 ? `calls: ${said.join(", ")}` : "no call";
};

const sum = tokens => tokens && tokens.input + tokens.output + tokens.cache_read + tokens.cache_write;

export const headline = ({ insights, slots }) => {
  const { runs, turns, model_calls: calls, cost, tool_calls: tools, errors, reports } = insights;
  const line = of => sparkline(slots.values(of));
  const latency = calls.latency_ms;
  const least = cost.total_usd !== null && cost.unknown_calls > 0;
  const used = calls.total > 0 ? sum(calls.tokens) : null;
  const cards = [
    card("Runs", exact("runs.total", runs.total, whole(runs.total)),
      [exact("turns.total", turns.total, whole(turns.total)), turns.total === 1 ? " turn" : " turns", runs.running > 0 ? `, ${whole(runs.running)} running` : ""],
      line(slot => slot.runs?.total)),
    rated("Turns completed", "turns.completion_rate", turns.completion_rate, ["turn", "turns"]),
    card("A turn takes", exact("turns.duration_ms.p50", turns.duration_ms.p50, duration(turns.duration_ms.p50)),
      ["median; 95 % within ", exact("turns.duration_ms.p95", turns.duration_ms.p95, duration(turns.duration_ms.p95))],
      line(slot => slot.turns?.duration_ms.p50)),
    card("A model call takes", exact("model_calls.latency_ms.p50", latency.p50, duration(latency.p50)),
      ["median; 95 % within ", exact("model_calls.latency_ms.p95", latency.p95, duration(latency.p95))],
      line(slot => slot.latency_ms?.p50)),
    card(least ? "Spend, at least" : "Spend", exact("cost.total_usd", cost.total_usd, dollars(cost.total_usd)), known(cost),
      line(slot => slot.cost?.total_usd)),
    card("Tokens", short(used), calls.cache_hit_rate === null ? "of prompts from caches: –"
      : ["of prompts from caches: ", exact("model_calls.cache_hit_rate", calls.cache_hit_rate, percent(calls.cache_hit_rate))],
      line(slot => sum(slot.tokens))),
    rated("Tool calls failed", "tool_calls.failure_rate", tools.failure_rate, ["call that ran", "calls that ran"]),
    card("Model calls lost", exact("errors.total", errors.total, whole(errors.total)),
      ["never answered; ", exact("errors.recovered_attempts", errors.recovered_attempts, whole(errors.recovered_attempts)), " failed attempts made good"],
      line(slot => slot.errors)),
  ];
  if (reports) cards.push(
    rated("Decisions that approve", "reports.approval_rate", reports.approval_rate, ["decision", "decisions"]),
    rated("Reports of success", "reports.success_rate", reports.success_rate, ["report", "reports"]));
  return h("section", { id: "numbers", "aria-labelledby": "numbers-heading" },
    h("h2", { id: "numbers-heading", class: "heard" }, "In short"), h("div", { class: "cards" }, cards));
};
