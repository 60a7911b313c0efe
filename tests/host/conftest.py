"""The real host with our plugin in it, started as the processes a user starts. `scripts/host-env` makes the environment
these tests run in: `scripts/host-env && cargo build --release && .venv/bin/pytest tests/host`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.home import Home, telemetry_binary
from harness.model_server import ModelServer


def pytest_sessionstart() -> None:
    if not telemetry_binary().is_file():
        raise pytest.UsageError(f"{telemetry_binary()} is not there: run `cargo build --release`, or set TELEMETRY_BIN")


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def make_home(tmp_path: Path, model_server: ModelServer) -> Callable[[str], Home]:
    """Makes a fresh home whose model follows the given script."""

    def make(script: str) -> Home:
        # The folder of this test is unlike any other's, and so is the counter of its requests.
        return Home(tmp_path / script, model_server.scripted(script, tmp_path.name))

    return make
