"""Boards of Grafana, asked of a real PostgreSQL: `scripts/judges-env && scripts/with-postgres .venv-judges/bin/pytest tests/boards`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

import database
from rollups import fill
from world import World, world


def pytest_sessionstart() -> None:
    if "TELEMETRY_TEST_POSTGRES" not in os.environ:
        raise pytest.UsageError("TELEMETRY_TEST_POSTGRES is not set: run this by scripts/with-postgres")


@pytest.fixture(scope="session")
def made() -> World:
    return world()


@pytest.fixture(scope="session")
def filled(made: World) -> str:
    """The name of a database with all of `made`."""
    name = f"boards_{os.getpid()}"
    database.create(name)
    with psycopg.connect(database.url(name)) as connection:
        fill(connection, made)
    return name


@pytest.fixture(scope="session")
def grafana(filled: str) -> Iterator[psycopg.Connection]:
    """Connected as Grafana is, in a zone that is not ours."""
    with psycopg.connect(database.url(filled, "telemetry_boards"), autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'America/St_Johns'")
        yield connection
