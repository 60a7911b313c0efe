"""A program of others that answers on the loopback, for as long as the tests run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# Where pip put the programs.
PROGRAMS = Path(sys.executable).parent
# Such a program takes half a minute to come up when two cores are all there is, and several of them come up at once.
PATIENCE = 240

Thing = TypeVar("Thing")


def wait_for(what: str, look: Callable[[], Thing | None]) -> Thing:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    def __init__(self, folder: Path, command: list[str | Path], health: str, **environment: str) -> None:
        """Starts it in a folder of its own and with no environment but this; `health` is an address that answers once it is up."""
        self._command, self._health = command, health
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={"HOME": str(folder), "PATH": f"{PROGRAMS}:{os.defpath}", **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its children are to end with it.
                start_new_session=True,
            )

    def wait(self) -> None:
        wait_for(f"{self._command[0]}, which says: {self._log}", self._answers)

    def _answers(self) -> bool | None:
        if self._process.poll() is not None:
            said = self._log.read_text(errors="replace")[-4_000:]
            raise RuntimeError(f"{self._command} ended with {self._process.returncode}: {said}")
        try:
            with urllib.request.urlopen(self._health, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return None

    def close(self) -> None:
        """At once: nothing it has is to be kept."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
