"""One home of the host: its config, its processes, what they told the recorder, and what telemetry says about them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .model_server import MODEL, ScriptedModel
from .terminal import Terminal

Document = dict[str, Any]

_RECORDER = Path(__file__).parent / "recorder"
_VENV_BIN = Path(sys.executable).parent
_REPOSITORY = Path(__file__).resolve().parents[3]
# A start of the host is 3 to 5 seconds on an idle machine; this is for a busy one.
PATIENCE = 90


def telemetry_binary() -> Path:
    return Path(os.environ.get("TELEMETRY_BIN") or _REPOSITORY / "target/release/telemetry")


@dataclass(frozen=True)
class Recorded:
    """One hook call, as the recorder beside us saw it."""

    pid: int
    thread: str
    hook: str
    fields: Document


@dataclass
class Home:
    root: Path
    model: ScriptedModel
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.work.mkdir(parents=True)
        (self.work / "alpha.txt").write_text("alpha\n")
        (self.work / "beta.txt").write_text("beta\n")
        shutil.copytree(_RECORDER, self.path / "plugins" / "hook_recorder")
        self.environment = _clean_environment() | {
            "HOME": str(self.root),
            "HERMES_HOME": str(self.path),
            "HOOK_RECORDER_OUT": str(self.root / "hooks.jsonl"),
        }
        self.configure()

    @property
    def path(self) -> Path:
        return self.root / "home"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def telemetry(self) -> Path:
        return self.path / "telemetry"

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    # -- the host ----------------------------------------------------------------------------------------------------

    def configure(self, *, plugin: bool = True, **sections: Any) -> None:
        """Writes the host's config; `plugin` says whether ours is enabled."""
        enabled = ["hook_recorder", *(["telemetry"] if plugin else [])]
        self.config.write_text(yaml.safe_dump({"model": self.model_section(), "plugins": {"enabled": enabled}, **sections}))

    def model_section(self) -> Document:
        """The section of the config that names the scripted model."""
        return {"provider": "custom", "default": MODEL, "base_url": self.model.url, "api_key": "sk-test-not-real"}

    def hermes(self, *arguments: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        return self.run(_VENV_BIN / "hermes", *arguments, timeout=timeout)

    def python(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A script in the host's environment."""
        return self.run(sys.executable, "-c", script, *arguments)

    def run(self, *command: str | Path, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The host in the background, for as long as the block runs."""
        with subprocess.Popen(
            [str(_VENV_BIN / "hermes"), *arguments],
            env=self.environment,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def terminal(self, *arguments: str) -> Iterator[Terminal]:
        terminal = Terminal([str(_VENV_BIN / "hermes"), *arguments], self.environment, self.work)
        try:
            yield terminal
        finally:
            terminal.close()

    def await_model_call(self, process: subprocess.Popen[str], before: int = 0) -> None:
        """Until the host waits for its model, which it had asked `before` times."""
        deadline = time.monotonic() + PATIENCE
        while self.model.requests <= before:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)

    # -- what happened -----------------------------------------------------------------------------------------------

    def recorded(self, *hooks: str) -> list[Recorded]:
        """What the recorder beside us was told, of these hooks or of all."""
        try:
            lines = Path(self.environment["HOOK_RECORDER_OUT"]).read_text().splitlines()
        except FileNotFoundError:
            return []
        calls = [Recorded(**json.loads(line)) for line in lines]
        return [call for call in calls if not hooks or call.hook in hooks]

    def binary(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(telemetry_binary(), *arguments, "--home", str(self.path))

    def answer(self, name: str) -> Document:
        """What a command answers, on which the host's own process and the binary must agree to the byte."""
        in_host = document(self.hermes("telemetry", name, "--json"), f"telemetry.{name}/1")
        outside = document(self.binary(name, "--json"), f"telemetry.{name}/1")
        assert in_host == outside
        return outside

    def runs(self) -> list[Document]:
        runs: list[Document] = self.answer("runs")["runs"]
        return runs

    def insights(self) -> Document:
        return document(self.binary("insights", "--json"), "telemetry.insights/1")


def document(result: subprocess.CompletedProcess[str], schema: str) -> Document:
    """The JSON a command printed: alone on stdout, and with its schema first."""
    assert result.returncode == 0, f"{result.args} left with {result.returncode}:\n{result.stdout}\n{result.stderr}"
    answer: Document = json.loads(result.stdout)
    assert next(iter(answer.items())) == ("schema", schema)
    return answer


def _clean_environment() -> dict[str, str]:
    """The caller's, without what would reach the host or us: another home, real keys, a proxy for the loopback."""
    foreign = ("HERMES_", "TELEMETRY_", "OPENAI_", "ANTHROPIC_", "OPENROUTER_", "PYTEST_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    for key in [key for key in kept if key.upper().endswith(("_API_KEY", "_PROXY"))]:
        del kept[key]
    return kept | {"NO_PROXY": "*", "LC_ALL": "C.UTF-8"}
