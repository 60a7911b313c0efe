"""Receivers that are not ours, started on the loopback in throw-away folders. `scripts/judges-env` makes the environment these
tests run in: `scripts/judges-env && cargo build --release && .venv-judges/bin/pytest tests/receivers`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from home import MODEL, RATES, binary
from mlflow_server import MLflow
from phoenix_server import Phoenix
from rotel_collector import Rotel


def pytest_sessionstart() -> None:
    if missing := [name for name in ("phoenix", "mlflow", "rotel") if not find_spec(name)]:
        raise pytest.UsageError(f"not installed: {', '.join(missing)}; scripts/judges-env gets them from PyPI")
    if not binary().is_file():
        raise pytest.UsageError(f"{binary()} is not there: run `cargo build --release`, or set TELEMETRY_BIN")


@pytest.fixture(scope="session", autouse=True)
def receivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Phoenix, MLflow, Rotel]]:
    """All of them come up at the same time."""
    started = []
    try:
        for receiver in (Phoenix, MLflow, Rotel):
            started.append(receiver(tmp_path_factory.mktemp(receiver.__name__)))
        yield tuple(started)
    finally:
        for receiver in started:
            receiver.close()


@pytest.fixture(scope="session")
def phoenix(receivers: tuple[Phoenix, MLflow, Rotel]) -> Phoenix:
    """It knows what the recordings' model costs."""
    receivers[0].wait()
    receivers[0].price(MODEL, RATES)
    return receivers[0]


@pytest.fixture(scope="session")
def mlflow(receivers: tuple[Phoenix, MLflow, Rotel]) -> MLflow:
    receivers[1].wait()
    return receivers[1]


@pytest.fixture(scope="session")
def rotel(receivers: tuple[Phoenix, MLflow, Rotel]) -> Rotel:
    receivers[2].wait()
    return receivers[2]
