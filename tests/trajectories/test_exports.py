"""What is exported of every recorded session."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from nat.atof.scripts.atof_to_atif_converter import convert_file

import documents
import heard
import streams
from exported import Exported
from recordings import NAMES, system_prompt

HEARD = {session: told for name in NAMES for session, told in heard.sessions(name).items()}
NAME_OF = {session: name for name in NAMES for session in heard.sessions(name)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """With what was said."""
    return Exported(tmp_path_factory.mktemp("told"), content=True)


@pytest.fixture(scope="module")
def untold(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """What was said was not recorded."""
    return Exported(tmp_path_factory.mktemp("untold"), content=False)


@pytest.fixture(params=["told", "untold"])
def exported(request: pytest.FixtureRequest) -> Exported:
    return request.getfixturevalue(request.param)


def inferences(file: Path) -> int:
    """Steps of agents in a document, those of subagents too."""
    return sum(step.told["source"] == "agent" for document in documents.every(file) for step in document.steps)


def test_every_stream_is_sound(exported: Exported) -> None:
    assert {file.name: faults for file in exported.streams if (faults := streams.faults(file))} == {}
    assert len(exported.streams) >= len(NAMES) - 5


def test_every_document_is_sound(exported: Exported) -> None:
    assert {file.name: faults for file in exported.documents if (faults := documents.faults(file))} == {}
    assert set(exported.trajectories()) == set(HEARD)


def test_every_stream_converts(exported: Exported, tmp_path: Path) -> None:
    """NVIDIA's own converter makes documents of them that the official models accept, with as many inferences as ours have.
    (It makes a step of a failed attempt too, which has no answer, and a document without steps of a session without requests.)"""
    ours = {root.told["session_id"]: inferences(file) for file in exported.documents for root in [next(documents.every(file))]}
    theirs = {}
    for file in exported.streams:
        converted = tmp_path / f"{file.name}.json"
        trajectory = convert_file(file, converted)
        assert documents.official(converted) == [] or not trajectory.steps, file.name
        theirs[trajectory.session_id] = inferences(converted) - failed_attempts(file)
    assert theirs == ours


def failed_attempts(file: Path) -> int:
    events = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ends = (event for event in events if event.get("scope_category") == "end" and event["category"] == "llm")
    return sum(event["metadata"]["status"] == "error" for event in ends)


def test_numbers_are_those_of_the_index(told: Exported) -> None:
    rows = told.home.rows(
        "SELECT session_id, count(*) AS calls, sum(m.input_tokens + m.cache_read_tokens + m.cache_write_tokens) AS prompt,"
        " sum(m.output_tokens) AS completion, sum(m.cache_read_tokens) AS cached, sum(m.cost_nanos) AS nanos,"
        " sum(m.cost_nanos IS NULL) AS unknown FROM tel_model_calls m JOIN tel_runs USING (run_id) GROUP BY session_id"
    )
    indexed = {row["session_id"]: row for row in rows}
    for session, document in told.trajectories().items():
        agents = [step for step in document.steps if step.told["source"] == "agent"]
        row = indexed.get(session)
        assert len(agents) == (row["calls"] if row else 0), session
        if not row:
            continue
        final = document.told["final_metrics"]
        summed = (final.get("total_prompt_tokens"), final.get("total_completion_tokens"), final.get("total_cached_tokens"))
        assert summed == (row["prompt"], row["completion"], row["cached"]), session
        costs = [step.metrics.get("cost_usd") for step in agents]
        assert costs.count(None) == row["unknown"], session
        assert sum(cost for cost in costs if cost is not None) == pytest.approx((row["nanos"] or 0) / 1e9), session


def test_what_was_said_is_there(told: Exported) -> None:
    for session, document in told.trajectories().items():
        known = HEARD[session]
        by = {source: [step for step in document.steps if step.told["source"] == source] for source in ("user", "agent")}
        assert [step.told["message"] for step in by["user"]] == known.asked, session
        assert [(step.told["message"], step.calls) for step in by["agent"]] == known.answered, session
        results = {result["source_call_id"]: result for step in by["agent"] for result in step.results}
        for call, result in results.items():
            if call in known.results:
                assert result["content"] == known.results[call], (session, call)


def test_every_session_that_came_to_an_answer_or_an_error_has_its_prompt_once(told: Exported) -> None:
    for session, document in told.trajectories().items():
        prompts = [step.told["message"] for step in document.steps if step.told["source"] == "system"]
        expected = 1 if HEARD[session].answered or HEARD[session].failures else 0
        assert prompts.count(system_prompt(NAME_OF[session])) == expected, session


def test_nothing_of_another_session_is_there(told: Exported) -> None:
    own = Counter()
    for file in [*told.streams, *told.documents]:
        text = file.read_text(encoding="utf-8")
        found = {name for name in NAMES if json.dumps(system_prompt(name))[1:-1] in text}
        # Files are called after their session.
        assert found <= {NAME_OF[file.stem]}, file.name
        own[file.suffix] += len(found)
    assert all(count > 40 for count in own.values()) and len(own) == 2


def test_what_was_not_recorded_is_not_there(untold: Exported) -> None:
    texts = {text for known in HEARD.values() for text in [*known.asked, *(said for said, _ in known.answered)] if len(text) > 8}
    assert len(texts) > 20
    for file in [*untold.streams, *untold.documents]:
        assert [text for text in texts if text in file.read_text(encoding="utf-8")] == [], file.name


def test_subagents_are_embedded_or_have_files_too(told: Exported) -> None:
    children = {child for known in HEARD.values() for child in known.children}
    assert len(children) >= 4
    roots = {json.loads(file.read_text(encoding="utf-8"))["session_id"] for file in told.documents}
    assert roots == set(HEARD) - children
    everything = told.write("atif", "--subagents", "all")
    assert {file.name: faults for file in everything if (faults := documents.faults(file))} == {}
    assert {json.loads(file.read_text(encoding="utf-8"))["session_id"] for file in everything} == set(HEARD)


def test_files_are_their_owners_alone(told: Exported) -> None:
    assert {oct(file.stat().st_mode & 0o777) for file in [*told.streams, *told.documents]} == {"0o600"}
