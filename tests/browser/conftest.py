"""`telemetry report` and `telemetry serve` in a real browser: a home with a made month in it, the pages about it, and a headless
Chromium."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import month
from browser import Browser, programs
from served import Page, Served

REPOSITORY = Path(__file__).parents[2]
WINDOW = ["--since", "2026-01-16", "--until", "2026-01-31", "--tz", "Europe/Berlin"]


def telemetry(*words: str | Path) -> str:
    """What `telemetry` prints."""
    binary = os.environ.get("TELEMETRY_BIN", REPOSITORY / "target/release/telemetry")
    done = subprocess.run([binary, *words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pytest_sessionstart() -> None:
    try:
        programs()
    except FileNotFoundError as error:
        raise pytest.UsageError(str(error)) from None


class Report:
    """A home, and the page about a window of it."""

    def __init__(self, folder: Path, *recordings: Path, words: list[str]) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.words = words
        telemetry("replay", *recordings, "--home", self.home)
        self.file = folder / "report.html"
        telemetry("report", "--html", self.file, "--home", self.home, *words)

    def insights(self) -> dict:
        window = [word for word in self.words if word != "--compare"]
        return json.loads(telemetry("insights", "--json", "--home", self.home, *window))


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Half of the made month, beside the other half."""
    folder = tmp_path_factory.mktemp("month")
    month.write(folder / "month.jsonl")
    return Report(folder, folder / "month.jsonl", words=[*WINDOW, "--compare"])


@pytest.fixture(scope="session")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A session whose model and tool have names that want to be code."""
    folder = tmp_path_factory.mktemp("evil")
    recorded = (REPOSITORY / "tests/fixtures/recordings/hermes/tool.jsonl").read_text(encoding="utf-8")
    script = "window.evil=1;document.title='evil'"
    name = f"</title></style></svg></td><script>{script}</script><img src=x onerror={script}><style>*{{display:none}}</style>"
    quoted = json.dumps(f"\" onmouseover=\"{script}\" x='\u202e\u0007" + "long" * 2_500)[1:-1]
    recording = folder / "evil.jsonl"
    recording.write_text(recorded.replace("fake-model", json.dumps(name)[1:-1]).replace("read_file", quoted), encoding="utf-8")
    return Report(folder, recording, words=["--where", f"model={name}"])


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A home in which nothing happened."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "none.jsonl").touch()
    return Report(folder, folder / "none.jsonl", words=[])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


def served(home: Path) -> Iterator[Served]:
    server = Served(home)
    yield server
    server.end()


@pytest.fixture(scope="session")
def server(report: Report) -> Iterator[Served]:
    """The made month, served."""
    yield from served(report.home)


@pytest.fixture(scope="session")
def evil_server(evil: Report) -> Iterator[Served]:
    yield from served(evil.home)


@pytest.fixture(scope="session")
def plain_server(plain: Report) -> Iterator[Served]:
    yield from served(plain.home)


@pytest.fixture
def page(browser: Browser, server: Served) -> Page:
    browser.complaints(), browser.requests()
    return Page(browser, server.address)
