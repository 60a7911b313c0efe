"""The overview: how much goes on, how well, how fast, and what broke."""

from __future__ import annotations

from board import Json, Layout, board as make
from panels import (ANSWERS, DECISIONS, OUTCOMES, PERCENTILES, bad_share, by_name, gauges, moment, money, over_time as drawn,
                    share as share_column, stat, table, took, warning)
from sql import (ANSWERED, APPROVED, CHOSEN, DENIED, DURATION, ENDED, FAILED, GRANTED, LATENCIES, LATENCIES_EACH, RAN,
                 STEP, SUMS, SUMS_EACH, TIME, over_time, percentiles, share, text)

COMPLETED = "fact = 'run' AND outcome = 'completed'"
ENDED_RUNS = f"fact = 'run' AND {ENDED}"
SUCCEEDED = "fact = 'report' AND outcome = 'success'"
SAYS = "fact = 'report' AND outcome IN ('success', 'failure')"
APPROVED_REPORTS = f"fact = 'report' AND {APPROVED}"
DECIDED_REPORTS = "fact = 'report' AND status <> ''"


def board() -> Json:
    layout = Layout()
    _now(layout)
    _over_time(layout)
    _latency(layout)
    _broke(layout)
    _who(layout)
    return make(
        "telemetry-overview",
        "Telemetry: overview",
        "What agents do on all hosts: how much, how well, how fast, and what broke. "
        "Events of hosts and reports of the batch wire beside each other, out of rollups.",
        layout,
        ("Cost", "telemetry-cost"),
    )


def _one(columns: str, where: str = "TRUE") -> str:
    return text(f"""
        SELECT {columns}
        FROM {SUMS}
        WHERE {where} AND {CHOSEN}
    """)


def _now(layout: Layout) -> None:
    layout.row("In this window")
    layout.add(5, 4, stat(
        "Events",
        "Facts of runs (runs, turns, calls, attempts, tool calls, approvals, delegations), and reports of the batch wire.",
        _one("COALESCE(sum(n) FILTER (WHERE fact NOT IN ('report', 'usage')), 0) AS \"of runs\", "
             "COALESCE(sum(n) FILTER (WHERE fact = 'report'), 0) AS reports"),
    ))
    layout.add(4, 4, stat(
        "Completion rate",
        "Runs that completed among those that completed, failed or were interrupted.",
        _one(f"{share(COMPLETED, ENDED_RUNS)} AS completed", "fact = 'run'"),
        unit="percentunit", decimals=1, good=0.9,
    ))
    layout.add(4, 4, stat(
        "Success rate",
        "Reports with success = true among those that say. A correct denial is a success.",
        _one(f"{share(SUCCEEDED, SAYS)} AS succeeded", "fact = 'report'"),
        unit="percentunit", decimals=1, good=0.9,
    ))
    layout.add(4, 4, stat(
        "Approval rate",
        "Reports decided APPROVED, CONFIRMED or OK among those decided.",
        _one(f"{share(APPROVED_REPORTS, DECIDED_REPORTS)} AS approved", "fact = 'report'"),
        unit="percentunit", decimals=1,
    ))
    layout.add(4, 4, stat(
        "Approvals granted",
        "Questions answered once, session or always among those that somebody answered.",
        _one(f"{share(GRANTED, ANSWERED)} AS granted", "fact = 'approval'"),
        unit="percentunit", decimals=1,
    ))
    layout.add(3, 4, stat(
        "Tool failure rate",
        "Tool calls that ended with error or timeout among those that ran.",
        _one(f"{share(FAILED, RAN)} AS failed", "fact = 'tool_call'"),
        unit="percentunit", decimals=1, bad=0.1,
    ))
    for title, about, fact in [
        ("Model call latency", "Of answered calls, with their retries.", "model_call"),
        ("Turn duration", "From the user's message to the answer.", "turn"),
        ("Reported latency", "latencyMs of reports.", "report"),
    ]:
        layout.add(6, 4, stat(title, f"{about} Each is within 1 % of the exact one.", percentiles(
            LATENCIES, f"{DURATION} AND fact = '{fact}' AND {CHOSEN}"), unit="ms"))
    layout.add(6, 4, stat(
        "Active",
        "Hosts, agents and models that anything was counted of.",
        _one("count(DISTINCT NULLIF(host, '')) AS hosts, count(DISTINCT NULLIF(agent, '')) AS agents, "
             "count(DISTINCT NULLIF(model, '')) AS models"),
    ))


