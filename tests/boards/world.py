"""Made-up facts of two months, and the rollups that the collector would keep of them.

What panels should show is counted over the facts one by one; what they are asked of are the sums."""

from __future__ import annotations

import hashlib
import math
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 64

DIMENSIONS = (
    "kind host agent platform entrypoint provider model tier tool hook outcome reason status detail".split()
)
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
SUMS = ("n", "errors", "durations", "duration_ns", "with_usage", *TOKENS, "cost_nanos", "rated_nanos")

# One of them is made to break out of quotes.
HOSTS = ["ada", "grace", "o'brien'; DROP TABLE runs; --", "linus"]
AGENTS = {"hermes": 5, "claude-code": 4, "codex": 1}
MODELS = {"claude-opus-4": "anthropic", "claude-haiku-4": "anthropic", "gpt-5": "openai", "local": ""}
TOOLS = ["read_file", "terminal", "delegate_task", "web_search"]
OUTCOMES = {("completed", ""): 70, ("errored", "auth"): 6, ("limited", "max_iterations"): 3, ("timed_out", "provider_timeout"): 3,
            ("timed_out", "idle_timeout"): 3, ("interrupted", ""): 6, ("reset", ""): 4, ("unknown", "process_lost"): 3, ("running", ""): 2}
DECISIONS = {"APPROVED": 40, "CONFIRMED": 8, "OK": 20, "DENIED": 12, "DECLINED": 4, "BLOCK": 3, "": 30}


@dataclass(frozen=True)
class Fact:
    fact: str
    at: datetime
    dimensions: dict[str, str] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    duration_ns: int | None = None

    def __getitem__(self, name: str) -> str:
        return self.dimensions.get(name, "")

    def sum(self, name: str) -> int:
        return 1 if name == "n" else self.sums.get(name, 0)


@dataclass(frozen=True)
class Run:
    run: uuid.UUID
    start: datetime
    end: datetime | None
    dimensions: dict[str, str]
    turns: int
    calls: int
    tools: int
    errors: int
    tokens: dict[str, int]
    cost_nanos: int | None
    cost_status: str
    priced_part_nanos: int | None

    def __getitem__(self, name: str) -> str:
        return self.dimensions.get(name, "")


@dataclass(frozen=True)
class World:
    facts: list[Fact]
    runs: list[Run]


def world() -> World:
    dice = random.Random(7)
    facts, runs = [], []
    for _ in range(1500):
        run, its_facts = _run(dice)
        runs.append(run)
        facts += its_facts
    facts += [_report(dice) for _ in range(2500)]
    facts += [_usage(dice) for _ in range(40)]
    return World(facts, runs)


def _moment(dice: random.Random) -> datetime:
    return BEGAN + timedelta(microseconds=dice.randrange(DAYS * 86_400_000_000))


def _one(dice: random.Random, weights: dict) -> object:
    return dice.choices(list(weights), list(weights.values()))[0]


def _nanos(dice: random.Random) -> int:
    """From microseconds to minutes."""
    return int(10 ** dice.uniform(3, 11))


