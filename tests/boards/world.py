"""Made-up facts of two months.

What panels should show is counted over them one by one; what panels are asked of are sums (rollups.py)."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 64

DIMENSIONS = "kind host agent platform entrypoint provider model tier tool hook outcome reason status detail".split()
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
SUMS = ("n", "errors", "durations", "duration_ns", "with_usage", *TOKENS, "cost_nanos", "rated_nanos")

# One of them is made to break out of quotes.
HOSTS = ["ada", "grace", "o'brien'; DROP TABLE runs; --", "linus"]
AGENTS = {"hermes": 5, "claude-code": 4, "codex": 1}
MODELS = {"claude-opus-4": "anthropic", "claude-haiku-4": "anthropic", "gpt-5": "openai", "local": ""}
TOOLS = ["read_file", "terminal", "delegate_task", "web_search"]
OUTCOMES = {
    ("completed", ""): 70,
    ("errored", "auth"): 6,
    ("limited", "max_iterations"): 3,
    ("timed_out", "provider_timeout"): 3,
    ("timed_out", "idle_timeout"): 3,
    ("interrupted", ""): 6,
    ("reset", ""): 4,
    ("unknown", "process_lost"): 3,
    ("running", ""): 2,
}
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
    its = {
        "kind": entrypoint,
        "host": dice.choice(HOSTS),
        "agent": _one(dice, AGENTS),
        "entrypoint": entrypoint,
        "model": model,
        "outcome": outcome,
        "reason": reason,
    }
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
        facts.append(
            Fact("failed_attempt", start, its | {"provider": MODELS[model], "status": status, "detail": detail})
        )
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
    run = Run(
        uuid.UUID(int=dice.getrandbits(128)),
        start,
        end,
        its | {"provider": MODELS[model]},
        1,
        len(costs),
        tools,
        errors,
        dict(tokens),
        None if unknown else known,
        "unknown" if unknown else "estimated",
        known if unknown and costs else None,
    )
    return run, facts


def _call(dice: random.Random, at: datetime, its: dict[str, str]) -> Fact:
    status = (
        "unknown"
        if its["model"] == "local"
        else dice.choice(["actual", "estimated", "estimated", "included", "unknown"])
    )
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
    return Fact(
        "report", _moment(dice), its, errors, dice.randrange(60_000) * 1_000_000 if dice.random() < 0.8 else None
    )


def _usage(dice: random.Random) -> Fact:
    status = dice.choice(["estimated", "unknown"])
    sums = {name: dice.randrange(9_000) for name in TOKENS}
    if status == "estimated":
        sums["cost_nanos"] = dice.randrange(9_000_000)
    its = {"host": "ada", "agent": "gemini-cli", "model": "gemini-3-pro", "provider": "google", "status": status}
    return Fact("usage", _moment(dice), its, sums)
