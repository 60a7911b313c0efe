"""A machine that records, and sends what it records with a process that may be killed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path

from server import PATIENCE, REPOSITORY, binary

RECORDINGS = sorted((REPOSITORY / "tests/fixtures/recordings/hermes").glob("*.jsonl"))
# When the first of what is recorded there happened, in nanoseconds.
BEGAN = 1_767_225_600_000_000_000
VARIABLE = "TELEMETRY_API_KEY"


def told_anew(recording: str, copy: str, seconds: int) -> str:
    """A recording as it would be with other sessions, so many seconds before now: what is older is not kept."""
    shift = time.time_ns() - seconds * 10**9 - BEGAN
    moved = re.sub(r'"wall_ns": (\d+)', lambda found: f'"wall_ns": {int(found[1]) + shift}', recording)
    return moved.replace("20260101_", f"{copy}_")


class Machine:
    """A home, and who sends from it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.home = folder / name
        self.home.mkdir()
        self.name = name
        self.copies = 0
        self.key = ""
        self.sender: subprocess.Popen[bytes] | None = None

    def telemetry(self, *words: str | Path) -> str:
        done = subprocess.run(
            [binary(), *words, "--home", self.home], env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, VARIABLE: self.key, "HERMES_MANAGED_DIR": str(self.home / "managed")}

    def sends_to(self, address: str, key: str) -> None:
        self.key = key
        settings = f"enabled: false, endpoint: 'http://{address}', api_key_env: {VARIABLE}, host: {self.name}"
        (self.home / "config.yaml").write_text(f"telemetry: {{export: {{collector: {{{settings}}}}}}}\n", encoding="utf-8")

    def works(self) -> None:
        """Every recorded session once more."""
        self.copies += 1
        files = []
        for number, recording in enumerate(RECORDINGS):
            copy = f"{self.name}{self.copies}r{number}"
            files.append(self.home / f"{number}.jsonl")
            text = told_anew(recording.read_text(encoding="utf-8"), copy, 86_400 - 600 * self.copies)
            files[-1].write_text(text, encoding="utf-8")
        self.telemetry("replay", *files)

    def follows(self) -> None:
        words = [binary(), "export", "--collector", "--follow", "--home", self.home]
        self.sender = subprocess.Popen(words, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def is_killed(self) -> None:
        if self.sender is not None:
            self.sender.kill()
            self.sender.wait(PATIENCE)
            self.sender = None

    def lines(self) -> list[str]:
        return self.telemetry("export", "--out", "-").splitlines()

    def events(self) -> list[tuple[int, str]]:
        found = [json.loads(line) for line in self.lines()]
        return [(event["ts"], event["id"]) for event in found]


def numbers(insights: dict) -> dict:
    """What a collector and a single machine must agree on to the last one: counts and sums, which no sketch rounds."""
    return {
        "runs": [insights["runs"][name] for name in ("total", "by_outcome")],
        "turns": insights["turns"]["total"],
        "model_calls": [insights["model_calls"][name] for name in ("total", "failed_attempts")],
        "tokens": insights["model_calls"]["tokens"],
        "tool_calls": [insights["tool_calls"][name] for name in ("total", "by_status")],
        "errors": [insights["errors"][name] for name in ("total", "by_class")],
        "subagents": insights["subagents"]["total"],
    }
