"""The four ways a session ends, in one home: completed, timed out, interrupted, and compressed into a next session. One
screen then has how long they took, what they cost and how they ended.

With `UPDATE_RECORDING=1` it is written to `docs/four-endings.txt`, as the real host made it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from harness.home import PATIENCE, Home, document
from harness.model_server import MODEL, ModelServer

MakeHome = Callable[[str], Home]

_RECORDING = Path(__file__).resolve().parents[2] / "docs/four-endings.txt"

# Dollars for a million tokens: the scripted model is in no price list.
_RATES = {"provider": "custom", "model": MODEL, "input": 2.0, "output": 8.0, "cache_read": 0.5}


def test_four_endings_on_one_screen(make_home: MakeHome, model_server: ModelServer) -> None:
    home = make_home("plain")
    name = home.model.key.split("/")[1]

    def follow(script: str) -> None:
        home.model = model_server.scripted(script, f"{name}-{script}")
        home.configure(
            model={**home.model_section(), "context_length": 65_536},
            compression={"in_place": False, "protect_first_n": 1, "protect_last_n": 2},
            agent={"api_max_retries": 1},
            telemetry={
                "timezone": "UTC",
                "pricing": {"overrides": [_RATES]},
                "budgets": [{"name": "today", "per": "day", "usd": 5.00}],
            },
        )

    follow("tool")
    assert home.hermes("chat", "-Q", "-q", "Complete it").returncode == 0

    follow("hang")
    impatient = {"HERMES_API_TIMEOUT": "2", "HERMES_STREAM_READ_TIMEOUT": "2", "HERMES_STREAM_RETRIES": "0"}
    patient, home.environment = home.environment, home.environment | impatient
    home.hermes("chat", "-Q", "-q", "Wait for it")
    home.environment = patient

    before = home.model.requests
    with home.started("chat", "-Q", "-q", "Interrupt it") as process:
        home.await_model_call(process, before)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE)

    follow("growing")
    with home.terminal("chat") as terminal:
        terminal.wait_for("❯")
        for turn in range(1, 8):
            terminal.type(f"Message {turn}")
            terminal.wait_for("Answer for turn")
        terminal.type("/exit")
        terminal.wait()

    runs = home.runs()
    assert sorted(run["outcome"] for run in runs) == ["completed", "completed", "compressed", "interrupted", "timed_out"], runs
    [compressed] = [run for run in runs if run["outcome"] == "compressed"]
    assert compressed["reason"] == "inferred"

    insights = home.insights()
    assert insights["turns"]["by_outcome"] == {"completed": 8, "interrupted": 1, "timed_out": 1}
    # Of the four, the chat that was compressed and went on counts once.
    assert insights["chains"]["by_outcome"] == {"completed": 2, "interrupted": 1, "timed_out": 1}
    latency = insights["model_calls"]["latency_ms"]
    assert latency["n"] == insights["model_calls"]["total"] > 7
    assert latency["p50"] > 0
    nanos = sum(
        run["tokens"]["input"] * 2_000 + run["tokens"]["output"] * 8_000 + run["tokens"]["cache_read"] * 500 for run in runs
    )
    assert round(sum(run["cost"]["usd"] or 0 for run in runs) * 1e9) == nanos
    assert round(insights["cost"]["total_usd"] * 1e9) == nanos
    [budget] = document(home.binary("budget", "--json"), "telemetry.budget/1")["budgets"]
    assert (round(budget["spent_usd"] * 1e9), budget["unknown_calls"]) == (nanos, 0)

    screens = {name: home.binary(name).stdout for name in ("runs", "insights", "budget")}
    for ending in ("completed", "timed_out", "interrupted", "compressed"):
        assert ending in screens["runs"] and ending in screens["insights"], screens
    assert "$" in screens["runs"] and "$" in screens["budget"], screens
    # Inside the host it is the same page, but for what the host's own books say, which nothing of ours opens there.
    books = ("the host's own", "in no other number")
    lines = [line for line in screens["insights"].splitlines() if not any(word in line for word in books)]
    assert home.hermes("telemetry", "insights").stdout.splitlines() == lines
    if os.environ.get("UPDATE_RECORDING"):
        _RECORDING.write_text("\n".join(f"$ telemetry {name}\n{screen}" for name, screen in screens.items()))
