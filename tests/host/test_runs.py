"""What a run of the real host looks like afterwards, from the host's own process and from the binary.

Every number is checked twice: against what the script of the model server makes it, and against what a recorder plugin
beside ours was told by the same host.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from harness.home import Document, Home
from harness.model_server import CACHED_TOKENS, OUTPUT_TOKENS, input_tokens

MakeHome = Callable[[str], Home]

CHAT = ("chat", "-Q", "-q")
ONE_SHOT = ("-z",)


@dataclass(frozen=True)
class Expected:
    """One run by one prompt: `results` holds, for each model call, the tool results it was given."""

    outcome: str
    results: tuple[int, ...] = ()
    failed_attempts: int = 0
    tool_calls: int = 0
    reason: str | None = None

    def check(self, run: Document) -> None:
        assert run["outcome"] == self.outcome, run
        if self.reason is not None:
            assert run["reason"] == self.reason, run
        counts = {"turns": 1, "model_calls": len(self.results), "failed_attempts": self.failed_attempts}
        assert {key: run[key] for key in counts} == counts
        assert run["tool_calls"] == self.tool_calls
        assert run["tokens"] == tokens(*self.results)


def tokens(*results: int) -> dict[str, int]:
    """The usage of model calls that were given this many tool results each."""
    return {
        "input": sum(input_tokens(count) for count in results),
        "output": OUTPUT_TOKENS * len(results),
        "cache_read": CACHED_TOKENS * len(results),
        "cache_write": 0,
        "reasoning": 0,
    }


ONE_PROMPT = [
    pytest.param("plain", CHAT, Expected("completed", results=(0,)), id="chat"),
    pytest.param("plain", ONE_SHOT, Expected("completed", results=(0,)), id="one-shot"),
    pytest.param("tool", CHAT, Expected("completed", results=(0, 1), tool_calls=1), id="tool"),
    pytest.param("parallel", CHAT, Expected("completed", results=(0, 2), tool_calls=2), id="parallel-tools"),
    pytest.param("unauthorized", CHAT, Expected("errored", failed_attempts=1, reason="auth"), id="401"),
    pytest.param("unauthorized", ONE_SHOT, Expected("errored", failed_attempts=1, reason="auth"), id="401-one-shot"),
    pytest.param("flaky", CHAT, Expected("completed", results=(0,), failed_attempts=1), id="500-then-ok"),
]


@pytest.mark.parametrize(("script", "arguments", "expected"), ONE_PROMPT)
def test_one_prompt(make_home: MakeHome, script: str, arguments: tuple[str, ...], expected: Expected) -> None:
    home = make_home(script)
    home.hermes(*arguments, "Do it")
    [run] = agreed_runs(home)
    expected.check(run)
    assert (run["host"], run["platform"], run["entrypoint"]) == ("hermes", "cli", "cli")
    assert run["parent_run_id"] is None
    assert run["ended_at"] is not None


def test_interactive_session(make_home: MakeHome) -> None:
    """Two turns, each on a thread of its own, and the slash command between them and the end."""
    home = make_home("turns")
    with home.terminal("chat") as terminal:
        terminal.wait_for("❯")
        terminal.type("First")
        terminal.wait_for("Answer for turn 1")
        terminal.type("Second")
        terminal.wait_for("Answer for turn 2")
        terminal.type("/telemetry")
        answer = terminal.wait_for("7 days:")
        terminal.type("/exit")
        assert terminal.wait() == 0
    assert "Today: 2 turns, 100 % completed" in answer
    assert "spent" in answer and "a turn takes" in answer
    [run] = agreed_runs(home)
    assert (run["outcome"], run["turns"], run["model_calls"]) == ("completed", 2, 2)
    assert run["tokens"] == tokens(0, 0)
    assert len({call.thread for call in home.recorded("pre_llm_call")}) == 2


def test_inline_subagent(make_home: MakeHome) -> None:
    home = make_home("delegate")
    home.hermes(*ONE_SHOT, "Delegate it")
    parent, child = agreed_runs(home)
    Expected("completed", results=(0, 1), tool_calls=1).check(parent)
    Expected("completed", results=(0, 1), tool_calls=1).check(child)
    assert (parent["parent_run_id"], child["parent_run_id"]) == (None, parent["run_id"])
    assert (child["platform"], child["entrypoint"]) == ("subagent", "subagent")


def test_background_subagent_outlived_by_nobody(make_home: MakeHome) -> None:
    """The top level delegates in the background, and `chat -q` leaves without waiting for the child."""
    home = make_home("delegate_hang")
    home.hermes(*CHAT, "Delegate it")
    parent, child = agreed_runs(home)
    Expected("completed", results=(0, 1), tool_calls=1).check(parent)
    Expected("interrupted").check(child)
    assert child["parent_run_id"] == parent["run_id"]
    # The host interrupts its children when it leaves and does not wait for them. On a busy machine one of them gets to
    # say so, with no reason, before or after we noted that the process leaves: the first word counts.
    told = any(call.fields["session_id"] == child["session_id"] for call in home.recorded("on_session_end"))
    assert child["reason"] in ({None, "process_exit"} if told else {"process_exit"})


SIGNALS = [
    pytest.param(signal.SIGINT, Expected("interrupted", reason="keyboard_interrupt"), id="SIGINT"),
    pytest.param(signal.SIGKILL, Expected("unknown", reason="process_lost"), id="SIGKILL"),
]


@pytest.mark.parametrize(("number", "expected"), SIGNALS)
def test_signalled(make_home: MakeHome, number: signal.Signals, expected: Expected) -> None:
    home = make_home("hang")
    with home.started(*CHAT, "Hang") as process:
        home.await_model_call(process)
        process.send_signal(number)
        process.wait(timeout=30)
    [run] = agreed_runs(home)
    expected.check(run)


def test_forked_batch(make_home: MakeHome) -> None:
    """The batch runner loads the plugin once and forks workers, which have our memory and none of our threads."""
    home = make_home("tool")
    (home.work / "data.jsonl").write_text('{"prompt": "Read alpha.txt"}\n{"prompt": "Read it again"}\n')
    flags = {
        "dataset_file": "data.jsonl",
        "batch_size": 1,
        "run_name": "batch",
        "num_workers": 2,
        "distribution": "default",
        "model": "fake-model",
        "base_url": home.model.url,
        "api_key": "sk-test-not-real",
        "max_turns": 5,
    }
    batch = home.run(sys.executable, "-m", "batch_runner", *(f"--{key}={value}" for key, value in flags.items()))
    assert batch.returncode == 0, batch.stderr
    runs = agreed_runs(home)
    assert len(runs) == 2
    assert len({call.pid for call in home.recorded()}) == 2, "the host did not fork: this test shows nothing"
    for run in runs:
        Expected("completed", results=(0, 1), tool_calls=1).check(run)
        assert run["entrypoint"] == "batch"


# -- helpers -----------------------------------------------------------------------------------------------------------


def agreed_runs(home: Home) -> list[Document]:
    """The runs, once host, binary and recorder agree on them."""
    runs = home.runs()
    assert {run["session_id"]: counts_of_run(run) for run in runs} == recorded_counts(home)
    quality = home.insights()["quality"]
    assert (quality["dropped_events"], quality["unreadable_lines"]) == (0, 0)
    return runs


def counts_of_run(run: Document) -> dict[str, Any]:
    counted = ("turns", "model_calls", "failed_attempts", "tool_calls")
    return {key: run[key] for key in counted} | {"tokens": run["tokens"]["input"], "output": run["tokens"]["output"]}


def recorded_counts(home: Home) -> dict[str, dict[str, Any]]:
    """The same counts, from what the recorder was told."""
    hooks = {
        "pre_llm_call": "turns",
        "post_api_request": "model_calls",
        "api_request_error": "failed_attempts",
        "post_tool_call": "tool_calls",
    }
    counts: dict[str, dict[str, Any]] = {}
    for call in home.recorded(*hooks):
        empty = dict.fromkeys([*hooks.values(), "tokens", "output"], 0)
        session = counts.setdefault(call.fields["session_id"], empty)
        session[hooks[call.hook]] += 1
        usage = call.fields.get("usage") or {}
        session["tokens"] += usage.get("input_tokens", 0)
        session["output"] += usage.get("output_tokens", 0)
    return counts
