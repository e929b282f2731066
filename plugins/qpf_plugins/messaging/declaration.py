"""`bus.json`: what the runtime declares on a server, and holds what it finds there against."""

from typing import Any

from qpf.api import Environment
from qpf_plugins.messaging.streams import streams


def declaration(environment: Environment) -> dict[str, Any]:
    """The document of an environment."""
    return {
        "version": 1,
        "fleet": environment.fleet.name,
        "environment": environment.name,
        "streams": list(streams(environment)),
    }
