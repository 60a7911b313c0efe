"""What Grafana takes and then shows wrongly: places, ids, references, variables nobody asks, and what is provisioned."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from grafana import BOARDS, boards, panels

GRAFANA = BOARDS.parent
VARIABLES = {"host", "agent", "model", "provider", "outcome"}


def provisioned(kind: str) -> dict:
    return yaml.safe_load((GRAFANA / "provisioning" / kind / "telemetry.yaml").read_text(encoding="utf-8"))


def test_the_boards_are_what_their_source_says(tmp_path: Path) -> None:
    subprocess.run([sys.executable, GRAFANA / "source", tmp_path], check=True)
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text(encoding="utf-8") for path in BOARDS.iterdir()}


def test_each_board_has_an_address_of_its_own_and_leads_to_the_other() -> None:
    uids = [board["uid"] for board in boards().values()]
    assert len(set(uids)) == len(uids) == 2
    assert all(re.fullmatch("[a-z-]{1,40}", uid) for uid in uids)
    for board in boards().values():
        assert {link["url"] for link in board["links"]} == {f"/d/{uid}" for uid in uids} - {f"/d/{board['uid']}"}
        assert board["timezone"] == "utc"


@pytest.mark.parametrize("name", boards())
def test_panels_stand_beside_each_other(name: str) -> None:
    every = boards()[name]["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    assert len({panel["title"] for panel in every}) == len(every)

    def cells(panel: dict) -> set[tuple[int, int]]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        return {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}

    for one, other in combinations(every, 2):
        assert not cells(one) & cells(other), (one["title"], other["title"])


@pytest.mark.parametrize("name", boards())
def test_every_panel_asks_our_database_and_heeds_every_variable(name: str) -> None:
    (source,) = provisioned("datasources")["datasources"]
    board = boards()[name]
    assert {variable["name"] for variable in board["templating"]["list"]} == VARIABLES
    for asker in [
        *board["templating"]["list"],
        *panels(board),
        *(target for panel in panels(board) for target in panel["targets"]),
    ]:
        assert asker["datasource"] == {"type": source["type"], "uid": source["uid"]}
    for panel in panels(board):
        (target,) = panel["targets"]
        assert set(re.findall(r"\$\{(\w+):sqlstring\}", target["rawSql"])) == VARIABLES
        assert panel["description"]
        assert target["format"] == ("time_series" if panel["type"] == "timeseries" else "table")
        assert "$__time" in target["rawSql"] or "$__unixEpochNanoFilter" in target["rawSql"]


@pytest.mark.parametrize("name", boards())
def test_macros_have_no_parenthesis_inside(name: str) -> None:
    """Grafana takes a macro to end at the first one that closes."""
    for panel in panels(boards()[name]):
        for arguments in re.findall(r"\$__\w+\(([^)]*)\)", panel["targets"][0]["rawSql"]):
            assert "(" not in arguments


@pytest.mark.parametrize("name", boards())
def test_variables_take_several_and_all(name: str) -> None:
    for variable in boards()[name]["templating"]["list"]:
        assert variable["multi"] and variable["includeAll"] and variable["refresh"] == 2
        assert variable["allValue"] == variable["name"]
        assert variable["current"]["value"] == ["$__all"]


def test_what_is_provisioned_has_no_secret_and_no_rights() -> None:
    (source,) = provisioned("datasources")["datasources"]
    assert source["user"] == "telemetry_boards"
    assert source["secureJsonData"] == {"password": "$GRAFANA_DATABASE_PASSWORD"}
