"""The cost board: what is spent, by whom and on what, and what of it is not known."""

from __future__ import annotations

from board import Json, Layout, board as make
from panels import COSTS, by_name, money, over_time as drawn, share as share_column, stat, table, warning
from runs import RUN_COLUMNS, runs_of
from sql import CHOSEN, PROMPT, SUMS, SUMS_EACH, TIME, over_time, text

# Money is in answered calls, and in what an agent reports as a sum and of no call.
SPENT = "fact IN ('model_call', 'usage')"
DOLLARS = "sum(cost_nanos) / 1e9"
PRICED = "fact = 'model_call' AND status IN ('actual', 'estimated')"
# Null, and not zero, where of nothing a cost is known.
KNOWN_DOLLARS = f"sum(cost_nanos) FILTER (WHERE {SPENT} AND status IN ('actual', 'estimated', 'included')) / 1e9"
UNKNOWN = "fact = 'model_call' AND status = 'unknown'"

# Of a report its modelTier; of a call the word in its model's name.
TIER = "COALESCE(NULLIF(tier, ''), substring(lower(model) FROM 'haiku|sonnet|opus'), '(other)')"

HIT_RATE = f"sum(cache_read_tokens)::float8 / NULLIF(sum({PROMPT}), 0)"


def board() -> Json:
    layout = Layout()
    _totals(layout)
    _over_time(layout)
    _by(layout)
    layout.row("Runs")
    layout.add(
        24,
        10,
        table(
            "Most expensive runs",
            'Of those that began in this window, without their subagents. Of a cost that is not known, "at least" is the known part.',
            runs_of("COALESCE(cost_nanos, priced_part_nanos) DESC NULLS LAST, run", 50),
            sort="cost",
            columns=RUN_COLUMNS,
        ),
    )
    return make(
        "telemetry-cost",
        "Telemetry: cost",
        "What models cost on all hosts. A cost that is not known is shown as such and is in no sum. "
        "Reports of the batch wire carry no money; they are counted by tier.",
        layout,
        ("Overview", "telemetry-overview"),
    )


def _one(columns: str, where: str = SPENT) -> str:
    return text(f"""
        SELECT {columns}
        FROM {SUMS}
        WHERE {where} AND {CHOSEN}
    """)


def _totals(layout: Layout) -> None:
    layout.row("In this window")
    layout.add(
        5,
        4,
        stat(
            "Known cost",
            "What providers reported, else tokens at the rates of the day. Calls of unknown cost are not in it.",
            _one(f"{KNOWN_DOLLARS} AS spent"),
            unit="currencyUSD",
            missing="unknown",
        ),
    )
    layout.add(
        5,
        4,
        stat(
            "Calls of unknown cost",
            "Answered calls whose provider reported no usage, or whose tokens have no rate. What an agent reports of no call is not one.",
            _one(f"COALESCE(sum(n) FILTER (WHERE {UNKNOWN}), 0) AS unknown"),
            bad=1,
        ),
    )
    layout.add(
        4,
        4,
        stat(
            "Per request",
            "Known cost over the answered calls that have one.",
            _one('sum(cost_nanos) / 1e9 / NULLIF(sum(n), 0) AS "a request"', PRICED),
            unit="currencyUSD",
            missing="unknown",
        ),
    )
    layout.add(
        5,
        4,
        stat(
            "Included in a plan",
            "Calls that a plan pays for, and what they would have cost without it.",
            _one(
                'COALESCE(sum(n), 0) AS calls, sum(rated_nanos) / 1e9 AS "dollars without it"',
                "fact = 'model_call' AND status = 'included'",
            ),
        ),
    )
    layout.add(
        5,
        4,
        stat(
            "Cache hit rate",
            "Tokens read from a cache among all tokens of prompts.",
            _one(f"{HIT_RATE} AS cached"),
            unit="percentunit",
            decimals=1,
        ),
    )
    layout.add(
        24,
        4,
        stat(
            "Tokens",
            "Exclusive, but for reasoning, which is part of output.",
            _one(
                'COALESCE(sum(input_tokens), 0) AS input, COALESCE(sum(cache_read_tokens), 0) AS "cache read", '
                'COALESCE(sum(cache_write_tokens), 0) AS "cache write", COALESCE(sum(output_tokens), 0) AS output, '
                "COALESCE(sum(reasoning_tokens), 0) AS reasoning"
            ),
        ),
    )


