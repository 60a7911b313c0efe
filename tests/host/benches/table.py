"""How a bench tells its numbers: a table for people, and `row` lines for `scripts/bench`."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """Cores, processor and interpreter, for a table's head."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.machine()
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}"


def row(what: str, ours: str, peer_name: str = "-", peer: str = "-", ratio: float | None = None, bar: str = "-") -> None:
    """One line of the table over all benches; `ratio` is how many times the peer's cost is ours."""
    print("row", what, ours, peer_name, peer, "-" if ratio is None else f"{ratio:.1f}", bar, sep="\t", flush=True)
