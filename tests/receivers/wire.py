"""OTLP by hand: small trees of spans, as messages of the official schema, and the way they are sent."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

Value = str | bool | int | float | list[str]
_FIRST_NS = 1_767_225_600_000_000_000
_SECOND = 1_000_000_000


@dataclass
class Span:
    """A span of a made-up trace. It lasts a second longer than what is below it, so a tree looks like one on a screen too."""

    name: str
    attributes: Mapping[str, Value]
    children: list[Span] = field(default_factory=list)
    error: str | None = None
    """Its status' message; it is an error if it has one."""


def request(trace: str, resource: Mapping[str, Value], *roots: Span) -> ExportTraceServiceRequest:
    """One body with all spans of these trees. The ids are hashes of the trace's name and of the spans' places in it."""
    trace_id = hashlib.sha256(trace.encode()).digest()[:16]
    places = itertools.count(1)

    def messages(span: Span, parent: bytes, start: int) -> Iterator[SpanMessage]:
        span_id = trace_id[:7] + bytes([next(places)])
        below = [message for child in span.children for message in messages(child, span_id, start + _SECOND)]
        end = max([start, *(message.end_time_unix_nano for message in below)]) + _SECOND
        failed = Status(code=Status.STATUS_CODE_ERROR, message=span.error) if span.error else None
        yield SpanMessage(
            trace_id=trace_id, span_id=span_id, parent_span_id=parent, name=span.name, start_time_unix_nano=start,
            end_time_unix_nano=end, kind=SpanMessage.SPAN_KIND_INTERNAL, attributes=pairs(span.attributes), status=failed,
        )  # fmt: skip
        yield from below

    whole = ExportTraceServiceRequest()
    of_resource = whole.resource_spans.add()
    of_resource.resource.attributes.extend(pairs(resource))
    scope = of_resource.scope_spans.add()
    scope.scope.name = "by-hand"
    for root in roots:
        scope.spans.extend(messages(root, b"", _FIRST_NS))
    return whole


def pairs(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def plain(attributes: list[KeyValue]) -> dict[str, Value]:
    """The reverse of `pairs`."""
    return {pair.key: _plain(pair.value) for pair in attributes}


def _value(value: Value) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=map(_value, value)))


def _plain(value: AnyValue) -> Value:
    if value.WhichOneof("value") == "array_value":
        return [_plain(item) for item in value.array_value.values]
    return getattr(value, value.WhichOneof("value"))


def send(url: str, body: Message | bytes, content_type: str = "application/x-protobuf", **headers: str) -> tuple[int, bytes]:
    """The answer's status and body, to a body that was sent compressed."""
    octets = body if isinstance(body, bytes) else body.SerializeToString()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    about = {"content-type": content_type, "content-encoding": "gzip", **named}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, gzip.compress(octets), about), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
