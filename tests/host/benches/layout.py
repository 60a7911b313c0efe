"""What a host has the plugin do, without the host: import, register, two turns, and what is done in the quiet after each.

For scripts/update-layout, which watches what of the library runs meanwhile.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import calls

# Seconds. It is watched by something that makes it fifty times slower.
PATIENCE = 300

# Of every shape that a config of the host has.
CONFIG = """\
# The host's own settings come first.
model:
  default: gpt-5.5-large
  provider: openai
agent:
  max_turns: 90
  verbose: false
  personalities: {helpful: "You are helpful.", 'concise': null}
toolsets:
  - hermes-cli
  - "web"
terminal: {timeout: 180, ratio: 0.5, env_passthrough: []}
prompt: |
  Be brief.
plugins:
  enabled: [telemetry]
telemetry:
  local: true
  retention_days: 90
"""


class Context:
    """What the host hands to `register`, as far as that is asked for."""

    def __init__(self) -> None:
        self.hooks: dict[str, Any] = {}

    def register_hook(self, name: str, callback: Any) -> None:
        self.hooks[name] = callback

    def register_command(self, *_arguments: Any, **_fields: Any) -> None: ...

    def register_cli_command(self, *_arguments: Any, **_fields: Any) -> None: ...


def main() -> None:
    home = Path(os.environ["TELEMETRY_HOME"])
    home.mkdir(parents=True)
    (home / "config.yaml").write_text(CONFIG)
    import hermes_telemetry_rs

    context = Context()
    hermes_telemetry_rs.register(context)

    def call(name: str, **fields: Any) -> None:
        context.hooks.get(name, lambda **_fields: None)(**fields)

    session = "20261121_090000_abcdef"
    call("on_session_start", session_id=session, platform="cli", model="gpt-5.5-large")
    for number in (1, 2):
        turn = calls.turn(session, number)
        call("pre_llm_call", user_message="Do it", conversation_history=[], model="m", platform="cli", **turn)
        call("post_api_request", **calls.model_call(turn, number))
        call("post_tool_call", **calls.tool_call(turn, number))
        call("on_session_end", completed=True, interrupted=False, **turn)
        wait_for_upkeep()
    os._exit(0)


def wait_for_upkeep() -> None:
    """Until the index has what was recorded: then the thread that sees to it has come and gone."""
    deadline = time.monotonic() + PATIENCE
    came = False
    while time.monotonic() < deadline:
        is_there = "telemetry-upkee" in threads()
        if came and not is_there:
            return
        came = came or is_there
        time.sleep(0.001)
    raise TimeoutError("nobody saw to the index")


def threads() -> set[str]:
    """Their names, of which the system keeps fifteen letters."""
    found = set()
    for name in Path("/proc/self/task").glob("*/comm"):
        # It may be gone by now.
        with suppress(OSError):
            found.add(name.read_text().strip())
    return found


if __name__ == "__main__":
    main()
