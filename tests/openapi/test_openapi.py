"""The OpenAPI document is valid, covers the routes, and the collector keeps to it, whatever schemathesis makes up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from conftest import Collector

ROUTES = {
    "/api/v1/events",
    "/api/v1/health",
    "/api/v1/insights",
    "/api/v1/names",
    "/api/v1/runs",
    "/api/v1/runs/{id}",
    "/api/v1/telemetry/batch",
    "/api/v1/transcript",
    "/health",
    "/ready",
    "/v1/logs",
    "/v1/metrics",
    "/v1/traces",
}


def test_the_document_tells_of_every_route(collector: Collector) -> None:
    with urllib.request.urlopen(f"{collector.url}/openapi.json", timeout=30) as response:
        document = json.load(response)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == ROUTES
    for path, item in document["paths"].items():
        for operation in item.values():
            is_open = path in {"/health", "/ready", "/api/v1/health"}
            assert ("security" in operation) != is_open, path
            assert "application/problem+json" in operation["responses"]["default"]["content"], path


def test_the_collector_keeps_to_it(collector: Collector) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
            "run",
            f"{collector.url}/openapi.json",
            f"--header=X-API-Key: {collector.key}",
            "--checks=all",
            # hooks.py judges that by reason, and not by status alone.
            "--exclude-checks=positive_data_acceptance",
            "--max-examples=20",
            "--seed=1",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=Path(__file__).parent,
        env={**os.environ, "TELEMETRY_JUDGE_KEY": collector.key},
    )
    assert done.returncode == 0, done.stdout + done.stderr