def _over_time(layout: Layout) -> None:
    layout.row("Over time")
    layout.add(12, 8, drawn(
        "Events over time",
        "By what they are.",
        over_time("replace(fact, '_', ' ')", "sum(n)", "fact <> 'usage'"),
        bars=True,
    ))
    layout.add(12, 8, drawn(
        "Runs by outcome",
        "When they began. What was interrupted, reset or compressed is no failure.",
        over_time("outcome", "sum(n)", "fact = 'run'"),
        bars=True, names=OUTCOMES,
    ))
    layout.add(12, 8, drawn(
        "Decisions over time",
        "Reports, by their decision.",
        over_time("status", "sum(n)", "fact = 'report' AND status <> ''"),
        bars=True, names=DECISIONS,
    ))
    layout.add(12, 8, drawn(
        "Approvals over time",
        "Questions whether a tool may run, by what was answered.",
        over_time("status", "sum(n)", "fact = 'approval'"),
        bars=True, names=ANSWERS,
    ))
    rates = text(f"""
        SELECT {TIME},
          {share(COMPLETED, ENDED_RUNS)} AS "runs completed",
          {share(SUCCEEDED, SAYS)} AS "reports succeeded",
          {share(APPROVED_REPORTS, DECIDED_REPORTS)} AS "reports approved",
          {share(f"fact = 'approval' AND {GRANTED}", f"fact = 'approval' AND {ANSWERED}")} AS "approvals granted"
        FROM {SUMS_EACH}
        WHERE fact IN ('run', 'report', 'approval') AND {CHOSEN}
        GROUP BY 1
        ORDER BY 1
    """)
    layout.add(12, 8, drawn("Rates over time", "The rates above, each step by itself.", rates, unit="percentunit", top=1))
    layout.add(12, 8, drawn(
        "Active hosts",
        "Hosts that anything was counted of, each step by itself.",
        text(f"""
            SELECT {TIME}, count(DISTINCT NULLIF(host, '')) AS hosts
            FROM {SUMS_EACH}
            WHERE {CHOSEN}
            GROUP BY 1
            ORDER BY 1
        """),
    ))


def _latency(layout: Layout) -> None:
    layout.row("Latency")
    layout.add(12, 8, drawn(
        "Model call latency over time",
        "Percentiles of answered calls, with their retries.",
        percentiles(LATENCIES_EACH, f"{DURATION} AND fact = 'model_call' AND {CHOSEN}", by={"time": STEP}),
        unit="ms", names=PERCENTILES,
    ))
    layout.add(12, 8, drawn(
        "95th percentile by what it is of",
        "Model calls, tool calls, turns, reports.",
        percentiles(
            LATENCIES_EACH,
            f"{DURATION} AND fact IN ('model_call', 'tool_call', 'turn', 'report') AND {CHOSEN}",
            by={"time": STEP, "metric": "replace(fact, '_', ' ')"},
            percents=(95,),
        ),
        unit="ms",
    ))


def _broke(layout: Layout) -> None:
    layout.row("What broke, and what was not allowed")
    layout.add(8, 9, gauges(
        "Denials per tool",
        "Reports decided DENIED, DECLINED or BLOCK, and tool calls that were denied or blocked.",
        text(f"""
            SELECT COALESCE(NULLIF(tool, ''), '(no tool)') AS tool, sum(n) AS denials
            FROM {SUMS}
            WHERE (fact = 'report' AND {DENIED} OR fact = 'tool_call' AND status IN ('denied', 'blocked')) AND {CHOSEN}
            GROUP BY 1
            ORDER BY 2 DESC, 1
            LIMIT 20
        """),
    ))
    layout.add(8, 9, drawn(
        "Errors by class",
        "Model calls that were never answered, by the class of their last failed attempt.",
        over_time("COALESCE(NULLIF(status, ''), 'unknown')", "sum(n)", "fact = 'failed_attempt' AND detail = 'error'"),
        bars=True,
    ))
    layout.add(8, 9, drawn(
        "Reported errors",
        "errorCount of reports, by agent.",
        over_time("COALESCE(NULLIF(agent, ''), '(no agent)')", "sum(errors)", "fact = 'report'", having="sum(errors) > 0"),
        bars=True,
    ))
    layout.add(8, 9, table(
        "Failed attempts",
        "Attempts at model calls that failed, by class: a retry was answered, the call was never answered, or neither is known yet.",
        text(f"""
            SELECT COALESCE(NULLIF(status, ''), 'unknown') AS class, sum(n) AS attempts,
              COALESCE(sum(n) FILTER (WHERE detail = 'recovered'), 0) AS recovered,
              COALESCE(sum(n) FILTER (WHERE detail = 'error'), 0) AS "never answered"
            FROM {SUMS}
            WHERE fact = 'failed_attempt' AND {CHOSEN}
            GROUP BY 1
            ORDER BY 2 DESC, 1
        """),
        sort="attempts",
        columns=[warning("never answered")],
    ))
    layout.add(16, 9, table(
        "Tool reliability",
        "Failed: error or timeout, of those that ran. Refused: denied or blocked, which never ran. Reports beside them.",
        _tools(),
        sort="calls",
        columns=[bad_share("failure rate"), took("p50"), took("p95"), share_column("reports succeeded")],
    ))


