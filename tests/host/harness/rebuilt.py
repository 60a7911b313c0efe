"""The plugin as a directory of a home, and an environment that lost the wheel."""

from __future__ import annotations

import sys

from .home import Home


def install(home: Home, action: str = "install") -> str:
    result = home.run(sys.executable, "-m", "hermes_telemetry_rs", action, "--home", str(home.path))
    assert result.returncode == 0, result.stderr
    return result.stdout


# Python runs a module of this name before anything else.
WITHOUT_WHEEL = """
import importlib.metadata, sys
everything = importlib.metadata.entry_points
def entry_points(**selection):
    found = everything(**selection)
    return importlib.metadata.EntryPoints(each for each in found if each.value != "hermes_telemetry_rs")
importlib.metadata.entry_points = entry_points
sys.modules["hermes_telemetry_rs"] = None
"""


def without_wheel(home: Home) -> None:
    """As in a rebuilt environment: no entry point, and no package of that name.

    A second environment would say the same after half a minute of installing; and an empty distribution of the same
    name does not hide the real one, because the host puts its own directory first.
    """
    (home.root / "rebuilt").mkdir()
    (home.root / "rebuilt" / "sitecustomize.py").write_text(WITHOUT_WHEEL)
    home.environment["PYTHONPATH"] = str(home.root / "rebuilt")
