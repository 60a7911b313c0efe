"""Rotel, a collector of every signal, and what it sends on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from google.protobuf.message import Message

from server import Server, free_port, wait_for
from sink import Sink


class Rotel:
    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.sink = Sink()
        """Where it sends what it was sent."""
        program = Path(importlib.util.find_spec("rotel").origin).with_name("rotel-agent")
        self._server = Server(
            folder,
            [program, "start", "--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}"]
            + ["--exporter", "otlp", "--otlp-exporter-protocol", "http", "--otlp-exporter-endpoint", self.sink.url]
            + ["--disable-batching", "--pid-file", folder / "pid", "--log-file", folder / "agent.log"],
            self.url,
        )
        self.wait = self._server.wait

    def sent_on(self, signal: str) -> Message:
        """What has come out of it of a signal, once something has."""
        return wait_for(f"{signal} to come out of Rotel", lambda: came if (came := self.sink.came(signal)).ByteSize() else None)

    def close(self) -> None:
        self._server.close()
        self.sink.close()
