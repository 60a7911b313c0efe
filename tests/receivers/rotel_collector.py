"""Rotel, a collector of every signal, and what it sends on."""

from __future__ import annotations

import gzip
import importlib.util
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from server import Server, free_port, wait_for

SIGNALS: dict[str, type[Message]] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}


class Rotel:
    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._sink = _Sink()
        program = Path(importlib.util.find_spec("rotel").origin).with_name("rotel-agent")
        self._server = Server(
            folder,
            [program, "start", "--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}"]
            + ["--exporter", "otlp", "--otlp-exporter-protocol", "http", "--otlp-exporter-endpoint", self._sink.url]
            + ["--disable-batching", "--pid-file", folder / "pid", "--log-file", folder / "agent.log"],
            self.url,
        )
        self.wait = self._server.wait

    def sent_on(self, signal: str) -> Message:
        """All of a signal that has come out of it since last asked, as one message; waits for something to come."""
        return wait_for(f"{signal} to come out of Rotel", lambda: self._sink.take(signal))

    def close(self) -> None:
        self._server.close()
        self._sink.close()


class _Sink:
    """Where Rotel sends what it was sent."""

    def __init__(self) -> None:
        self._came: dict[str, Message] = {}
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = gzip.decompress(self.rfile.read(int(self.headers["content-length"])))
                sink._add(self.path.rpartition("/")[2], body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _add(self, signal: str, body: bytes) -> None:
        with self._lock:
            # To parse more into a message is to append it.
            self._came.setdefault(signal, SIGNALS[signal]()).MergeFromString(body)

    def take(self, signal: str) -> Message | None:
        with self._lock:
            return self._came.pop(signal, None)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
