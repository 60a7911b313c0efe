"""Many processes at once on a home that does not exist yet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from harness.home import Home

MakeHome = Callable[[str], Home]

HOSTS = 6
# Fires hooks at once, without the seconds a whole agent takes to start: these collide with the first commands.
HOOKS_ONLY = 10
COMMANDS = [("runs", "--json"), ("insights", "--json"), ("status", "--json"), ("reindex",)] * 6

SESSION = """
import sys
from hermes_cli.plugins import discover_plugins, invoke_hook
discover_plugins()
session = sys.argv[1]
turn = {"session_id": session, "turn_id": session + ":turn", "task_id": session, "model": "m", "platform": "cli"}
usage = {"input_tokens": 10, "output_tokens": 2}
invoke_hook("on_session_start", session_id=session, model="m", platform="cli")
invoke_hook("pre_llm_call", is_first_turn=True, **turn)
for call in range(1, 6):
    request = turn | {"api_request_id": f"{session}:api:{call}", "api_call_count": call, "provider": "p"}
    invoke_hook("post_api_request", usage=usage, api_duration=0.1, finish_reason="stop", **request)
invoke_hook("on_session_end", completed=True, interrupted=False, **turn)
invoke_hook("on_session_finalize", session_id=session, platform="cli", reason="shutdown")
"""


def test_forty_starts_at_once(make_home: MakeHome) -> None:
    home = make_home("plain")
    starts = [
        *[partial(home.hermes, "-z", f"Prompt {number}") for number in range(HOSTS)],
        *[partial(home.python, SESSION, f"session-{number}") for number in range(HOOKS_ONLY)],
        *[partial(home.binary, *command) for command in COMMANDS],
    ]
    assert len(starts) == 40
    with ThreadPoolExecutor(len(starts)) as pool:
        results = list(pool.map(lambda start: start(), starts))
    for result in results:
        assert (result.returncode, result.stderr) == (0, ""), result.args

    runs = home.runs()
    assert len({run["run_id"] for run in runs}) == len(runs) == HOSTS + HOOKS_ONLY
    assert {run["outcome"] for run in runs} == {"completed"}
    calls = sorted(run["model_calls"] for run in runs)
    assert calls == [1] * HOSTS + [5] * HOOKS_ONLY
    insights = home.insights()
    assert insights["model_calls"]["total"] == HOSTS + 5 * HOOKS_ONLY
    assert insights["model_calls"]["tokens"]["output"] == 50 * HOSTS + 2 * 5 * HOOKS_ONLY
    assert (insights["quality"]["dropped_events"], insights["quality"]["unreadable_lines"]) == (0, 0)

    # The index is only a view of the log: made anew, it says the same.
    assert home.binary("reindex").returncode == 0
    assert home.runs() == runs
