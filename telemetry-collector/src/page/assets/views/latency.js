// How long things take, now and over time.

import { as, table } from "../charts/frame.js";
import { lines } from "../charts/lines.js";
import { scaleOf } from "../charts/range.js";
import { exact, h } from "../dom.js";
import { duration, named, whole } from "../words.js";
import { MOST, note, part } from "./part.js";

const kinds = insights => [
  ["turns.duration_ms", "turn", insights.turns.duration_ms],
  ["runs.duration_ms", "run", insights.runs.duration_ms],
  ["model_calls.latency_ms", "model call with retries", insights.model_calls.latency_ms],
  ["model_calls.attempt_ms", "its last attempt", insights.model_calls.attempt_ms],
  ["model_calls.failed_attempt_ms", "failed attempt", insights.model_calls.failed_attempt_ms],
  ["model_calls.ttft_ms", "first token", insights.model_calls.ttft_ms],
  ["tool_calls.duration_ms", "tool call", insights.tool_calls.duration_ms],
  ["approvals.wait_ms", "wait for approval", insights.approvals.wait_ms],
  ["turns.idle_ms", "pause between turns", insights.turns.idle_ms],
];

const timed = (id, title, head, rows) => {
  const there = rows.filter(([, , of]) => of?.n > 0).slice(0, MOST);
  if (there.length === 0) return null;
  const scale = scaleOf(there.map(([, , of]) => of));
  const cells = ([path, name, of]) => {
    const time = which => exact(`${path}.${which}`, of[which], duration(of[which]));
    return [name, as("drawn", scale?.range(of)), exact(`${path}.n`, of.n, whole(of.n)), ...["avg", "p50", "p95", "p99", "max"].map(time)];
  };
  const drawn = as("drawn", [h("span", { class: "heard" }, "distribution"), scale?.ends()]);
  return table(id, title, [head, drawn, "n", "avg", "p50", "p95", "p99", "max"], there.map(cells));
};

export const latency = ({ insights, slots }) => {
  const of = which => slots.values(slot => slot.latency_ms?.[which]);
  const models = (insights.by.model ?? []).map((group, at) => [`by.model.${at}.latency_ms`, named(group.key), group.latency_ms]);
  const now = timed("latency-now", "how long things take", "took", kinds(insights));
  return now && part("latency", "How long it takes",
    lines({
      id: "latency-over-time", title: `Model calls per ${slots.step}, retries included`, slots, unit: duration,
      series: [{ name: "median", mark: "1", values: of("p50") }, { name: "95 % within", mark: "2", values: of("p95") }, { name: "99 % within", mark: "3", values: of("p99") }],
    }),
    now,
    models.length > 0 && h("h3", null, "Model calls by model"),
    timed("latency-by-model", "how long model calls take, by model", "model", models),
    note("The mark is the median, the bar goes up to the 95th percentile, the line to the longest with a mark at the 99th, on a logarithmic scale."));
};
