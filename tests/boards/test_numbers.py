"""Every panel shows the numbers that counting the facts one by one comes to, in any window and however it is filtered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg.rows import dict_row

import shown_cost
import shown_overview
from counted import Looked
from grafana import Asked, boards, panels
from world import BEGAN, DAYS, World

SHOWN = {"overview": shown_overview.SHOWN, "cost": shown_cost.SHOWN}


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return BEGAN + timedelta(days=day, hours=hour, minutes=minute)


LOOKS = {
    "a morning": Asked(at(20, 6), at(20, 12)),
    "two days, not on the hour": Asked(at(20, 10, 37), at(22, 15, 20)),
    "a month of days": Asked(at(20), at(50)),
    "everything": Asked(at(-10, 5), at(DAYS + 5, 7)),
    "nothing": Asked(at(-20), at(-10)),
    "one host, whose name breaks out of quotes": Asked(at(0), at(60), {"host": ("o'brien'; DROP TABLE runs; --",)}),
    "two models of a provider": Asked(
        at(3, 3), at(60), {"model": ("claude-opus-4", "claude-haiku-4"), "provider": ("anthropic",)}
    ),
    "one agent, and how it ended": Asked(at(0), at(60), {"agent": ("hermes",), "outcome": ("completed", "errored")}),
    "reports that succeeded": Asked(at(0), at(60), {"outcome": ("success",)}),
}
QUESTIONS = [(name, panel["title"]) for name, board in boards().items() for panel in panels(board)]


def plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("board", "title"), QUESTIONS, ids=[f"{name}: {title}" for name, title in QUESTIONS])
def test_a_panel_shows_what_counting_comes_to(
    board: str, title: str, look: str, made: World, grafana: psycopg.Connection
) -> None:
    board_json = boards()[board]
    panel = next(panel for panel in panels(board_json) if panel["title"] == title)
    asked = LOOKS[look]
    step = asked.step(panel)
    keys, expect = SHOWN[board][title]
    expected = expect(Looked(made, asked, step))
    (target,) = panel["targets"]
    rows = grafana.cursor(row_factory=dict_row).execute(asked.sql(board_json, target["rawSql"], step)).fetchall()
    shown = {
        tuple(plain(row[key]) for key in keys): {name: plain(value) for name, value in row.items()} for row in rows
    }
    assert len(shown) == len(rows), "rows that nothing tells apart"
    assert shown.keys() == expected.keys()
    for key, row in expected.items():
        for name, value in row.items():
            # A bucket is within 1 % of all it stands for.
            close = 0.01 if name in ("p50", "p95", "p99") else 1e-9
            assert shown[key][name] == (
                value if value is None or isinstance(value, str) else pytest.approx(value, rel=close)
            ), (key, name)


@pytest.mark.parametrize("title", shown_overview.LAST_ACTIVE)
def test_when_somebody_was_last_active(title: str, made: World, grafana: psycopg.Connection) -> None:
    board = boards()["overview"]
    panel = next(panel for panel in panels(board) if panel["title"] == title)
    asked, name = LOOKS["two days, not on the hour"], shown_overview.LAST_ACTIVE[title]
    rows = grafana.cursor(row_factory=dict_row).execute(
        asked.sql(board, panel["targets"][0]["rawSql"], asked.step(panel))
    )
    active = {row[name]: row["active"].astimezone(UTC) for row in rows}
    expected = shown_overview.last_active(Looked(made, asked, asked.step(panel)), name)
    # Of a whole day no hour is known.
    assert {key: value.date() for key, value in active.items()} == {
        key: value.date() for key, value in expected.items()
    }


def test_every_panel_has_its_number() -> None:
    assert {name: {panel["title"] for panel in panels(board)} for name, board in boards().items()} == {
        name: set(shown) for name, shown in SHOWN.items()
    }


def test_variables_offer_what_there_is(made: World, grafana: psycopg.Connection) -> None:
    for board in boards().values():
        for variable in board["templating"]["list"]:
            offered = [value for (value,) in grafana.execute(variable["query"])]
            assert offered == sorted({fact[variable["name"]] for fact in made.facts} - {""}), variable["name"]
