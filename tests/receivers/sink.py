"""A receiver that reads what it is sent with the official messages, and keeps it."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SIGNALS: dict[str, type[Message]] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}


class Sink:
    def __init__(self) -> None:
        self._came: dict[str, Message] = {}
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                sink._add(self.path.rpartition("/")[2], body, self.headers["content-type"])
                self.send_response(200)
                self.send_header("content-type", self.headers["content-type"])
                answer = b"{}" if self.headers["content-type"] == "application/json" else b""
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _add(self, signal: str, body: bytes, content_type: str) -> None:
        message = SIGNALS[signal]()
        if content_type == "application/json":
            json_format.ParseDict(json.loads(body, object_hook=_with_ids_of_protobuf), message)
        else:
            message.ParseFromString(body)
        with self._lock:
            self._came.setdefault(signal, SIGNALS[signal]()).MergeFrom(message)

    def came(self, signal: str) -> Message:
        """All of a signal that has come so far, as one message."""
        with self._lock:
            so_far = SIGNALS[signal]()
            so_far.CopyFrom(self._came.get(signal, so_far))
            return so_far

    def forget(self) -> None:
        """Begins anew."""
        with self._lock:
            self._came.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _with_ids_of_protobuf(fields: dict[str, Any]) -> dict[str, Any]:
    """OTLP has ids in hex where protobuf's JSON has base64."""
    ids = {name: fields[name] for name in ("traceId", "spanId", "parentSpanId") if name in fields}
    return fields | {name: base64.b64encode(bytes.fromhex(text)).decode() for name, text in ids.items()}
