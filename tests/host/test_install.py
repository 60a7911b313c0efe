"""The plugin as a directory of the home, which survives a rebuilt environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from harness.home import Home
from harness.rebuilt import install, without_wheel

MakeHome = Callable[[str], Home]


@pytest.fixture
def home(make_home: MakeHome) -> Home:
    return make_home("plain")


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
