"""A plugin beside ours in the same host: what it was told is what we should have counted.

One JSON object per hook call, `{"pid", "thread", "hook", "fields"}`; no prompts and no answers.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from typing import Any

HOOKS = (
    "on_session_start",
    "pre_llm_call",
    "post_api_request",
    "api_request_error",
    "post_tool_call",
    "subagent_start",
    "subagent_stop",
    "on_session_end",
    "on_session_finalize",
)
# Plain values only, and of the mappings just this one: the others hold prompts and answers.
USAGE = "usage"
CONTENT = {"user_message", "child_goal", "child_summary", "result", "error_message"}


def _kept(key: str, value: Any) -> bool:
    return key not in CONTENT and (key == USAGE or isinstance(value, (str, int, float, bool, type(None))))


def _recorder(hook: str, path: str) -> Callable[..., None]:
    def record(**fields: Any) -> None:
        known = {key: value for key, value in fields.items() if _kept(key, value)}
        call = {"pid": os.getpid(), "thread": threading.current_thread().name, "hook": hook, "fields": known}
        # One write per line: several threads and several processes append to this file.
        with open(path, "ab", buffering=0) as file:
            file.write(json.dumps(call, default=repr).encode() + b"\n")

    return record


def register(ctx: Any) -> None:
    path = os.environ["HOOK_RECORDER_OUT"]
    for hook in HOOKS:
        ctx.register_hook(hook, _recorder(hook, path))
