"""Fifty processes on one home, while others ask, make the index anew and prune. Takes minutes, so it is asked for:
`pytest tests/host -m soak`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from harness.home import Home, document
from harness.hooks import PRELUDE

MakeHome = Callable[[str], Home]

HOSTS = 30
REPLAYS = 20
TURNS = 4
RECORDINGS = sorted((Path(__file__).parents[1] / "fixtures/recordings/hermes").glob("*.jsonl"))
# A pause after each turn is long enough for a host to write the index itself, and to prune.
SESSIONS = f"""
discover_plugins()
for number in range({TURNS}):
    turn(f"{{sys.argv[1]}}-{{number}}")
    time.sleep(0.5)
"""


@pytest.mark.soak
def test_fifty_processes_and_every_command(make_home: MakeHome) -> None:
    """The recordings are older than the retention allows: prune removes what replays bring, and nothing else."""
    home = make_home("plain")
    over = threading.Event()
    starts = [partial(home.python, PRELUDE + SESSIONS, f"host-{number}") for number in range(HOSTS)]
    recordings = cycle(RECORDINGS)
    starts += [partial(home.binary, "replay", str(next(recordings))) for _ in range(REPLAYS)]
    assert len(starts) == 50
    with ThreadPoolExecutor(len(starts) + len(COMMANDS)) as pool:
        askers = [pool.submit(keep_asking, home, command, over) for command in COMMANDS]
        results = list(pool.map(lambda start: start(), starts))
        over.set()
        asked = [asker.result() for asker in askers]
    for result in results:
        assert result.returncode == 0, result
        assert "locked" not in result.stderr, result
    assert min(asked) > 0, dict(zip(COMMANDS, asked, strict=True))

    assert home.binary("prune").returncode == 0
    sessions = {f"host-{host}-{number}" for host in range(HOSTS) for number in range(TURNS)}
    runs = home.runs()
    assert {run["session_id"] for run in runs} == sessions
    assert len(runs) == len(sessions)
    assert {(run["outcome"], run["model_calls"]) for run in runs} == {("completed", 1)}
    quality = home.insights()["quality"]
    assert (quality["dropped_events"], quality["unreadable_lines"]) == (0, 0)
    assert home.binary("reindex").returncode == 0
    assert home.runs() == runs


COMMANDS = [("runs", "--json"), ("insights", "--json"), ("status", "--json"), ("reindex",), ("prune",)]


def keep_asking(home: Home, command: tuple[str, ...], over: threading.Event) -> int:
    """Runs a command again and again; how often it did."""
    times = 0
    while not over.is_set():
        result = home.binary(*command)
        if "--json" in command:
            document(result, f"telemetry.{command[0]}/1")
        # Prune says no when another process is at it: a host, here.
        assert result.returncode == 0 or command == ("prune",), result
        assert "locked" not in result.stderr, result
        times += 1
    return times
