"""Every recorded session, sent to receivers that are not ours: what they show is what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mlflow_server import MLflow, metadata
from phoenix_server import Phoenix
from recordings import session
from sent import Sent, dollars, tokens
from shown import Shown, outline
from trees import TREES

PROJECT = "recorded"


def project(name: str) -> dict[str, str]:
    """What makes Phoenix have a project of this name."""
    return {"OTEL_RESOURCE_ATTRIBUTES": f"openinference.project.name={name}"}


@pytest.fixture(scope="module")
def to_phoenix(tmp_path_factory: pytest.TempPathFactory, phoenix: Phoenix) -> Sent:
    return Sent(tmp_path_factory.mktemp("to-phoenix"), phoenix.url, project(PROJECT), profile="all", signals=["traces"])


@pytest.fixture(scope="module")
def in_phoenix(phoenix: Phoenix, to_phoenix: Sent) -> list[Shown]:
    return phoenix.spans(PROJECT, to_phoenix.count)


@pytest.fixture(scope="module")
def experiment(mlflow: MLflow) -> str:
    return mlflow.experiment(PROJECT)


@pytest.fixture(scope="module")
def to_mlflow(tmp_path_factory: pytest.TempPathFactory, mlflow: MLflow, experiment: str) -> Sent:
    headers = {"x-mlflow-experiment-id": "EXPERIMENT"}
    settings = {"profile": "genai", "signals": ["traces"], "headers_env": headers}
    return Sent(tmp_path_factory.mktemp("to-mlflow"), mlflow.url, {"EXPERIMENT": experiment}, **settings)


@pytest.fixture(scope="module")
def in_mlflow(mlflow: MLflow, to_mlflow: Sent, experiment: str) -> list[Shown]:
    return mlflow.spans(experiment)


def grouped(rows: Iterable[dict[str, Any]], by: str) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[row[by]].append(row)
    return found


@pytest.mark.parametrize("name", TREES)
def test_phoenix_shows_the_tree(in_phoenix: list[Shown], name: str) -> None:
    assert outline(span for span in in_phoenix if span.session == session(name)) == TREES[name].strip()


@pytest.mark.parametrize(("copy", "profile"), [(1, "openinference"), (2, "genai"), (3, "langfuse")])
def test_phoenix_shows_the_tree_under_every_profile(tmp_path: Path, phoenix: Phoenix, copy: int, profile: str) -> None:
    """As copies of their own: Phoenix leaves a trace in the project it came to first."""
    names = ["flaky500", "interactive_approval", "nested_inline", "toolerr"]
    sent = Sent(tmp_path, phoenix.url, project(profile), names=names, copy=copy, profile=profile, signals=["traces"])
    shown = phoenix.spans(profile, sent.count)
    for name in names:
        # Only OpenInference has a kind for turns, attempts and approvals.
        tree = TREES[name] if profile == "openinference" else TREES[name].replace("chain:", "?:")
        assert outline(span for span in shown if span.session == session(name, copy=copy)) == tree.strip(), name
    costs = [span.cost for span in shown if span.tokens]
    assert sum(costs) == pytest.approx(dollars(sent.runs))


@pytest.mark.parametrize("name", TREES)
def test_mlflow_shows_the_tree(in_mlflow: list[Shown], name: str) -> None:
    # The conventions have no operation for a turn, and so MLflow no kind.
    tree = TREES[name].strip().replace("llm:", "chat_model:").replace("chain:", "?:")
    assert outline(span for span in in_mlflow if span.session == session(name)) == tree


@pytest.mark.parametrize("receiver", ["phoenix", "mlflow"])
def test_every_span_is_shown_once_and_at_its_time(request: pytest.FixtureRequest, receiver: str) -> None:
    shown, sent = request.getfixturevalue(f"in_{receiver}"), request.getfixturevalue(f"to_{receiver}")
    told = {span.id: span for span in shown}
    assert len(told) == len(shown) == sent.count > 200
    assert {span.id for span in shown} - {row["span_id"] for row in sent.spans} == sent.unanswered
    for row in sent.spans:
        span = told[row["span_id"]]
        assert (span.trace, kind_of(span)) == (row["trace_id"], row["kind"])
        # Attempts are below their call, approvals and subagents below their tool, and these below what the index says.
        assert row["parent_span_id"] in ancestors(span, told), row
        # Phoenix keeps its times as fractions of a second. Of a span that was never closed nobody knows the end.
        assert abs(span.start_us - row["start_ns"] // 1_000) <= 1, row
        assert row["end_ns"] is None or abs(span.end_us - row["end_ns"] // 1_000) <= 1, row


def kind_of(span: Shown) -> str:
    """Our word for it. Phoenix takes names apart at their dots."""
    taken_apart = span.attributes.get("telemetry")
    return taken_apart["kind"] if taken_apart else span.attributes["telemetry.kind"]


def ancestors(span: Shown, told: dict[str, Shown]) -> set[str | None]:
    """Those of a span, or nothing at all for one at the top."""
    found: set[str | None] = set()
    while span.parent is not None:
        found.add(span.parent)
        span = told[span.parent]
    return found or {None}


def test_phoenix_sums_up_every_session(phoenix: Phoenix, to_phoenix: Sent, in_phoenix: list[Shown]) -> None:
    expected = grouped(to_phoenix.runs, "top_session_id")
    shown = phoenix.sessions(PROJECT)
    assert set(shown) == set(expected)
    for session_id, runs in expected.items():
        of = shown[session_id]
        assert of["numTraces"] == len({run["trace_id"] for run in runs}), session_id
        assert (of["tokenUsage"]["prompt"], of["tokenUsage"]["completion"]) == tokens(runs), session_id
        # Phoenix has its own prices, which are the same for the one model it knows; a provider is nothing to it.
        if all(run["cost_status"] == "estimated" for run in runs):
            assert of["costSummary"]["total"]["cost"] == pytest.approx(dollars(runs)), session_id


def test_mlflow_sums_up_every_trace(mlflow: MLflow, to_mlflow: Sent, experiment: str) -> None:
    expected = grouped(to_mlflow.runs, "trace_id")
    shown = {trace["trace_id"].removeprefix("tr-"): trace for trace in mlflow.traces(experiment)}
    assert set(shown) == set(expected)
    for trace, runs in expected.items():
        told = metadata(shown[trace])
        usage = told.get("tokenUsage", {"input_tokens": 0, "output_tokens": 0})
        assert (usage["input_tokens"], usage["output_tokens"]) == tokens(runs), trace
        assert told["session"] == runs[0]["top_session_id"], trace
        cost = told.get("cost", {}).get("total_cost")
        assert cost == (pytest.approx(dollars(runs)) if dollars(runs) else None), trace
        [top] = [run for run in runs if run["run_id"] == trace]
        # What is no error is OK to MLflow, so a run of which nobody knows the end is one.
        failed = top["outcome"] in ("errored", "timed_out", "limited") or top["reason"] == "process_lost"
        assert shown[trace]["state"] == ("ERROR" if failed else "OK"), (trace, top["outcome"])


def test_what_was_sent_is_not_sent_again_and_would_change_nothing(
    mlflow: MLflow, to_mlflow: Sent, in_mlflow: list[Shown], experiment: str
) -> None:
    """MLflow answers when it has stored what it was sent."""
    traces = mlflow.traces(experiment)
    to_mlflow.export()
    assert (mlflow.spans(experiment), mlflow.traces(experiment)) == (in_mlflow, traces)
    to_mlflow.export_anew()
    assert (mlflow.spans(experiment), mlflow.traces(experiment)) == (in_mlflow, traces)
