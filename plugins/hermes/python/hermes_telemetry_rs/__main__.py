"""`python -m hermes_telemetry_rs install|uninstall [--home DIR]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import __version__
from .install import InstallError, default_home, install, uninstall


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    home: Path = (options.home or default_home()).expanduser().absolute()
    try:
        lines = options.action(home)
    except InstallError as error:
        print(f"hermes-telemetry-rs: {error}", file=sys.stderr)
        return 1
    print(*lines, sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hermes-telemetry-rs",
        description="Keeps the telemetry plugin in a hermes home, so that it survives a rebuilt environment.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for action, help_text in (
        (install, "install or update the plugin in <home>/plugins/telemetry"),
        (uninstall, "remove it from there; recorded data stays"),
    ):
        command = commands.add_parser(action.__name__, help=help_text)
        command.add_argument("--home", type=Path, help="default: $HERMES_HOME, else ~/.hermes")
        command.set_defaults(action=action)
    return parser


if __name__ == "__main__":
    sys.exit(main())
