"""What the overview should show."""

from __future__ import annotations

from collections.abc import Callable

from counted import Fact, Looked, Rows, either, grouped, lines, metrics, names, of, percentile, rate, total
from rollups import hour_of
from world import Run

completed = of("run", outcome="completed")
ended = lambda fact: (
    fact.fact == "run"
    and (  # noqa: E731
        fact["outcome"] in ("completed", "errored", "limited", "interrupted")
        or fact["outcome"] == "timed_out"
        and fact["reason"] != "idle_timeout"
    )
)
succeeded = of("report", outcome="success")
says = of("report", outcome=("success", "failure"))
approved = of("report", status=("APPROVED", "CONFIRMED", "OK"))
decided = of("report", status=("APPROVED", "CONFIRMED", "OK", "DENIED", "DECLINED", "BLOCK"))
denied = either(of("report", status=("DENIED", "DECLINED", "BLOCK")), of("tool_call", status=("denied", "blocked")))
granted = of("approval", status=("once", "session", "always"))
answered = of("approval", status=("once", "session", "always", "deny"))
failed = of("tool_call", status=("error", "timeout"))
ran = of("tool_call", status=("ok", "error", "timeout"))
EVENTS = ("run", "turn", "model_call", "failed_attempt", "tool_call", "approval", "subagent")


def _one(column: str, part: Callable, whole: Callable) -> Callable[[Looked], Rows]:
    return lambda looked: {(): {column: rate(looked.facts(), part, whole)}}


def _latency(kind: str) -> Callable[[Looked], Rows]:
    return lambda looked: {
        (): {f"p{percent}": percentile(filter(of(kind), looked.facts()), percent) for percent in (50, 95, 99)}
    }


def _spoken(fact: Fact) -> str:
    return fact.fact.replace("_", " ")


def _percentiles_of_calls(looked: Looked) -> Rows:
    measured = lambda fact: fact.fact == "model_call" and fact.duration_ns is not None  # noqa: E731
    return lines(
        looked, measured, lambda facts: {f"p{percent}": percentile(facts, percent) for percent in (50, 95, 99)}
    )


def _percentile_by_kind(looked: Looked) -> Rows:
    rows: Rows = {}
    for at, facts in looked.steps().items():
        measured = [
            fact
            for fact in facts
            if of("model_call", "tool_call", "turn", "report")(fact) and fact.duration_ns is not None
        ]
        for (kind,), its in grouped(measured, lambda fact: (_spoken(fact),)).items():
            rows[at, kind] = {"p95": percentile(its, 95)}
    return rows


def _denials(looked: Looked) -> Rows:
    groups = grouped(filter(denied, looked.facts()), lambda fact: (fact["tool"] or "(no tool)",))
    return {tool: {"denials": len(facts)} for tool, facts in groups.items()}


def _failed_attempts(looked: Looked) -> Rows:
    groups = grouped(filter(of("failed_attempt"), looked.facts()), lambda fact: (fact["status"] or "unknown",))
    return {
        key: {
            "attempts": len(facts),
            "recovered": total(facts, of("failed_attempt", detail="recovered")),
            "never answered": total(facts, of("failed_attempt", detail="error")),
        }
        for key, facts in groups.items()
    }


def _tools(looked: Looked) -> Rows:
    facts = [fact for fact in looked.facts() if of("tool_call", "report")(fact) and fact["tool"]]
    return {
        key: {
            "calls": total(its, of("tool_call")),
            "failed": total(its, failed),
            "failure rate": rate(its, failed, ran),
            "refused": total(its, of("tool_call", status=("denied", "blocked"))),
            "p50": percentile(filter(of("tool_call"), its), 50),
            "p95": percentile(filter(of("tool_call"), its), 95),
            "reports": total(its, of("report")),
            "reports succeeded": rate(its, succeeded, says),
        }
        for key, its in grouped(facts, lambda fact: (fact["tool"],)).items()
    }


def _who(name: str, other: str) -> Callable[[Looked], Rows]:
    def rows(looked: Looked) -> Rows:
        facts = [fact for fact in looked.facts() if fact[name]]
        return {
            key: {
                f"{other}s": names(its, other),
                "runs": total(its, of("run")),
                "completed": rate(its, completed, ended),
                "model calls": total(its, of("model_call")),
                "tool calls": total(its, of("tool_call")),
                "reports": total(its, of("report")),
                "succeeded": rate(its, succeeded, says),
            }
            for key, its in grouped(facts, lambda fact: (fact[name],)).items()
        }

    return rows


