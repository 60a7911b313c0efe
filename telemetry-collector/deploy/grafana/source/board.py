"""A board: rows of panels, with the variables all boards have."""

from __future__ import annotations

from panels import DATASOURCE, Json
from sql import VARIABLES

WIDTH = 24


class Layout:
    """Puts panels beside each other, and into the next line when it is full."""

    def __init__(self) -> None:
        self.panels: list[Json] = []
        self.x = self.y = self.line = 0

    def row(self, title: str) -> None:
        """A heading."""
        self._next_line()
        self.panels.append({"type": "row", "title": title, "collapsed": False, "panels": [], **self._place(WIDTH, 1)})
        self._next_line()

    def add(self, width: int, height: int, panel: Json) -> None:
        if self.x + width > WIDTH:
            self._next_line()
        self.panels.append({**panel, **self._place(width, height)})

    def _place(self, width: int, height: int) -> Json:
        place = {"gridPos": {"x": self.x, "y": self.y, "w": width, "h": height}, "id": len(self.panels) + 1}
        self.x += width
        self.line = max(self.line, height)
        return place

    def _next_line(self) -> None:
        self.x, self.y, self.line = 0, self.y + self.line, 0


def variable(name: str) -> Json:
    """What there is to choose from; several, or all."""
    question = f"SELECT DISTINCT {name} FROM series WHERE {name} <> '' ORDER BY 1"
    return {
        "type": "query",
        "name": name,
        "label": name.capitalize(),
        "datasource": DATASOURCE,
        "query": question,
        # When the board is loaded, and when its window changes.
        "refresh": 2,
        "sort": 0,
        "multi": True,
        "includeAll": True,
        # Put into the question as it is: see `CHOSEN`.
        "allValue": name,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
        "hide": 0,
        "regex": "",
        "skipUrlSync": False,
    }


def board(uid: str, title: str, about: str, layout: Layout, other: tuple[str, str]) -> Json:
    """`other`: the title and the uid of the board that shows the same in another way."""
    return {
        "uid": uid,
        "title": title,
        "description": about,
        "tags": ["telemetry"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        # Days of rollups are days of UTC.
        "timezone": "utc",
        "time": {"from": "now-7d", "to": "now"},
        "timepicker": {},
        "refresh": "1m",
        "annotations": {"list": []},
        "links": [
            {
                "type": "link",
                "title": other[0],
                "url": f"/d/{other[1]}",
                "icon": "dashboard",
                "tooltip": "",
                "tags": [],
                "asDropdown": False,
                "includeVars": True,
                "keepTime": True,
                "targetBlank": False,
            }
        ],
        "templating": {"list": [variable(name) for name in VARIABLES]},
        "panels": layout.panels,
    }
