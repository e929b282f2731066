"""Emitter `compose`: an environment on one machine, in containers or as processes."""

from qpf.api import Emitter, hookimpl
from qpf_plugins.compose.emit import NAME, emit_agent, emit_environment
from qpf_plugins.compose.options import Options


@hookimpl
def qpf_emitters() -> list[Emitter]:
    """The emitter."""
    return [
        Emitter(NAME, codes=(), emit_agent=emit_agent, emit_environment=emit_environment, options=Options)
    ]
