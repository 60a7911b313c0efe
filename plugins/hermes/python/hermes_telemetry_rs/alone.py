"""`hermes telemetry ...` in a process that is not the host's: `python alone.py ARGUMENTS`.

Some commands read the host's own database, which must not be opened by us in the host's process. This file is run by its
path, so that it works from an installed wheel and from a directory plugin alike: the native module lies beside it.
"""

import signal
import sys

import _native  # type: ignore[import-not-found, unused-ignore]

if __name__ == "__main__":
    # Python's handler only sets a flag, which Rust never looks at.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_native.run_alone(sys.argv[1:]))
