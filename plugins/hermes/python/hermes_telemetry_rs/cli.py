"""`hermes telemetry ...`: everything after the word goes to the Rust CLI, which owns the flags."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import _native

# Not "args" or "command": the host keeps its own values in the same namespace.
_ARGUMENTS = "telemetry_arguments"


def set_up_command(parser: argparse.ArgumentParser) -> None:
    """Makes the host's subparser take every word as it is, `--help` and `--json` too.

    argparse.REMAINDER alone is not enough: it does not take a flag that comes first. With no prefix character there is
    no such thing as a flag.
    """
    parser.prefix_chars = "\0"
    parser.add_argument(_ARGUMENTS, nargs=argparse.REMAINDER)


def run_command(arguments: argparse.Namespace) -> None:
    """Runs the CLI and leaves with its exit code: the host ignores what a handler returns."""
    with _interruptible():
        code = _native.run_cli(getattr(arguments, _ARGUMENTS), _alone())
    _abandon_closed_stdout()
    sys.exit(code)


def _alone() -> list[str] | None:
    """What starts the same command in a process of its own; an interpreter inside another program cannot."""
    return [sys.executable, str(Path(__file__).with_name("alone.py"))] if sys.executable else None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Lets Ctrl-C end the command at once. Python's handler only sets a flag, which Rust never looks at."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _abandon_closed_stdout() -> None:
    """After `hermes telemetry runs | head -1`: at exit Python would flush, complain on stderr and leave with 120."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