def _tools() -> str:
    took_by_tool = percentiles(
        LATENCIES, f"{DURATION} AND fact = 'tool_call' AND {CHOSEN}", by={"tool": "tool"}, percents=(50, 95)
    )
    counted = text(f"""
        SELECT tool,
          COALESCE(sum(n) FILTER (WHERE fact = 'tool_call'), 0) AS calls,
          COALESCE(sum(n) FILTER (WHERE fact = 'tool_call' AND {FAILED}), 0) AS failed,
          {share(f"fact = 'tool_call' AND {FAILED}", f"fact = 'tool_call' AND {RAN}")} AS "failure rate",
          COALESCE(sum(n) FILTER (WHERE fact = 'tool_call' AND status IN ('denied', 'blocked')), 0) AS refused,
          COALESCE(sum(n) FILTER (WHERE fact = 'report'), 0) AS reports,
          {share(SUCCEEDED, SAYS)} AS "reports succeeded"
        FROM {SUMS}
        WHERE fact IN ('tool_call', 'report') AND tool <> '' AND {CHOSEN}
        GROUP BY 1
    """)
    wanted = text("""
        SELECT tool, calls, failed, "failure rate", refused, p50, p95, reports, "reports succeeded"
        FROM counted LEFT JOIN took USING (tool)
        ORDER BY calls DESC, reports DESC, tool
        LIMIT 100
    """)
    return f"WITH took AS (\n{took_by_tool}\n), counted AS (\n{counted}\n)\n{wanted}"


def _who(layout: Layout) -> None:
    layout.row("Who")
    for title, name, other, others in [("Hosts", "host", "agent", "agents"), ("Agents", "agent", "host", "hosts")]:
        layout.add(12, 9, table(
            title,
            "What is counted of each, and the last hour with anything in it.",
            text(f"""
                SELECT {name}, count(DISTINCT NULLIF({other}, '')) AS {others},
                  COALESCE(sum(n) FILTER (WHERE fact = 'run'), 0) AS runs,
                  {share(COMPLETED, ENDED_RUNS)} AS completed,
                  COALESCE(sum(n) FILTER (WHERE fact = 'model_call'), 0) AS "model calls",
                  COALESCE(sum(n) FILTER (WHERE fact = 'tool_call'), 0) AS "tool calls",
                  COALESCE(sum(n) FILTER (WHERE fact = 'report'), 0) AS reports,
                  {share(SUCCEEDED, SAYS)} AS succeeded,
                  max(at) AS active
                FROM {SUMS}
                WHERE {name} <> '' AND {CHOSEN}
                GROUP BY 1
                ORDER BY runs DESC, reports DESC, 1
                LIMIT 200
            """),
            sort="runs",
            columns=[share_column("completed"), share_column("succeeded"), moment("active")],
        ))
    layout.add(24, 10, table("Latest runs", "The last 100 that began in this window.", runs_of("start_ns DESC, run", 100),
                             sort="began", columns=RUN_COLUMNS))


RUN_COLUMNS = [
    moment("began"),
    took("took"),
    money("cost"),
    by_name("at least", unit="currencyUSD", noValue="-"),
    warning("errors"),
    by_name("run", custom_width=140),
]


def runs_of(order: str, most: int) -> str:
    """Runs that began in the window, by the list of runs. A cost that is not known is null."""
    return text(f"""
        SELECT start_at AS began, run::text AS run, host, agent, model, outcome, reason,
          (end_ns - start_ns) / 1e6 AS took, turns, model_calls AS "model calls", tool_calls AS "tool calls", errors,
          input_tokens + cache_read_tokens + cache_write_tokens + output_tokens AS tokens,
          cost_nanos / 1e9 AS cost, cost_status AS "cost is", priced_part_nanos / 1e9 AS "at least"
        FROM (
          SELECT run, start_at, start_ns, end_ns, host, COALESCE(agent, '') AS agent, COALESCE(model, '') AS model,
            COALESCE(provider, '') AS provider, COALESCE(outcome, '') AS outcome, reason, turns, model_calls, tool_calls, errors,
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_nanos, cost_status, priced_part_nanos
          FROM runs
        ) AS runs
        WHERE $__unixEpochNanoFilter(start_ns) AND {CHOSEN}
        ORDER BY {order}
        LIMIT {most}
    """)