def _run(dice: random.Random) -> tuple[Run, list[Fact]]:
    start = _moment(dice)
    model = dice.choice(list(MODELS))
    outcome, reason = _one(dice, OUTCOMES)
    entrypoint = dice.choice(["cli", "cron", "gateway"])
    its = {"kind": entrypoint, "host": dice.choice(HOSTS), "agent": _one(dice, AGENTS), "entrypoint": entrypoint, "model": model,
           "outcome": outcome, "reason": reason}
    ended = {} if outcome == "running" else {"duration_ns": _nanos(dice)}
    facts = [Fact("run", start, its, **ended), Fact("turn", start, its, **ended)]
    tokens, costs = Counter(), []
    for _ in range(dice.randrange(4)):
        call = _call(dice, start, its)
        tokens.update({name: call.sum(name) for name in TOKENS})
        costs.append((call["status"], call.sum("cost_nanos")))
        facts.append(call)
    errors = 0
    while dice.random() < 0.2:
        detail = dice.choice(["recovered", "error", ""])
        errors += detail == "error"
        status = dice.choice(["rate_limit", "auth", "overloaded", ""])
        facts.append(Fact("failed_attempt", start, its | {"provider": MODELS[model], "status": status, "detail": detail}))
    tools = dice.randrange(4)
    for _ in range(tools):
        facts.append(_tool(dice, start, its))
    if dice.random() < 0.3:
        answer = dice.choice(["once", "session", "always", "deny", "timeout", "open"])
        facts.append(Fact("approval", start, its | {"tool": "terminal", "status": answer}, duration_ns=_nanos(dice)))
    if dice.random() < 0.1:
        facts.append(Fact("subagent", start, its | {"status": "completed"}))
    known = sum(cost for _, cost in costs)
    statuses = [status for status, _ in costs]
    unknown = not costs or "unknown" in statuses
    end = start + timedelta(microseconds=ended["duration_ns"] // 1000) if ended else None
    run = Run(uuid.UUID(int=dice.getrandbits(128)), start, end, its | {"provider": MODELS[model]}, 1, len(costs), tools, errors,
              dict(tokens), None if unknown else known, "unknown" if unknown else "estimated", known if unknown and costs else None)
    return run, facts


def _call(dice: random.Random, at: datetime, its: dict[str, str]) -> Fact:
    status = "unknown" if its["model"] == "local" else dice.choice(["actual", "estimated", "estimated", "included", "unknown"])
    sums = {"with_usage": 1} | {name: dice.randrange(20_000) for name in TOKENS}
    if status in ("actual", "estimated"):
        sums["cost_nanos"] = dice.randrange(1, 90_000_000)
    if status == "included":
        sums["rated_nanos"] = dice.randrange(90_000_000)
    at += timedelta(minutes=dice.randrange(90))
    return Fact("model_call", at, its | {"provider": MODELS[its["model"]], "status": status}, sums, _nanos(dice))


def _tool(dice: random.Random, at: datetime, its: dict[str, str]) -> Fact:
    status = _one(dice, {"ok": 80, "error": 8, "timeout": 2, "blocked": 3, "denied": 4, "cancelled": 3})
    its = its | {"tool": dice.choice(TOOLS), "status": status, "detail": "" if status == "ok" else status}
    return Fact("tool_call", at, its, duration_ns=None if status in ("blocked", "denied") else _nanos(dice))


def _report(dice: random.Random) -> Fact:
    tier = dice.choice(["", "haiku", "sonnet", "opus"])
    its = {
        "kind": dice.choice(["agent_execution", "hook_decision", "error", "escalation", "commit"]),
        "host": dice.choice(HOSTS[:3]),
        "agent": dice.choice(["", "reviewer", "security"]),
        "tool": dice.choice(["", "terminal", "Bash"]),
        "hook": dice.choice(["", "pre-commit"]),
        "tier": tier,
        "model": tier and f"claude-{tier}-4",
        "outcome": _one(dice, {"success": 8, "failure": 1, "": 3}),
        "status": _one(dice, DECISIONS),
    }
    errors = {"errors": dice.randrange(5)} if dice.random() < 0.1 else {}
    return Fact("report", _moment(dice), its, errors, dice.randrange(60_000) * 1_000_000 if dice.random() < 0.8 else None)


def _usage(dice: random.Random) -> Fact:
    status = dice.choice(["estimated", "unknown"])
    sums = {name: dice.randrange(9_000) for name in TOKENS}
    if status == "estimated":
        sums["cost_nanos"] = dice.randrange(9_000_000)
    its = {"host": "ada", "agent": "gemini-cli", "model": "gemini-3-pro", "provider": "google", "status": status}
    return Fact("usage", _moment(dice), its, sums)


# What the collector keeps.


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


RUN_COLUMNS = ("run", "host", "session_id", "agent", "model", "provider", "entrypoint", "start_ns", "end_ns", "outcome", "reason",
               "turns", "model_calls", "failed_attempts", "tool_calls", "errors", *TOKENS, "cost_nanos", "cost_status",
               "priced_part_nanos", "cells")


def nanos_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def _run_row(run: Run) -> tuple:
    end = run.end and nanos_of(run.end)
    tokens = (run.tokens.get(name, 0) for name in TOKENS)
    return (run.run, run["host"], f"session of {run.run}", run["agent"], run["model"], run["provider"] or None, run["entrypoint"],
            nanos_of(run.start), end, run["outcome"], run["reason"] or None, run.turns, run.calls, 0, run.tools, run.errors, *tokens,
            run.cost_nanos, run.cost_status, run.priced_part_nanos, "[]")


def _copy(cursor: psycopg.Cursor, table: str, columns: tuple[str, ...], rows: Iterator[tuple]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
