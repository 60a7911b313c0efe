"""What broke, and what was not allowed."""

from __future__ import annotations

from board import Layout
from panels import bad_share, gauges, over_time as drawn, share as share_column, table, took, warning
from rates import SAYS, SUCCEEDED
from sql import CHOSEN, DENIED, DURATION, FAILED, LATENCIES, RAN, SUMS, over_time, percentiles, share, text


def add(layout: Layout) -> None:
    layout.row("What broke, and what was not allowed")
    layout.add(
        8,
        9,
        gauges(
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
        ),
    )
    layout.add(
        8,
        9,
        drawn(
            "Errors by class",
            "Model calls that were never answered, by the class of their last failed attempt.",
            over_time(
                "COALESCE(NULLIF(status, ''), 'unknown')", "sum(n)", "fact = 'failed_attempt' AND detail = 'error'"
            ),
            bars=True,
        ),
    )
    layout.add(
        8,
        9,
        drawn(
            "Reported errors",
            "errorCount of reports, by agent.",
            over_time(
                "COALESCE(NULLIF(agent, ''), '(no agent)')", "sum(errors)", "fact = 'report'", having="sum(errors) > 0"
            ),
            bars=True,
        ),
    )
    layout.add(
        8,
        9,
        table(
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
        ),
    )
    layout.add(
        16,
        9,
        table(
            "Tool reliability",
            "Failed: error or timeout, of those that ran. Refused: denied or blocked, which never ran. Reports beside them.",
            _tools(),
            sort="calls",
            columns=[bad_share("failure rate"), took("p50"), took("p95"), share_column("reports succeeded")],
        ),
    )


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
