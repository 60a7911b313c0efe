"""What a user waits for: a turn of one model call, and a tool call, in the real host with the plugin on and off.

The host's own agent asks a scripted model that answers at once, in a process of its own. On and off alternate within one
process: off is the host's table of hooks without our callbacks, which is what a host without the plugin has. A third
case has callbacks that do nothing for the same hooks: the host prepares what it tells only when somebody listens, and
that is its own time. After each piece of work there is a rest, so that the writer is done: a real model takes seconds.

Last numbers (2 x AMD EPYC, shared, Python 3.11.7, 2026-11-21), on - off: a turn of 37 ms +716 us [-677, +1856], 200 rounds; a
tool call of 34 ms +156 us [-530, +902], 100 rounds; both span zero. Empty callbacks - off: +29 us [-1074, +868] and +52 us
[-369, +464]. Earlier runs of 400 pairs of a turn did not span zero (+749 us [+445, +1450] at the least), with empty callbacks at
+882 us: our callbacks take 145 us of a turn (24 + 37 + 83, the last waits for the log); the rest is unexplained.

The numbers are differences within pairs, in microseconds, with a 95 % interval of their median (by order statistics: no
assumption about what other work on the machine does to them).
"""

from __future__ import annotations

import contextlib
import io
import math
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from . import home, table

TURNS = int(os.environ.get("TURNS", "200"))
TOOL_CALLS = int(os.environ.get("TOOL_CALLS", "100"))
WARM_UP = 5
# Longer than the writer's tick.
REST_S = 0.04


def serve(pipe: Connection) -> None:
    """The model, until the other end of the pipe goes away."""
    from harness.model_server import ModelServer

    pipe.send(ModelServer().port)
    with contextlib.suppress(EOFError):
        pipe.recv()


Table = dict[str, list[Callable[..., Any]]]
OFF, EMPTY, ON = "off", "empty callbacks", "on"


def ignore(**_fields: Any) -> None:
    return None


def measure(hooks: Table, count: int, work: Callable[[], None]) -> dict[str, list[float]]:
    """Seconds that `work` took in each case. The order in a round is drawn: the host has rhythms of its own."""
    ours = dict(hooks)
    assert ours and all(callback.__module__ is None for callbacks in ours.values() for callback in callbacks)
    cases: dict[str, Table] = {OFF: {}, EMPTY: {hook: [ignore] for hook in ours}, ON: ours}
    taken: dict[str, list[float]] = {name: [] for name in cases}
    draw = random.Random(count)
    for _ in range(count + WARM_UP):
        for name in draw.sample(list(cases), len(cases)):
            hooks.clear()
            hooks.update(cases[name])
            start = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - start)
            time.sleep(REST_S)
    hooks.clear()
    hooks.update(ours)
    return {name: times[WARM_UP:] for name, times in taken.items()}


def interval(with_it: list[float], without: list[float]) -> tuple[float, float, float]:
    """Median of the paired differences in microseconds, and the ends of its 95 % interval."""
    differences = sorted((one - other) * 1e6 for one, other in zip(with_it, without, strict=True))
    count = len(differences)
    # The number of values below the median is binomial; this many ranks around it hold 95 % of that.
    low = max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)))
    return statistics.median(differences), differences[low], differences[count - 1 - low]


def report(what: str, taken: dict[str, list[float]]) -> None:
    off_ms = statistics.median(taken[OFF]) * 1e3
    print(f"{what}: {len(taken[OFF])} rounds, {off_ms:.2f} ms off")
    for name, one, other in (("on - off", ON, OFF), ("empty callbacks - off", EMPTY, OFF), ("on - empty callbacks", ON, EMPTY)):
        median, low, high = interval(taken[one], taken[other])
        verdict = "spans 0" if low <= 0 <= high else "does not span 0"
        print(f"  {name:22}{median:+7.0f} us [{low:+.0f}, {high:+.0f}] {verdict}")
        table.row(f"{what}, {name}, us", f"{median:+.0f} [{low:+.0f}, {high:+.0f}]", "off, ms", f"{off_ms:.1f}", bar="spans 0")


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    context.Process(target=serve, args=(theirs,), daemon=True).start()
    theirs.close()
    port = ours.recv()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        home.enter(directory, "telemetry")
        work = directory / "work"
        work.mkdir()
        os.chdir(work)
        run(f"http://127.0.0.1:{port}/plain/bench/v1", work)
    home.leave()


def run(url: str, work: Path) -> None:
    from hermes_cli.plugins import get_plugin_manager
    from model_tools import handle_function_call
    from run_agent import AIAgent

    with contextlib.redirect_stdout(io.StringIO()):
        agent = AIAgent(
            base_url=url, api_key="sk-test-not-real", provider="custom", model="fake-model", quiet_mode=True, platform="cli"
        )

    def turn() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = agent.run_conversation("Do it")["final_response"]
        assert answer == "Plain answer.", answer

    numbers = iter(range(10**9))
    ids = {"task_id": "bench", "session_id": agent.session_id, "turn_id": "bench:turn", "api_request_id": "bench:api"}

    def tool_call() -> None:
        # Another file each time: the host refuses to read the same one again.
        number = next(numbers)
        result = handle_function_call("read_file", {"path": f"part-{number}.txt"}, tool_call_id=f"call-{number}", **ids)
        assert "alpha" in result, result

    for number in range(3 * (TOOL_CALLS + WARM_UP)):
        (work / f"part-{number}.txt").write_text("alpha\n" * 200)
    hooks = get_plugin_manager()._hooks
    print(f"== wall time in the host, plugin on and off; {table.machine()}")
    report("a turn of one model call", measure(hooks, TURNS, turn))
    report("a tool call (read_file)", measure(hooks, TOOL_CALLS, tool_call))


if __name__ == "__main__":
    main()
