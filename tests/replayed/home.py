"""A home of the `telemetry` binary, with what was replayed into it, and the binary's answers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recordings import REPOSITORY, apart

# What every call of the recordings' usual model costs, in dollars for a million tokens.
MODEL = "fake-model"
RATES = {"input": 2.0, "output": 10.0, "cache_read": 0.5, "cache_write": 3.0, "reasoning": 10.0}
# For a busy machine; a command takes a fraction of a second.
PATIENCE = 120


def binary() -> Path:
    return Path(os.environ.get("TELEMETRY_BIN") or REPOSITORY / "target/release/telemetry")


class Home:
    def __init__(self, path: Path, **settings: Any) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.configure(**settings)

    def configure(self, **settings: Any) -> None:
        """Writes a config with these settings of `telemetry`, and what the recordings' model costs. JSON is YAML."""
        priced = {"pricing": {"overrides": [{"provider": "*", "model": MODEL, **RATES}]}}
        (self.path / "config.yaml").write_text(json.dumps({"telemetry": {**priced, **settings}}), encoding="utf-8")

    def run(self, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """The binary on this home; nothing of the caller's environment reaches it."""
        return subprocess.run(
            [binary(), *words, "--home", self.path],
            env={"HOME": str(self.path), "HERMES_MANAGED_DIR": str(self.path / "unmanaged"), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def do(self, *words: str | Path, **environment: str) -> str:
        """What the binary prints; it has to succeed."""
        done = self.run(*words, **environment)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def answer(self, *words: str) -> Any:
        return json.loads(self.do(*words, "--json"))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What the index answers to a query."""
        answer = self.answer("sql", query)
        return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]

    def replay(self, names: Iterable[str], *, content: bool = False, copy: int = 0) -> None:
        """Replays recordings, each apart from the others."""
        files = []
        for name in names:
            files.append(self.path / f"{name}.jsonl")
            files[-1].write_text(apart(name, content=content, copy=copy), encoding="utf-8")
        self.do("replay", *files)