def run_row(run: Run) -> dict[str, object]:
    dollars = lambda nanos: None if nanos is None else nanos / 1e9  # noqa: E731
    return {
        "host": run["host"],
        "agent": run["agent"],
        "model": run["model"],
        "outcome": run["outcome"],
        "reason": run["reason"] or None,
        "took": run.end and (run.end - run.start).total_seconds() * 1e3,
        "turns": run.turns,
        "model calls": run.calls,
        "tool calls": run.tools,
        "errors": run.errors,
        "tokens": sum(n for name, n in run.tokens.items() if name != "reasoning_tokens"),
        "cost": dollars(run.cost_nanos),
        "cost is": run.cost_status,
        "at least": dollars(run.priced_part_nanos),
    }


def _latest(looked: Looked) -> Rows:
    runs = sorted(looked.runs(), key=lambda run: run.start, reverse=True)[:100]
    return {(str(run.run),): run_row(run) for run in runs}


SHOWN: dict[str, tuple[tuple[str, ...], Callable[[Looked], Rows]]] = {
    "Events": (
        (),
        lambda looked: {
            (): {"of runs": total(looked.facts(), of(*EVENTS)), "reports": total(looked.facts(), of("report"))}
        },
    ),
    "Completion rate": ((), _one("completed", completed, ended)),
    "Success rate": ((), _one("succeeded", succeeded, says)),
    "Approval rate": ((), _one("approved", approved, decided)),
    "Approvals granted": ((), _one("granted", granted, answered)),
    "Tool failure rate": ((), _one("failed", failed, ran)),
    "Model call latency": ((), _latency("model_call")),
    "Turn duration": ((), _latency("turn")),
    "Reported latency": ((), _latency("report")),
    "Active": (
        (),
        lambda looked: {(): {f"{name}s": names(looked.facts(), name) for name in ("host", "agent", "model")}},
    ),
    "Events over time": (("time", "metric"), lambda looked: metrics(looked, _spoken, of(*EVENTS, "report"))),
    "Runs by outcome": (("time", "metric"), lambda looked: metrics(looked, lambda fact: fact["outcome"], of("run"))),
    "Decisions over time": (("time", "metric"), lambda looked: metrics(looked, lambda fact: fact["status"], decided)),
    "Approvals over time": (
        ("time", "metric"),
        lambda looked: metrics(looked, lambda fact: fact["status"], of("approval")),
    ),
    "Rates over time": (
        ("time",),
        lambda looked: lines(
            looked,
            of("run", "report", "approval"),
            lambda facts: {
                "runs completed": rate(facts, completed, ended),
                "reports succeeded": rate(facts, succeeded, says),
                "reports approved": rate(facts, approved, decided),
                "approvals granted": rate(facts, granted, answered),
            },
        ),
    ),
    "Active hosts": (
        ("time",),
        lambda looked: lines(looked, lambda _: True, lambda facts: {"hosts": names(facts, "host")}),
    ),
    "Model call latency over time": (("time",), _percentiles_of_calls),
    "95th percentile by what it is of": (("time", "metric"), _percentile_by_kind),
    "Denials per tool": (("tool",), _denials),
    "Errors by class": (
        ("time", "metric"),
        lambda looked: metrics(looked, lambda fact: fact["status"] or "unknown", of("failed_attempt", detail="error")),
    ),
    "Reported errors": (
        ("time", "metric"),
        lambda looked: metrics(
            looked, lambda fact: fact["agent"] or "(no agent)", of("report"), "errors", positive=True
        ),
    ),
    "Failed attempts": (("class",), _failed_attempts),
    "Tool reliability": (("tool",), _tools),
    "Hosts": (("host",), _who("host", "agent")),
    "Agents": (("agent",), _who("agent", "host")),
    "Latest runs": (("run",), _latest),
}

# A moment, of which no more is said than that it is the last: its own test.
LAST_ACTIVE = {"Hosts": "host", "Agents": "agent"}


def last_active(looked: Looked, name: str) -> dict[str, object]:
    groups = grouped([fact for fact in looked.facts() if fact[name]], lambda fact: (fact[name],))
    return {key[0]: max(hour_of(fact.at) for fact in facts) for key, facts in groups.items()}
