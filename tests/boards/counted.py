"""What panels should show, counted over the facts one by one: no bucket, no sum of sums, no SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from grafana import Asked
from rollups import day_of, hour_of
from world import Fact, Run, World

Row = dict[str, object]
# Rows by what tells them apart.
Rows = dict[tuple, Row]
Test = Callable[[Fact], bool]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Looked:
    """What somebody looks at: facts in the window that were chosen."""

    world: World
    asked: Asked
    step: timedelta

    def facts(self) -> list[Fact]:
        """Of the hours that begin in the window."""
        return [fact for fact in self.world.facts if self._in(hour_of(fact.at)) and self._chosen(fact)]

    def steps(self) -> dict[float, list[Fact]]:
        """By step. One of a day or more is made of the days that begin in the window."""
        steps: dict[float, list[Fact]] = {}
        begin = day_of if self.step >= DAY else hour_of
        for fact in self.world.facts:
            if self._in(at := begin(fact.at)) and self._chosen(fact):
                length = self.step.total_seconds()
                steps.setdefault(at.timestamp() // length * length, []).append(fact)
        return steps

    def runs(self) -> list[Run]:
        return [
            run for run in self.world.runs if self.asked.since <= run.start <= self.asked.until and self._chosen(run)
        ]

    def _in(self, at: datetime) -> bool:
        return self.asked.since <= at < self.asked.until

    def _chosen(self, fact: Fact | Run) -> bool:
        return all(fact[name] in values for name, values in self.asked.chosen.items())


def of(*kinds: str, **dimensions: str | tuple[str, ...]) -> Test:
    """Facts of these kinds that have one of these values each."""

    def matches(fact: Fact) -> bool:
        wanted = {name: (value,) if isinstance(value, str) else value for name, value in dimensions.items()}
        return fact.fact in kinds and all(fact[name] in values for name, values in wanted.items())

    return matches


def either(*tests: Test) -> Test:
    return lambda fact: any(test(fact) for test in tests)


def total(facts: Iterable[Fact], test: Test = lambda _: True, sum_of: str = "n") -> int:
    return sum(fact.sum(sum_of) for fact in facts if test(fact))


def rate(facts: Iterable[Fact], part: Test, whole: Test) -> float | None:
    counted = [fact for fact in facts if whole(fact)]
    return sum(part(fact) for fact in counted) / len(counted) if counted else None


def percentile(facts: Iterable[Fact], percent: int) -> float | None:
    """In milliseconds, by nearest rank."""
    nanos = sorted(fact.duration_ns for fact in facts if fact.duration_ns is not None)
    return nanos[max(math.ceil(len(nanos) * percent / 100), 1) - 1] / 1e6 if nanos else None


def grouped(facts: Iterable[Fact], key: Callable[[Fact], tuple]) -> dict[tuple, list[Fact]]:
    groups: dict[tuple, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(key(fact), []).append(fact)
    return groups


def metrics(
    looked: Looked, name: Callable[[Fact], str], test: Test, sum_of: str = "n", *, positive: bool = False
) -> Rows:
    """Bars: of each step and name a sum."""
    rows = {}
    for at, facts in looked.steps().items():
        for (metric,), its in grouped(filter(test, facts), lambda fact: (name(fact),)).items():
            value = total(its, sum_of=sum_of)
            if value > 0 or not positive:
                rows[at, metric] = {"value": value}
    return rows


def lines(looked: Looked, test: Test, columns: Callable[[list[Fact]], Row]) -> Rows:
    """Lines: of each step with anything in it a row."""
    steps = {at: [fact for fact in facts if test(fact)] for at, facts in looked.steps().items()}
    return {(at,): columns(facts) for at, facts in steps.items() if facts}


def names(facts: Iterable[Fact], dimension: str) -> int:
    return len({fact[dimension] for fact in facts} - {""})
