"""The same plugin as a directory under a home, so that it survives a rebuilt virtual environment."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib import metadata
from pathlib import Path

from . import __version__, _native

DISTRIBUTION = "hermes-telemetry-rs"
ENABLE = "hermes plugins enable telemetry --no-allow-tool-override"

_PACKAGE = Path(__file__).resolve().parent
# What the host needs to load us; `python -m` works from the wheel only.
_FILES = ["plugin.yaml", "alone.py", "cli.py", "__init__.py"]
# Proves that a directory of this name is ours to change and to remove.
_MARKER = ".installed-by-hermes-telemetry-rs"


class InstallError(Exception):
    """What went wrong and what to do, in one line."""


def default_home() -> Path:
    """Where the host looks for plugins. Not `TELEMETRY_HOME`, which moves our data and not the host's plugins."""
    home = os.environ.get("HERMES_HOME", "").strip()
    return Path(home) if home else Path.home() / ".hermes"


def install(home: Path) -> list[str]:
    """Installs or updates the copy under `home`, and gives the lines to tell the user."""
    directory = _directory(home)
    if directory.exists() and not _is_ours(directory):
        raise InstallError(f"{directory} exists and was not made by this command: move it away and try again")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / _MARKER).touch()
        changed = [source.name for source in _sources() if _update(source, directory / source.name)]
    except OSError as error:
        raise InstallError(f"cannot write {directory}: {error.strerror or error}") from error
    did = f"Installed telemetry {__version__} in" if changed else f"telemetry {__version__} is already installed in"
    return [f"{did} {directory}", f"To switch it on: {ENABLE}", *_entry_point_note()]


def uninstall(home: Path) -> list[str]:
    """Removes the copy under `home`. What was recorded stays in `<home>/telemetry`."""
    directory = _directory(home)
    if not directory.exists():
        return [f"telemetry is not installed in {directory}"]
    if not _is_ours(directory):
        raise InstallError(f"{directory} was not made by this command: remove it by hand if you do not need it")
    try:
        shutil.rmtree(directory)
    except OSError as error:
        raise InstallError(f"cannot remove {directory}: {error.strerror or error}") from error
    return [f"Removed {directory}", f"What was recorded is still in {home / 'telemetry'}", *_entry_point_note()]


def _directory(home: Path) -> Path:
    return home / "plugins" / "telemetry"


def _is_ours(directory: Path) -> bool:
    return (directory / _MARKER).is_file()


def _sources() -> list[Path]:
    native = Path(_native.__file__).resolve()
    return [native, *(_PACKAGE / name for name in _FILES)]


def _update(source: Path, target: Path) -> bool:
    """Replaces `target` unless it is equal already.

    By renaming a finished copy over it: a running host has the old library mapped, and writing into that file would
    change the code under its feet.
    """
    content = source.read_bytes()
    if target.is_file() and target.read_bytes() == content:
        return False
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        shutil.copymode(source, temporary)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return True


def _entry_point_note() -> list[str]:
    """The host prefers an entry point to a directory of the same name, silently."""
    try:
        metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return []
    return [
        f"Note: {DISTRIBUTION} is also a package of this Python environment. If hermes runs from it, its entry point",
        "wins and the directory is not read until the package is gone, by `pip uninstall` or a rebuilt environment.",
    ]
