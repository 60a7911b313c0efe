"""Trajectories judged by the official models of their formats, by NVIDIA's converter and by the rules of their specifications.
`scripts/judges-env` makes the environment: `scripts/judges-env && cargo build --release && .venv-judges/bin/pytest
tests/trajectories`."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from home import binary


def pytest_sessionstart() -> None:
    if missing := [name for name in ("nat", "harbor") if not find_spec(name)]:
        raise pytest.UsageError(f"not installed: {', '.join(missing)}; scripts/judges-env gets them from PyPI")
    if not binary().is_file():
        raise pytest.UsageError(f"{binary()} is not there: run `cargo build --release`, or set TELEMETRY_BIN")
