"""What boards read: rollups and the list of runs, hours for short windows and days for long ones, and no more of them than the
window has."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

import database
from grafana import Asked, boards, panels
from test_numbers import LOOKS, QUESTIONS, at

HOURS = {"rollup_hours", "latency_hours"}
DAYS = {"rollup_days", "latency_days"}
MAY = HOURS | DAYS | {"series", "runs"}

WEEK = Asked(at(20, 10), at(27, 10))
MONTH = Asked(at(20, 10), at(50, 10))


def nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def explained(grafana: psycopg.Connection, board: str, title: str, asked: Asked) -> list[dict]:
    panel = next(panel for panel in panels(boards()[board]) if panel["title"] == title)
    sql = asked.sql(boards()[board], panel["targets"][0]["rawSql"], asked.step(panel))
    ((plans,),) = grafana.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}").fetchall()
    return list(nodes(plans[0]["Plan"]))


def read(plan: list[dict]) -> set[str]:
    """Tables that were looked into. One that a constant rules out is not."""
    return {node["Relation Name"] for node in plan if "Relation Name" in node and node["Actual Loops"] > 0}


@pytest.mark.parametrize(("board", "title"), QUESTIONS, ids=[f"{name}: {title}" for name, title in QUESTIONS])
def test_a_panel_reads_rollups_only(board: str, title: str, grafana: psycopg.Connection) -> None:
    for asked in LOOKS.values():
        assert {
            node["Relation Name"] for node in explained(grafana, board, title, asked) if "Relation Name" in node
        } <= MAY


@pytest.mark.parametrize(("board", "title"), QUESTIONS, ids=[f"{name}: {title}" for name, title in QUESTIONS])
def test_a_long_window_is_made_of_days(board: str, title: str, grafana: psycopg.Connection) -> None:
    panel = next(panel for panel in panels(boards()[board]) if panel["title"] == title)
    week, month = (explained(grafana, board, title, asked) for asked in (WEEK, MONTH))
    if panel["type"] == "timeseries":
        assert read(week) & HOURS and not read(week) & DAYS
        assert read(month) & DAYS and not read(month) & HOURS
    elif not title.endswith("runs"):
        # The hours of the first and the last day.
        for plan in (week, month):
            assert read(plan) & HOURS and read(plan) & DAYS
            scans = [node for node in plan if node.get("Relation Name") in HOURS]
            assert scans and not any(node["Node Type"] == "Seq Scan" for node in scans)


def test_grafana_cannot_read_what_boards_do_not_show_nor_write(filled: str) -> None:
    with psycopg.connect(database.url(filled, "telemetry_boards"), autocommit=True) as connection:
        for table in ("events", "reports", "transcripts", "keys", "processes", "unsettled", "uncounted"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}")
        connection.execute("SET default_transaction_read_only = off")
        for sql in ("DELETE FROM runs", "UPDATE series SET host = ''", "CREATE TABLE public.mine (a int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql)


def test_the_role_may_be_made_again(filled: str) -> None:
    database.let_grafana_in(filled)
    with psycopg.connect(database.url(filled)) as connection:
        ((limits,),) = connection.execute(
            "SELECT rolconfig FROM pg_roles WHERE rolname = 'telemetry_boards'"
        ).fetchall()
    assert set(limits) == {"default_transaction_read_only=on", "statement_timeout=30s"}


def test_functions_are_part_of_the_plan(grafana: psycopg.Connection) -> None:
    """A function that is not inlined reads everything before anything is filtered."""
    ((plan,),) = grafana.execute(
        "EXPLAIN (FORMAT JSON) SELECT sum(n) FROM sums_between('2026-03-05', '2026-03-20 12:00')"
    ).fetchall()
    assert "Function Scan" not in json.dumps(plan)
