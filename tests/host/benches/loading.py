"""What the plugin adds to the start of the host: time to import and register, and resident memory.

Beside us, in the same host: the bundled Langfuse plugin and the bundled NeMo Relay plugin, with their packages installed
and configured. Each in fresh processes taken in turns. The host's agent is imported before, so that nobody pays for what
the host loads anyway; and its table of slash commands, which a chat has and `hermes -z` has not: there our /telemetry
makes the host import it, see BENCHMARKS.md. What the host does by itself for a plugin that is not bundled with it is told
apart: it searches all that is installed for an entry point (not for a plugin in a folder), and copies its config to see
whether the plugin may replace tools. NeMo Relay's plugin imports its library with the first hook and Langfuse's makes its
client then, so the time until the first hook was taken is told as well, and memory is that after one turn and a second of
quiet.

Last numbers (2 x AMD EPYC, shared, Python 3.11.7, 2026-11-21): see BENCHMARKS.md. Resident MB, medians of 3: telemetry 5.7,
Langfuse 25.1, NeMo Relay 13.7.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import calls, home, table

ROUNDS = int(os.environ.get("ROUNDS", "7"))
PLUGINS = {
    "telemetry": "telemetry",
    "Langfuse plugin": "observability/langfuse",
    "NeMo Relay plugin": "observability/nemo_relay",
}


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def load(key: str) -> None:
    """In a process of its own: loads one plugin as the host does, calls a turn's hooks, prints what it took."""
    with tempfile.TemporaryDirectory() as name:
        home.enter(Path(name), key)
        os.environ["HERMES_SAFE_MODE"] = "1"
        import hermes_cli.commands  # noqa: F401
        import run_agent  # noqa: F401
        from hermes_cli.plugins import PluginContext, PluginManager, discover_plugins, get_plugin_manager, invoke_hook

        del os.environ["HERMES_SAFE_MODE"]
        taken: dict[str, float] = {"host_ms": 0.0}
        load_plugin = PluginManager._load_plugin
        entry_points, may_override = importlib.metadata.entry_points, PluginContext._tool_override_allowed

        def of_the_host(work: Callable[..., Any]) -> Callable[..., Any]:
            def timed_work(*given: Any, **named: Any) -> Any:
                start = time.perf_counter()
                try:
                    return work(*given, **named)
                finally:
                    taken["host_ms"] += (time.perf_counter() - start) * 1e3

            return timed_work

        def timed(manager: PluginManager, manifest: object) -> None:
            wanted = key in (getattr(manifest, "key", None), getattr(manifest, "name", None))
            if not wanted:
                return load_plugin(manager, manifest)  # type: ignore[arg-type, no-any-return]
            importlib.metadata.entry_points = of_the_host(entry_points)
            PluginContext._tool_override_allowed = of_the_host(may_override)  # type: ignore[method-assign]
            before, start = resident_mb(), time.perf_counter()
            load_plugin(manager, manifest)  # type: ignore[arg-type]
            taken["register_ms"] = (time.perf_counter() - start) * 1e3 - taken["host_ms"]
            taken["before_mb"] = before
            importlib.metadata.entry_points = entry_points
            PluginContext._tool_override_allowed = may_override  # type: ignore[method-assign]

        PluginManager._load_plugin = timed  # type: ignore[method-assign]
        discover_plugins(force=True)
        assert get_plugin_manager()._plugins[key].error is None
        # What the host's own other plugins took after ours is not ours.
        after_discovery = resident_mb()
        taken["load_mb"] = after_discovery - taken.pop("before_mb")
        fields = calls.turn("20261121_090000_abcdef", 1)
        start = time.perf_counter()
        invoke_hook("pre_llm_call", user_message="Do it", conversation_history=[], model="m", platform="cli", **fields)
        taken["first_hook_ms"] = (time.perf_counter() - start) * 1e3
        call = calls.model_call(fields, 1)
        invoke_hook("pre_api_request", request={"body": {"messages": []}}, request_messages=[], **call)
        invoke_hook("post_api_request", **call)
        invoke_hook("on_session_end", completed=True, interrupted=False, **fields)
        time.sleep(1)
        taken["resident_mb"] = taken.pop("load_mb") + resident_mb() - after_discovery
        print(json.dumps(taken))
        home.leave()


def main() -> None:
    if sys.argv[1:]:
        return load(sys.argv[1])
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in PLUGINS}
    for _ in range(ROUNDS):
        for name, key in PLUGINS.items():
            command = [sys.executable, "-m", "benches.loading", key]
            answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
            assert answer.returncode == 0, answer.stderr
            measured[name].append(json.loads(answer.stdout.splitlines()[-1]))
    print(f"== a plugin in a start of the host, medians of {ROUNDS}; {table.machine()}")
    print(f"{'':20}{'register ms':>13}{'the host ms':>13}{'first hook ms':>15}{'resident MB':>13}")
    medians = {}
    for name, runs in measured.items():
        median = medians[name] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(f"{name:20}{median['register_ms']:13.2f}{median['host_ms']:13.2f}{median['first_hook_ms']:15.2f}{median['resident_mb']:13.2f}")
    report(medians)


def report(medians: dict[str, dict[str, float]]) -> None:
    ours = medians.pop("telemetry")
    for what, unit, bar, cost in (
        ("import and register", "ms", "5", lambda one: one["register_ms"]),
        ("import, register and first hook", "ms", "-", lambda one: one["register_ms"] + one["first_hook_ms"]),
        ("resident memory added", "MB", "15", lambda one: one["resident_mb"]),
    ):
        lighter = min(medians, key=lambda name: cost(medians[name]))
        peer = cost(medians[lighter])
        table.row(f"{what}, {unit}", f"{cost(ours):.1f}", lighter, f"{peer:.1f}", peer / cost(ours), bar)


if __name__ == "__main__":
    main()
