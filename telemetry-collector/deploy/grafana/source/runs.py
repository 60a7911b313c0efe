"""Runs as rows, on both boards."""

from __future__ import annotations

from panels import by_name, moment, money, took, warning
from sql import CHOSEN, text

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
