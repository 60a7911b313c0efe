"""Recorded sessions, exported by the binary, and what the index of their home says they are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from home import Home
from recordings import NAMES


class Sent:
    """A home with recordings in it, exported to one receiver."""

    def __init__(
        self, folder: Path, endpoint: str, environment: dict[str, str], *, names: list[str] = NAMES, copy: int = 0, **otlp: Any
    ) -> None:
        self.home = Home(folder / "home")
        self.home.replay(names, copy=copy)
        self.environment = environment
        self.home.configure(export={"otlp": {"enabled": True, "endpoint": endpoint, **otlp}})
        self.export()
        self.spans = self.home.rows("SELECT * FROM tel_spans")
        # Calls that were never answered are spans of the export, and in the index a group of attempts.
        answered = "SELECT span_id FROM tel_model_calls"
        rows = self.home.rows(f"SELECT call_span_id FROM tel_attempts WHERE call_span_id NOT IN ({answered})")
        self.unanswered = {row["call_span_id"] for row in rows}
        self.count = len(self.spans) + len(self.unanswered)
        self.runs = self.home.rows(
            "SELECT r.*, top.session_id AS top_session_id FROM tel_runs r JOIN tel_runs top ON top.run_id = r.trace_id"
        )
        assert len(self.runs) >= len(names)
        self.calls = sum(run["model_call_count"] for run in self.runs) + len(self.unanswered)
        self.failures = sum(run["failed_attempt_count"] for run in self.runs)

    def export(self) -> str:
        return self.home.do("export", "--otlp", **self.environment)

    def export_anew(self) -> str:
        """As if nothing had been exported before."""
        shutil.rmtree(self.home.path / "telemetry/export")
        return self.export()


def tokens(runs: list[dict[str, Any]]) -> tuple[int, int]:
    """All that went in and all that came out, by the index."""
    into = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
    return sum(run[bucket] for run in runs for bucket in into), sum(run["output_tokens"] for run in runs)


def dollars(runs: list[dict[str, Any]]) -> float | None:
    """What is known of their cost, by the index; none if nothing is."""
    costs = [run["priced_part_nanos"] if run["cost_nanos"] is None else run["cost_nanos"] for run in runs]
    known = [cost for cost in costs if cost is not None]
    return sum(known) / 1e9 if known else None
