"""What one call of a hook costs the host's thread, by way of the host's own `invoke_hook`.

Beside us: nobody, a callback that does nothing, the standard library's `logging` with a line of JSON to a file, a span
of OpenTelemetry's SDK through its batch processor with an exporter that does nothing, and the host's bundled NeMo
Relay plugin writing its event file. All of them get the same calls, in bursts taken in turns; each call is timed alone.

Our number is the difference to the callback that does nothing: what is left when the host's own dispatch is paid.

Last numbers (2 x AMD EPYC, shared, Python 3.11.7, 2026-11-21), p50 in microseconds beyond the trivial callback:
post_api_request: telemetry 0.77, logging 14.95, OpenTelemetry 19.98, NeMo Relay 49.11 (trivial 2.64, nobody 1.74).
post_tool_call, 200 KB: telemetry 0.37, logging 12.15, OpenTelemetry 16.73, NeMo Relay 7.13 (trivial 1.56, nobody 0.99).
p99 is 86 and 32 us (logging 167 and 138): one call in 50 is the first of its turn, which took 17 us with cold caches.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import calls, home, table

ROUNDS = int(os.environ.get("ROUNDS", "300"))
BURST = 50

Callback = Callable[..., Any]
# Hook name to callback, for each who listens.
Listener = dict[str, Callback]

TRIVIAL = "a trivial callback"
MODEL, TOOL = "post_api_request", "post_tool_call"
BEFORE = {MODEL: "pre_api_request", TOOL: "pre_tool_call"}
RECORDED = {
    MODEL: ("session_id", "turn_id", "api_request_id", "model", "provider", "api_duration", "finish_reason", "usage"),
    TOOL: ("session_id", "turn_id", "tool_call_id", "tool_name", "duration_ms", "status"),
}


def trivial() -> Listener:
    def ignore(**_fields: Any) -> None:
        return None

    return {MODEL: ignore, TOOL: ignore}


def json_log(directory: Path) -> Listener:
    logger = logging.Logger("hooks")
    logger.addHandler(logging.FileHandler(directory / "hooks.jsonl"))

    def record(hook: str) -> Callback:
        def callback(**fields: Any) -> None:
            logger.info("%s", json.dumps({"hook": hook} | {key: fields[key] for key in RECORDED[hook]}))

        return callback

    return {hook: record(hook) for hook in RECORDED}


def open_telemetry() -> Listener:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Nowhere(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    tracer = provider.get_tracer("hooks")

    def record(hook: str) -> Callback:
        plain = [key for key in RECORDED[hook] if key != "usage"]

        def callback(**fields: Any) -> None:
            attributes = {key: fields[key] for key in plain} | (fields["usage"] if "usage" in RECORDED[hook] else {})
            tracer.start_span(hook, attributes=attributes).end()

        return callback

    return {hook: record(hook) for hook in RECORDED}


def registered(manager: Any, plugin: str) -> Listener:
    """The callbacks the host holds for one of its plugins. Ours are builtin functions, which have no module."""
    module = None if plugin == "telemetry" else manager._plugins[plugin].module.__name__
    every = ((hook, callback) for hook, callbacks in manager._hooks.items() for callback in callbacks)
    return {hook: callback for hook, callback in every if callback.__module__ == module}


def measure(manager: Any, hook: str, listener: Listener, burst: list[calls.Fields]) -> list[int]:
    """Nanoseconds for each call of a burst."""
    manager._hooks.clear()
    manager._hooks.update({name: [callback] for name, callback in listener.items()})
    invoke, clock, taken = manager.invoke_hook, time.perf_counter_ns, []
    if BEFORE[hook] in listener:
        for fields in burst:
            invoke(BEFORE[hook], request={"body": {"messages": []}}, **fields)
    for fields in burst:
        start = clock()
        invoke(hook, **fields)
        taken.append(clock() - start)
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        directory = Path(name)
        home.enter(directory, "telemetry", "observability/nemo_relay")
        from hermes_cli.plugins import discover_plugins, get_plugin_manager

        discover_plugins()
        manager = get_plugin_manager()
        listeners: dict[str, Listener] = {
            "nobody": {},
            TRIVIAL: trivial(),
            "telemetry": registered(manager, "telemetry"),
            "logging, JSON": json_log(directory),
            "OpenTelemetry": open_telemetry(),
            "NeMo Relay plugin": registered(manager, "observability/nemo_relay"),
        }
        assert all(MODEL in listener and TOOL in listener for name, listener in listeners.items() if name != "nobody")
        print(f"== one hook call, microseconds; {table.machine()}")
        for hook, make, bar in ((MODEL, calls.model_call, "2"), (TOOL, calls.tool_call, "5")):
            taken: dict[str, list[int]] = {name: [] for name in listeners}
            for number in range(ROUNDS):
                for name in taken:
                    turn = calls.turn(f"20261121_090000_{list(listeners).index(name):06x}", number)
                    taken[name] += measure(manager, hook, listeners[name], [make(turn, call) for call in range(1, BURST + 1)])
            report(hook, bar, taken)
    home.leave()


def report(hook: str, bar: str, taken: dict[str, list[int]]) -> None:
    medians = {name: statistics.median(times) / 1_000 for name, times in taken.items()}
    dispatch = medians[TRIVIAL]
    print(f"\n{hook}\n{'':20}{'p50':>8}{'p99':>8}{'beyond trivial':>16}")
    for name, times in taken.items():
        p99 = statistics.quantiles(times, n=100)[98] / 1_000
        print(f"{name:20}{medians[name]:8.2f}{p99:8.2f}{medians[name] - dispatch:16.2f}")
    ours = medians["telemetry"] - dispatch
    for name in ("logging, JSON", "OpenTelemetry", "NeMo Relay plugin"):
        peer = medians[name] - dispatch
        table.row(f"{hook}, us", f"{ours:.2f}", name, f"{peer:.2f}", peer / ours, bar)


if __name__ == "__main__":
    main()
