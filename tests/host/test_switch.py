"""Who decides whether anything is recorded: the user's config, and above it the managed one."""

from __future__ import annotations

from collections.abc import Callable

import yaml

from harness.home import Home

MakeHome = Callable[[str], Home]


def test_user_switches_recording_off_and_on(make_home: MakeHome) -> None:
    home = make_home("plain")
    assert home.hermes("config", "set", "telemetry.local", "false").returncode == 0
    assert home.hermes("-z", "Not to be recorded").stdout == "Plain answer.\n"
    assert not home.telemetry.exists()
    assert decision(home) == (False, str(home.config))
    assert home.runs() == []

    assert home.hermes("config", "set", "telemetry.local", "true").returncode == 0
    home.hermes("-z", "To be recorded")
    assert [run["outcome"] for run in home.runs()] == ["completed"]
    assert decision(home) == (True, str(home.config))


def test_managed_switch_cannot_be_overridden(make_home: MakeHome) -> None:
    home = make_home("plain")
    managed = home.root / "managed"
    managed.mkdir()
    (managed / "config.yaml").write_text(yaml.safe_dump({"telemetry": {"local": False}}))
    home.environment["HERMES_MANAGED_DIR"] = str(managed)

    # The host refuses to write it; a user who edits the file by hand gets no further.
    assert home.hermes("config", "set", "telemetry.local", "true").returncode == 1
    home.configure(telemetry={"local": True})
    assert home.hermes("-z", "Not to be recorded").stdout == "Plain answer.\n"
    assert not home.telemetry.exists()
    assert decision(home) == (False, str(managed / "config.yaml"))


def decision(home: Home) -> tuple[bool, str | None]:
    """What `telemetry.local` is, and which file says so."""
    status = home.answer("status")
    [setting] = [setting for setting in status["settings"] if setting["key"] == "telemetry.local"]
    assert setting["value"] == status["planes"]["local"]
    return setting["value"], setting["file"]
