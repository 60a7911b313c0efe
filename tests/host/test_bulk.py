"""`hermes telemetry export --include-content`: the host's own database is read, and not in the host's process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from harness.home import Home

MakeHome = Callable[[str], Home]
EXPORT = ("telemetry", "export", "--include-content", "--out", "-")


def records(output: str, kind: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if line.get("record") == kind]


@pytest.mark.parametrize("trajectories", [False, True])
def test_sessions_of_before_are_exported_by_a_process_of_its_own(make_home: MakeHome, trajectories: bool) -> None:
    home = make_home("plain")
    home.configure(plugin=False)
    before = home.hermes("chat", "-q", "What the host kept")
    assert before.returncode == 0, before
    home.configure(plugin=True, telemetry={"trajectories": {"enabled": trajectories}})
    in_host = home.hermes(*EXPORT)
    assert in_host.returncode == 0, in_host
    [session] = records(in_host.stdout, "session")
    messages = records(in_host.stdout, "message")
    assert (session["source"], session["runs"]) == ("host", [])
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert all(message["session_id"] == session["session_id"] for message in messages)
    assert all(message["content_bytes"] > 0 for message in messages)
    assert all(("content" in message) == trajectories for message in messages)
    assert ("trajectories" in in_host.stderr) is not trajectories
    # The binary is a process of its own from the start.
    assert home.binary(*EXPORT[1:]).stdout == in_host.stdout


def test_inside_the_host_its_database_stays_closed(make_home: MakeHome) -> None:
    """Whoever cannot start a process of its own is refused; whoever can gets what that one says, and its exit code."""
    home = make_home("plain")
    (home.path / "state.db").write_bytes(b"whoever opens this finds no database")
    script = """
import sys
from hermes_telemetry_rs import _native
for alone in None, ["/bin/echo"], ["/bin/sh", "-c", "echo out; echo err >&2; exit 7"], ["/no/such/program"]:
    print(_native.run_cli(sys.argv[1:], alone), flush=True)
    print("---", file=sys.stderr, flush=True)
"""
    result = home.python(script, *EXPORT[1:])
    echoed = f"export --include-content --out - --format ndjson --home {home.path}"
    assert result.stdout.splitlines() == ["1", echoed, "0", "out", "7", "1"], result
    refused, quiet, told, failed = result.stderr.split("---\n")[:4]
    assert "--include-content" in refused and "`telemetry` binary" in refused
    assert (quiet, told) == ("", "err\n")
    assert "no process of its own" in failed
