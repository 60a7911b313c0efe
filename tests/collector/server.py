"""`telemetry collector serve` on a database of its own: started, killed and started again at the same address."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

REPOSITORY = Path(__file__).parents[2]
# Whoever has not answered by then hangs.
PATIENCE = 60


def binary() -> str:
    return os.environ.get("TELEMETRY_BIN", str(REPOSITORY / "target/release/telemetry"))


class Sqlite:
    """A file, which the collector makes."""

    def __init__(self, folder: Path) -> None:
        self.words = ["--data", str(folder)]
        self.environment: dict[str, str] = {}
        self.file = folder / "collector.db"

    def rows(self, query: str) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=PATIENCE)) as database:
            return database.execute(query).fetchall()


class Postgres:
    """A new database on the server that scripts/with-postgres started."""

    def __init__(self, name: str) -> None:
        server = os.environ["TELEMETRY_TEST_POSTGRES"]
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        self.words: list[str] = []
        self.environment = {"DATABASE_URL": self.url}

    def rows(self, query: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()


Database = Sqlite | Postgres


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Collector:
    """A collector that may not be there."""

    def __init__(self, database: Database, folder: Path, name: str) -> None:
        self.database = database
        self.address = f"127.0.0.1:{free_port()}"
        self.said = (folder / f"{name}.log").open("wb")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> list[str]:
        return [binary(), "collector", *words, *self.database.words]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.database.environment}

    def key(self, name: str, *scopes: str) -> str:
        words = [word for scope in scopes for word in ("--scope", scope)]
        made = subprocess.run(
            self.command("key", "add", "--name", name, *words), env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert made.returncode == 0, made.stderr
        return next(word for word in made.stdout.split() if len(word) == 64)

    def start(self) -> None:
        """Returns when the process is there; not before it answers, unless it is killed first."""
        command = self.command("serve", "--listen", self.address)
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.said, stderr=self.said)

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://{self.address}/ready", timeout=5):
                    return
            except OSError:
                assert self.process is None or self.process.poll() is None, "it ended by itself"
                assert time.monotonic() < until, "it does not come up"
                time.sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(PATIENCE) == -signal.SIGKILL, "it had ended by itself"

    def ask(self, route: str, key: str) -> dict:
        request = urllib.request.Request(f"http://{self.address}/api/v1/{route}", headers={"X-API-Key": key})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.said.close()


def eventually(what: str, reached: object, patience: float = PATIENCE) -> None:
    until = time.monotonic() + patience
    while not reached():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def settled(database: Database) -> None:
    """Waits until nothing is left to be worked out or counted."""
    waits = "SELECT (SELECT count(*) FROM unsettled) + (SELECT count(*) FROM uncounted)"
    eventually("it settles", lambda: database.rows(waits) == [(0,)])


def events(database: Database) -> list[tuple[int, str]]:
    """Time and id of each event that is kept, in their order; an id is a signed number there."""
    rows = database.rows("SELECT ts_ns, id FROM events ORDER BY ts_ns, id")
    return sorted((ts, f"{number % 2**64:016x}") for ts, number in rows)
