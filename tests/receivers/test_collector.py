"""Every recorded session, sent to a collector that is not ours and to the official reader of OTLP: all signals, both encodings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rotel_collector import Rotel
from sent import Sent, dollars, tokens
from server import wait_for
from sink import SIGNALS, Sink
from wire import plain


class Came:
    """What a sink has got."""

    def __init__(self, sink: Sink) -> None:
        traces, metrics, logs = (sink.came(signal) for signal in SIGNALS)
        self.spans = [span for of in traces.resource_spans for scope in of.scope_spans for span in scope.spans]
        self.records = [record for of in logs.resource_logs for scope in of.scope_logs for record in scope.log_records]
        # Sums and histograms are cumulative: the last point is what counts.
        self.points: dict[tuple[str, str], Any] = {}
        for metric in (metric for of in metrics.resource_metrics for scope in of.scope_metrics for metric in scope.metrics):
            for point in metric.histogram.data_points or metric.sum.data_points:
                self.points[metric.name, str(sorted(plain(point.attributes).items()))] = point

    def of(self, metric: str) -> list[Any]:
        return [point for (name, _), point in self.points.items() if name == metric]

    def calls(self) -> int:
        return sum(point.count for point in self.of("gen_ai.client.operation.duration"))

    def failures(self) -> list[Any]:
        return [record for record in self.records if record.event_name == "gen_ai.client.operation.exception"]

    def is_all_of(self, sent: Sent) -> bool:
        return (len(self.spans), self.calls(), len(self.failures())) == (sent.count, sent.calls, sent.failures)


@pytest.fixture(scope="module")
def to_rotel(tmp_path_factory: pytest.TempPathFactory, rotel: Rotel) -> Sent:
    rotel.sink.forget()
    return Sent(tmp_path_factory.mktemp("to-rotel"), rotel.url, {}, profile="all")


@pytest.fixture(scope="module")
def out_of_rotel(rotel: Rotel, to_rotel: Sent) -> Came:
    return wait_for("all of it to come out of Rotel", lambda: came if (came := Came(rotel.sink)).is_all_of(to_rotel) else None)


def test_a_collector_takes_every_signal(to_rotel: Sent, out_of_rotel: Came) -> None:
    assert len({span.span_id for span in out_of_rotel.spans}) == to_rotel.count
    used: Counter[object] = Counter()
    for point in out_of_rotel.of("gen_ai.client.token.usage"):
        used[plain(point.attributes)["gen_ai.token.type"]] += int(point.sum)
    assert (used["input"], used["output"]) == tokens(to_rotel.runs)
    assert sum(point.as_double for point in out_of_rotel.of("telemetry.cost")) == pytest.approx(dollars(to_rotel.runs))
    assert {record.span_id for record in out_of_rotel.failures()} <= {span.span_id for span in out_of_rotel.spans}


def test_json_says_what_protobuf_says(tmp_path: Path, out_of_rotel: Came) -> None:
    """Read by protobuf's own reader of JSON, which knows no field that is not in the schema. (Rotel's loses counts that are
    texts, as the specification wants them.)"""
    sink = Sink()
    Sent(tmp_path, sink.url, {}, profile="all", protocol="http/json")
    came = Came(sink)
    sink.close()
    assert sorted(map(str, came.spans)) == sorted(map(str, out_of_rotel.spans))
    assert sorted(map(str, came.records)) == sorted(map(str, out_of_rotel.records))
    assert came.points.keys() == out_of_rotel.points.keys()
    assert all(str(point) == str(out_of_rotel.points[of]) for of, point in came.points.items())
