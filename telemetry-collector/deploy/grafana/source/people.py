"""Whose it is: hosts, agents, and their latest runs."""

from __future__ import annotations

from board import Layout
from panels import moment, share as share_column, table
from rates import COMPLETED, ENDED_RUNS, SAYS, SUCCEEDED
from runs import RUN_COLUMNS, runs_of
from sql import CHOSEN, SUMS, share, text


def add(layout: Layout) -> None:
    layout.row("Who")
    for title, name, other, others in [("Hosts", "host", "agent", "agents"), ("Agents", "agent", "host", "hosts")]:
        layout.add(
            12,
            9,
            table(
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
            ),
        )
    layout.add(
        24,
        10,
        table(
            "Latest runs",
            "The last 100 that began in this window.",
            runs_of("start_ns DESC, run", 100),
            sort="began",
            columns=RUN_COLUMNS,
        ),
    )