def _over_time(layout: Layout) -> None:
    layout.row("Over time")
    for title, name in [("Cost by model", "model"), ("Cost by agent", "agent"), ("Cost by host", "host")]:
        layout.add(
            12,
            8,
            drawn(
                title,
                "Known cost.",
                over_time(f"COALESCE(NULLIF({name}, ''), '(unknown)')", DOLLARS, SPENT, having="sum(cost_nanos) > 0"),
                bars=True,
                unit="currencyUSD",
            ),
        )
    layout.add(
        12,
        8,
        drawn(
            "Calls by how well their cost is known",
            "Actual: the provider said. Estimated: tokens at our rates. Included: a plan pays.",
            over_time("status", "sum(n)", "fact = 'model_call'"),
            bars=True,
            names=COSTS,
        ),
    )
    layout.add(
        12,
        8,
        drawn(
            "Tokens over time",
            "Reasoning is in output.",
            text(f"""
            SELECT {TIME}, sum(input_tokens) AS input, sum(cache_read_tokens) AS "cache read",
              sum(cache_write_tokens) AS "cache write", sum(output_tokens) AS output
            FROM {SUMS_EACH}
            WHERE {SPENT} AND {CHOSEN}
            GROUP BY 1
            ORDER BY 1
        """),
            bars=True,
        ),
    )
    layout.add(
        12,
        8,
        drawn(
            "Cache hit rate over time",
            "Tokens read from a cache among all tokens of prompts.",
            text(f"""
            SELECT {TIME}, {HIT_RATE} AS cached
            FROM {SUMS_EACH}
            WHERE {SPENT} AND {CHOSEN}
            GROUP BY 1
            ORDER BY 1
        """),
            unit="percentunit",
            top=1,
        ),
    )


def _by(layout: Layout) -> None:
    layout.row("By whom, and on what")
    for title, columns in [
        (
            "By model",
            {
                "model": "COALESCE(NULLIF(model, ''), '(unknown)')",
                "provider": "COALESCE(NULLIF(provider, ''), '(unknown)')",
            },
        ),
        ("By agent", {"agent": "COALESCE(NULLIF(agent, ''), '(unknown)')"}),
        ("By host", {"host": "COALESCE(NULLIF(host, ''), '(unknown)')"}),
        ("By tier", {"tier": TIER}),
    ]:
        layout.add(24 if title == "By model" else 12, 9, _table(title, columns))
    layout.add(12, 9, _table("By surface", {"surface": "COALESCE(NULLIF(entrypoint, ''), '(unknown)')"}))


def _table(title: str, columns: dict[str, str]) -> Json:
    of_reports = title == "By tier"
    names = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    numbers = ", ".join(str(place + 1) for place in range(len(columns)))
    reports = "\n              COALESCE(sum(n) FILTER (WHERE fact = 'report'), 0) AS reports," if of_reports else ""
    where = "fact IN ('model_call', 'usage', 'report')" if of_reports else SPENT
    about = 'Cost: what is known of it; "unknown" where nothing is. A request: of the calls that have a cost.'
    sql = text(f"""
            SELECT {names},
              COALESCE(sum(n) FILTER (WHERE fact = 'model_call'), 0) AS calls,{reports}
              {KNOWN_DOLLARS} AS cost,
              COALESCE(sum(n) FILTER (WHERE {UNKNOWN}), 0) AS "of unknown cost",
              sum(cost_nanos) FILTER (WHERE {PRICED}) / 1e9 / NULLIF(sum(n) FILTER (WHERE {PRICED}), 0) AS "a request",
              sum({PROMPT} + output_tokens) AS tokens,
              {HIT_RATE} AS "cache hits"
            FROM {SUMS}
            WHERE {where} AND {CHOSEN}
            GROUP BY {numbers}
            ORDER BY cost DESC NULLS LAST, calls DESC, {numbers}
            LIMIT 100
    """)
    about = about + (" Reports carry no money and are counted by their modelTier." if of_reports else "")
    shown = [
        money("cost"),
        by_name("a request", unit="currencyUSD", noValue="-"),
        warning("of unknown cost"),
        share_column("cache hits"),
    ]
    return table(title, about, sql, sort="cost", columns=shown)
