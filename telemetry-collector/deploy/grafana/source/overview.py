"""The overview: how much goes on, how well, how fast, and what broke."""

from __future__ import annotations

import faults
import people
from board import Json, Layout, board as make
from panels import ANSWERS, DECISIONS, OUTCOMES, PERCENTILES, over_time as drawn, stat
from rates import APPROVED_REPORTS, COMPLETED, DECIDED_REPORTS, ENDED_RUNS, SAYS, SUCCEEDED
from sql import (
    ANSWERED,
    CHOSEN,
    DURATION,
    FAILED,
    GRANTED,
    LATENCIES,
    LATENCIES_EACH,
    RAN,
    STEP,
    SUMS,
    SUMS_EACH,
    TIME,
    over_time,
    percentiles,
    share,
    text,
)


def board() -> Json:
    layout = Layout()
    _now(layout)
    _over_time(layout)
    _latency(layout)
    faults.add(layout)
    people.add(layout)
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
    layout.add(
        5,
        4,
        stat(
            "Events",
            "Facts of runs (runs, turns, calls, attempts, tool calls, approvals, delegations), and reports of the batch wire.",
            _one(
                "COALESCE(sum(n) FILTER (WHERE fact NOT IN ('report', 'usage')), 0) AS \"of runs\", "
                "COALESCE(sum(n) FILTER (WHERE fact = 'report'), 0) AS reports"
            ),
        ),
    )
    layout.add(
        4,
        4,
        stat(
            "Completion rate",
            "Runs that completed among those that completed, failed or were interrupted.",
            _one(f"{share(COMPLETED, ENDED_RUNS)} AS completed", "fact = 'run'"),
            unit="percentunit",
            decimals=1,
            good=0.9,
        ),
    )
    layout.add(
        4,
        4,
        stat(
            "Success rate",
            "Reports with success = true among those that say. A correct denial is a success.",
            _one(f"{share(SUCCEEDED, SAYS)} AS succeeded", "fact = 'report'"),
            unit="percentunit",
            decimals=1,
            good=0.9,
        ),
    )
    layout.add(
        4,
        4,
        stat(
            "Approval rate",
            "Reports decided APPROVED, CONFIRMED or OK among those decided.",
            _one(f"{share(APPROVED_REPORTS, DECIDED_REPORTS)} AS approved", "fact = 'report'"),
            unit="percentunit",
            decimals=1,
        ),
    )
    layout.add(
        4,
        4,
        stat(
            "Approvals granted",
            "Questions answered once, session or always among those that somebody answered.",
            _one(f"{share(GRANTED, ANSWERED)} AS granted", "fact = 'approval'"),
            unit="percentunit",
            decimals=1,
        ),
    )
    layout.add(
        3,
        4,
        stat(
            "Tool failure rate",
            "Tool calls that ended with error or timeout among those that ran.",
            _one(f"{share(FAILED, RAN)} AS failed", "fact = 'tool_call'"),
            unit="percentunit",
            decimals=1,
            bad=0.1,
        ),
    )
    for title, about, fact in [
        ("Model call latency", "Of answered calls, with their retries.", "model_call"),
        ("Turn duration", "From the user's message to the answer.", "turn"),
        ("Reported latency", "latencyMs of reports.", "report"),
    ]:
        layout.add(
            6,
            4,
            stat(
                title,
                f"{about} Each is within 1 % of the exact one.",
                percentiles(LATENCIES, f"{DURATION} AND fact = '{fact}' AND {CHOSEN}"),
                unit="ms",
            ),
        )
    layout.add(
        6,
        4,
        stat(
            "Active",
            "Hosts, agents and models that anything was counted of.",
            _one(
                "count(DISTINCT NULLIF(host, '')) AS hosts, count(DISTINCT NULLIF(agent, '')) AS agents, "
                "count(DISTINCT NULLIF(model, '')) AS models"
            ),
        ),
    )


def _over_time(layout: Layout) -> None:
    layout.row("Over time")
    layout.add(
        12,
        8,
        drawn(
            "Events over time",
            "By what they are.",
            over_time("replace(fact, '_', ' ')", "sum(n)", "fact <> 'usage'"),
            bars=True,
        ),
    )
    layout.add(
        12,
        8,
        drawn(
            "Runs by outcome",
            "When they began. What was interrupted, reset or compressed is no failure.",
            over_time("outcome", "sum(n)", "fact = 'run'"),
            bars=True,
            names=OUTCOMES,
        ),
    )
    layout.add(
        12,
        8,
        drawn(
            "Decisions over time",
            "Reports, by their decision.",
            over_time("status", "sum(n)", "fact = 'report' AND status <> ''"),
            bars=True,
            names=DECISIONS,
        ),
    )
    layout.add(
        12,
        8,
        drawn(
            "Approvals over time",
            "Questions whether a tool may run, by what was answered.",
            over_time("status", "sum(n)", "fact = 'approval'"),
            bars=True,
            names=ANSWERS,
        ),
    )
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
    layout.add(
        12, 8, drawn("Rates over time", "The rates above, each step by itself.", rates, unit="percentunit", top=1)
    )
    layout.add(
        12,
        8,
        drawn(
            "Active hosts",
            "Hosts that anything was counted of, each step by itself.",
            text(f"""
            SELECT {TIME}, count(DISTINCT NULLIF(host, '')) AS hosts
            FROM {SUMS_EACH}
            WHERE {CHOSEN}
            GROUP BY 1
            ORDER BY 1
        """),
        ),
    )


def _latency(layout: Layout) -> None:
    layout.row("Latency")
    layout.add(
        12,
        8,
        drawn(
            "Model call latency over time",
            "Percentiles of answered calls, with their retries.",
            percentiles(LATENCIES_EACH, f"{DURATION} AND fact = 'model_call' AND {CHOSEN}", by={"time": STEP}),
            unit="ms",
            names=PERCENTILES,
        ),
    )
    layout.add(
        12,
        8,
        drawn(
            "95th percentile by what it is of",
            "Model calls, tool calls, turns, reports.",
            percentiles(
                LATENCIES_EACH,
                f"{DURATION} AND fact IN ('model_call', 'tool_call', 'turn', 'report') AND {CHOSEN}",
                by={"time": STEP, "metric": "replace(fact, '_', ' ')"},
                percents=(95,),
            ),
            unit="ms",
        ),
    )
