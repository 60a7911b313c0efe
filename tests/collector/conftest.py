"""Real collectors, killed and started again: `scripts/judges-env && scripts/with-postgres .venv-judges/bin/pytest tests/collector`."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import Collector, Database, Postgres, Sqlite


def pytest_sessionstart() -> None:
    if "TELEMETRY_TEST_POSTGRES" not in os.environ:
        raise pytest.UsageError("TELEMETRY_TEST_POSTGRES is not set: run this by scripts/with-postgres")


@pytest.fixture
def seconds() -> float:
    """How long things are killed: a few seconds, in a soak as long as it says."""
    return float(os.environ.get("TELEMETRY_SOAK", "8"))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Another one each time; the seed is in what a failed test prints."""
    seed = int(os.environ.get("TELEMETRY_SEED", random.SystemRandom().randrange(2**32)))
    print(f"TELEMETRY_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return Sqlite(tmp_path / "data") if request.param == "sqlite" else postgres()


def postgres() -> Postgres:
    return Postgres(f"restarts_{os.getpid()}_{random.SystemRandom().randrange(2**32)}")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Callable[[Database, str], Collector]]:
    """Makes collectors that are gone at the end of a test."""
    made: list[Collector] = []

    def make(database: Database, name: str) -> Collector:
        made.append(Collector(database, tmp_path, name))
        return made[-1]

    yield make
    for one in made:
        one.end()
