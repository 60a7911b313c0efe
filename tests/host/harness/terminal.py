"""A program in a terminal, driven the way a person does: wait for what is on the screen, then type."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path

_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b\][^\x07]*\x07")
_ENTER = b"\r"


class Terminal:
    def __init__(self, command: Sequence[str], environment: dict[str, str], directory: Path) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment, "TERM": "xterm-256color"},
            cwd=directory,
            start_new_session=True,
        )
        os.close(theirs)
        self._seen = b""

    def type(self, line: str) -> None:
        """Forgets what was on the screen, so that the next `wait_for` sees only the reaction."""
        self._seen = b""
        os.write(self._ours, line.encode() + _ENTER)

    def wait_for(self, pattern: str, seconds: float = 60) -> str:
        """The text since the last line was typed, once it holds `pattern`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if re.search(pattern, self.text()):
                return self.text()
            if not self._read():
                break
        raise AssertionError(f"no {pattern!r} on the screen, but:\n{self.text()[-3000:]}")

    def wait(self, seconds: float = 60) -> int:
        """The exit code. Reads on meanwhile: a program whose terminal is full cannot leave."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read()
        return self.process.wait(timeout=1)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)

    def text(self) -> str:
        return _ESCAPES.sub(b"", self._seen).decode(errors="replace")

    def _read(self) -> bool:
        """False when the program has closed its terminal."""
        if select.select([self._ours], [], [], 0.2)[0]:
            try:
                self._seen += os.read(self._ours, 65536)
            except OSError:
                time.sleep(0.05)
                return self.process.poll() is None
        return True
