"""Local-first observability for hermes-agent. The work is done in Rust, in `_native`; this is what the host holds.

The same files are loaded in two ways: from an installed wheel (entry point `hermes_agent.plugins`, name `telemetry`)
and as a directory plugin under `<home>/plugins/telemetry`, where the package is called `hermes_plugins.telemetry`. So
every import of our own is relative.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any

from . import _native

__version__: str = _native.__version__


def register(ctx: Any) -> None:
    """Called by the host at every start, and again each time it re-reads its plugins."""
    # Even when telemetry is off: `hermes telemetry status` must be able to say who turned it off.
    ctx.register_cli_command(
        "telemetry",
        help="What the agent did: runs, tokens, cost, latency, errors",
        setup_fn=_set_up_command,
        handler_fn=_run_command,
    )
    hooks = _native.open(*_homes())
    if hooks is None:
        return
    if _native.first_registration():
        _native.remember_command(getattr(sys, "argv", []))
        atexit.register(_native.on_exit)
        os.register_at_fork(after_in_child=_native.remember_process)
        _native.remember_process()
    for name, callback in hooks:
        ctx.register_hook(name, callback)
    ctx.register_command(
        "telemetry",
        handler=_native.summary,
        description="Runs, outcomes, tokens, cost and errors of the last day",
        args_hint="[window, e.g. 7d]",
    )


# The command line is imported when there is one: a chat, a gateway and a cron job have none, and `argparse` alone takes as long
# as all the rest of us.
def _set_up_command(parser: Any) -> None:
    from .cli import set_up_command

    set_up_command(parser)


def _run_command(arguments: Any) -> None:
    from .cli import run_command

    run_command(arguments)


def _homes() -> tuple[str, Any]:
    """The home of this process, and the variable a multiplexing gateway keeps a task's own home in."""
    try:
        import hermes_constants  # type: ignore[import-not-found, import-untyped, unused-ignore]

        process_home = hermes_constants.get_process_hermes_home()
        return str(process_home), getattr(hermes_constants, "_HERMES_HOME_OVERRIDE", None)
    except (ImportError, AttributeError):
        # A host that moved these still has the environment.
        home = os.environ.get("HERMES_HOME", "").strip()
        return home or os.path.join(os.path.expanduser("~"), ".hermes"), None
