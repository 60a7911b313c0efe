"""A database as the collector makes it: its migrations, and the role that Grafana asks as."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).parents[2]
STORAGE = ROOT / "telemetry-collector" / "src" / "storage" / "postgres"
ROLE = ROOT / "telemetry-collector" / "deploy" / "grafana" / "role.sql"
PASSWORD = 'it\'s "quoted"'


def server() -> str:
    return os.environ["TELEMETRY_TEST_POSTGRES"]


def url(database: str, user: str | None = None) -> str:
    """Of a database of the server that scripts/with-postgres started."""
    parts = urlsplit(server())
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{place}" if user else parts.netloc, path=f"/{database}"))


def migrations() -> list[Path]:
    """In the order in which the collector runs them."""
    found = re.findall(r'include_str!\("(migrations/\w+\.sql)"\)', (STORAGE / "migrate.rs").read_text(encoding="utf-8"))
    return [STORAGE / path for path in found]


def create(name: str) -> None:
    with psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(url(name)) as connection:
        for path in migrations():
            connection.execute(path.read_text(encoding="utf-8"))
    let_grafana_in(name)


def let_grafana_in(name: str) -> None:
    """As the compose file does."""
    subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--file", ROLE, url(name)],
        env=os.environ | {"GRAFANA_DATABASE_PASSWORD": PASSWORD},
        check=True,
    )
