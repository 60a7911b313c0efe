"""The plugin as a directory of the home, which survives a rebuilt environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from harness.home import Home

MakeHome = Callable[[str], Home]


@pytest.fixture
def home(make_home: MakeHome) -> Home:
    return make_home("plain")


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


def test_directory_plugin_records(home: Home) -> None:
    said = install(home)
    assert str(home.path / "plugins" / "telemetry") in said
    assert "hermes plugins enable telemetry --no-allow-tool-override" in said
    assert "entry point" in said, "the wheel is installed here too, and wins: the user has to know"
    without_wheel(home)
    home.configure(plugin=False)
    assert home.hermes("plugins", "enable", "telemetry", "--no-allow-tool-override").returncode == 0
    [plugin] = [plugin for plugin in plugins(home) if plugin["name"] == "telemetry"]
    assert plugin["source"] == "user"

    assert home.hermes("-z", "Do it").stdout == "Plain answer.\n"
    [run] = home.runs()
    assert (run["outcome"], run["model_calls"]) == ("completed", 1)


def test_install_is_idempotent_and_can_be_undone(home: Home) -> None:
    directory = home.path / "plugins" / "telemetry"
    install(home)
    before = {file.name: file.stat().st_ino for file in directory.iterdir()}
    assert "already installed" in install(home)
    assert {file.name: file.stat().st_ino for file in directory.iterdir()} == before

    # An older copy is brought up to date by renaming over it: a running host keeps the library it has mapped.
    library = directory / "_native.abi3.so"
    library.write_bytes(b"older")
    inode = library.stat().st_ino
    assert "Installed" in install(home)
    assert library.stat().st_ino != inode
    assert library.stat().st_size > 100_000

    home.telemetry.mkdir()
    install(home, "uninstall")
    assert not directory.exists()
    assert home.telemetry.exists()
    assert "not installed" in install(home, "uninstall")


def test_foreign_directory_is_left_alone(home: Home) -> None:
    foreign = home.path / "plugins" / "telemetry"
    foreign.mkdir()
    (foreign / "plugin.yaml").write_text("name: telemetry\n")
    for action in ("install", "uninstall"):
        result = home.run(sys.executable, "-m", "hermes_telemetry_rs", action, "--home", str(home.path))
        assert result.returncode == 1
        assert str(foreign) in result.stderr
    assert [file.name for file in foreign.iterdir()] == ["plugin.yaml"]


def plugins(home: Home) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(home.hermes("plugins", "list", "--json").stdout)
    return listed
