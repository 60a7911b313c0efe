"""What the questions of panels have in common.

`sums_between`, `sums_each`, `latencies_between`, `latencies_each` and `bucket_ms` are functions of the database (see the
collector's migrations). They read rollups: of a whole window days, and hours for the rest of it; of a drawing over time hours, or
days once a step is one. No panel reads events.

Grafana cuts a macro at its first closing parenthesis, so none is written with one inside."""

from __future__ import annotations

from textwrap import dedent

VARIABLES = ("host", "agent", "model", "provider", "outcome")

# A variable that is set to all of its values stands for the column itself: then the comparison holds for every row, also one
# that has no such dimension. A fact without a dimension passes no filter by it, as everywhere.
CHOSEN = " AND ".join(f"{name} IN (${{{name}:sqlstring}})" for name in VARIABLES)

STEP = "$__timeGroup(at, $__interval)"
TIME = "$__timeGroupAlias(at, $__interval)"

SUMS = "sums_between($__timeFrom(), $__timeTo()) AS sums JOIN series ON series.id = sums.series"
SUMS_EACH = "sums_each($__timeFrom(), $__timeTo(), $__interval_ms) AS sums JOIN series ON series.id = sums.series"
LATENCIES = "latencies_between($__timeFrom(), $__timeTo()) AS latencies JOIN series ON series.id = latencies.series"
LATENCIES_EACH = "latencies_each($__timeFrom(), $__timeTo(), $__interval_ms) AS latencies JOIN series ON series.id = latencies.series"

# `Measure::Duration` of the collector's rollups.
DURATION = "measure = 0"

# The issue of a decision, as the batch wire defines it.
APPROVED = "status IN ('APPROVED', 'CONFIRMED', 'OK')"
DENIED = "status IN ('DENIED', 'DECLINED', 'BLOCK')"
# ... and of a question to a person. One that ran out of time was decided by nobody.
GRANTED = "status IN ('once', 'session', 'always')"
ANSWERED = "status IN ('once', 'session', 'always', 'deny')"

# Of runs: see "Rates" in ARCHITECTURE.md.
ENDED = "(outcome IN ('completed', 'errored', 'limited', 'interrupted') OR outcome = 'timed_out' AND reason <> 'idle_timeout')"

# Of tool calls: those that ran, and those of them that failed.
RAN = "status IN ('ok', 'error', 'timeout')"
FAILED = "status IN ('error', 'timeout')"

# Tokens of a prompt: `output_tokens` has the reasoning.
PROMPT = "input_tokens + cache_read_tokens + cache_write_tokens"


def text(sql: str) -> str:
    """SQL as it is written in this folder, without the indentation of the code around it."""
    return dedent(sql).strip()


def share(part: str, whole: str) -> str:
    """Of so many facts so many; null where there is nothing to be a share of."""
    return f"COALESCE(sum(n) FILTER (WHERE {part}), 0)::float8 / NULLIF(sum(n) FILTER (WHERE {whole}), 0)"


def percentiles(
    source: str, where: str, *, by: dict[str, str] | None = None, percents: tuple[int, ...] = (50, 95, 99)
) -> str:
    """Percentiles in milliseconds by nearest rank, out of the buckets of latencies: the bucket that has the one that is wanted is
    the first up to which that many are counted. `by`: what to group by, by the name of its column."""
    by = by or {}
    names = "".join(f"{name}, " for name in by)
    grouped = "".join(f"{value} AS {name}, " for name, value in by.items())
    over = f"PARTITION BY {names[:-2]} " if by else ""
    numbers = ", ".join(str(place + 1) for place in range(len(by) + 1))
    wanted = ",\n".join(
        f"  min(bucket_ms(bucket)) FILTER (WHERE seen * 100 >= total * {percent}) AS p{percent}" for percent in percents
    )
    lines = [
        "WITH buckets AS (",
        f"  SELECT {grouped}bucket, sum(latencies.n) AS n",
        f"  FROM {source}",
        f"  WHERE {where}",
        f"  GROUP BY {numbers}",
        "), running AS (",
        f"  SELECT {names}bucket, sum(n) OVER ({over}ORDER BY bucket) AS seen, sum(n) OVER ({over.strip()}) AS total",
        "  FROM buckets",
        ")",
        f"SELECT {names}".rstrip(),
        wanted,
        "FROM running",
    ]
    return "\n".join(lines + ([f"GROUP BY {names[:-2]}", f"ORDER BY {names[:-2]}"] if by else []))


def over_time(metric: str, value: str, where: str, *, having: str = "") -> str:
    """A number over time, one line or bar for each `metric`."""
    return text(f"""
        SELECT {TIME}, {metric} AS metric, {value} AS value
        FROM {SUMS_EACH}
        WHERE {where} AND {CHOSEN}
        GROUP BY 1, 2{having and f" HAVING {having}"}
        ORDER BY 1, 2
    """)
