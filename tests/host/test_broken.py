"""Whatever is wrong with our files, the host's answer and its exit code are the ones it gives without us."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from harness.home import Home

MakeHome = Callable[[str], Home]
# Breaks a home; what it enters into the stack is undone afterwards.
Break = Callable[[Home, ExitStack], None]


def home_is_a_file(home: Home, _: ExitStack) -> None:
    home.telemetry.write_text("not a directory")


def log_is_a_file(home: Home, _: ExitStack) -> None:
    home.telemetry.mkdir()
    (home.telemetry / "log").write_text("not a directory")


def database_is_a_directory(home: Home, _: ExitStack) -> None:
    (home.telemetry / "telemetry.db").mkdir(parents=True)


def database_is_garbage(home: Home, _: ExitStack) -> None:
    home.telemetry.mkdir()
    (home.telemetry / "telemetry.db").write_bytes(b"not a database" * 1000)


def read_only(home: Home, stack: ExitStack) -> None:
    home.telemetry.mkdir()
    if os.geteuid() != 0:
        home.telemetry.chmod(0o500)
        stack.callback(home.telemetry.chmod, 0o700)
        return
    # Permissions do not stop root; a read-only file system does.
    stack.enter_context(mounted(home.telemetry, "ro"))


def full_disk(home: Home, stack: ExitStack) -> None:
    home.telemetry.mkdir()
    stack.enter_context(mounted(home.telemetry, "size=64k"))
    with (home.telemetry / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 512)
    assert shutil.disk_usage(home.telemetry).free == 0


def section_of_another_shape(home: Home, _: ExitStack) -> None:
    home.configure(telemetry=["not", "a", "section"])


def values_of_another_type(home: Home, _: ExitStack) -> None:
    home.configure(telemetry={"local": "perhaps", "retention_days": [1], "export": 7, "capture": None, "nonsense": {}})


def managed_config_is_malformed(home: Home, _: ExitStack) -> None:
    managed = home.root / "managed"
    managed.mkdir()
    (managed / "config.yaml").write_text("telemetry: {local: [\n")
    home.environment["HERMES_MANAGED_DIR"] = str(managed)


BREAKS: list[Break] = [
    home_is_a_file,
    log_is_a_file,
    database_is_a_directory,
    database_is_garbage,
    read_only,
    full_disk,
    section_of_another_shape,
    values_of_another_type,
    managed_config_is_malformed,
]


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda break_it: break_it.__name__)
def test_answer_is_unchanged(make_home: MakeHome, break_it: Break) -> None:
    home = make_home("tool")
    with ExitStack() as stack:
        break_it(home, stack)
        with_us = home.hermes("-z", "Read alpha.txt")
        in_host = home.hermes("telemetry", "runs", "--json")
        binary = home.binary("runs", "--json")
    assert (with_us.stdout, with_us.returncode) == ("Read one file.\n", 0), with_us.stderr
    assert "telemetry" not in with_us.stderr.lower()
    for result in (in_host, binary):
        assert_orderly(result)


def test_failure_is_unchanged(make_home: MakeHome) -> None:
    """A run that fails, with the plugin off and on: `chat -q` tells by its exit code."""
    home = make_home("unauthorized")
    home.telemetry.write_text("not a directory")
    home.configure(plugin=False)
    without_us = home.hermes("chat", "-Q", "-q", "Do it")
    home.configure(plugin=True)
    with_us = home.hermes("chat", "-Q", "-q", "Do it")
    assert without_us.returncode == 1
    assert (with_us.stdout, with_us.returncode) == (without_us.stdout, without_us.returncode)


def test_malformed_config_of_the_host(make_home: MakeHome) -> None:
    """The host goes on with its defaults, in which no plugin is enabled; the binary names the file."""
    home = make_home("plain")
    home.config.write_text("model: {provider: custom\n  : [\n")
    result = home.hermes("-z", "Do it")
    assert result.returncode == 1
    assert "panic" not in result.stderr
    assert not home.telemetry.exists()
    status = home.binary("status", "--json")
    assert_orderly(status)
    assert str(home.config) in status.stdout + status.stderr


def assert_orderly(result: subprocess.CompletedProcess[str]) -> None:
    """An answer, or one line about what is wrong: never a trace."""
    assert result.returncode in (0, 1), result.stderr
    assert "panicked" not in result.stderr
    assert "Traceback" not in result.stderr
    assert "bug in telemetry" not in result.stderr
    if result.returncode == 1:
        assert result.stdout == ""
        assert result.stderr.strip()


@contextmanager
def mounted(directory: Path, options: str) -> Iterator[None]:
    """A small file system of its own at `directory`."""
    if os.geteuid() != 0:
        pytest.skip("a file system of its own can only be mounted by root")
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.skip(f"cannot mount here: {mount.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)
