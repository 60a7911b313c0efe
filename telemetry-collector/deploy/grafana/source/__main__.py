"""Writes the boards: `python3 telemetry-collector/deploy/grafana/source [FOLDER]`, by default into `boards` beside this folder.

What stands in FOLDER afterwards is committed, because Grafana reads JSON and people read these files; a test sees to it that the
two agree. Nothing but Python is needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cost
import overview

BOARDS = {"overview.json": overview.board, "cost.json": cost.board}


def write(folder: Path) -> None:
    for name, board in BOARDS.items():
        (folder / name).write_text(json.dumps(board(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "boards")
