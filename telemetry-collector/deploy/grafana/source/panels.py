"""Panels as Grafana keeps them, by what they show."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DATASOURCE = {"type": "grafana-postgresql-datasource", "uid": "telemetry"}

OUTCOMES = ("completed", "interrupted", "reset", "compressed", "limited", "timed_out", "errored", "running", "unknown")
DECISIONS = ("APPROVED", "CONFIRMED", "OK", "DENIED", "DECLINED", "BLOCK")
ANSWERS = ("once", "session", "always", "deny", "timeout")
PERCENTILES = ("p50", "p95", "p99")
COSTS = ("actual", "estimated", "included", "unknown")

# What is alike has the same colour everywhere: green is well, red is not, blue is what people wanted.
COLOURS = {
    "completed": "green",
    "interrupted": "blue",
    "reset": "super-light-blue",
    "compressed": "light-blue",
    "limited": "yellow",
    "timed_out": "orange",
    "errored": "red",
    "running": "purple",
    "unknown": "text",
    "APPROVED": "green",
    "CONFIRMED": "light-green",
    "OK": "super-light-green",
    "DENIED": "red",
    "DECLINED": "orange",
    "BLOCK": "dark-red",
    "once": "light-green",
    "session": "green",
    "always": "dark-green",
    "deny": "red",
    "timeout": "orange",
    "p50": "green",
    "p95": "orange",
    "p99": "red",
    "actual": "green",
    "estimated": "light-green",
    "included": "blue",
}


def target(sql: str, form: str, ref: str = "A") -> Json:
    """A question. `form`: `table`, or `time_series` where there is a column `time`."""
    return {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "format": form,
        "rawQuery": True,
        "rawSql": sql,
        "refId": ref,
    }


def panel(
    kind: str, title: str, about: str, targets: list[Json], *, defaults: Json, options: Json, overrides: list[Json]
) -> Json:
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": options,
    }


def by_name(name: str, **properties: Any) -> Json:
    """What a column has of its own; `custom.x` is written `custom_x`."""
    ids = [(key.replace("custom_", "custom."), value) for key, value in properties.items()]
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in ids],
    }


def stat(
    title: str,
    about: str,
    sql: str,
    *,
    unit: str = "short",
    decimals: int | None = None,
    bad: float | None = None,
    good: float | None = None,
    missing: str = "none",
) -> Json:
    """Large numbers: a row of which every column is one. From `bad` on they are red; from `good` on green, and red before."""
    steps: list[Json] = [{"color": "text", "value": None}]
    if bad is not None:
        steps.append({"color": "red", "value": bad})
    if good is not None:
        steps = [
            {"color": "red", "value": None},
            {"color": "orange", "value": good - 0.15},
            {"color": "green", "value": good},
        ]
    defaults: Json = {"unit": unit, "noValue": missing, "thresholds": {"mode": "absolute", "steps": steps}}
    if decimals is not None:
        defaults["decimals"] = decimals
    options = {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showPercentChange": False,
        "textMode": "auto",
        "wideLayout": True,
    }
    return panel("stat", title, about, [target(sql, "table")], defaults=defaults, options=options, overrides=[])


def over_time(
    title: str,
    about: str,
    sql: str,
    *,
    bars: bool = False,
    unit: str = "short",
    top: float | None = None,
    names: tuple[str, ...] = (),
) -> Json:
    """Lines, or bars upon each other. A step is an hour at least, since rollups know no less, and a drawing has about 30 of them:
    so from a month on it is made of days. `names`: those of lines that have a colour of their own."""
    custom: Json = {
        "axisBorderShow": False,
        "axisPlacement": "auto",
        "drawStyle": "bars" if bars else "line",
        "fillOpacity": 80 if bars else 10,
        "lineInterpolation": "linear",
        "lineWidth": 0 if bars else 2,
        "showPoints": "never" if bars else "auto",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if bars else "none"},
    }
    defaults: Json = {"unit": unit, "min": 0, "custom": custom, "color": {"mode": "palette-classic-by-name"}}
    if top is not None:
        defaults["max"] = top
    options = {
        "legend": {
            "calcs": ["sum"] if bars else ["mean"],
            "displayMode": "list",
            "placement": "bottom",
            "showLegend": True,
        },
        "tooltip": {"hideZeros": True, "mode": "multi", "sort": "desc"},
    }
    colours = [by_name(name, color={"mode": "fixed", "fixedColor": COLOURS[name]}) for name in names]
    made = panel(
        "timeseries", title, about, [target(sql, "time_series")], defaults=defaults, options=options, overrides=colours
    )
    return {**made, "interval": "1h", "maxDataPoints": 30}


def table(title: str, about: str, sql: str, *, sort: str, columns: list[Json]) -> Json:
    """Rows, the largest `sort` first."""
    options = {
        "cellHeight": "sm",
        "frameIndex": 0,
        "showHeader": True,
        "sortBy": [{"desc": True, "displayName": sort}],
    }
    defaults = {"custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}, "unit": "short"}
    return panel("table", title, about, [target(sql, "table")], defaults=defaults, options=options, overrides=columns)


def gauges(title: str, about: str, sql: str, *, unit: str = "short") -> Json:
    """A bar for each row: the first column is its name, the second its length."""
    options = {
        "displayMode": "basic",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "maxVizHeight": 40,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "left",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "limit": 20, "values": True},
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    defaults = {"unit": unit, "min": 0, "color": {"mode": "continuous-YlRd"}, "noValue": "none"}
    return panel("bargauge", title, about, [target(sql, "table")], defaults=defaults, options=options, overrides=[])


# Columns of tables.


def share(name: str) -> Json:
    return by_name(name, unit="percentunit", min=0, max=1, decimals=1, noValue="-")


def bad_share(name: str) -> Json:
    """A share that should be small, as a bar."""
    return by_name(
        name,
        unit="percentunit",
        min=0,
        max=1,
        decimals=1,
        noValue="-",
        color={"mode": "continuous-GrYlRd"},
        custom_cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
    )


def took(name: str) -> Json:
    return by_name(name, unit="ms", noValue="-")


def money(name: str) -> Json:
    """Dollars. What is not known says so, and is no zero."""
    return by_name(name, unit="currencyUSD", noValue="unknown")


def moment(name: str) -> Json:
    return by_name(name, unit="dateTimeAsIso", noValue="-")


def warning(name: str) -> Json:
    """A count of which any is too many."""
    return by_name(
        name,
        noValue="-",
        thresholds={"mode": "absolute", "steps": [{"color": "text", "value": None}, {"color": "orange", "value": 1}]},
        custom_cellOptions={"type": "color-text"},
    )
