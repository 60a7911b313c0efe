"""Every rule fires: a small stream and a small document that break none, and for each rule what breaks it and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import documents
import streams

Told = dict[str, Any]


def uuid(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012}"


def event(kind: str, number: int, second: int, name: str, parent: int | None, **more: Any) -> Told:
    return {
        "kind": kind, "atof_version": "0.1", "uuid": uuid(number), "parent_uuid": parent and uuid(parent), "name": name,
        "timestamp": f"2026-01-01T00:00:{second:02}.000000Z", "data": None, "metadata": None, **more,
    }  # fmt: skip


def scope(way: str, number: int, second: int, category: str, parent: int | None = 1, **more: Any) -> Told:
    of_scope = {"scope_category": way, "category": category, "attributes": ["parallel", "remote"]}
    return event("scope", number, second, category, parent, **of_scope, **more)


STREAM = [
    scope("start", 1, 0, "agent", None, metadata={"session_id": "s", "version": "1"}),
    event("mark", 2, 1, "turn.start", 1),
    scope("start", 3, 2, "llm", data={"messages": [{"role": "user", "content": "Read it."}]}),
    scope("end", 3, 3, "llm", data={"content": "", "tool_calls": [{"id": "c", "name": "read", "arguments": "{}"}]}),
    scope("start", 4, 4, "tool", category_profile={"tool_call_id": "c"}, data={}),
    scope("end", 4, 5, "tool", category_profile={"tool_call_id": "c"}, data={"result": "read"}),
    scope("start", 5, 6, "custom", category_profile={"subtype": "hermes.context_compaction"}),
    scope("end", 5, 7, "custom", category_profile={"subtype": "hermes.context_compaction"}),
    scope("end", 1, 8, "agent", None),
]
TURN, CALL, CALL_END, TOOL, TOOL_END, COMPACTION = range(1, 7)

BREAKS_A_STREAM: dict[str, Callable[[list[Told]], object]] = {
    "has_a_root": lambda lines: [line.update(parent_uuid=uuid(1)) for line in (lines[0], lines[-1])],
    "says_its_version": lambda lines: lines[TURN].update(atof_version="0.2"),
    "has_no_key_of_its_own": lambda lines: lines[TURN].update(attributes_of_ours=[]),
    "is_named_by_uuids": lambda lines: [line.update(uuid="call") for line in lines[CALL : CALL_END + 1]],
    "is_of_the_vocabulary": lambda lines: [line.update(category="context") for line in lines[CALL : CALL_END + 1]],
    "has_a_subtype_if_it_is_custom": lambda lines: lines[CALL].update(category_profile={"subtype": "ours"}),
    "has_an_object_as_data": lambda lines: lines[TOOL_END].update(data="read"),
    "has_a_schema_with_name_and_version": lambda lines: lines[CALL].update(data_schema={"name": "openai", "version": 1}),
    "has_sorted_attributes": lambda lines: [line.update(attributes=["b", "a"]) for line in lines[CALL : CALL_END + 1]],
    "is_in_the_order_of_time": lambda lines: move(lines, TURN, CALL),
    "is_there_once": lambda lines: lines[TURN].update(uuid=uuid(3)),
    "ends_what_was_started": lambda lines: lines.pop(CALL),
    "is_ended": lambda lines: lines.pop(CALL_END),
    "ends_later_than_it_starts": lambda lines: lines[CALL_END].update(timestamp=lines[CALL]["timestamp"]),
    "is_at_its_end_what_it_was": lambda lines: lines[CALL_END].update(name="another"),
    "has_a_parent_in_the_stream": lambda lines: lines[TURN].update(parent_uuid=uuid(9)),
    "is_not_before_its_parent": lambda lines: lines[TURN].update(parent_uuid=uuid(4)),
}


def move(lines: list[Told], one: int, other: int) -> None:
    lines.insert(other, lines.pop(one))


def faults_of_stream(lines: list[Told], folder: Path) -> list[str]:
    file = folder / "stream.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return streams.faults(file)


def test_a_stream_without_faults(tmp_path: Path) -> None:
    assert faults_of_stream(STREAM, tmp_path) == []
    assert set(BREAKS_A_STREAM) == streams.RULES.names()


@pytest.mark.parametrize("rule", BREAKS_A_STREAM)
def test_a_stream_with_one_fault(rule: str, tmp_path: Path) -> None:
    lines = deepcopy(STREAM)
    BREAKS_A_STREAM[rule](lines)
    assert {fault.partition(":")[0] for fault in faults_of_stream(lines, tmp_path)} == {rule}


def test_lines_that_are_no_events(tmp_path: Path) -> None:
    [fault] = faults_of_stream([*STREAM[:-1], {**STREAM[-1], "kind": "span"}], tmp_path)
    assert fault.startswith("official: line 9")
    file = tmp_path / "torn.jsonl"
    file.write_text(json.dumps(STREAM[0])[:-9], encoding="utf-8")
    assert len(streams.faults(file)) == 2


def step(number: int, source: str, **more: Any) -> Told:
    return {"step_id": number, "timestamp": f"2026-01-01T00:00:{number:02}.000000Z", "source": source, "message": "", **more}


CALLS = [{"tool_call_id": call, "function_name": "read", "arguments": {}} for call in ("a", "b")]
RESULTS = [
    {"source_call_id": "a", "content": "A"},
    {"source_call_id": "b", "subagent_trajectory_ref": [{"trajectory_id": "child"}]},
]
DOCUMENT = {
    "schema_version": "ATIF-v1.7",
    "session_id": "s",
    "trajectory_id": "s",
    "agent": {"name": "a", "version": "1", "tool_definitions": [{"type": "function", "function": {"name": "read"}}]},
    "steps": [
        step(1, "user"),
        step(2, "agent", llm_call_count=1, tool_calls=CALLS, observation={"results": RESULTS})
        | {"metrics": {"prompt_tokens": 10, "cached_tokens": 4, "completion_tokens": 2, "cost_usd": 0.5}},
        step(3, "system", observation={"results": [{"content": "what was before"}]})
        | {"extra": {"context_management": {"type": "compaction", "boundary": "replace"}}},
    ],
    "final_metrics": {
        "total_prompt_tokens": 10, "total_cached_tokens": 4, "total_completion_tokens": 2, "total_cost_usd": 0.75, "total_steps": 3,
    },
    "subagent_trajectories": [
        {
            "schema_version": "ATIF-v1.7",
            "session_id": "child",
            "trajectory_id": "child",
            "agent": {"name": "a", "version": "1"},
            "steps": [step(1, "agent", llm_call_count=1, metrics={"cost_usd": 0.25})],
            "final_metrics": {"total_steps": 1, "total_cost_usd": 0.25},
        }
    ],
}  # fmt: skip

BREAKS_A_DOCUMENT: dict[str, Callable[[Told], object]] = {
    "is_of_the_version_everybody_reads": lambda told: told.update(schema_version="ATIF-v1.6"),
    "says_whose_it_is": lambda told: told.pop("session_id"),
    "defines_tools_as_openai_does": lambda told: told["agent"].update(tool_definitions=[{"name": "read"}]),
    "has_times_that_all_can_read": lambda told: told["steps"][0].update(timestamp="2026-01-01T00:00:01.000000001Z"),
    "goes_forward_in_time": lambda told: told["steps"][0].update(timestamp="2026-01-01T00:01:00Z"),
    "counts_an_agents_inferences": lambda told: told["steps"][1].pop("llm_call_count"),
    "calls_a_tool_once": lambda told: [
        told["steps"][1]["tool_calls"][1].update(tool_call_id="a"),
        told["steps"][1]["observation"]["results"][1].update(source_call_id="a"),
    ],
    "answers_each_call_once_and_in_order": lambda told: told["steps"][1]["observation"]["results"].reverse(),
    "says_something_in_a_result": lambda told: told["steps"][1]["observation"]["results"][0].pop("content"),
    "refers_to_what_is_there": lambda told: told["steps"][1]["observation"]["results"][1]["subagent_trajectory_ref"].append(
        {"trajectory_id": "nobody"}
    ),
    "is_referred_to": lambda told: told["steps"][1]["observation"]["results"][1].update(
        subagent_trajectory_ref=[{"trajectory_path": "child.json"}]
    ),
    "counts_the_cached_among_all": lambda told: [
        told["steps"][1]["metrics"].update(cached_tokens=11),
        told["final_metrics"].update(total_cached_tokens=11),
    ],
    "counts_upwards": lambda told: [
        told["steps"][1]["metrics"].update(completion_tokens=-2),
        told["final_metrics"].update(total_completion_tokens=-2),
    ],
    "manages_the_context_as_the_system": lambda told: told["steps"][2].update(source="user"),
    "says_what_replaced_the_context": lambda told: told["steps"][2].pop("observation"),
    "counts_its_steps": lambda told: told["steps"].append(step(4, "user")),
    "sums_up_its_tokens": lambda told: told["final_metrics"].update(total_prompt_tokens=11),
    "sums_up_its_cost_and_its_subagents": lambda told: told["final_metrics"].update(total_cost_usd=0.5),
}  # fmt: skip


def faults_of_document(told: Told, folder: Path) -> list[str]:
    file = folder / "document.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    return documents.faults(file)


def test_a_document_without_faults(tmp_path: Path) -> None:
    assert faults_of_document(DOCUMENT, tmp_path) == []
    assert set(BREAKS_A_DOCUMENT) == documents.RULES.names()


@pytest.mark.parametrize("rule", BREAKS_A_DOCUMENT)
def test_a_document_with_one_fault(rule: str, tmp_path: Path) -> None:
    told = deepcopy(DOCUMENT)
    BREAKS_A_DOCUMENT[rule](told)
    assert {fault.partition(":")[0] for fault in faults_of_document(told, tmp_path)} == {rule}


def test_a_fault_deep_inside(tmp_path: Path) -> None:
    told = deepcopy(DOCUMENT)
    told["subagent_trajectories"][0]["final_metrics"]["total_steps"] = 2
    assert faults_of_document(told, tmp_path) == ["counts_its_steps: root > subagent 0"]


@pytest.mark.parametrize(
    "text",
    [
        '{"schema_version": "ATIF-v1.7", "schema_version": "ATIF-v1.7"}',
        '{"schema_version": NaN}',
        json.dumps({**DOCUMENT, "unknown": 1}),
        json.dumps({**DOCUMENT, "steps": []}),
    ],
)
def test_documents_that_are_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    file.write_text(text, encoding="utf-8")
    assert all(fault.startswith("official: ") for fault in documents.faults(file)) and documents.faults(file)
