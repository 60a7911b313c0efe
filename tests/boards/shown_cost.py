"""What the cost board should show."""

from __future__ import annotations

import re
from collections.abc import Callable

from counted import Fact, Looked, Rows, grouped, lines, metrics, of, total
from shown_overview import run_row
from world import TOKENS, Run

spent = of("model_call", "usage")
priced = of("model_call", status=("actual", "estimated"))
unknown = of("model_call", status="unknown")


def known(fact: Fact) -> bool:
    return spent(fact) and fact["status"] != "unknown"


def dollars(facts: list[Fact]) -> float | None:
    """Nothing, where of nothing it is known."""
    counted = [fact for fact in facts if known(fact)]
    return total(counted, sum_of="cost_nanos") / 1e9 if counted else None


def a_request(facts: list[Fact]) -> float | None:
    counted = [fact for fact in facts if priced(fact)]
    return total(counted, sum_of="cost_nanos") / 1e9 / len(counted) if counted else None


def prompt(facts: list[Fact]) -> int:
    return sum(total(facts, sum_of=name) for name in ("input_tokens", "cache_read_tokens", "cache_write_tokens"))


def hits(facts: list[Fact]) -> float | None:
    return total(facts, sum_of="cache_read_tokens") / prompt(facts) if prompt(facts) else None


def _in_window(columns: Callable[[list[Fact]], dict]) -> tuple[tuple, Callable[[Looked], Rows]]:
    return (), lambda looked: {(): columns([fact for fact in looked.facts() if spent(fact)])}


def _tokens(facts: list[Fact], reasoning: bool) -> dict[str, int]:
    of_tokens = {name.removesuffix("_tokens").replace("_", " "): total(facts, sum_of=name) for name in TOKENS}
    return of_tokens if reasoning else {name: n for name, n in of_tokens.items() if name != "reasoning"}


def _included(facts: list[Fact]) -> dict:
    included = [fact for fact in facts if of("model_call", status="included")(fact)]
    rated = total(included, sum_of="rated_nanos") / 1e9 if included else None
    return {"calls": len(included), "dollars without it": rated}


def _over_time(name: str) -> tuple[tuple, Callable[[Looked], Rows]]:
    def rows(looked: Looked) -> Rows:
        nanos = metrics(looked, lambda fact: fact[name] or "(unknown)", spent, "cost_nanos", positive=True)
        return {key: {"value": row["value"] / 1e9} for key, row in nanos.items()}

    return ("time", "metric"), rows


def _by(*columns: str, key: Callable[[Fact], tuple], reports: bool = False) -> tuple[tuple, Callable[[Looked], Rows]]:
    def rows(looked: Looked) -> Rows:
        facts = [fact for fact in looked.facts() if spent(fact) or reports and fact.fact == "report"]
        return {key: _row(its, reports) for key, its in grouped(facts, key).items()}

    return columns, rows


def _row(facts: list[Fact], reports: bool) -> dict:
    row = {
        "calls": total(facts, of("model_call")),
        "cost": dollars(facts),
        "of unknown cost": total(facts, unknown),
        "a request": a_request(facts),
        "tokens": prompt(facts) + total(facts, sum_of="output_tokens"),
        "cache hits": hits(facts),
    }
    return row | ({"reports": total(facts, of("report"))} if reports else {})


def _tier(fact: Fact) -> tuple[str]:
    word = re.search("haiku|sonnet|opus", fact["model"].lower())
    return (fact["tier"] or (word[0] if word else "(other)"),)


def _named(*names: str) -> Callable[[Fact], tuple]:
    return lambda fact: tuple(fact[name] or "(unknown)" for name in names)


def _dearest(looked: Looked) -> Rows:
    """Of those that are not known the known part; those of which nothing is come last."""

    def order(run: Run) -> tuple:
        nanos = run.priced_part_nanos if run.cost_nanos is None else run.cost_nanos
        return nanos is None, -(nanos or 0), run.run

    return {(str(run.run),): run_row(run) for run in sorted(looked.runs(), key=order)[:50]}


SHOWN: dict[str, tuple[tuple[str, ...], Callable[[Looked], Rows]]] = {
    "Known cost": _in_window(lambda facts: {"spent": dollars(facts)}),
    "Calls of unknown cost": _in_window(lambda facts: {"unknown": total(facts, unknown)}),
    "Per request": _in_window(lambda facts: {"a request": a_request(facts)}),
    "Included in a plan": _in_window(_included),
    "Cache hit rate": _in_window(lambda facts: {"cached": hits(facts)}),
    "Tokens": _in_window(lambda facts: _tokens(facts, reasoning=True)),
    "Cost by model": _over_time("model"),
    "Cost by agent": _over_time("agent"),
    "Cost by host": _over_time("host"),
    "Calls by how well their cost is known": (
        ("time", "metric"),
        lambda looked: metrics(looked, lambda fact: fact["status"], of("model_call")),
    ),
    "Tokens over time": (("time",), lambda looked: lines(looked, spent, lambda facts: _tokens(facts, reasoning=False))),
    "Cache hit rate over time": (("time",), lambda looked: lines(looked, spent, lambda facts: {"cached": hits(facts)})),
    "By model": _by("model", "provider", key=_named("model", "provider")),
    "By agent": _by("agent", key=_named("agent")),
    "By host": _by("host", key=_named("host")),
    "By tier": _by("tier", key=_tier, reports=True),
    "By surface": _by("surface", key=_named("entrypoint")),
    "Most expensive runs": (("run",), _dearest),
}
