"""What Grafana makes of a board before it asks the database: the step of a drawing, variables, and the macros of its data source
for PostgreSQL (pkg/tsdb/grafana-postgresql-datasource/macros.go, pkg/tsdb/sqleng of grafana/grafana)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BOARDS = Path(__file__).parents[2] / "telemetry-collector" / "deploy" / "grafana" / "boards"

HOUR = 3_600_000

# Up to which length a step is rounded to which (`roundInterval`), in milliseconds, from an hour on.
STEPS = [
    (1.5 * HOUR, HOUR),
    (2.5 * HOUR, 2 * HOUR),
    (4.5 * HOUR, 3 * HOUR),
    (9 * HOUR, 6 * HOUR),
    (24 * HOUR, 12 * HOUR),
    (7 * 24 * HOUR, 24 * HOUR),
    (21 * 24 * HOUR, 7 * 24 * HOUR),
    (42 * 24 * HOUR, 30 * 24 * HOUR),
]


def boards() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(BOARDS.glob("*.json"))}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


@dataclass(frozen=True)
class Asked:
    """A board as somebody looks at it."""

    since: datetime
    until: datetime
    # Values of variables; one that is not here is set to all.
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def step(self, panel: dict[str, Any]) -> timedelta:
        """`$__interval` of a panel: what its window divides into, no shorter than the panel's shortest."""
        length = (self.until - self.since) / timedelta(milliseconds=1) / panel.get("maxDataPoints", 1000)
        shortest = {"1h": HOUR, None: 0}[panel.get("interval")]
        rounded = next((step for below, step in STEPS if length < below), 365 * 24 * HOUR)
        return timedelta(milliseconds=max(rounded, shortest))

    def sql(self, board: dict[str, Any], sql: str, step: timedelta) -> str:
        """The question as the database gets it."""
        variables = {variable["name"]: variable for variable in board["templating"]["list"]}
        sql = re.sub(r"\$\{(\w+):sqlstring\}", lambda found: self._chosen(variables[found[1]]), sql)
        seconds = int(step.total_seconds())
        sql = sql.replace("$__interval_ms", str(seconds * 1000)).replace("$__interval", f"{seconds}s")
        return re.sub(
            r"\$([_a-zA-Z0-9]+)\(([^)]*)\)",
            lambda found: self._macro(found[1], found[2], found.string, found.end()),
            sql,
        )

    def _chosen(self, variable: dict[str, Any]) -> str:
        """Values are quoted. What stands for all is put in as it is."""
        if values := self.chosen.get(variable["name"]):
            return ",".join("'" + value.replace("'", "''") + "'" for value in values)
        return variable["allValue"]

    def _macro(self, name: str, inside: str, sql: str, end: int) -> str:
        arguments = [argument.strip() for argument in inside.split(",")]
        since, until = (f"'{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'" for moment in (self.since, self.until))
        nanos = [int(moment.timestamp()) * 1_000_000_000 for moment in (self.since, self.until)]
        if name == "__timeGroup" and sql[end : end + 1] == ",":
            name = "__timeGroupAlias"
        match name:
            case "__timeFrom":
                return since
            case "__timeTo":
                return until
            case "__timeFilter":
                return f"{arguments[0]} BETWEEN {since} AND {until}"
            case "__unixEpochNanoFilter":
                return f"{arguments[0]} >= {nanos[0]} AND {arguments[0]} <= {nanos[1]}"
            case "__timeGroup" | "__timeGroupAlias":
                seconds = int(arguments[1].strip("'").removesuffix("s"))
                group = f"floor(extract(epoch from {arguments[0]})/{seconds})*{seconds}"
                return group + (' AS "time"' if name == "__timeGroupAlias" else "")
        raise ValueError(f"no macro of Grafana: {name}")
