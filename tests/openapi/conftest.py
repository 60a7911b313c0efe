"""The collector as a process, with some recorded sessions."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
RECORDINGS = ["plain", "delegate", "always429", "interactive_2turns"]
BINARY = os.environ.get("TELEMETRY_BIN", REPOSITORY / "target/release/telemetry")


class Collector:
    """A running collector, and a key that opens all of it."""

    def __init__(self, home: Path) -> None:
        self.environment = {**os.environ, "TELEMETRY_HOME": str(home)}
        self.environment.pop("DATABASE_URL", None)
        self.key = self.telemetry("key", "add", "--name", "judge", "--scope", "admin").strip()
        self.process = subprocess.Popen(
            # A judge is no sender: it asks as fast as it can.
            # The sessions were recorded when they were, so events are kept for a century.
            [BINARY, "collector", "serve", "--listen", "127.0.0.1:0", "--rate", "0", "--keep-events", "36500", "--keep-rollups", "36500"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = re.match(r"listening +(http://\S+)/$", self.process.stdout.readline())
        assert said, "it does not say where it listens"
        self.url = said[1]

    def telemetry(self, *words: str) -> str:
        """What a command about this collector prints."""
        command = [BINARY, "collector", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tell(self, home: Path) -> None:
        """Sends it what is recorded in a home that these sessions are replayed into."""
        recordings = [REPOSITORY / "tests/fixtures/recordings/hermes" / f"{name}.jsonl" for name in RECORDINGS]
        subprocess.run([BINARY, "replay", *recordings, "--home", home], check=True, capture_output=True, timeout=60)
        lines = b"".join(log.read_bytes() for log in sorted((home / "telemetry/log").glob("*.jsonl")))
        headers = {"X-API-Key": self.key, "X-Telemetry-Host": "laptop", "Content-Type": "application/x-ndjson"}
        request = urllib.request.Request(f"{self.url}/api/v1/events", lines, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            assert json.load(response)["rejected"] == 0

    def stop(self) -> int:
        """Its exit code, after it was asked to end."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    running = Collector(tmp_path_factory.mktemp("collector"))
    running.tell(tmp_path_factory.mktemp("home"))
    yield running
    assert running.stop() == 0
