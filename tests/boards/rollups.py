"""What the collector keeps of facts: sums and latencies by hour and by day, and the list of runs."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
from world import DIMENSIONS, SUMS, TOKENS, Run, World


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    return hour_of(at).replace(hour=0)


def bucket_of(nanos: int) -> int:
    """As the collector's `Bucket`: more than 1.02^(b - 1) microseconds, up to 1.02^b."""
    micros = nanos / 1e3
    return 0 if micros <= 1 else math.ceil(math.log(micros) / math.log(1.02))


def fill(connection: psycopg.Connection, made: World) -> None:
    series: dict[tuple[str, ...], int] = {}
    sums: dict[tuple[str, datetime, int], Counter] = defaultdict(Counter)
    latencies: Counter = Counter()
    for fact in made.facts:
        key = (fact.fact, *(fact[name] for name in DIMENSIONS))
        number = series.setdefault(key, int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:7]))
        for span, at in (("hours", hour_of(fact.at)), ("days", day_of(fact.at))):
            row = sums[span, at, number]
            row.update({name: fact.sum(name) for name in SUMS})
            if fact.duration_ns is not None:
                row.update(durations=1, duration_ns=fact.duration_ns)
                latencies[span, at, number, bucket_of(fact.duration_ns)] += 1
                # Another measure, that no panel may mix with durations.
                latencies[span, at, number, -1] += 1
    with connection.cursor() as cursor:
        _copy(cursor, "series", ("id", "fact", *DIMENSIONS), ((number, *key) for key, number in series.items()))
        for span in ("hours", "days"):
            rows = ((at, number, *(row[name] for name in SUMS)) for (of, at, number), row in sums.items() if of == span)
            _copy(cursor, f"rollup_{span}", ("at", "series", *SUMS), rows)
            counts = (
                (at, number, 2 if bucket < 0 else 0, max(bucket, 0), n)
                for (of, at, number, bucket), n in latencies.items()
                if of == span
            )
            _copy(cursor, f"latency_{span}", ("at", "series", "measure", "bucket", "n"), counts)
        _copy(cursor, "runs", RUN_COLUMNS, map(_run_row, made.runs))
    connection.commit()
    connection.execute("ANALYZE series, rollup_hours, rollup_days, latency_hours, latency_days, runs")
    connection.commit()


RUN_COLUMNS = (
    "run",
    "host",
    "session_id",
    "agent",
    "model",
    "provider",
    "entrypoint",
    "start_ns",
    "end_ns",
    "outcome",
    "reason",
    "turns",
    "model_calls",
    "failed_attempts",
    "tool_calls",
    "errors",
    *TOKENS,
    "cost_nanos",
    "cost_status",
    "priced_part_nanos",
    "cells",
)


def nanos_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def _run_row(run: Run) -> tuple:
    end = run.end and nanos_of(run.end)
    tokens = (run.tokens.get(name, 0) for name in TOKENS)
    return (
        run.run,
        run["host"],
        f"session of {run.run}",
        run["agent"],
        run["model"],
        run["provider"] or None,
        run["entrypoint"],
        nanos_of(run.start),
        end,
        run["outcome"],
        run["reason"] or None,
        run.turns,
        run.calls,
        0,
        run.tools,
        run.errors,
        *tokens,
        run.cost_nanos,
        run.cost_status,
        run.priced_part_nanos,
        "[]",
    )


def _copy(cursor: psycopg.Cursor, table: str, columns: tuple[str, ...], rows: Iterator[tuple]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
