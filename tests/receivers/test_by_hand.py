"""What each receiver makes of spans that were made by hand: the rules that the exporter's attributes follow. When one of these
fails after an update of a receiver, its rules are others now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from home import MODEL, RATES
from mlflow_server import MLflow, metadata
from phoenix_server import Phoenix
from rotel_collector import Rotel
from shown import Tokens, outline
from wire import Span, plain, request, send

USAGE = {
    "gen_ai.usage.input_tokens": 1_200,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 200,
    "gen_ai.usage.cache_creation.input_tokens": 100,
}
OF_A_MILLION = 1e-6
INPUT, CACHE_READ, CACHE_WRITE, OUTPUT = (RATES[bucket] for bucket in ("input", "cache_read", "cache_write", "output"))
COST = OF_A_MILLION * (900 * INPUT + 200 * CACHE_READ + 100 * CACHE_WRITE + 50 * OUTPUT)


def call(**more: Any) -> Span:
    named = {"gen_ai.operation.name": "chat", "gen_ai.request.model": MODEL, "gen_ai.response.model": MODEL}
    return Span(f"chat {MODEL}", {**named, **USAGE, **more})


def tree(session: str, *more: Span) -> Span:
    """An agent's turn with a call and a tool that failed, and what else is given."""
    tool = Span("execute_tool read_file", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "read_file"}, error="boom")
    turn = Span("turn", {"openinference.span.kind": "CHAIN"}, [call(), tool, *more])
    return Span("invoke_agent hermes", {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": session}, [turn])


def body(name: str, *roots: Span) -> ExportTraceServiceRequest:
    """These spans as a trace of this name, in a project of the same."""
    return request(name, {"openinference.project.name": name}, *roots)


def one_by_one(whole: ExportTraceServiceRequest) -> Iterator[ExportTraceServiceRequest]:
    """The same spans, each in a body of its own, children before their parents."""
    for span in reversed(whole.resource_spans[0].scope_spans[0].spans):
        single = ExportTraceServiceRequest()
        single.CopyFrom(whole)
        del single.resource_spans[0].scope_spans[0].spans[:]
        single.resource_spans[0].scope_spans[0].spans.append(span)
        yield single


def test_phoenix_shows_a_tree(phoenix: Phoenix) -> None:
    whole = body("phoenix-tree", tree("phoenix-tree-session"))
    for single in one_by_one(whole):
        assert send(phoenix.endpoint, single) == (200, b"")
    shown = phoenix.spans("phoenix-tree", 4)
    assert outline(shown) == (
        "agent: invoke_agent hermes\n"
        "  chain: turn\n"
        "    llm: chat fake-model (1200 in, 50 out)\n"
        "    tool: execute_tool read_file [error boom]"
    )  # fmt: skip
    [called] = [span for span in shown if span.kind == "llm"]
    assert called.tokens == Tokens(1_200, 50, 200, 100)
    assert called.cost == pytest.approx(COST)
    assert {span.session for span in shown} == {"phoenix-tree-session"}
    summed = phoenix.sessions("phoenix-tree")
    assert summed["phoenix-tree-session"]["tokenUsage"] == {"prompt": 1_200, "completion": 50}
    assert summed["phoenix-tree-session"]["costSummary"]["total"]["cost"] == pytest.approx(COST)
    # Once more, and with a span behind it that tells when Phoenix is through: nothing but that span is new.
    last = request("phoenix-last", {}, Span("last", {})).resource_spans[0].scope_spans[0].spans[0]
    whole.resource_spans[0].scope_spans[0].spans.append(last)
    assert send(phoenix.endpoint, whole)[0] == 200
    again = phoenix.spans("phoenix-tree", 5)
    assert sorted(span.id for span in again) == sorted([*(span.id for span in shown), last.span_id.hex()])
    assert [span for span in again if span.name != "last"] == shown
    assert phoenix.sessions("phoenix-tree") == summed


def test_phoenix_knows_a_kind_by_operation_or_openinference(phoenix: Phoenix) -> None:
    flow, nothing = Span("flow", {"gen_ai.operation.name": "invoke_workflow"}), Span("nothing", {})
    named = Span("named", {"gen_ai.operation.name": "invoke_workflow", "openinference.span.kind": "CHAIN"})
    send(phoenix.endpoint, body("phoenix-kinds", flow, nothing, named))
    assert {span.name: span.kind for span in phoenix.spans("phoenix-kinds", 3)} == {"flow": None, "nothing": None, "named": "chain"}


def test_phoenix_counts_and_prices_by_itself(phoenix: Phoenix) -> None:
    told = {"llm.cost.total": 7.0, "gen_ai.usage.cost": 7.0}
    others = {"gen_ai.operation.name": "chat", **USAGE}
    roots = {
        "told": call(**told),
        "another": Span("x", {**others, "gen_ai.request.model": "nobody-prices-this"}),
        "answered": Span("x", {**others, "gen_ai.response.model": MODEL}),
        "named": Span("x", {**others, "gen_ai.request.model": "nobody-prices-this", "llm.model_name": MODEL}),
        "written": call(**{"gen_ai.usage.cache_creation.input_tokens": 0, "gen_ai.usage.cache_write.input_tokens": 100}),
        "agent": Span("x", {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": MODEL, **USAGE}),
    }
    shown = {}
    for name, root in roots.items():
        send(phoenix.endpoint, body(f"phoenix-{name}", root))
        [shown[name]] = phoenix.spans(f"phoenix-{name}", 1)
    uncounted = OF_A_MILLION * 100 * (CACHE_WRITE - INPUT)
    assert {name: span.cost and round(span.cost, 9) for name, span in shown.items()} == {
        "told": round(COST, 9),
        "another": None,
        "answered": None,
        "named": round(COST, 9),
        "written": round(COST - uncounted, 9),
        "agent": None,
    }
    assert shown["agent"].tokens is None


def test_phoenix_takes_spans_as_protobuf_and_nothing_else(phoenix: Phoenix) -> None:
    assert send(phoenix.endpoint, b'{"resourceSpans":[]}', "application/json")[0] == 415
    assert send(phoenix.endpoint, b"\xff no protobuf")[0] == 422
    assert [send(f"{phoenix.url}/v1/{signal}", b"")[0] for signal in ("metrics", "logs")] == [405, 405]


def test_mlflow_shows_a_tree(mlflow: MLflow) -> None:
    experiment = mlflow.experiment("tree")
    whole = body("mlflow-tree", tree("mlflow-tree-session", call(**{"mlflow.llm.cost": '{"total_cost": 0.25}'})))
    states = []
    for single in one_by_one(whole):
        assert send(mlflow.endpoint, single, x_mlflow_experiment_id=experiment) == (200, b"")
        states.append(mlflow.traces(experiment)[0]["state"])
    assert states == ["IN_PROGRESS"] * 4 + ["OK"]
    shown = mlflow.spans(experiment)
    assert outline(shown) == (
        "agent: invoke_agent hermes\n"
        "  chain: turn\n"
        "    chat_model: chat fake-model (1200 in, 50 out)\n"
        "    chat_model: chat fake-model (1200 in, 50 out)\n"
        "    tool: execute_tool read_file [error boom]"
    )
    assert [span.tokens for span in shown if span.tokens] == [Tokens(1_200, 50, 200, 100)] * 2
    # It does not know the model's price; a cost that it is told of counts.
    assert {span.cost for span in shown if span.kind == "chat_model"} == {None, 0.25}
    [trace] = mlflow.traces(experiment)
    told = metadata(trace)
    assert told["session"] == "mlflow-tree-session"
    assert (told["tokenUsage"]["input_tokens"], told["tokenUsage"]["output_tokens"]) == (2_400, 100)
    assert told["cost"]["total_cost"] == 0.25
    # Once more, and nothing changes.
    assert send(mlflow.endpoint, whole, x_mlflow_experiment_id=experiment)[0] == 200
    assert (mlflow.traces(experiment), mlflow.spans(experiment)) == ([trace], shown)


def test_mlflow_lets_an_agents_tokens_hide_its_calls(mlflow: MLflow) -> None:
    """Why usage is on calls and nowhere else."""
    experiment = mlflow.experiment("hidden")
    agent = tree("mlflow-hidden", call())
    agent.attributes = {**agent.attributes, "gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 1}
    send(mlflow.endpoint, body("mlflow-hidden", agent), x_mlflow_experiment_id=experiment)
    assert metadata(mlflow.traces(experiment)[0])["tokenUsage"]["input_tokens"] == 1


def test_mlflow_judges_a_trace_by_its_root(mlflow: MLflow) -> None:
    experiment = mlflow.experiment("states")
    for name, error in {"fine": None, "broken": "it broke"}.items():
        root = tree(f"mlflow-{name}")
        root.error = error
        send(mlflow.endpoint, body(f"mlflow-{name}", root), x_mlflow_experiment_id=experiment)
    states = {metadata(trace)["session"]: trace["state"] for trace in mlflow.traces(experiment)}
    assert states == {"mlflow-fine": "OK", "mlflow-broken": "ERROR"}


def test_mlflow_wants_an_experiment_that_is_there(mlflow: MLflow) -> None:
    experiment, whole = mlflow.experiment("there"), body("mlflow-there", tree("mlflow-there"))
    assert send(mlflow.endpoint, whole)[0] == 422
    assert send(mlflow.endpoint, whole, x_mlflow_experiment_id="987654")[0] == 404
    assert send(mlflow.endpoint, whole, x_mlflow_experiment_id="there")[0] == 400
    assert send(mlflow.endpoint, b"\xff no protobuf", x_mlflow_experiment_id=experiment)[0] == 400
    for signal in ("metrics", "logs"):
        assert send(f"{mlflow.url}/v1/{signal}", b"", x_mlflow_experiment_id=experiment)[0] == 404
    ids = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}
    span = {**ids, "name": "of JSON", "startTimeUnixNano": "1767225600000000000", "endTimeUnixNano": "1767225601000000000"}
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    assert send(mlflow.endpoint, text, "application/json", x_mlflow_experiment_id=experiment)[0] == 200
    [shown] = mlflow.spans(experiment)
    assert (shown.trace, shown.id) == (ids["traceId"], ids["spanId"])


@pytest.mark.parametrize("told", [{}, {"session.id": "parent"}])
def test_a_trace_has_the_session_of_its_first_span_unless_all_say_whose_it_is(
    phoenix: Phoenix, mlflow: MLflow, told: dict[str, str]
) -> None:
    """A subagent is a session of its own, in the trace of its parent, and over before it."""
    name = f"whose-{len(told)}"
    above = {key: f"{name}-{whose}" for key, whose in told.items()}
    agent = {"gen_ai.operation.name": "invoke_agent", **above}
    child = Span("invoke_agent child", {**agent, "gen_ai.conversation.id": f"{name}-child"})
    parent = Span("invoke_agent parent", {**agent, "gen_ai.conversation.id": f"{name}-parent"}, [child])
    experiment = mlflow.experiment(name)
    for single in one_by_one(body(name, parent)):
        send(phoenix.endpoint, single)
        send(mlflow.endpoint, single, x_mlflow_experiment_id=experiment)
    whose = f"{name}-parent" if told else f"{name}-child"
    assert {span.session for span in phoenix.spans(name, 2) + mlflow.spans(experiment)} == {whose}


def test_rotel_sends_on_what_it_was_sent(rotel: Rotel) -> None:
    rotel.sink.forget()
    whole = body("rotel", tree("rotel-session"))
    metrics, logs = ExportMetricsServiceRequest(), ExportLogsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="gen_ai.client.operation.duration", unit="s")
    metric.histogram.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    metric.histogram.data_points.add(count=1, sum=1.5, explicit_bounds=[1.0, 2.0], bucket_counts=[0, 1, 0])
    logs.resource_logs.add().scope_logs.add().log_records.add(event_name="approval").body.string_value = "asked"
    for signal, message in {"traces": whole, "metrics": metrics, "logs": logs}.items():
        assert send(f"{rotel.url}/v1/{signal}", message) == (200, b"")
    came = rotel.sent_on("traces").resource_spans[0]
    assert plain(came.resource.attributes) == {"openinference.project.name": "rotel"}
    assert list(came.scope_spans[0].spans) == list(whole.resource_spans[0].scope_spans[0].spans)
    assert rotel.sent_on("metrics").resource_metrics[0].scope_metrics[0].metrics[0] == metric
    [record] = rotel.sent_on("logs").resource_logs[0].scope_logs[0].log_records
    assert (record.event_name, record.body.string_value) == ("approval", "asked")
    assert send(f"{rotel.url}/v1/metrics", b"\xff no protobuf")[0] == 400
