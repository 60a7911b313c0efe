"""What an ATIF v1.7 document has to be: one by both official models, and by what RFC 0001 says beyond them. What it only recommends
is a rule too, since we write documents for every reader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from harbor.utils.trajectory_validator import TrajectoryValidator
from nat.atif import Trajectory
from pydantic import ValidationError

from rules import Rules

_COUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens")
# Sums of dollars as doubles: far less than a nano-dollar.
_CENT_DUST = 1e-10


@dataclass(frozen=True)
class Document:
    """A trajectory, the one in the file or one embedded in it."""

    where: str
    told: dict[str, Any]

    @property
    def embedded(self) -> list[Document]:
        below = self.told.get("subagent_trajectories") or []
        return [Document(f"{self.where} > subagent {index}", told) for index, told in enumerate(below)]

    @property
    def steps(self) -> list[Step]:
        return [Step(f"{self.where}, step {index}", told) for index, told in enumerate(self.told["steps"], 1)]


@dataclass(frozen=True)
class Step:
    where: str
    told: dict[str, Any]

    def __str__(self) -> str:
        return self.where

    @property
    def calls(self) -> list[str]:
        return [call["tool_call_id"] for call in self.told.get("tool_calls") or []]

    @property
    def results(self) -> list[dict[str, Any]]:
        return (self.told.get("observation") or {}).get("results") or []

    @property
    def references(self) -> list[dict[str, Any]]:
        return [reference for result in self.results for reference in result.get("subagent_trajectory_ref") or []]

    @property
    def metrics(self) -> dict[str, Any]:
        return self.told.get("metrics") or {}

    @property
    def context(self) -> dict[str, Any] | None:
        return (self.told.get("extra") or {}).get("context_management")


RULES: Rules[Document] = Rules()
"""Of one trajectory; those that are embedded are judged by themselves."""


def faults(file: Path) -> list[str]:
    """Everything that is wrong with a document; what the official models say is told first, and alone."""
    return official(file) or [fault for document in every(file) for fault in RULES.broken(document)]


def official(file: Path) -> list[str]:
    """What is wrong with a document by the official models alone."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_without_repeats, parse_constant=_no_number)
    except ValueError as error:
        return [f"official: {error}"]
    harbor = TrajectoryValidator()
    harbor.validate(file)
    found = [f"official: harbor: {error}" for error in harbor.errors]
    try:
        Trajectory.model_validate(told)
    except ValidationError as error:
        found += [f"official: NAT: {fault['loc']}: {fault['msg']}" for fault in error.errors()]
    return found


def every(file: Path) -> Iterator[Document]:
    """The trajectory in a file, and all that are embedded in it."""
    waiting = [Document("root", json.loads(file.read_text(encoding="utf-8")))]
    while waiting:
        yield (document := waiting.pop())
        waiting += document.embedded


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(told := dict(pairs)) < len(pairs):
        raise ValueError(f"a key is there twice among {sorted(told)}")
    return told


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


@RULES
def is_of_the_version_everybody_reads(document: Document) -> Iterable[object]:
    if document.told.get("schema_version") != "ATIF-v1.7":
        yield document.where


@RULES
def says_whose_it_is(document: Document) -> Iterable[object]:
    if not document.told.get("session_id") or not document.told.get("trajectory_id"):
        yield document.where


@RULES
def defines_tools_as_openai_does(document: Document) -> Iterable[object]:
    for definition in document.told["agent"].get("tool_definitions") or []:
        if not definition.get("type") or not isinstance(definition.get("function"), dict):
            yield f"{document.where}: {definition}"


@RULES
def has_times_that_all_can_read(document: Document) -> Iterable[object]:
    for step in document.steps:
        text = step.told.get("timestamp") or ""
        digits = text.partition(".")[2].removesuffix("Z")
        if not text.endswith("Z") or len(digits) > 6:
            yield step


@RULES
def goes_forward_in_time(document: Document) -> Iterable[object]:
    for step, later in pairwise(step for step in document.steps if step.told.get("timestamp")):
        if datetime.fromisoformat(later.told["timestamp"]) < datetime.fromisoformat(step.told["timestamp"]):
            yield later


@RULES
def counts_an_agents_inferences(document: Document) -> Iterable[object]:
    return (step for step in document.steps if step.told["source"] == "agent" and step.told.get("llm_call_count") is None)


@RULES
def calls_a_tool_once(document: Document) -> Iterable[object]:
    seen: set[str] = set()
    for step in document.steps:
        for call in step.calls:
            if call in seen or not call:
                yield f"{step}: {call!r}"
            seen.add(call)


@RULES
def answers_each_call_once_and_in_order(document: Document) -> Iterable[object]:
    for step in document.steps:
        answered = [result["source_call_id"] for result in step.results if result.get("source_call_id") is not None]
        if answered != step.calls:
            yield f"{step}: {step.calls} were called, {answered} were answered"


@RULES
def says_something_in_a_result(document: Document) -> Iterable[object]:
    for step in document.steps:
        for result in step.results:
            if result.get("content") is None and not result.get("subagent_trajectory_ref") and not result.get("extra"):
                yield step


@RULES
def refers_to_what_is_there(document: Document) -> Iterable[object]:
    known = {below.told.get("trajectory_id") for below in document.embedded}
    for step in document.steps:
        for reference in step.references:
            if reference.get("trajectory_path") is None and reference.get("trajectory_id") not in known:
                yield f"{step}: {reference}"


@RULES
def is_referred_to(document: Document) -> Iterable[object]:
    known = {reference.get("trajectory_id") for step in document.steps for reference in step.references}
    return (below.where for below in document.embedded if below.told.get("trajectory_id") not in known)


@RULES
def counts_the_cached_among_all(document: Document) -> Iterable[object]:
    return (step for step in document.steps if step.metrics.get("cached_tokens", 0) > step.metrics.get("prompt_tokens", 0))


@RULES
def counts_upwards(document: Document) -> Iterable[object]:
    return (step for step in document.steps if any(step.metrics.get(count, 0) < 0 for count in _COUNTS))


@RULES
def manages_the_context_as_the_system(document: Document) -> Iterable[object]:
    return (step for step in document.steps if step.context is not None and step.told["source"] != "system")


@RULES
def says_what_replaced_the_context(document: Document) -> Iterable[object]:
    for step in document.steps:
        if (step.context or {}).get("boundary") == "replace" and not any(result.get("content") for result in step.results):
            yield step


@RULES
def counts_its_steps(document: Document) -> Iterable[object]:
    if (document.told.get("final_metrics") or {}).get("total_steps") != len(document.steps):
        yield document.where


@RULES
def sums_up_its_tokens(document: Document) -> Iterable[object]:
    final = document.told.get("final_metrics") or {}
    for count in _COUNTS:
        known = [step.metrics[count] for step in document.steps if step.metrics.get(count) is not None]
        if known and final.get(f"total_{count}") != sum(known):
            yield f"{document.where}: {count}"


@RULES
def sums_up_its_cost_and_its_subagents(document: Document) -> Iterable[object]:
    final = document.told.get("final_metrics") or {}
    own = [step.metrics["cost_usd"] for step in document.steps if step.metrics.get("cost_usd") is not None]
    below = [(under.told.get("final_metrics") or {}).get("total_cost_usd") for under in document.embedded]
    known = [*own, *(cost for cost in below if cost is not None)]
    total = final.get("total_cost_usd")
    if total is not None and abs(total - sum(known)) > _CENT_DUST:
        yield document.where
