"""Scripts that call the host's `invoke_hook` in the host's environment: half a second instead of the five of an agent."""

from __future__ import annotations

from .home import Home

PRELUDE = """
import atexit, os, sys, threading, time
from hermes_cli.plugins import VALID_HOOKS, discover_plugins, get_plugin_manager, invoke_hook

def leave(seconds=0.05):
    # The host lives 8 to 27 milliseconds after its last hook; a busy machine takes longer for everything.
    time.sleep(seconds)
    os._exit(0)

def turn(session, end=True, **more):
    ids = {"session_id": session, "turn_id": session + ":turn", "task_id": "task", "platform": "cli", "model": "m"}
    invoke_hook("on_session_start", session_id=session, model="m", platform="cli")
    invoke_hook("pre_llm_call", **ids, **more)
    invoke_hook("post_api_request", api_request_id=session + ":api:1", api_call_count=1, **ids, **more)
    if end:
        invoke_hook("on_session_end", completed=True, interrupted=False, **ids, **more)
"""


def script(home: Home, body: str) -> str:
    """Runs it, and gives what it printed."""
    result = home.python(PRELUDE + body)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def outcomes(home: Home) -> dict[str, str]:
    return {run["session_id"]: run["outcome"] for run in home.runs()}
