"""The home a bench runs in. Must be there before the host is imported, which reads its environment then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

# What a peer is told by the environment. Where it is not wanted nobody is told: our plugin heeds NeMo Relay's settings too, and
# would write its files beside its own.
SETTINGS: dict[str, dict[str, str]] = {
    "observability/nemo_relay": {
        "HERMES_NEMO_RELAY_ATOF_ENABLED": "1",
        "HERMES_NEMO_RELAY_ATOF_OUTPUT_DIRECTORY": "{directory}/atof",
    },
    # With credentials of the right form and nobody at the other end.
    "observability/langfuse": {
        "HERMES_LANGFUSE_PUBLIC_KEY": "pk-lf-00000000-0000-0000-0000-000000000000",
        "HERMES_LANGFUSE_SECRET_KEY": "sk-lf-00000000-0000-0000-0000-000000000000",
        "HERMES_LANGFUSE_BASE_URL": "http://127.0.0.1:9",
    },
}


def enter(directory: Path, *plugins: str, **sections: Any) -> None:
    """Makes `directory` this process's home, with these plugins enabled."""
    (directory / "config.yaml").write_text(yaml.safe_dump({"plugins": {"enabled": list(plugins)}, **sections}))
    for key in [key for key in os.environ if key.startswith(("HERMES_", "TELEMETRY_"))]:
        del os.environ[key]
    os.environ |= {"HOME": str(directory), "HERMES_HOME": str(directory), "NO_PROXY": "*"}
    for plugin in plugins:
        os.environ |= {name: value.format(directory=directory) for name, value in SETTINGS.get(plugin, {}).items()}


def leave() -> None:
    """Ends the process at once: exporters of peers would wait for somebody to answer."""
    import sys

    sys.stdout.flush()
    os._exit(0)
