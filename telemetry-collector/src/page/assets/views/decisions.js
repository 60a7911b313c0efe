// Who was asked and what was decided: approvals of tools, and the reports of hooks.

import { table } from "../charts/frame.js";
import { PLAIN, REST } from "../charts/mark.js";
import { parts } from "../charts/parts.js";
import { exact } from "../dom.js";
import { duration, interval, percent, plain, whole } from "../words.js";
import { note, part } from "./part.js";
import { counted } from "./tools.js";

const LOOKS = { APPROVED: "well", CONFIRMED: "1", OK: "3", DENIED: "wrong", BLOCK: "late", DECLINED: "limit" };

const approvals = ({ approvals: asked }) => asked.total > 0 && note(
  exact("approvals.total", asked.total, whole(asked.total)), asked.total === 1 ? " approval was asked for: " : " approvals were asked for: ",
  counted(asked.by_choice), ". Half were answered within ", exact("approvals.wait_ms.p50", asked.wait_ms.p50, duration(asked.wait_ms.p50)),
  ", 95 % within ", exact("approvals.wait_ms.p95", asked.wait_ms.p95, duration(asked.wait_ms.p95)), ".");

const rates = reports => {
  const row = (name, path, rate) => [name, exact(`${path}.value`, rate?.value, percent(rate?.value)), interval(rate), whole(rate?.n ?? null)];
  return table("report-rates", "approval and success", ["", "rate", "95 %", "of"], [
    row("approved, of what was decided", "reports.approval_rate", reports.approval_rate),
    row("succeeded, of what says so", "reports.success_rate", reports.success_rate),
  ], "parts");
};

const decided = ({ by_decision: by }) => parts({
  id: "decisions", title: "Decisions", heads: ["", "reports"],
  parts: Object.entries(by).sort(([, one], [, other]) => other - one).map(([word, n], at) => ({
    name: plain(word), mark: LOOKS[word] ?? PLAIN[at] ?? REST, value: n, shown: exact(`reports.by_decision.${word}`, n, whole(n)),
  })),
});

const ofReports = reports => reports.total > 0 && [
  rates(reports), decided(reports),
  note(exact("reports.total", reports.total, whole(reports.total)), " reports: ", counted(reports.by_kind), ". They name ",
    exact("reports.errors", reports.errors, whole(reports.errors)), " errors, and took ",
    exact("reports.latency_ms.p50", reports.latency_ms.p50, duration(reports.latency_ms.p50)), " at the median, 95 % within ",
    exact("reports.latency_ms.p95", reports.latency_ms.p95, duration(reports.latency_ms.p95)), "."),
];

export const decisions = ({ insights }) =>
  part("decisions-made", "Decisions", insights.reports && ofReports(insights.reports), approvals(insights));
