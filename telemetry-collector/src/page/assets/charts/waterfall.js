// A run in time: every bar stands where its time was.

import { h, s, share } from "../dom.js";
import { NOTHING, count, duration, ended, milliseconds, named, whole } from "../words.js";
import { as, row, table } from "./frame.js";

// Lines, and how far one stands in; what is deeper stands as far.
const MOST = 500;
const DEEPEST = 6;

const spanFrom = (from, took) => [from, from + (took ?? 0)];
const spanTo = (to, took) => [to - (took ?? 0), to];

const usage = tokens => (tokens
  ? `${whole(tokens.input)} in, ${whole(tokens.cache_read + tokens.cache_write)} cached, ${whole(tokens.output)} out` : "no usage");

const ofCall = call => ({
  name: named(call.model ?? "model"), mark: "1", took: call.latency_ms, how: usage(call.tokens),
  span: spanFrom(milliseconds(call.started_at), call.latency_ms),
});

const ofAttempt = attempt => ({
  name: `attempt ${attempt.attempt + 1} failed`, mark: "wrong", took: attempt.attempt_ms,
  how: [named(attempt.reason ?? attempt.class), ", ", named(attempt.recovery)],
  span: spanTo(milliseconds(attempt.failed_at), attempt.attempt_ms),
});

const ofTool = tool => ({
  name: named(tool.tool), mark: "3", took: tool.duration_ms, how: ended(tool.status, tool.error_type),
  span: spanTo(milliseconds(tool.ended_at), tool.duration_ms),
});

/** A question is asked when its tool is called, before that runs. */
const ofApproval = tools => approval => {
  const tool = tools.find(one => one.tool_call_id && one.tool_call_id === approval.tool_call_id);
  return {
    name: "approval", mark: "6", took: approval.wait_ms, how: named(approval.choice ?? "no answer"),
    span: tool ? spanFrom(ofTool(tool).span[0], approval.wait_ms) : null,
  };
};

const ofTurn = (turn, number, depth) => {
  const inside = [...turn.model_calls.map(ofCall), ...turn.failed_attempts.map(ofAttempt), ...turn.tool_calls.map(ofTool),
    ...turn.approvals.map(ofApproval(turn.tool_calls))];
  // What began together keeps its order: a call comes before its attempts.
  inside.sort((one, other) => (one.span?.[0] ?? 0) - (other.span?.[0] ?? 0));
  const itself = {
    name: `turn ${number}`, mark: "rest", kind: "turn", depth, took: turn.duration_ms, how: ended(turn.outcome, turn.reason),
    span: turn.ended_at && spanFrom(milliseconds(turn.started_at), turn.duration_ms),
  };
  return [itself, ...inside.map(line => ({ ...line, depth: depth + 1 }))];
};

const ofRun = (detail, depth) => [
  ...detail.turns.flatMap((turn, at) => ofTurn(turn, at + 1, depth)),
  ...detail.subagents.flatMap(child => [{
    name: ["subagent ", child.run.run_id.slice(0, 8)], mark: "rest", kind: "turn", depth: depth + 1, took: child.run.duration_ms,
    how: ended(child.run.outcome, child.run.reason),
    span: child.run.ended_at && spanFrom(milliseconds(child.run.started_at), child.run.duration_ms),
  }, ...ofRun(child, depth + 2)]),
];

const bar = ({ span, mark }, from, to) => {
  if (!span) return null;
  const [begins, ends] = span.map(at => Math.min(Math.max((at - from) / (to - from), 0), 1));
  return s("svg", { class: "bar", "aria-hidden": "true" }, s("g", { class: `span-${mark}` },
    s("rect", { class: "span", x: share(begins), width: share(ends - begins), y: "15%", height: "70%" }),
    // What is too short to be seen is a line.
    s("line", { class: "edge", x1: share(begins), x2: share(begins), y1: "15%", y2: "85%" })));
};

/** The waterfall of a run and everything under it, as a table. */
export const waterfall = detail => {
  const lines = ofRun(detail, 0);
  if (lines.length === 0) return h("p", { class: "empty" }, "Nothing happened in it.");
  const spans = lines.flatMap(({ span }) => (span ? [span] : []));
  const from = Math.min(...spans.map(([at]) => at));
  const to = Math.max(...spans.map(([, at]) => at), from + 1e-3);
  const rows = lines.slice(0, MOST).map(line => row([
    as(`in-${Math.min(line.depth, DEEPEST)}`, line.name), as("drawn", bar(line, from, to)), line.span ? `+${duration(line.span[0] - from)}` : NOTHING,
    duration(line.took), as("text", line.how),
  ], line.kind));
  const ends = h("span", { class: "ends", "aria-hidden": "true" }, ["0", duration((to - from) / 2), duration(to - from)].map(end => h("span", null, end)));
  const drawn = as("drawn", [h("span", { class: "heard" }, "drawn"), ends]);
  return [table("waterfall-table", "what happened in the run", ["what", drawn, "from", "took", as("text", "how")], rows, "waterfall"),
    lines.length > MOST && h("p", { class: "note" }, `and ${count(lines.length - MOST, "more line", "more lines")}`)];
};
